// Enforcing, for some roles and for everybody: plan_enforce.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

Plan enforce(const Schema &schema, const std::string &sql, const Texts &roles)
{
    std::vector<CanaryRole> all;
    for (const std::string &role : roles)
        all.push_back({role, true});
    return plan_enforce(schema, request(schema, sql), all);
}

Plan unprotect(const Schema &schema, const std::string &sql)
{
    return plan_unprotect(schema, {named(schema, sql).oid, sql, 'r'});
}

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").column("id", "bigint").column("tenant_id", "uuid").key({"id"});
    Schema canary(const Texts &roles = {"app"}) { return run(built.schema, enforce(built.schema, "s.t", roles)); }
};

const std::string open = "CREATE POLICY tenancy_unenforced ON s.t AS PERMISSIVE FOR ALL TO PUBLIC USING (true) WITH CHECK (true)";

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_enforcing, Fixture)

BOOST_AUTO_TEST_CASE(a_canary_is_policies_and_guards)
{
    CHECK_TEXTS(sqls(enforce(built.schema, "s.t", {"b", "a", "b"}), "policy"),
                {"CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR ALL TO a, b USING (tenant_id = "
                 "tenancy.current_tenant_id())",
                 open});
    const Schema after = canary();
    CHECK_TEXTS(sqls(enforce(after, "s.t", {"app"})), {});
    const Table &now = named(after, "s.t");
    BOOST_TEST(now.row_security);
    BOOST_TEST(!now.force);
    BOOST_TEST(!now.columns.back().not_null);
    BOOST_TEST(!now.columns.back().default_sql.has_value());
    BOOST_TEST(protection_of(after, now).canary);
}

BOOST_AUTO_TEST_CASE(other_roles_take_one_statement)
{
    CHECK_TEXTS(sqls(enforce(canary(), "s.t", {"app", "web"})), {"ALTER POLICY tenancy_isolation ON s.t TO app, web"});
}

// Nobody sees a moment in which a permissive policy stands alone.
BOOST_AUTO_TEST_CASE(completing_restricts_everybody_before_it_opens)
{
    const Plan plan = enforce(canary(), "s.t", {});
    const std::size_t restricted = position(plan, "ALTER POLICY tenancy_isolation ON s.t TO PUBLIC");
    BOOST_TEST(restricted < position(plan, "DROP POLICY tenancy_unenforced ON s.t"));
    BOOST_TEST(restricted < position(plan, "CREATE POLICY tenancy_access ON s.t AS PERMISSIVE FOR ALL TO PUBLIC USING "
                                           "(tenant_id = tenancy.current_tenant_id()) WITH CHECK (true)"));
    const Schema after = run(canary(), plan);
    CHECK_TEXTS(sqls(enforce(after, "s.t", {})), {});
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), {});
    BOOST_TEST(!protection_of(after, named(after, "s.t")).canary);
    CHECK_TEXTS(sqls(run(built.schema, protect(built.schema, {"s.t"})).tables.empty() ? Plan{} : protect(canary(), {"s.t"})),
                sqls(plan));
}

BOOST_AUTO_TEST_CASE(taking_it_back_leaves_nothing)
{
    const Plan plan = unprotect(canary(), "s.t");
    BOOST_TEST(position(plan, "DROP POLICY tenancy_unenforced ON s.t") <
               position(plan, "DROP POLICY tenancy_isolation ON s.t"));
    const Schema after = run(canary(), plan);
    const Table &now = named(after, "s.t");
    BOOST_TEST(now.policies.empty());
    BOOST_TEST(now.triggers.empty());
    BOOST_TEST(!now.row_security);
}

BOOST_AUTO_TEST_CASE(policies_that_sleep_go_on_sleeping)
{
    table.policy("early", true, 'r', "true");
    BOOST_TEST(position(enforce(built.schema, "s.t", {"app"}), open) == 1u);
    BOOST_TEST(!named(run(canary(), unprotect(canary(), "s.t")), "s.t").row_security);
    table.policy("late", false, 'r', "true");
    const Error error = refused("55000", [&] { enforce(built.schema, "s.t", {"app"}); });
    BOOST_TEST(std::string(error.hint()).starts_with("DROP POLICY late ON s.t;"));
}

BOOST_AUTO_TEST_CASE(policies_that_are_awake_go_on)
{
    table->row_security = true;
    table.policy("late", false, 'r', "true");
    const Plan plan = enforce(built.schema, "s.t", {"app"});
    BOOST_TEST(sqls(plan, "policy").size() == 1u);
    BOOST_TEST(sqls(plan, "row_security").empty());
    BOOST_TEST(plan.notes.empty());
    BOOST_TEST(named(run(canary(), unprotect(canary(), "s.t")), "s.t").row_security);
}

BOOST_AUTO_TEST_CASE(what_is_refused)
{
    const Error error = refused("55000", [&] { plan_enforce(built.schema, request(built.schema, "s.t"), {{"app", false}}); });
    BOOST_TEST(std::string(error.hint()) == "SELECT tenancy.enroll('app');");
    refused("55000", [&] { enforce(run(built.schema, protect(built.schema, {"s.t"})), "s.t", {"app"}); });
    table->force = true;
    refused("55000", [&] { enforce(built.schema, "s.t", {"app"}); });
    table->force = false;
    refused("42703", [&] {
        plan_enforce(built.schema, request(built.schema, "s.t", "nothing"), {{"app", true}});
    });
    refused("0A000", [&] {
        plan_enforce(built.schema, request(built.schema, "s.t", "tenant_id", GlobalRows::read), {{"app", true}});
    });
}

BOOST_AUTO_TEST_CASE(parts_are_treated_with_their_root)
{
    TableBuilder part = built.table("s", "part").column("id", "bigint").column("tenant_id", "uuid").inherits(table);
    const Schema after = canary();
    BOOST_TEST(named(after, "s.part").row_security);
    BOOST_TEST(protection_of(after, named(after, "s.part")).canary);
    const Error error = refused("42809", [&] { enforce(built.schema, "s.part", {"app"}); });
    BOOST_TEST(std::string(error.hint()) == "SELECT tenancy.enforce('s.t');");
}

BOOST_AUTO_TEST_CASE(for_everybody_observation_ends)
{
    const Schema observed = run(built.schema, plan_observe(built.schema, {table.oid(), "s.t", 'r'}, {"tenant_id", "tenant_id"}));
    CHECK_TEXTS(sqls(plan_observe(run(observed, enforce(observed, "s.t", {"app"})), {table.oid(), "s.t", 'r'}, {"tenant_id", "tenant_id"})), {});
    BOOST_TEST(position(enforce(observed, "s.t", {}), "DROP TRIGGER zzzz_tenancy_counter ON s.t") > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
