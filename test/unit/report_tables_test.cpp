// Tables and their guards on the page.
#include "core/report_parts.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

namespace {

std::string section(const Json &given)
{
    const ReportFacts read = read_report_facts(given.dump());
    return report_tables_section(read, judge_report(read));
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_tables)

BOOST_AUTO_TEST_CASE(guards_have_symbols_and_words)
{
    Json given = facts();
    const std::string sound = section(given);
    for (const char *part : {"<span class=\"y\">on</span>", "<span class=\"y\">forced</span>", "<span class=\"y\">stands</span>", "<span class=\"y\">always</span>", "scope=\"rowgroup\"", "<th scope=\"row\">"})
        BOOST_TEST(has(sound, part), part);
    BOOST_TEST(!has(sound, "<details"));
    given["tables"][0]["forced"] = false;
    const std::string broken = section(given);
    BOOST_TEST(has(broken, "<span class=\"n\">not forced</span>"));
    BOOST_TEST(has(broken, "not forced for its owner</span>"));
}

BOOST_AUTO_TEST_CASE(broken_ones_come_first)
{
    Json given = facts();
    given["tables"].push_back(table("broken"));
    given["tables"][1]["row_security"] = false;
    given["open_tables"].push_back(open_table("a"));
    given["open_tables"].push_back(open_table("b"));
    const std::string out = section(given);
    BOOST_TEST(out.find(">broken<") < out.find(">orders<"));
    BOOST_TEST(has(out, "Isolation holds: 1"));
    BOOST_TEST(has(out, "<pre dir=\"ltr\">SELECT tenancy.protect(&#39;shop.a&#39;);\nSELECT tenancy.protect(&#39;shop.b&#39;);</pre>"));
}

BOOST_AUTO_TEST_CASE(schemas_are_groups)
{
    Json given = facts();
    given["tables"].push_back(table("items", "stock"));
    given["tables"].push_back(table("moves", "stock"));
    BOOST_TEST(times(section(given), "scope=\"rowgroup\"") == 2U);
    BOOST_TEST(times(section(given), "<tbody>") == times(section(given), "</tbody>"));
}

BOOST_AUTO_TEST_CASE(without_tables_it_says_what_to_do)
{
    Json given = facts();
    given["tables"] = Json::array();
    BOOST_TEST(has(section(given), "protect_schema"));
    BOOST_TEST(!has(section(given), "<table"));
}

BOOST_AUTO_TEST_SUITE_END()
