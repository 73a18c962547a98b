#include "bin/output.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace tenancy::command;
using tenancy::core::Level;

BOOST_AUTO_TEST_SUITE(command_output)

namespace {

nlohmann::json row(const char *rule, const char *level, const char *object)
{
    return {{"rule", rule}, {"level", level}, {"object", object}, {"title", "it is so"}, {"detail", "Rows: %s."}, {"remediation", "SELECT 1;"}, {"metadata", {{"family", "rls"}}}};
}

Run run_of(std::vector<Finding> findings)
{
    Run out;
    out.database = "shop";
    out.server_version = "15.20";
    out.application_roles = {"app"};
    out.findings = std::move(findings);
    return out;
}

const char *const hostile = "a\"b'\n\r\t\x1b[2J<script>\xc3\xbc\xe2\x80\xae\xff";

} // namespace

BOOST_AUTO_TEST_CASE(rows_of_lint)
{
    nlohmann::json waived = row("drift", "waived", "o");
    waived["metadata"] = {{"level", "error"}, {"waived", "for now"}};
    const std::vector<Finding> out = read_findings({row("drift", "warning", "o"), waived});
    BOOST_TEST((out.at(0).level == Level::warning));
    BOOST_TEST((out.at(0).known == Finding::Known::no));
    BOOST_TEST((out.at(1).level == Level::error));
    BOOST_TEST((out.at(1).known == Finding::Known::waiver));
    BOOST_TEST(out.at(1).reason == "for now");
    BOOST_CHECK_THROW(read_findings({{{"rule", "drift"}}}), nlohmann::json::exception);
}

BOOST_AUTO_TEST_CASE(answers_of_questions)
{
    const Finding asked = read_finding(row("tenant_null", "error", "o"));
    BOOST_TEST(with_rows(asked, 7).detail == "Rows: 7.");
    BOOST_TEST(with_rows(asked, 7).metadata.at("rows") == 7);
    const Finding not_asked = unasked(asked, "permission denied", "SELECT count(*) FROM o");
    BOOST_TEST((not_asked.level == Level::warning));
    BOOST_TEST(not_asked.detail == "It could not be asked: permission denied");
    BOOST_TEST(not_asked.remediation == "SELECT count(*) FROM o;");
}

BOOST_AUTO_TEST_CASE(order)
{
    std::vector<Finding> all = read_findings({row("b", "info", "o"), row("b", "error", "p"), row("b", "error", "o"), row("a", "error", "z"), row("a", "warning", "o")});
    all[3].known = Finding::Known::baseline;
    sort_findings(all);
    std::string out;
    for (const Finding &one : all)
        out += one.rule + one.object + " ";
    BOOST_TEST(out == "bo bp ao bo az ");
}

BOOST_AUTO_TEST_CASE(one_line_each)
{
    BOOST_TEST(one_line(hostile) == "a\"b'\\n\\r\\t\\x1b[2J<script>\xc3\xbc\\u202e\\xff");
    BOOST_TEST(one_line("\xc2\x85\xe2\x80\xa8\x7f") == "\\u0085\\u2028\\x7f");
    for (const char *wrong : {"\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\x80"})
        BOOST_TEST(one_line(wrong).starts_with("\\x"));
    BOOST_TEST(one_line("\xf0\x9f\x98\x80 \xe6\x97\xa5") == "\xf0\x9f\x98\x80 \xe6\x97\xa5");
}

BOOST_AUTO_TEST_CASE(as_text_says_all)
{
    Run run = run_of(read_findings({row("drift", "warning", "shop.\"a\nb\""), row("drift", "warning", "known_one")}));
    run.findings[1].known = Finding::Known::baseline;
    run.findings[1].reason = "soon";
    run.stale = {{"drift", "gone", "it was"}};
    BOOST_TEST(as_text(run, false) == "warning: drift: shop.\"a\\nb\"\n    it is so. Rows: %s.\n    run: SELECT 1;\nknown: drift: known_one (baseline: soon)\n"
                                      "stale: drift: gone stands in the baseline and is found no more\n"
                                      "database shop, PostgreSQL 15.20, without the extension; roles of the application: app; rows were not counted (--data)\n"
                                      "0 errors, 1 warning, 0 info, 1 in the baseline, 1 stale in the baseline: failed\n");
    BOOST_TEST(as_text(run, true).starts_with("\033[1;33mwarning\033[0m: drift: "));
    run.level = Level::error;
    BOOST_TEST(!failed(run));
    BOOST_TEST(as_text(run, false).ends_with(": passed\n"));
}

BOOST_AUTO_TEST_CASE(as_json_survives_names)
{
    Run run = run_of({read_finding(row("drift", "error", "x"))});
    run.findings[0].object = hostile;
    run.database = "\xff";
    const nlohmann::json out = nlohmann::json::parse(as_json(run));
    BOOST_TEST(out.at("failed").get<bool>());
    BOOST_TEST(out.at("extension").is_null());
    BOOST_TEST(out.at("counts").at("error") == 1);
    BOOST_TEST(out.at("findings").at(0).at("known").is_null());
    // What is no UTF-8 becomes U+FFFD.
    BOOST_TEST(out.at("findings").at(0).at("object").get<std::string>() == "a\"b'\n\r\t\x1b[2J<script>\xc3\xbc\xe2\x80\xae\xef\xbf\xbd");
    run.findings[0].known = Finding::Known::waiver;
    run.findings[0].reason = "for now";
    const nlohmann::json again = nlohmann::json::parse(as_json(run));
    BOOST_TEST(!again.at("failed").get<bool>());
    BOOST_TEST(again.at("findings").at(0).at("known").dump() == "{\"by\":\"waiver\",\"reason\":\"for now\"}");
}

BOOST_AUTO_TEST_SUITE_END()
