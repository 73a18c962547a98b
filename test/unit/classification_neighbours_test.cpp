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

BOOST_AUTO_TEST_CASE(columns_called_like_references)
{
    DerivationBuilder built;
    TableBuilder projects = built.direct("projects"), tasks = built.plain("tasks"), people = built.plain("people");
    built.refer(tasks, "project_id", projects);
    built.refer(tasks, "person_id", people);
    built.refer(tasks, "parent_id", tasks, true);
    TableBuilder logs = built.plain("logs").column("project_id", "uuid").column("person_id", "uuid");
    built.plain("Labels").column("projectId", "uuid");
    TableBuilder lines = built.plain("lines");
    built.refer(lines, "log_id", logs);
    Subject found = built.subject("logs");
    BOOST_TEST(table_kind_name(found.kind) == "ambiguous");
    BOOST_TEST(found.reason == "owner by project_id, which leads to projects elsewhere, without a foreign key");
    BOOST_TEST(found.next_command == "ALTER TABLE app.logs ADD COLUMN tenant_id uuid;");
    BOOST_TEST((!found.pathless && !found.question.rows_only));
    BOOST_TEST(built.subject("Labels").reason == "owner by \"projectId\", which leads to projects elsewhere, without a foreign key");
    BOOST_TEST(built.subject("lines").reason == "no path to a tenant; it belongs to logs, which has none either");
    // A reference that carries the tenant says the same.
    tasks.tenant();
    built.schema.foreign_keys.erase(built.schema.foreign_keys.begin());
    built.reference(tasks, {"tenant_id", "project_id"}, projects, {"tenant_id", "id"});
    BOOST_TEST(table_kind_name(built.subject("logs").kind) == "ambiguous");
    // Not: of another type, of another name, a parent without a tenant, a tree, a name for several things, a key of one's own.
    built.plain("counters").column("project_id", "text");
    built.plain("guests").column("person_id", "uuid");
    built.plain("places").column("parent_id", "uuid");
    TableBuilder steps = built.direct("steps"), more = built.direct("more"), uses = built.direct("uses");
    built.refer(more, "thing_id", steps);
    built.refer(uses, "thing_id", projects);
    built.plain("things").column("thing_id", "uuid");
    built.reference(more, {"id"}, projects, {"id"});
    for (const char *name : {"counters", "guests", "places", "things"}) {
        BOOST_TEST(built.subject(name).pathless, name);
        BOOST_TEST(table_kind_name(built.subject(name).kind) == "shared");
    }
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
