// The tenant column and its index: plan_columns.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

const Step &step_of(const Plan &plan, const std::string &sql)
{
    return plan.steps[position(plan, sql)];
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan_columns)

BOOST_AUTO_TEST_CASE(a_missing_column_is_added_before_its_default)
{
    for (const auto &[type, accessor] :
         {std::pair(KeyType::uuid, "id"), std::pair(KeyType::bigint, "bigint"),
          std::pair(KeyType::integer, "bigint"), std::pair(KeyType::text, "text")}) {
        SchemaBuilder built(type);
        TableBuilder table = built.table("shop", "projects").column("id", "bigint");
        const Plan plan = protect(built.schema, {table.name()}, "Ten\"ant");
        const std::string alter = "ALTER TABLE shop.projects ";
        const std::string add = alter + "ADD COLUMN \"Ten\"\"ant\" " + key_type_name(type);
        const Texts first{plan.steps[0].sql, plan.steps[1].sql, plan.steps[2].sql};
        CHECK_TEXTS(first,
                    {add,
                     alter + "ALTER COLUMN \"Ten\"\"ant\" SET DEFAULT tenancy.current_tenant_" +
                         accessor + "()",
                     alter + "ALTER COLUMN \"Ten\"\"ant\" SET NOT NULL"});
        // Rows that are there already would belong to nobody.
        BOOST_TEST(plan.steps[0].check->sql == "SELECT count(*) FROM shop.projects");
        BOOST_TEST(plan.steps[0].check->hint.find(add) == 0u);
        // Checks run before the column is there for sure, but after the plan was made.
        for (const Step &step : plan.steps)
            if (step.check)
                BOOST_TEST((&step == &plan.steps[0] ||
                            step.check->sql.find("IS NULL") == std::string::npos));
        const Schema after = run(built.schema, plan);
        CHECK_TEXTS(sqls(protect(after, {table.name()}, "Ten\"ant")), {});
    }
}

BOOST_AUTO_TEST_CASE(rows_of_the_platform_need_the_column_first)
{
    SchemaBuilder built;
    TableBuilder table = built.table("shop", "projects").column("id", "bigint");
    BOOST_TEST(refused("42703", [&] {
                   protect(built.schema, {table.name()}, "tenant_id", GlobalRows::read);
               }).hint() == "ALTER TABLE shop.projects ADD COLUMN tenant_id uuid;");
}

BOOST_AUTO_TEST_CASE(not_null_is_checked_first_and_left_out_for_rows_of_the_platform)
{
    SchemaBuilder built;
    TableBuilder table = built.table("shop", "projects").column("Tenant", "uuid");
    table->rows = 7;
    const Plan plan = protect(built.schema, {table.name()}, "Tenant");
    const Step &step =
        step_of(plan, "ALTER TABLE shop.projects ALTER COLUMN \"Tenant\" SET NOT NULL");
    BOOST_TEST(step.check->sql == "SELECT count(*) FROM shop.projects WHERE \"Tenant\" IS NULL");
    BOOST_TEST(step.check->message.find("%s rows") != std::string::npos);
    BOOST_TEST(step.check->hint.find(
                   "tenancy.protect('shop.projects', 'Tenant', global_rows => 'read')") !=
               std::string::npos);
    BOOST_TEST(step.rows == 7);
    CHECK_TEXTS(sqls(protect(built.schema, {table.name()}, "Tenant", GlobalRows::read), "not_null"),
                {});
}

BOOST_AUTO_TEST_CASE(a_default_of_ones_own_stays)
{
    SchemaBuilder built;
    TableBuilder table = built.table("shop", "projects")
                             .column("tenant_id", "uuid")
                             .not_null()
                             .default_is("app.who()");
    const Plan plan = protect(built.schema, {table.name()});
    CHECK_TEXTS(sqls(plan, "default"), {});
    BOOST_TEST(noted(plan, "app.who()"));
}

BOOST_AUTO_TEST_CASE(the_root_alone_is_changed_where_no_part_has_a_default)
{
    SchemaBuilder built;
    TableBuilder root = built.table("s", "root", 'p').column("tenant_id", "uuid");
    TableBuilder part = built.table("s", "part").column("tenant_id", "uuid").partition_of(root);
    CHECK_TEXTS(
        sqls(protect(built.schema, {root.name()}), "default"),
        {"ALTER TABLE s.root ALTER COLUMN tenant_id SET DEFAULT tenancy.current_tenant_id()"});
    CHECK_TEXTS(sqls(protect(built.schema, {root.name()}), "not_null"),
                {"ALTER TABLE s.root ALTER COLUMN tenant_id SET NOT NULL"});
}

BOOST_AUTO_TEST_CASE(the_default_of_a_part_is_not_overwritten_from_above)
{
    SchemaBuilder built;
    TableBuilder root = built.table("s", "root", 'p').column("tenant_id", "uuid");
    TableBuilder own = built.table("s", "own")
                           .column("tenant_id", "uuid")
                           .default_is("app.who()")
                           .partition_of(root);
    TableBuilder none = built.table("s", "none").column("tenant_id", "uuid").partition_of(root);
    const Plan plan = protect(built.schema, {root.name()});
    CHECK_TEXTS(
        sqls(plan, "default"),
        {"ALTER TABLE ONLY s.root ALTER COLUMN tenant_id SET DEFAULT tenancy.current_tenant_id()",
         "ALTER TABLE ONLY s.none ALTER COLUMN tenant_id SET DEFAULT tenancy.current_tenant_id()"});
    const Schema after = run(built.schema, plan);
    BOOST_TEST(*named(after, own.name()).column("tenant_id")->default_sql == "app.who()");
    CHECK_TEXTS(sqls(protect(after, {root.name()})), {});
}

BOOST_AUTO_TEST_CASE(a_child_that_lacks_not_null_gets_it)
{
    SchemaBuilder built;
    TableBuilder root = built.table("s", "root").tenant();
    TableBuilder child = built.table("s", "child")
                             .column("tenant_id", "uuid")
                             .default_is("tenancy.current_tenant_id()")
                             .inherits(root);
    const Plan plan = protect(built.schema, {root.name()});
    CHECK_TEXTS(sqls(plan, "not_null"),
                {"ALTER TABLE s.child ALTER COLUMN tenant_id SET NOT NULL"});
    CHECK_TEXTS(sqls(protect(run(built.schema, plan), {root.name()})), {});
}

BOOST_AUTO_TEST_CASE(which_indexes_serve)
{
    const auto planned = [](auto make) {
        SchemaBuilder built;
        TableBuilder table = built.table("shop", "projects").tenant().column("id", "bigint");
        make(table);
        return sqls(protect(built.schema, {table.name()}), "index").size();
    };
    BOOST_TEST(planned([](TableBuilder &) {}) == 1u);
    BOOST_TEST(planned([](TableBuilder &table) { table.index({"tenant_id"}); }) == 0u);
    BOOST_TEST(planned([](TableBuilder &table) { table.key({"tenant_id", "id"}); }) == 0u);
    BOOST_TEST(planned([](TableBuilder &table) { table.key({"id", "tenant_id"}); }) == 1u);
    BOOST_TEST(planned([](TableBuilder &table) { table.index({"", "tenant_id"}); }) == 1u);
    BOOST_TEST(planned([](TableBuilder &table) {
                   table.index({"tenant_id"})->indexes.back().partial = true;
               }) == 1u);
    BOOST_TEST(planned([](TableBuilder &table) {
                   table.index({"tenant_id"})->indexes.back().valid = false;
               }) == 1u);
}

BOOST_AUTO_TEST_CASE(a_key_for_references_serves_as_index)
{
    SchemaBuilder built;
    TableBuilder projects =
        built.table("s", "projects").tenant().column("id", "bigint").not_null().key({"id"});
    TableBuilder tasks =
        built.table("s", "tasks").tenant().column("project_id", "bigint").not_null();
    built.reference(tasks, {"project_id"}, projects, {"id"});
    const Plan plan = protect(built.schema, {projects.name(), tasks.name()});
    CHECK_TEXTS(sqls(plan, "index"), {"CREATE INDEX ON s.tasks (tenant_id)"});
    CHECK_TEXTS(sqls(plan, "unique"), {"ALTER TABLE s.projects ADD UNIQUE (tenant_id, id)"});
}

BOOST_AUTO_TEST_CASE(an_index_of_the_root_reaches_partitions_but_not_children)
{
    SchemaBuilder built;
    TableBuilder parted = built.table("s", "parted", 'p').tenant(),
                 part = built.table("s", "part").tenant().partition_of(parted);
    TableBuilder root = built.table("s", "root").tenant(),
                 child = built.table("s", "child").tenant().inherits(root);
    CHECK_TEXTS(sqls(protect(built.schema, {parted.name(), root.name()}), "index"),
                {"CREATE INDEX ON s.parted (tenant_id)", "CREATE INDEX ON s.root (tenant_id)",
                 "CREATE INDEX ON s.child (tenant_id)"});
}

BOOST_AUTO_TEST_SUITE_END()
