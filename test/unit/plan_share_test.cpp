// Sharing, and the way back: plan_share.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

Plan share(const Schema &schema, const std::string &sql, const std::string &visible_when = "true")
{
    return plan_share(schema, {named(schema, sql).oid, sql, 'r'}, visible_when);
}

Plan unprotect(const Schema &schema, const std::string &sql)
{
    return plan_unprotect(schema, {named(schema, sql).oid, sql, 'r'});
}

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").column("id", "bigint");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_share_and_back, Fixture)

BOOST_AUTO_TEST_CASE(a_shared_table_gets_exactly_these_steps)
{
    const Plan plan = share(built.schema, "s.t", "published");
    CHECK_TEXTS(
        sqls(plan),
        {"CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR SELECT TO PUBLIC USING "
         "(published)",
         "CREATE POLICY tenancy_access ON s.t AS PERMISSIVE FOR SELECT TO PUBLIC USING (true)",
         "ALTER TABLE s.t ENABLE ROW LEVEL SECURITY", "ALTER TABLE s.t FORCE ROW LEVEL SECURITY",
         "CREATE TRIGGER tenancy_shared_guard BEFORE INSERT OR UPDATE OR DELETE ON s.t FOR EACH "
         "STATEMENT EXECUTE FUNCTION tenancy.shared_guard()",
         "ALTER TABLE s.t ENABLE ALWAYS TRIGGER tenancy_shared_guard",
         "CREATE TRIGGER tenancy_truncate_guard BEFORE TRUNCATE ON s.t FOR EACH STATEMENT EXECUTE "
         "FUNCTION tenancy.truncate_guard()",
         "ALTER TABLE s.t ENABLE ALWAYS TRIGGER tenancy_truncate_guard"});
    const Schema after = run(built.schema, plan);
    CHECK_TEXTS(sqls(share(after, "s.t", "published")), {});
    BOOST_TEST((protection_of(after, named(after, "s.t")).kind == Protection::Kind::shared));
}

BOOST_AUTO_TEST_CASE(another_condition_replaces_the_first)
{
    const Schema after = run(built.schema, share(built.schema, "s.t", "a OR (b AND c)"));
    // The same names in the same order, and not the same rows.
    CHECK_TEXTS(sqls(share(after, "s.t", "(a OR b) AND c")),
                {"DROP POLICY tenancy_isolation ON s.t",
                 "CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR SELECT TO PUBLIC USING "
                 "((a OR b) AND c)"});
    CHECK_TEXTS(sqls(share(run(built.schema, share(built.schema, "s.t", "name = 'a b'")), "s.t",
                           "name = 'ab'")),
                {"DROP POLICY tenancy_isolation ON s.t",
                 "CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR SELECT TO PUBLIC USING "
                 "(name = 'ab')"});
}

BOOST_AUTO_TEST_CASE(without_a_condition_the_one_that_stands_is_kept)
{
    const auto again = [this](const Schema &schema) {
        return plan_share(schema, {table.oid(), "s.t", 'r'}, std::nullopt);
    };
    CHECK_TEXTS(sqls(again(built.schema)), sqls(share(built.schema, "s.t", "true")));
    Schema after = run(built.schema, share(built.schema, "s.t", "a OR (b AND name = 'a b')"));
    CHECK_TEXTS(sqls(again(after)), {});
    // Gone: what was visible is not guessed.
    std::erase_if(const_cast<Table &>(named(after, "s.t")).policies,
                  [](const Policy &policy) { return policy.name == "tenancy_isolation"; });
    BOOST_TEST(refused("55000", [&] { again(after); }).hint() ==
               "SELECT tenancy.share('s.t', 'true');");
    BOOST_TEST(sqls(share(after, "s.t", "published")).size() == 1u);
}

BOOST_AUTO_TEST_CASE(permissive_policies_of_ones_own_are_not_widened)
{
    table.policy("own", true, 'r', "(id < 5)");
    CHECK_TEXTS(sqls(share(built.schema, "s.t"), "policy"),
                {"CREATE POLICY tenancy_isolation ON s.t AS RESTRICTIVE FOR SELECT TO PUBLIC USING "
                 "(true)"});
}

BOOST_AUTO_TEST_CASE(every_part_is_shared)
{
    table->kind = 'p';
    TableBuilder part = built.table("s", "part").column("id", "bigint").partition_of(table);
    const Schema after = run(built.schema, share(built.schema, "s.t"));
    BOOST_TEST(named(after, "s.part").triggers.size() == 2u);
    BOOST_TEST(named(after, "s.part").policies.size() == 2u);
    CHECK_TEXTS(sqls(share(after, "s.t")), {});
    const Schema back = run(after, unprotect(after, "s.t"));
    BOOST_TEST(named(back, "s.part").triggers.empty());
    BOOST_TEST(named(back, "s.part").policies.empty());
}

BOOST_AUTO_TEST_CASE(rows_of_tenants_are_not_shared)
{
    table.tenant().secured();
    BOOST_TEST(refused("55000", [&] { share(built.schema, "s.t"); }).hint() ==
               "SELECT tenancy.unprotect('s.t');");
    TableBuilder root = built.table("s", "root").column("id", "bigint");
    table.inherits(root);
    BOOST_TEST(refused("55000", [&] { share(built.schema, "s.root"); }).hint() ==
               "ALTER TABLE s.t NO INHERIT s.root;");
}

BOOST_AUTO_TEST_CASE(only_tables_are_shared_and_only_what_is_protected_is_unprotected)
{
    refused("42809", [&] { share(built.schema, "tenancy.tenants"); });
    refused("42809", [&] { plan_share(built.schema, {99, "s.view", 'v'}, "true"); });
    refused("42809", [&] { plan_unprotect(built.schema, {99, "s.view", 'v'}); });
    refused("55000", [&] { unprotect(built.schema, "s.t"); });
}

BOOST_AUTO_TEST_CASE(unprotect_takes_back_exactly_what_protect_did_to_access)
{
    table.tenant("Tenant").index({"Tenant"}).secured("Tenant");
    built.to_tenants(table, "Tenant");
    const Plan plan = unprotect(built.schema, "s.t");
    CHECK_TEXTS(sqls(plan),
                {"DROP TRIGGER tenancy_truncate_guard ON s.t",
                 "DROP TRIGGER zzzz_tenancy_guard ON s.t", "DROP POLICY tenancy_access ON s.t",
                 "DROP POLICY tenancy_isolation ON s.t", "ALTER TABLE s.t NO FORCE ROW LEVEL SECURITY",
                 "ALTER TABLE s.t DISABLE ROW LEVEL SECURITY",
                 "ALTER TABLE ONLY s.t ALTER COLUMN \"Tenant\" DROP DEFAULT",
                 "ALTER TABLE s.t DROP CONSTRAINT \"t_Tenant_fkey\""});
    BOOST_TEST(noted(plan, "table s.t is open to whoever may read it"));
    const Schema after = run(built.schema, plan);
    BOOST_TEST(named(after, "s.t").column("Tenant")->not_null); // stays, with its index
    refused("55000", [&] { unprotect(after, "s.t"); });
    CHECK_TEXTS(sqls(protect(run(after, protect(after, {"s.t"}, "Tenant")), {"s.t"}, "Tenant")),
                {});
}

BOOST_AUTO_TEST_CASE(row_security_stays_on_for_policies_of_ones_own)
{
    for (const bool permissive : {true, false}) {
        table->policies.clear();
        table->triggers.clear();
        table.tenant().secured().policy("own", permissive, 'r', "true");
        const Plan plan = unprotect(built.schema, "s.t");
        CHECK_TEXTS(sqls(plan, "policy"),
                    {"DROP POLICY tenancy_access ON s.t", "DROP POLICY tenancy_isolation ON s.t"});
        CHECK_TEXTS(sqls(plan, "force"), {});
        CHECK_TEXTS(sqls(plan, "row_security"), {});
        BOOST_TEST(noted(plan, "row-level security of s.t stays on"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_the_applications_own_stays)
{
    table.column("tenant_id", "uuid")
        .not_null()
        .default_is("app.who()")
        .secured()
        .trigger("own", "app.own", row_change);
    built.to_tenants(table);
    const auto dropped = [&](auto change) {
        ForeignKey &key = built.schema.foreign_keys.back();
        const ForeignKey good = key;
        change(key);
        const Texts out = sqls(unprotect(built.schema, "s.t"), "tenant_reference");
        built.schema.foreign_keys.back() = good;
        return out.size();
    };
    BOOST_TEST(dropped([](ForeignKey &) {}) == 1u);
    BOOST_TEST(dropped([](ForeignKey &key) { key.on_delete = 'c'; }) == 0u);
    BOOST_TEST(dropped([](ForeignKey &key) { key.deferrable = true; }) == 0u);
    BOOST_TEST(dropped([](ForeignKey &key) { key.inherited = true; }) == 0u);
    BOOST_TEST(dropped([](ForeignKey &key) { key.child_columns = {"id"}; }) == 0u);
    const std::string ours = std::exchange(built.schema.tenant_table.sql, "s.firms");
    BOOST_TEST(dropped([](ForeignKey &) {}) == 0u);
    built.schema.tenant_table.sql = ours;
    CHECK_TEXTS(sqls(unprotect(built.schema, "s.t"), "default"), {});
    CHECK_TEXTS(
        sqls(unprotect(built.schema, "s.t"), "trigger"),
        {"DROP TRIGGER tenancy_truncate_guard ON s.t", "DROP TRIGGER zzzz_tenancy_guard ON s.t"});
}

BOOST_AUTO_TEST_CASE(clones_go_with_the_roots_guard)
{
    SchemaBuilder parted;
    TableBuilder root = parted.table("s", "root", 'p').column("tenant_id", "uuid"),
                 part = parted.table("s", "part").column("tenant_id", "uuid").partition_of(root);
    const Schema protected_now = run(parted.schema, protect(parted.schema, {"s.root"}));
    const Plan plan = unprotect(protected_now, "s.root");
    CHECK_TEXTS(sqls(plan, "trigger"), {"DROP TRIGGER zzzz_tenancy_guard ON s.root",
                                        "DROP TRIGGER tenancy_truncate_guard ON s.root",
                                        "DROP TRIGGER tenancy_truncate_guard ON s.part"});
    CHECK_TEXTS(sqls(plan, "default"),
                {"ALTER TABLE ONLY s.root ALTER COLUMN tenant_id DROP DEFAULT",
                 "ALTER TABLE ONLY s.part ALTER COLUMN tenant_id DROP DEFAULT"});
    const Schema after = run(protected_now, plan);
    BOOST_TEST(named(after, "s.part").triggers.empty());
    BOOST_TEST(named(after, "s.part").policies.empty());
    BOOST_TEST(!named(after, "s.part").row_security);
}

BOOST_AUTO_TEST_SUITE_END()
