// The proof on the page.
#include "core/report_parts.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

namespace {

std::string section(const Json &given)
{
    const ReportFacts read = read_report_facts(given.dump());
    return report_proof_section(read, judge_report(read));
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_proof)

BOOST_AUTO_TEST_CASE(not_run)
{
    BOOST_TEST(has(section(facts()), "SELECT tenancy.report(proof =&gt; true);"));
    Json given = facts();
    given["proof_state"] = "not available";
    BOOST_TEST(has(section(given), "has none"));
}

BOOST_AUTO_TEST_CASE(a_matrix_with_words)
{
    Json given = facts();
    given["proof_state"] = "run";
    given["tables"].push_back(table("lines"));
    given["proof"] = {cell("shop.orders", "read", "held"), cell("shop.orders", "write", "crossed"), cell("shop.lines", "read", "left out")};
    const std::string out = section(given);
    BOOST_TEST(has(out, "<th scope=\"col\" class=\"op\">read</th><th scope=\"col\" class=\"op\">write</th>"));
    for (const char *part : {"<span class=\"y\"><span class=\"sr\">held</span></span>", "<span class=\"n\"><span class=\"sr\">crossed</span></span>", "<span class=\"i\"><span class=\"sr\">left out</span></span>",
                             "<span class=\"w\"><span class=\"sr\">missing</span></span>"}) // lines by write: no row
        BOOST_TEST(has(out, part), part);
    BOOST_TEST(has(out, "<h3>Not held</h3>"));
    BOOST_TEST(has(out, "4 in all, 1 held, 1 crossed, 1 missing, 1 left out."));
    BOOST_TEST(has(out, "<td>42501</td>"));
}

BOOST_AUTO_TEST_CASE(the_worst_of_a_cell_is_shown)
{
    Json given = facts();
    given["proof_state"] = "run";
    given["proof"] = {cell("shop.orders", "read", "held"), cell("shop.orders", "read", "crossed"), cell("shop.orders", "read", "held")};
    BOOST_TEST(times(section(given), "<span class=\"sr\">crossed</span>") == 1U);
    BOOST_TEST(times(section(given), "<span class=\"sr\">held</span>") == 0U);
}

BOOST_AUTO_TEST_CASE(a_table_that_nobody_attacked_has_a_row)
{
    Json given = facts();
    given["proof_state"] = "run";
    given["tables"].push_back(table("lines"));
    given["proof"] = {cell("shop.orders", "read", "held")};
    BOOST_TEST(times(section(given), "<span class=\"sr\">missing</span>") == 1U);
    BOOST_TEST(has(section(given), "1 missing"));
}

BOOST_AUTO_TEST_CASE(attacks_by_keys_are_one_column_and_of_those_who_have_some)
{
    Json given = facts();
    given["proof_state"] = "run";
    given["tables"].push_back(table("lines"));
    given["proof"] = {cell("shop.orders", "read", "held"), cell("shop.lines", "read", "held"), cell("shop.lines", "refer by a", "held"), cell("shop.lines", "refer by b", "crossed"),
                      cell("shop.lines", "insert on conflict", "held"), cell("session", "listen", "held")};
    const std::string out = section(given);
    BOOST_TEST(has(out, "0 missing"));
    BOOST_TEST(times(out, "class=\"op\">refer</th>") == 1U);
    BOOST_TEST(times(out, "class=\"op\">listen</th>") == 0U);
    BOOST_TEST(times(out, "<span class=\"sr\">crossed</span>") == 1U);
    BOOST_TEST(times(out, "<td></td>") >= 2U); // orders have no such key
    BOOST_TEST(std::string(attack_of("update by the platform")) == "update by the platform");
}

BOOST_AUTO_TEST_SUITE_END()
