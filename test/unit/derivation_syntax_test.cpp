#include "core/derivation_syntax.hpp"

#include "schema_builder.hpp"

using namespace tenancy::core;

namespace {

std::string spelled(const std::string &text)
{
    std::string out;
    for (const PathSegment &segment : path_segments(text)) {
        for (const std::string &name : segment.table)
            out += "[" + name + "]";
        for (const std::string &name : segment.columns)
            out += "<" + name + ">";
        out += ";";
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(derivation_syntax)

BOOST_AUTO_TEST_CASE(names_are_folded_or_quoted)
{
    BOOST_TEST(spelled("Bookings.Request_ID -> requests.tenant_id") ==
               "[bookings]<request_id>;[requests]<tenant_id>;");
    BOOST_TEST(spelled("  a.b->\"S\".\"T \"\"x\"\"\".\"c.d -> e\" ") == "[a]<b>;[S][T \"x\"]<c.d -> e>;");
    BOOST_TEST(spelled("b -> c.d") == "<b>;[c]<d>;");
    BOOST_TEST(spelled("a.(b, \"C\") -> d.( e , f ) -> g.h") == "[a]<b><C>;[d]<e><f>;[g]<h>;");
    BOOST_TEST(spelled("t\xC3\xA4.x$1 -> y.z") == "[t\xC3\xA4]<x$1>;[y]<z>;");
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused)
{
    for (const char *text : {"", " ", "a.b", "a.b ->", "-> a.b", "a.b -> c.d ->", "a..b -> c.d", "a.b -> c.d e",
                             "a.b - > c.d", "a.\"b -> c.d", "a.\"\" -> c.d", "a.(b -> c.d", "a.() -> c.d",
                             "a.b.c.d -> e.f", "1a.b -> c.d", "a.b -> c.d; DROP TABLE x", "a.(b,) -> c.d", "a.(b).c -> d.e"})
        BOOST_TEST_CONTEXT(text)
        {
            const Error error = refused("42601", [&] { path_segments(text); });
            BOOST_TEST(!error.hint().empty());
        }
}

BOOST_AUTO_TEST_SUITE_END()
