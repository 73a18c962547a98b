// Observation: plan_observe.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

TargetName target(const Schema &schema, const std::string &sql)
{
    return {named(schema, sql).oid, sql, 'r'};
}

Plan observe(const Schema &schema, const std::string &sql, const std::string &column = "tenant_id")
{
    return plan_observe(schema, target(schema, sql), {column, quoted(column)});
}

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").column("id", "bigint").column("tenant_id", "uuid");
    const Texts steps = {"CREATE TRIGGER zzzz_tenancy_counter BEFORE INSERT OR UPDATE OR DELETE ON s.t FOR EACH "
                         "ROW EXECUTE FUNCTION tenancy.observe_writes('tenant_id')",
                         "ALTER TABLE s.t ENABLE ALWAYS TRIGGER zzzz_tenancy_counter"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_observation, Fixture)

BOOST_AUTO_TEST_CASE(one_trigger_and_back)
{
    CHECK_TEXTS(sqls(observe(built.schema, "s.t")), steps);
    const Schema after = run(built.schema, observe(built.schema, "s.t"));
    CHECK_TEXTS(sqls(observe(after, "s.t")), {});
    BOOST_TEST((protection_of(after, named(after, "s.t")).kind == Protection::Kind::none));
    CHECK_TEXTS(sqls(plan_unobserve(after, target(after, "s.t"))), {"DROP TRIGGER zzzz_tenancy_counter ON s.t"});
    CHECK_TEXTS(sqls(plan_unobserve(built.schema, target(built.schema, "s.t"))), {});
}

BOOST_AUTO_TEST_CASE(another_column_replaces_the_trigger)
{
    table.column("Tenant", "uuid");
    const Schema after = run(built.schema, observe(built.schema, "s.t"));
    CHECK_TEXTS(sqls(observe(after, "s.t", "Tenant")),
                {"DROP TRIGGER zzzz_tenancy_counter ON s.t",
                 "CREATE TRIGGER zzzz_tenancy_counter BEFORE INSERT OR UPDATE OR DELETE ON s.t FOR EACH ROW EXECUTE "
                 "FUNCTION tenancy.observe_writes('Tenant')",
                 "ALTER TABLE s.t ENABLE ALWAYS TRIGGER zzzz_tenancy_counter"});
}

BOOST_AUTO_TEST_CASE(children_get_their_own)
{
    built.table("s", "child").column("id", "bigint").column("tenant_id", "uuid").inherits(table);
    BOOST_TEST(sqls(observe(built.schema, "s.t")).size() == 4u);
    const Error error = refused("42809", [&] { observe(built.schema, "s.child"); });
    BOOST_TEST(std::string(error.hint()) == "SELECT tenancy.observe('s.t');");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_observed)
{
    refused("42703", [&] { observe(built.schema, "s.t", "nothing"); });
    table.column("number", "integer");
    refused("42804", [&] { observe(built.schema, "s.t", "number"); });
    const Error error = refused("55000", [&] {
        const Schema after = run(built.schema, protect(built.schema, {"s.t"}));
        observe(after, "s.t");
    });
    BOOST_TEST(std::string(error.hint()) == "SELECT tenancy.unprotect('s.t');");
}

// protect() finds a place for the write guard, after the counter.
BOOST_AUTO_TEST_CASE(the_write_guard_stays_the_last)
{
    const Schema after = run(built.schema, observe(built.schema, "s.t"));
    position(protect(after, {"s.t"}), "ALTER TABLE s.t ENABLE ALWAYS TRIGGER zzzz_tenancy_guard");
}

BOOST_AUTO_TEST_SUITE_END()
