// Rules about what policies say and cost: lint_policies.cpp, by way of core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

namespace {

const std::string setting = "(current_setting('app.t'::text, true))::uuid";

// A table whose floor is for readers alone: its permissive policy opens rows.
struct Fixture : LintFixture {
    TableBuilder made = table("t");
    Policy &floor() { return made->policies[0]; }
    Policy &rows() { return made->policies[1]; }

    Fixture() { floor().command = 'r'; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lint_policies, Fixture)

BOOST_AUTO_TEST_CASE(policy_for_some_roles)
{
    CHECK_TEXTS(found(), {});
    rows().to_public = false;
    rows().roles = {"app"};
    CHECK_TEXTS(found("policy_for_some_roles"), {"warning rows ON s.t"});
    BOOST_TEST(to_run("policy_for_some_roles") == "ALTER POLICY rows ON s.t TO PUBLIC;");
    // What does not ask for the tenant is not for everybody.
    rows().using_sql = "(note = 'x'::text)";
    BOOST_TEST(to_run("policy_for_some_roles") == "ALTER POLICY rows ON s.t USING (tenant_id = ...);");
    rows().using_sql = "true"; // told by another rule
    CHECK_TEXTS(found("policy_for_some_roles"), {});
    floor().to_public = false;
    CHECK_TEXTS(found("policy_for_some_roles"), {"warning floor ON s.t"});
}

BOOST_AUTO_TEST_CASE(policy_always_true)
{
    rows().using_sql = "true";
    CHECK_TEXTS(found("policy_always_true"), {"error rows ON s.t"});
    BOOST_TEST(to_run("policy_always_true") == "DROP POLICY rows ON s.t;");
    rows().to_public = false;
    rows().roles = {"support"}; // nobody of the application
    CHECK_TEXTS(found("policy_always_true"), {"info rows ON s.t"});
    rows().roles = {"support", "app"};
    CHECK_TEXTS(found("policy_always_true"), {"error rows ON s.t"});
    rows().to_public = true;
    rows().using_sql = std::nullopt;
    rows().check_sql = "(1 = 1)";
    CHECK_TEXTS(found("policy_always_true"), {"error rows ON s.t"});
    floor().command = '*'; // holds it
    CHECK_TEXTS(found("policy_always_true"), {});
    floor().using_sql = "(tenant_id = tenant_id)"; // which holds nothing
    CHECK_TEXTS(found("policy_always_true"), {"error rows ON s.t"});
}

BOOST_AUTO_TEST_CASE(policy_fails_open)
{
    rows().using_sql = "((" + setting + " IS NULL) OR (tenant_id = " + setting + "))";
    CHECK_TEXTS(found("policy_fails_open"), {"error rows ON s.t"});
    BOOST_TEST(to_run("policy_fails_open") == "ALTER POLICY rows ON s.t USING (tenant_id = ...);");
    rows().check_sql = rows().using_sql;
    rows().using_sql = std::nullopt;
    BOOST_TEST(to_run("policy_fails_open") == "ALTER POLICY rows ON s.t WITH CHECK (tenant_id = ...);");
    floor().command = '*';
    CHECK_TEXTS(found("policy_fails_open"), {});
    floor().using_sql = rows().check_sql; // a floor that opens is none
    CHECK_TEXTS(found("policy_fails_open"), {"error floor ON s.t", "error rows ON s.t"});
}

BOOST_AUTO_TEST_CASE(policy_without_tenant)
{
    rows().using_sql = "(note <> 'tenant_id'::text)";
    CHECK_TEXTS(found("policy_without_tenant"), {"warning rows ON s.t"});
    // Which rows are read, and which are written: each asks.
    rows().using_sql = "(tenant_id = app.tenant())";
    rows().check_sql = "(note IS NOT NULL)";
    CHECK_TEXTS(found("policy_without_tenant"), {"warning rows ON s.t"});
    BOOST_TEST(only("policy_without_tenant").detail == "It does not mention tenant_id: (note IS NOT NULL)");
    uses(made, "rows", {}, {made.oid()}); // by another table
    CHECK_TEXTS(found("policy_without_tenant"), {});
    around.policy_uses.clear();
    floor().command = '*';
    CHECK_TEXTS(found("policy_without_tenant"), {});
}

BOOST_AUTO_TEST_CASE(policy_reads_table)
{
    TableBuilder other = table("other");
    uses(made, "rows", {}, {other.oid(), 4711});
    CHECK_TEXTS(found("policy_reads_table"), {"warning rows ON s.t"});
    BOOST_TEST(only("policy_reads_table").detail.find("It reads s.other:") == 0);
    around.policy_uses[0].relations = {4711}; // a view, or gone
    CHECK_TEXTS(found("policy_reads_table"), {});
}

BOOST_AUTO_TEST_CASE(policy_function_immutable)
{
    Function &called = function("tenant");
    called.volatility = 'i';
    called.body = "SELECT current_setting('app.t')::uuid";
    uses(made, "rows", {called.oid});
    uses(made, "floor", {called.oid, 4711});
    CHECK_TEXTS(found("policy_function_immutable"), {"error s.tenant()"});
    BOOST_TEST(to_run("policy_function_immutable") == "ALTER ROUTINE s.tenant() STABLE;");
    called.body = "SELECT lower($1)";
    CHECK_TEXTS(found("policy_function_immutable"), {});
    called.language = "c"; // whose body nobody can read
    called.body = "";
    CHECK_TEXTS(found("policy_function_immutable"), {"error s.tenant()"});
    called.sql = "s.tenant(text)";
    CHECK_TEXTS(found("policy_function_immutable"), {});
    called.sql = "s.tenant()";
    called.volatility = 's';
    CHECK_TEXTS(found("policy_function_immutable"), {});
}

BOOST_AUTO_TEST_CASE(function_leakproof)
{
    Function &made_so = function("whispering", "text");
    CHECK_TEXTS(found("function_leakproof"), {});
    made_so.leakproof = true;
    CHECK_TEXTS(found("function_leakproof"), {"error s.whispering(text)"});
    BOOST_TEST(to_run("function_leakproof") == "ALTER ROUTINE s.whispering(text) NOT LEAKPROOF;");
    made_so.of_extension = true;
    CHECK_TEXTS(found("function_leakproof"), {});
}

BOOST_AUTO_TEST_CASE(setting_per_row)
{
    rows().using_sql = "(tenant_id = " + setting + ")";
    CHECK_TEXTS(found("setting_per_row"), {"warning rows ON s.t"});
    BOOST_TEST(to_run("setting_per_row") == "ALTER POLICY rows ON s.t USING ((tenant_id = ((SELECT current_setting('app.t'::text, true)))::uuid));");
    rows().check_sql = rows().using_sql;
    BOOST_TEST(to_run("setting_per_row").find(" WITH CHECK ((tenant_id = ((SELECT ") != std::string::npos);
    rows().using_sql = std::nullopt;
    CHECK_TEXTS(found("setting_per_row"), {});
}

BOOST_AUTO_TEST_CASE(setting_in_subselect)
{
    rows().using_sql = "(tenant_id = ( SELECT " + setting + " AS current_setting))";
    CHECK_TEXTS(found("setting_in_subselect"), {"info rows ON s.t"});
    CHECK_TEXTS(found("setting_per_row"), {});
    BOOST_TEST(to_run("setting_in_subselect") == "SELECT tenancy.protect('s.t');");
    request.installed = false;
    BOOST_TEST(to_run("setting_in_subselect") == "EXPLAIN SELECT * FROM s.t;");
    TableBuilder other = protected_table("other"); // tells the planner
    other.policy("rows", true, '*', *rows().using_sql);
    CHECK_TEXTS(found("setting_in_subselect"), {"info rows ON s.t"});
}

BOOST_AUTO_TEST_CASE(policy_function_slow)
{
    Function &called = function("tenant");
    uses(made, "rows", {called.oid});
    CHECK_TEXTS(found("policy_function_slow"), {}); // written in SQL: part of the query
    called.search_path = "pg_catalog";
    CHECK_TEXTS(found("policy_function_slow"), {"warning rows ON s.t"});
    called.search_path = std::nullopt;
    called.definer = true;
    CHECK_TEXTS(found("policy_function_slow"), {"warning rows ON s.t"});
    called.definer = false;
    called.language = "plpgsql";
    BOOST_TEST(to_run("policy_function_slow") == "\\sf s.tenant()");
    for (const char *language : {"c", "internal"}) {
        called.language = language;
        CHECK_TEXTS(found("policy_function_slow"), {});
    }
    called.language = "plpgsql";
    rows().check_sql = rows().using_sql;
    rows().using_sql = std::nullopt;
    CHECK_TEXTS(found("policy_function_slow"), {});
}

BOOST_AUTO_TEST_CASE(policy_function_serial)
{
    Function &called = function("tenant");
    uses(made, "rows", {called.oid});
    uses(made, "floor", {called.oid});
    CHECK_TEXTS(found("policy_function_serial"), {});
    for (const char parallel : {'u', 'r'}) {
        called.parallel = parallel;
        CHECK_TEXTS(found("policy_function_serial"), {"warning s.tenant()"});
    }
    BOOST_TEST(to_run("policy_function_serial") == "ALTER ROUTINE s.tenant() PARALLEL SAFE;");
}

BOOST_AUTO_TEST_CASE(policies_of_the_extension_are_not_asked)
{
    TableBuilder own = protected_table("own");
    CHECK_TEXTS(found(), {});
    Function &called = function("current_tenant_id");
    called.volatility = 'i';
    called.parallel = 'u';
    uses(own, "tenancy_isolation", {called.oid});
    CHECK_TEXTS(found(), {});
}

BOOST_AUTO_TEST_SUITE_END()
