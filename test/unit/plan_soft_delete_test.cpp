// Soft delete: plan_soft_delete.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

constexpr char marker_type[] = "timestamp with time zone";

Plan soft_delete(const Schema &schema, const std::string &sql,
                 const std::string &marker = "deleted_at")
{
    const Table &table = named(schema, sql);
    return plan_soft_delete(schema, {table.oid, sql, table.kind}, marker, quoted(marker));
}

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").tenant().secured();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_soft_deletes, Fixture)

BOOST_AUTO_TEST_CASE(a_protected_table_gets_exactly_these_steps)
{
    const Plan plan = soft_delete(built.schema, "s.t", "Gone At");
    CHECK_TEXTS(
        sqls(plan),
        {"ALTER TABLE s.t ADD COLUMN \"Gone At\" timestamp with time zone",
         "CREATE POLICY tenancy_not_deleted ON s.t AS RESTRICTIVE FOR ALL TO PUBLIC USING "
         "(\"Gone At\" IS NULL)",
         "CREATE TRIGGER tenancy_soft_delete BEFORE DELETE ON s.t FOR EACH ROW EXECUTE FUNCTION "
         "tenancy.soft_delete_row('Gone At')",
         "ALTER TABLE s.t ENABLE ALWAYS TRIGGER tenancy_soft_delete"});
    const Schema after = run(built.schema, plan);
    CHECK_TEXTS(sqls(soft_delete(after, "s.t", "Gone At")), {});
    // Another name is not asked for a second column while the marker is there.
    CHECK_TEXTS(sqls(soft_delete(after, "s.t")), {});
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), sqls(protect(built.schema, {"s.t"})));
}

BOOST_AUTO_TEST_CASE(a_marker_that_is_there_is_used)
{
    table.column("deleted_at", marker_type);
    CHECK_TEXTS(sqls(soft_delete(built.schema, "s.t"), "column"), {});
}

BOOST_AUTO_TEST_CASE(damage_is_repaired)
{
    const Schema whole = run(built.schema, soft_delete(built.schema, "s.t"));
    const auto repaired = [&whole](auto damage) {
        Schema hurt = whole;
        damage(const_cast<Table &>(named(hurt, "s.t")));
        const Plan plan = soft_delete(hurt, "s.t");
        CHECK_TEXTS(sqls(soft_delete(run(hurt, plan), "s.t")), {});
        return sqls(plan);
    };
    const auto trigger = [](Table &damaged) -> Trigger & {
        return const_cast<Trigger &>(*damaged.trigger_calling("tenancy.soft_delete_row"));
    };
    const auto policy = [](Table &damaged) -> Policy & {
        return const_cast<Policy &>(*damaged.policy("tenancy_not_deleted"));
    };
    const std::string always = "ALTER TABLE s.t ENABLE ALWAYS TRIGGER tenancy_soft_delete";
    const std::string create = "CREATE TRIGGER tenancy_soft_delete BEFORE DELETE ON s.t FOR EACH "
                               "ROW EXECUTE FUNCTION tenancy.soft_delete_row('deleted_at')";
    const std::string drop = "DROP TRIGGER tenancy_soft_delete ON s.t";
    const std::string drop_policy = "DROP POLICY tenancy_not_deleted ON s.t";
    const std::string create_policy = "CREATE POLICY tenancy_not_deleted ON s.t AS RESTRICTIVE FOR "
                                      "ALL TO PUBLIC USING (deleted_at IS NULL)";
    for (const char plainly : {'O', 'R', 'D'})
        CHECK_TEXTS(repaired([&](Table &t) { trigger(t).enabled = plainly; }), {always});
    CHECK_TEXTS(repaired([&](Table &t) { trigger(t).type |= trigger_update; }),
                {drop, create, always});
    CHECK_TEXTS(repaired([&](Table &t) { trigger(t).arguments = {"no_more"}; }),
                {drop, create, always});
    CHECK_TEXTS(repaired([&](Table &t) { trigger(t).arguments.clear(); }), {drop, create, always});
    CHECK_TEXTS(repaired([&](Table &t) {
                    trigger(t).name = trigger(t).sql = "other";
                }),
                {"DROP TRIGGER other ON s.t", create, always});
    CHECK_TEXTS(repaired([&](Table &t) { std::erase_if(t.triggers, [](const Trigger &one) {
                             return one.function == "tenancy.soft_delete_row";
                         }); }),
                {create, always});
    CHECK_TEXTS(repaired([&](Table &t) { policy(t).permissive = true; }),
                {drop_policy, create_policy});
    CHECK_TEXTS(repaired([&](Table &t) { policy(t).command = 'r'; }), {drop_policy, create_policy});
    CHECK_TEXTS(repaired([&](Table &t) { policy(t).using_sql = "(true)"; }),
                {drop_policy, create_policy});
    CHECK_TEXTS(repaired([&](Table &t) { policy(t).check_sql = "(true)"; }),
                {drop_policy, create_policy});
    CHECK_TEXTS(repaired([&](Table &t) { policy(t).to_public = false; }),
                {"ALTER POLICY tenancy_not_deleted ON s.t TO PUBLIC"});
}

BOOST_AUTO_TEST_CASE(parts_are_treated_with_their_root)
{
    SchemaBuilder parted;
    TableBuilder root = parted.table("s", "root", 'p').column("tenant_id", "uuid"),
                 part = parted.table("s", "part").column("tenant_id", "uuid").partition_of(root);
    const Schema whole = run(parted.schema, protect(parted.schema, {"s.root"}));
    const Plan plan = soft_delete(whole, "s.root");
    CHECK_TEXTS(sqls(plan),
                {"ALTER TABLE s.root ADD COLUMN deleted_at timestamp with time zone",
                 "CREATE POLICY tenancy_not_deleted ON s.root AS RESTRICTIVE FOR ALL TO PUBLIC "
                 "USING (deleted_at IS NULL)",
                 "CREATE POLICY tenancy_not_deleted ON s.part AS RESTRICTIVE FOR ALL TO PUBLIC "
                 "USING (deleted_at IS NULL)",
                 "CREATE TRIGGER tenancy_soft_delete BEFORE DELETE ON s.root FOR EACH ROW EXECUTE "
                 "FUNCTION tenancy.soft_delete_row('deleted_at')",
                 "ALTER TABLE s.root ENABLE ALWAYS TRIGGER tenancy_soft_delete"});
    const Schema after = run(whole, plan);
    CHECK_TEXTS(sqls(soft_delete(after, "s.root")), {});
    BOOST_TEST(refused("42809", [&] { soft_delete(after, "s.part"); }).hint() ==
               "SELECT tenancy.soft_delete('s.root');");
    // A trigger that a partition brought along makes room for the clone.
    Schema brought = whole;
    TableBuilder(const_cast<Table &>(named(brought, "s.part")))
        .trigger("tenancy_soft_delete", "tenancy.soft_delete_row",
                 trigger_row | trigger_before | trigger_delete, {"deleted_at"});
    CHECK_TEXTS(sqls(soft_delete(run(brought, soft_delete(brought, "s.root")), "s.root")), {});

    // Where tables inherit, each has its own.
    SchemaBuilder inherited;
    TableBuilder above = inherited.table("s", "root").column("tenant_id", "uuid"),
                 child = inherited.table("s", "child").column("tenant_id", "uuid").inherits(above);
    const Schema both = run(inherited.schema, protect(inherited.schema, {"s.root"}));
    const Plan each = soft_delete(both, "s.root");
    position(each, "CREATE TRIGGER tenancy_soft_delete BEFORE DELETE ON s.child FOR EACH ROW "
                   "EXECUTE FUNCTION tenancy.soft_delete_row('deleted_at')");
    CHECK_TEXTS(sqls(soft_delete(run(both, each), "s.root")), {});
}

BOOST_AUTO_TEST_CASE(only_what_is_protected_and_whole)
{
    refused("42809", [&] { soft_delete(built.schema, "tenancy.tenants"); });
    refused("42809", [&] { plan_soft_delete(built.schema, {99, "s.v", 'v'}, "m", "m"); });
    built.table("s", "open").tenant();
    BOOST_TEST(refused("55000", [&] { soft_delete(built.schema, "s.open"); }).hint() ==
               "SELECT tenancy.protect('s.open');");
    TableBuilder shared = built.table("s", "shared").tenant().trigger(
        "tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    BOOST_TEST(refused("55000", [&] { soft_delete(built.schema, "s.shared"); }).hint() ==
               "SELECT tenancy.unprotect('s.shared');");
    const auto broken = [&](auto damage) {
        const Table good = *table.operator->();
        damage(*table.operator->());
        BOOST_TEST(refused("55000", [&] { soft_delete(built.schema, "s.t"); }).hint() ==
                   "SELECT tenancy.protect('s.t');");
        *table.operator->() = good;
    };
    broken([](Table &t) { t.row_security = false; });
    broken([](Table &t) { t.force = false; });
    broken([](Table &t) { t.policies.clear(); });
    broken([](Table &t) { t.policies.front().permissive = true; });
    // A child that came later.
    built.table("s", "late").tenant().inherits(table);
    refused("55000", [&] { soft_delete(built.schema, "s.t"); });
}

BOOST_AUTO_TEST_CASE(a_marker_is_an_empty_timestamptz)
{
    table.column("deleted_at", marker_type);
    Column &marker = table->columns.back();
    const auto hint = [&](const char *state, auto change) {
        const Column good = marker;
        change(marker);
        const Error error = refused(state, [&] { soft_delete(built.schema, "s.t"); });
        marker = good;
        return error.hint();
    };
    BOOST_TEST(hint("42804", [](Column &c) { c.type = "timestamp without time zone"; }) ==
               "SELECT tenancy.soft_delete('s.t', 'another_column');");
    BOOST_TEST(hint("55000", [](Column &c) { c.not_null = true; }) ==
               "ALTER TABLE s.t ALTER COLUMN deleted_at DROP NOT NULL;");
    BOOST_TEST(hint("55000", [](Column &c) { c.default_sql = "now()"; }) ==
               "ALTER TABLE s.t ALTER COLUMN deleted_at DROP DEFAULT;");
    BOOST_TEST(hint("42P17", [](Column &c) { c.generated = true; }) ==
               "ALTER TABLE s.t ALTER COLUMN deleted_at DROP EXPRESSION;");
    const Schema after = run(built.schema, soft_delete(built.schema, "s.t"));
    Schema two = after;
    TableBuilder(const_cast<Table &>(named(two, "s.t"))).column("removed_at", marker_type);
    BOOST_TEST(refused("55000", [&] { soft_delete(two, "s.t", "removed_at"); }).hint() ==
               "DROP TRIGGER tenancy_soft_delete ON s.t;");
}

BOOST_AUTO_TEST_CASE(unprotect_takes_it_back_and_keeps_the_column)
{
    const Schema after = run(built.schema, soft_delete(built.schema, "s.t"));
    const Plan plan = plan_unprotect(after, {table.oid(), "s.t", 'r'});
    position(plan, "DROP TRIGGER tenancy_soft_delete ON s.t");
    position(plan, "DROP POLICY tenancy_not_deleted ON s.t");
    position(plan, "ALTER TABLE s.t DISABLE ROW LEVEL SECURITY");
    BOOST_TEST(noted(plan, "rows of s.t that are marked as deleted are there for all to see again"));
    const Schema back = run(after, plan);
    BOOST_TEST(named(back, "s.t").column("deleted_at") != nullptr);
    BOOST_TEST(named(back, "s.t").triggers.empty());
    BOOST_TEST(named(back, "s.t").policies.empty());
}

BOOST_AUTO_TEST_SUITE_END()
