// Policies and row-level security: plan_policies.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

constexpr char isolation[] = "CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR ALL TO "
                             "PUBLIC USING (tenant_id = tenancy.current_tenant_id())";
constexpr char access_[] = "CREATE POLICY tenancy_access ON s.t AS PERMISSIVE FOR ALL TO PUBLIC "
                           "USING (tenant_id = tenancy.current_tenant_id()) WITH CHECK (true)";
constexpr char own[] = "(tenant_id = tenancy.current_tenant_id())";

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").tenant();

    Plan plan(std::optional<GlobalRows> rows = std::nullopt)
    {
        return protect(built.schema, {"s.t"}, "tenant_id", rows);
    }
    Policy &policy(std::size_t at) { return table->policies.at(at); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_policies, Fixture)

BOOST_AUTO_TEST_CASE(the_restrictive_one_stands_first)
{
    const Plan all = plan();
    BOOST_TEST(position(all, isolation) < position(all, access_));
    BOOST_TEST(position(all, access_) < position(all, "ALTER TABLE s.t ENABLE ROW LEVEL SECURITY"));
}

BOOST_AUTO_TEST_CASE(permissive_policies_of_ones_own_are_never_widened)
{
    table.policy("readers", true, 'r', "(published)")
        .policy("Wri ters", true, 'a', "", "true")
        .policy("limit", false, '*', "(id < 5)");
    for (const bool on : {false, true}) {
        table->row_security = on;
        const Plan all = plan();
        CHECK_TEXTS(sqls(all, "policy"), {isolation});
        BOOST_TEST(noted(all, "policy readers of s.t stays: FOR SELECT USING (published)"));
        BOOST_TEST(noted(all, "policy \"Wri ters\" of s.t stays: FOR INSERT"));
        BOOST_TEST(!noted(all, "limit"));
        CHECK_TEXTS(sqls(protect(run(built.schema, all), {"s.t"})), {});
    }
}

BOOST_AUTO_TEST_CASE(a_closed_table_stays_closed)
{
    table->row_security = true;
    const Plan all = plan();
    CHECK_TEXTS(sqls(all, "policy"), {isolation});
    BOOST_TEST(noted(all, "stays closed"));
    CHECK_TEXTS(sqls(all, "row_security"), {});
    CHECK_TEXTS(sqls(all, "force"), {"ALTER TABLE s.t FORCE ROW LEVEL SECURITY"});
    // A restrictive policy opens nothing.
    table.policy("limit", false, '*', "true");
    CHECK_TEXTS(sqls(plan(), "policy"), {isolation});
}

BOOST_AUTO_TEST_CASE(what_drifted_is_replaced)
{
    table.secured();
    CHECK_TEXTS(sqls(plan(), "policy"), {});
    const Policy good = policy(0);
    const auto replaced = [&] {
        CHECK_TEXTS(sqls(plan(), "policy"), {"DROP POLICY tenancy_isolation ON s.t", isolation});
        policy(0) = good;
    };
    policy(0).using_sql = "true";
    replaced();
    policy(0).using_sql = std::nullopt;
    replaced();
    policy(0).using_sql = "((tenant_id = tenancy.current_tenant_id()) OR true)";
    replaced();
    policy(0).check_sql = "true";
    replaced();
    policy(0).to_public = false;
    CHECK_TEXTS(sqls(plan(), "policy"), {"ALTER POLICY tenancy_isolation ON s.t TO PUBLIC"});
    policy(0) = good;
    policy(0).command = 'r';
    replaced();
    policy(0).permissive = true;
    replaced();
    table->row_security = table->force = false;
    CHECK_TEXTS(sqls(plan()),
                {"ALTER TABLE s.t ADD FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id)",
                 "CREATE INDEX ON s.t (tenant_id)", "ALTER TABLE s.t ENABLE ROW LEVEL SECURITY",
                 "ALTER TABLE s.t FORCE ROW LEVEL SECURITY"});
}

BOOST_AUTO_TEST_CASE(the_access_policy_is_kept_right_too)
{
    table.secured();
    policy(1).check_sql = std::nullopt;
    CHECK_TEXTS(sqls(plan(), "policy"), {"DROP POLICY tenancy_access ON s.t", access_});
    policy(1).check_sql = "true";
    policy(1).permissive = false;
    CHECK_TEXTS(sqls(plan(), "policy"), {"DROP POLICY tenancy_access ON s.t", access_});
}

BOOST_AUTO_TEST_CASE(one_of_ours_made_permissive_is_not_the_applications)
{
    table.policy("tenancy_isolation", true, '*', "true");
    const Plan all = plan();
    CHECK_TEXTS(sqls(all, "policy"), {"DROP POLICY tenancy_isolation ON s.t", isolation, access_});
    BOOST_TEST(!noted(all, "stays"));
    CHECK_TEXTS(sqls(protect(run(built.schema, all), {"s.t"})), {});
}

BOOST_AUTO_TEST_CASE(rows_of_the_platform_are_read_and_never_written)
{
    const std::string visible = "tenant_id = tenancy.current_tenant_id() OR tenant_id IS NULL";
    const Plan all = plan(GlobalRows::read);
    CHECK_TEXTS(sqls(all, "policy"),
                {"CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR ALL TO PUBLIC USING (" +
                     visible + ") WITH CHECK (tenant_id = tenancy.current_tenant_id())",
                 "CREATE POLICY tenancy_isolation_update ON s.t AS RESTRICTIVE FOR UPDATE TO "
                 "PUBLIC USING (tenant_id = tenancy.current_tenant_id())",
                 "CREATE POLICY tenancy_isolation_delete ON s.t AS RESTRICTIVE FOR DELETE TO "
                 "PUBLIC USING (tenant_id = tenancy.current_tenant_id())",
                 "CREATE POLICY tenancy_access ON s.t AS PERMISSIVE FOR ALL TO PUBLIC USING (" +
                     visible + ") WITH CHECK (true)"});
    const Schema after = run(built.schema, all);
    CHECK_TEXTS(sqls(protect(after, {"s.t"}, "tenant_id", GlobalRows::none), "policy"),
                {"DROP POLICY tenancy_isolation ON s.t", isolation,
                 "DROP POLICY tenancy_isolation_update ON s.t",
                 "DROP POLICY tenancy_isolation_delete ON s.t", "DROP POLICY tenancy_access ON s.t",
                 access_});
}

BOOST_AUTO_TEST_CASE(varchar_is_compared_as_text)
{
    SchemaBuilder text(KeyType::text);
    text.table("s", "t").column("Ten ant", "character varying");
    for (const GlobalRows rows : {GlobalRows::none, GlobalRows::read}) {
        const Plan all = protect(text.schema, {"s.t"}, "Ten ant", rows);
        BOOST_TEST(sqls(all, "policy")
                       .front()
                       .find("USING (\"Ten ant\"::text = tenancy.current_tenant_text()") !=
                   std::string::npos);
        // The server puts the column into parentheses.
        Schema after = run(text.schema, all);
        for (Policy &one : const_cast<Table &>(named(after, "s.t")).policies)
            one.using_sql = std::regex_replace(*one.using_sql, std::regex("\"Ten ant\"::text"),
                                               "(\"Ten ant\")::text");
        CHECK_TEXTS(sqls(protect(after, {"s.t"}, "Ten ant"), "policy"), {});
    }
}

BOOST_AUTO_TEST_CASE(every_part_is_judged_by_its_own_policies)
{
    TableBuilder part =
        built.table("s", "part").tenant().partition_of(table).policy("own", true, '*', own);
    TableBuilder closed = built.table("s", "closed").tenant().partition_of(table);
    closed->row_security = true;
    table->kind = 'p';
    const Plan all = plan();
    CHECK_TEXTS(sqls(all, "policy"),
                {isolation, access_,
                 "CREATE POLICY tenancy_isolation ON s.part AS RESTRICTIVE FOR ALL TO PUBLIC USING "
                 "(tenant_id = tenancy.current_tenant_id())",
                 "CREATE POLICY tenancy_isolation ON s.closed AS RESTRICTIVE FOR ALL TO PUBLIC "
                 "USING (tenant_id = tenancy.current_tenant_id())"});
    BOOST_TEST(noted(all, "table s.closed had row-level security"));
    CHECK_TEXTS(sqls(all, "force"), {"ALTER TABLE s.t FORCE ROW LEVEL SECURITY",
                                     "ALTER TABLE s.part FORCE ROW LEVEL SECURITY",
                                     "ALTER TABLE s.closed FORCE ROW LEVEL SECURITY"});
}

BOOST_AUTO_TEST_SUITE_END()
