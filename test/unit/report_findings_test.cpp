// Findings on the page.
#include "core/report_parts.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

namespace {

std::string section(const Json &given)
{
    const ReportFacts read = read_report_facts(given.dump());
    return report_findings_section(read, judge_report(read));
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_findings)

BOOST_AUTO_TEST_CASE(nothing_found)
{
    BOOST_TEST(has(section(facts()), "They found nothing."));
    BOOST_TEST(has(section(facts()), "65 rules"));
    Json given = facts();
    given["data"] = false;
    BOOST_TEST(has(section(given), "rows were not counted"));
}

BOOST_AUTO_TEST_CASE(by_level_then_rule)
{
    Json given = facts();
    given["lint"] = {finding("a", "error", "o1"), finding("a", "error", "o2"), finding("b", "error", "o3"), finding("c", "info", "o4")};
    const std::string out = section(given);
    BOOST_TEST(times(out, "<details open>") == 2U); // a and b
    BOOST_TEST(times(out, "<details>") == 1U);      // c
    BOOST_TEST(has(out, "<pre dir=\"ltr\">ALTER o1;\nALTER o2;</pre>"));
    BOOST_TEST(has(out, "Errors: 3"));
    BOOST_TEST(!has(out, "id=\"warnings\""));
    BOOST_TEST(has(out, "3 errors, 1 info")); // the chart's text
}

BOOST_AUTO_TEST_CASE(a_command_is_said_once)
{
    Json given = facts();
    given["lint"] = {finding("a", "error", "o"), finding("a", "error", "o")};
    BOOST_TEST(times(section(given), "ALTER o;") == 1U);
}

BOOST_AUTO_TEST_CASE(waivers_have_reasons)
{
    Json given = facts();
    given["lint"] = {finding("a", "waived", "o", {{"family", "rls"}, {"level", "warning"}, {"waived", "<known>"}, {"until", "2099-12-31"}, {"waived_by", "me"}}),
                     finding("b", "waived", "o", {{"family", "rls"}, {"level", "error"}, {"waived", "for good"}})};
    const std::string out = section(given);
    for (const char *part : {"&lt;known&gt;", "2099-12-31", "until taken back", ">me<", ">warning<", ">error<"})
        BOOST_TEST(has(out, part), part);
    given["lint"] = {finding("a", "error", "o", {{"family", "rls"}, {"level", "error"}, {"waiver_ended", "2020-01-01"}})};
    BOOST_TEST(has(section(given), "Its waiver ended at 2020-01-01."));
}

BOOST_AUTO_TEST_SUITE_END()
