// What the facts come to.
#include "core/report.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

namespace {

ReportVerdict judged(const Json &facts)
{
    return judge_report(read_report_facts(facts.dump()));
}

std::string reasons(const ReportVerdict &verdict)
{
    std::string out;
    for (const ReportReason &reason : verdict.reasons)
        out += std::string(grade_name(reason.grade)) + ": " + reason.text + "\n";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_verdict)

BOOST_AUTO_TEST_CASE(all_is_well)
{
    const ReportVerdict verdict = judged(facts());
    BOOST_TEST(grade_name(verdict.grade) == "ok");
    BOOST_TEST(verdict.sentence == "Isolation holds for 1 of 1 table; 0 errors, 0 warnings, proof not run.");
    BOOST_TEST(reasons(verdict) == "");
}

BOOST_AUTO_TEST_CASE(an_empty_database_proves_nothing)
{
    Json given = facts();
    given["tables"] = Json::array();
    given["roles"] = Json::array();
    given["data"] = false;
    const ReportVerdict verdict = judged(given);
    BOOST_TEST(grade_name(verdict.grade) == "error");
    BOOST_TEST(verdict.sentence == "Nothing is protected; 0 errors, 0 warnings, proof not run, rows not examined.");
    BOOST_TEST(reasons(verdict) == "error: no table is protected\nwarning: no role is enrolled: sessions of applications are not guarded\n");
}

BOOST_AUTO_TEST_CASE(each_guard_counts)
{
    for (const auto &[member, said] : {std::pair{"row_security", "row-level security is off"}, {"forced", "not forced for its owner"}, {"isolated", "its restrictive policy is gone"}, {"guarded", "a guard is not ENABLE ALWAYS"}}) {
        Json given = facts();
        given["tables"].push_back(table("broken"));
        given["tables"][1][member] = false;
        const ReportVerdict verdict = judged(given);
        BOOST_TEST(verdict.sentence == "Isolation is not assured: it holds for 1 of 2 tables; 0 errors, 0 warnings, proof not run.");
        BOOST_TEST(reasons(verdict) == std::string("error: shop.broken: ") + said + "\n");
        BOOST_TEST(verdict.table_problems[0] == "");
        BOOST_TEST(verdict.table_problems[1] == said);
    }
    // guarded is NULL where no guard stands at all.
    Json given = facts();
    given["tables"][0]["guarded"] = nullptr;
    BOOST_TEST(grade_name(judged(given).grade) == "error");
}

BOOST_AUTO_TEST_CASE(a_canary_holds_for_some_only)
{
    Json given = facts();
    given["tables"][0]["kind"] = "canary";
    given["tables"][0]["isolated"] = false;
    BOOST_TEST(reasons(judged(given)) == "error: shop.orders: enforced for some roles only\n");
}

BOOST_AUTO_TEST_CASE(tables_left_open_count)
{
    Json given = facts();
    for (const char *name : {"a", "b", "c", "d"})
        given["open_tables"].push_back(open_table(name));
    const ReportVerdict verdict = judged(given);
    BOOST_TEST(verdict.tables == 5U);
    BOOST_TEST(verdict.held == 1U);
    BOOST_TEST(reasons(verdict) == "error: 4 tables have a tenant column and no protection: shop.a, shop.b, shop.c, ...\n");
}

BOOST_AUTO_TEST_CASE(findings_count_by_level)
{
    Json given = facts();
    given["lint"] = {finding("drift", "warning", "shop.orders"), finding("drift", "warning", "shop.lines"), finding("no_policy", "info", "shop.orders"), finding("publication", "waived", "p", {{"level", "error"}, {"waived", "known"}})};
    ReportVerdict verdict = judged(given);
    BOOST_TEST(grade_name(verdict.grade) == "warning");
    BOOST_TEST(verdict.sentence == "Isolation holds for 1 of 1 table; 0 errors, 2 warnings, 1 waived, proof not run.");
    BOOST_TEST(reasons(verdict) == "warning: title of drift (drift): shop.orders and 1 more\n");
    // An error at a table, or at something on it, is that table's.
    given["lint"] = {finding("policy_fails_open", "error", "p ON shop.orders"), finding("role_superuser", "error", "app")};
    verdict = judged(given);
    BOOST_TEST(grade_name(verdict.grade) == "error");
    BOOST_TEST(verdict.held == 0U);
    BOOST_TEST(verdict.table_problems[0] == "1 error of lint");
    // One at no table leaves them as they are, and isolation is not assured all the same.
    given["lint"] = {finding("role_superuser", "error", "app")};
    BOOST_TEST(judged(given).sentence == "Isolation is not assured: it holds for 1 of 1 table; 1 error, 0 warnings, proof not run.");
}

BOOST_AUTO_TEST_CASE(proof_counts_by_cell)
{
    Json given = facts();
    given["proof_state"] = "run";
    given["proof"] = {cell("shop.orders", "read", "held"), cell("shop.orders", "write", "held")};
    BOOST_TEST(judged(given).sentence == "Isolation holds for 1 of 1 table; 0 errors, 0 warnings; proof: 2 of 2 cells held.");
    given["proof"][1]["outcome"] = "left out";
    BOOST_TEST(reasons(judged(given)) == "warning: 1 cell of the proof was left out\n");
    given["proof"][1]["outcome"] = "missing";
    BOOST_TEST(reasons(judged(given)) == "error: 1 cell of the proof is missing\n");
    given["proof"][1]["outcome"] = "something new";
    BOOST_TEST(judged(given).cells_missing == 1U);
    given["proof"][1]["outcome"] = "crossed";
    const ReportVerdict verdict = judged(given);
    BOOST_TEST(reasons(verdict) == "error: 1 attack of the proof crossed tenants\n");
    BOOST_TEST(verdict.table_problems[0] == "1 cell of the proof is not held");
    BOOST_TEST(verdict.sentence == "Isolation is not assured: it holds for 0 of 1 table; 0 errors, 0 warnings; proof: 1 of 2 cells held.");
}

BOOST_AUTO_TEST_CASE(what_was_not_tried_is_missing)
{
    Json given = facts();
    given["proof_state"] = "run";
    given["tables"].push_back(table("lines"));
    given["tables"].push_back(table("lines_1"));
    given["tables"][2]["part"] = true;
    given["proof"] = {cell("shop.orders", "read", "held"), cell("shop.orders", "write", "held")};
    ReportVerdict verdict = judged(given);
    BOOST_TEST(reasons(verdict) == "error: 2 cells of the proof are missing\n"); // both of lines
    BOOST_TEST(verdict.cells == 4U);
    given["proof"].push_back(cell("shop.lines", "read", "held"));
    BOOST_TEST(judged(given).cells_missing == 1U);
    given["proof"] = Json::array();
    BOOST_TEST(reasons(judged(given)) == "error: the proof was run and has no cells\n");
    given["proof_state"] = "not available";
    given["proof"] = nullptr;
    BOOST_TEST(reasons(judged(given)) == "warning: the proof was asked for, and this version has none\n");
}

BOOST_AUTO_TEST_CASE(surroundings_count)
{
    Json given = facts();
    given["enforcement"] = false;
    given["roles"][0]["preloaded"] = false;
    given["status"].push_back({{"topic", "server"}, {"state", "missing"}, {"detail", "lacks fixes"}, {"next_command", "apt-get"}});
    given["status"].push_back({{"topic", "enforcement"}, {"state", "missing"}, {"detail", "off"}, {"next_command", nullptr}});
    given["tenants"]["trouble"] = "permission denied";
    BOOST_TEST(reasons(judged(given)) == "error: tenancy.enforcement is off: no session is guarded\nwarning: app does not load the library when it connects\n"
                                         "warning: tenants' rows could not be counted: permission denied\nwarning: status() finds 1 thing missing\n");
}

BOOST_AUTO_TEST_SUITE_END()
