// Tables without a path: explain_pathless() of core/classification_parts.hpp.
#include "core/classification.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(classification_neighbours)

BOOST_AUTO_TEST_CASE(people_of_several_tenants)
{
    DerivationBuilder built;
    TableBuilder people = built.plain("people"), members = built.direct("members"), sessions = built.plain("sessions"),
                 notes = built.plain("notes"), tags = built.plain("tags"), logs = built.plain("logs");
    built.to_tenants(members);
    built.refer(members, "person_id", people);
    built.refer(sessions, "person_id", people);
    built.refer(people, "friend_id", people, true);
    built.refer(notes, "member_id", members);
    built.refer(notes, "person_id", people);
    built.refer(logs, "session_id", sessions);
    built.refer(logs, "tag_id", tags);
    BOOST_TEST(built.subject("people").reason ==
               "no path to a tenant; rows of tenants in members, notes refer to it, so that one row may serve several");
    BOOST_TEST(built.subject("sessions").reason == "no path to a tenant; it belongs to people, which has none either");
    BOOST_TEST(built.subject("logs").reason == "no path to a tenant; it belongs to sessions, tags, which have none either");
    BOOST_TEST(built.subject("tags").reason == "no path to a tenant");
}

BOOST_AUTO_TEST_CASE(many_are_counted)
{
    DerivationBuilder built;
    TableBuilder codes = built.plain("codes");
    for (const char *name : {"a", "b", "c", "d", "e"}) {
        TableBuilder one = built.direct(name);
        built.refer(one, "code", codes);
    }
    BOOST_TEST(built.subject("codes").reason ==
               "no path to a tenant; rows of tenants in a, b, c and 2 more refer to it, so that one row may serve several");
}

BOOST_AUTO_TEST_SUITE_END()
