// What a request means, what is refused, and whole plans: core/plan.hpp, plan_protect.cpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

// A table as an application makes it, for each key type.
SchemaBuilder bare(KeyType type, const std::string &column_type)
{
    SchemaBuilder built(type);
    built.table("shop", "projects")
        .column("id", "bigint")
        .not_null()
        .key({"id"})
        .column("tenant_id", column_type);
    return built;
}

Error not_protected(const char *sqlstate, const Schema &schema, const std::string &sql,
                    std::optional<GlobalRows> global_rows = std::nullopt)
{
    return refused(sqlstate, [&] { protect(schema, {sql}, "tenant_id", global_rows); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan_protect_whole)

BOOST_AUTO_TEST_CASE(a_plain_table_gets_exactly_these_steps)
{
    const SchemaBuilder built = bare(KeyType::uuid, "uuid");
    const Plan plan = protect(built.schema, {"shop.projects"});
    CHECK_TEXTS(
        sqls(plan),
        {"ALTER TABLE shop.projects ALTER COLUMN tenant_id SET DEFAULT tenancy.current_tenant_id()",
         "ALTER TABLE shop.projects ALTER COLUMN tenant_id SET NOT NULL",
         "ALTER TABLE shop.projects ADD FOREIGN KEY (tenant_id) REFERENCES tenancy.tenants (id)",
         "CREATE INDEX ON shop.projects (tenant_id)",
         "CREATE POLICY tenancy_isolation ON shop.projects AS RESTRICTIVE FOR ALL TO PUBLIC USING "
         "(tenant_id = tenancy.current_tenant_id())",
         "CREATE POLICY tenancy_access ON shop.projects AS PERMISSIVE FOR ALL TO PUBLIC USING "
         "(tenant_id = tenancy.current_tenant_id()) WITH CHECK (true)",
         "ALTER TABLE shop.projects ENABLE ROW LEVEL SECURITY",
         "ALTER TABLE shop.projects FORCE ROW LEVEL SECURITY",
         "CREATE TRIGGER zzzz_tenancy_guard BEFORE INSERT OR UPDATE OR DELETE ON shop.projects FOR "
         "EACH ROW EXECUTE FUNCTION tenancy.write_guard('tenant_id')",
         "ALTER TABLE shop.projects ENABLE ALWAYS TRIGGER zzzz_tenancy_guard",
         "CREATE TRIGGER tenancy_truncate_guard BEFORE TRUNCATE ON shop.projects FOR EACH "
         "STATEMENT EXECUTE FUNCTION tenancy.truncate_guard()",
         "ALTER TABLE shop.projects ENABLE ALWAYS TRIGGER tenancy_truncate_guard"});
    BOOST_TEST(plan.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_second_plan_is_empty)
{
    for (const auto &[type, column] :
         {std::pair(KeyType::uuid, "uuid"), std::pair(KeyType::bigint, "bigint"),
          std::pair(KeyType::bigint, "integer"), std::pair(KeyType::integer, "integer"),
          std::pair(KeyType::text, "text"), std::pair(KeyType::text, "character varying")})
        for (const GlobalRows rows : {GlobalRows::none, GlobalRows::read}) {
            const SchemaBuilder built = bare(type, column);
            const Schema after =
                run(built.schema, protect(built.schema, {"shop.projects"}, "tenant_id", rows));
            CHECK_TEXTS(sqls(protect(after, {"shop.projects"}, "tenant_id", rows)), {});
            CHECK_TEXTS(sqls(protect(after, {"shop.projects"})), {}); // as the table stands
        }
}

BOOST_AUTO_TEST_CASE(the_state_that_needs_nothing)
{
    SchemaBuilder built;
    TableBuilder table =
        built.table("shop", "projects").tenant().key({"tenant_id", "id"}).secured();
    built.to_tenants(table);
    const Plan plan = protect(built.schema, {table.name()});
    CHECK_TEXTS(sqls(plan), {});
    BOOST_TEST(plan.notes.empty());
    BOOST_TEST((protection_of(built.schema, *table.operator->()).kind == Protection::Kind::tenant));
}

BOOST_AUTO_TEST_CASE(the_key_type_decides_which_columns_are_comparable)
{
    const char *types[] = {
        "uuid",      "bigint", "integer", "smallint", "text", "character varying",
        "character", "name",   "numeric", "shop.own"};
    for (const KeyType key : {KeyType::uuid, KeyType::bigint, KeyType::integer, KeyType::text})
        for (const std::string type : types) {
            const SchemaBuilder built = bare(key, type);
            const bool number = type == "bigint" || type == "integer";
            const bool text = type == "text" || type == "character varying";
            const bool fits = key == KeyType::uuid   ? type == "uuid"
                              : key == KeyType::text ? text
                                                     : number;
            if (fits)
                BOOST_CHECK_NO_THROW(protect(built.schema, {"shop.projects"}));
            else
                BOOST_TEST(not_protected("42804", built.schema, "shop.projects")
                               .hint()
                               .find(std::string("::") + key_type_name(key)) != std::string::npos);
        }
}

BOOST_AUTO_TEST_CASE(a_column_that_cannot_hold_the_tenant_is_refused)
{
    SchemaBuilder built = bare(KeyType::uuid, "uuid");
    Column &column = const_cast<Table &>(named(built.schema, "shop.projects")).columns.back();
    column.generated = true;
    BOOST_TEST(
        not_protected("42P17", built.schema, "shop.projects").hint().find("DROP EXPRESSION") !=
        std::string::npos);
    column.generated = false;
    column.identity = true;
    BOOST_TEST(not_protected("42P17", built.schema, "shop.projects").hint().find("DROP IDENTITY") !=
               std::string::npos);
    column.identity = false;
    column.deterministic = false;
    not_protected("42P22", built.schema, "shop.projects");
    column.deterministic = true;
    BOOST_CHECK_NO_THROW(protect(built.schema, {"shop.projects"}));
}

BOOST_AUTO_TEST_CASE(only_tables_of_ones_own_are_protected)
{
    SchemaBuilder built;
    for (const char kind : {'v', 'm', 't', 'r', 'S'}) {
        ProtectRequest asked;
        asked.target = {99, "shop.it", kind};
        asked.column = asked.column_sql = "tenant_id";
        const std::vector<ProtectRequest> all{asked};
        const Error error = refused("42809", [&] { plan_protect(built.schema, all); });
        BOOST_TEST(std::string(error.what()).find("shop.it") == 0u);
        BOOST_TEST(!error.hint().empty());
    }
    not_protected("42809", built.schema, "tenancy.tenants"); // of the extension
    TableBuilder own = built.table("app", "companies").column("id", "uuid").tenant();
    built.schema.tenant_table = {own.oid(), own.name(), "id", "id"};
    BOOST_TEST(not_protected("42809", built.schema, own.name()).what() ==
               std::string("table app.companies is the tenant table"));
    TableBuilder foreign = built.table("app", "far", 'f').tenant();
    not_protected("42809", built.schema, foreign.name());
    TableBuilder root = built.table("app", "root", 'p').tenant(),
                 far = built.table("app", "part", 'f').tenant().partition_of(root);
    BOOST_TEST(
        std::string(not_protected("42809", built.schema, root.name()).what()).find("app.part") ==
        0u);
}

BOOST_AUTO_TEST_CASE(a_table_of_an_application_is_refused_with_all_its_family)
{
    SchemaBuilder built;
    TableBuilder root = built.table("app", "root", 'p').tenant();
    TableBuilder part = built.table("app", "part").tenant().partition_of(root);
    part->of_application = true;
    part->owner = "web";
    for (const Error &error :
         {not_protected("42501", built.schema, root.name()), refused("42501", [&] {
              plan_share(built.schema, {root.oid(), root.name(), 'p'}, "true");
          })})
        BOOST_TEST(error.what() ==
                   std::string("table app.part belongs to web, a role of an application"));
}

BOOST_AUTO_TEST_CASE(without_a_tenant_table_nothing_is_protected)
{
    not_protected("42804", bare(KeyType::unknown, "uuid").schema, "shop.projects");
}

BOOST_AUTO_TEST_CASE(a_part_is_refused_and_its_root_named)
{
    SchemaBuilder built;
    TableBuilder root = built.table("app", "it's", 'p').tenant(),
                 part = built.table("app", "part").tenant().partition_of(root);
    BOOST_TEST(not_protected("42809", built.schema, part.name()).hint() ==
               "SELECT tenancy.protect('app.\"it''s\"');");
    BOOST_TEST(refused("42809", [&] {
                   plan_share(built.schema, {part.oid(), part.name(), 'r'}, "true");
               }).hint() == "SELECT tenancy.share('app.\"it''s\"');");
    BOOST_TEST(refused("42809", [&] {
                   plan_unprotect(built.schema, {part.oid(), part.name(), 'r'});
               }).hint() == "SELECT tenancy.unprotect('app.\"it''s\"');");
}

BOOST_AUTO_TEST_CASE(a_table_is_not_protected_twice_in_one_request)
{
    const SchemaBuilder built = bare(KeyType::uuid, "uuid");
    CHECK_TEXTS(sqls(protect(built.schema, {"shop.projects", "shop.projects"})),
                sqls(protect(built.schema, {"shop.projects"})));
}

BOOST_AUTO_TEST_CASE(what_inherits_from_two_targets_is_planned_once)
{
    SchemaBuilder built;
    TableBuilder a = built.table("s", "a").column("tenant_id", "uuid"),
                 b = built.table("s", "b").column("tenant_id", "uuid");
    TableBuilder both =
        built.table("s", "both").column("tenant_id", "uuid").inherits(a).inherits(b);
    const Schema after = run(built.schema, protect(built.schema, {a.name(), b.name()}));
    CHECK_TEXTS(sqls(protect(after, {a.name(), b.name()})), {});
    BOOST_TEST(named(after, both.name()).policies.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_protected_table_keeps_its_column)
{
    SchemaBuilder built;
    TableBuilder table =
        built.table("shop", "projects").tenant("org_id").index({"org_id"}).secured("org_id");
    built.to_tenants(table, "org_id");
    CHECK_TEXTS(sqls(protect(built.schema, {table.name()})),
                {}); // it has no tenant_id: org_id is meant
    table.tenant();
    const Error error = not_protected("55000", built.schema, table.name());
    BOOST_TEST(std::string(error.what()).find("org_id") != std::string::npos);
    BOOST_TEST(error.hint() == "SELECT tenancy.unprotect('shop.projects');");
    CHECK_TEXTS(sqls(protect(built.schema, {table.name()}, "org_id")), {});
}

BOOST_AUTO_TEST_CASE(a_renamed_column_is_followed)
{
    SchemaBuilder built;
    TableBuilder table =
        built.table("shop", "projects").tenant("org_id").index({"org_id"}).secured("org_id");
    built.to_tenants(table, "org_id");
    for (Trigger &one : table->triggers)
        if (!one.arguments.empty())
            one.arguments = {"tenant_id"}; // its name before
    CHECK_TEXTS(sqls(protect(built.schema, {table.name()}, "org_id")),
                {"DROP TRIGGER zzzz_tenancy_guard ON shop.projects",
                 "CREATE TRIGGER zzzz_tenancy_guard BEFORE INSERT OR UPDATE OR DELETE ON "
                 "shop.projects FOR EACH ROW EXECUTE FUNCTION tenancy.write_guard('org_id')",
                 "ALTER TABLE shop.projects ENABLE ALWAYS TRIGGER zzzz_tenancy_guard"});
}

BOOST_AUTO_TEST_CASE(a_shared_table_and_parts_with_a_fate_of_their_own_are_refused)
{
    SchemaBuilder built;
    TableBuilder shared =
        built.table("s", "shared")
            .tenant()
            .trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    BOOST_TEST(not_protected("55000", built.schema, "s.shared").hint() ==
               "SELECT tenancy.unprotect('s.shared');");
    TableBuilder root = built.table("s", "root").tenant();
    shared.inherits(root);
    BOOST_TEST(not_protected("55000", built.schema, "s.root").hint() ==
               "ALTER TABLE s.shared NO INHERIT s.root;");
    TableBuilder parted = built.table("s", "parted", 'p').tenant();
    TableBuilder part =
        built.table("s", "part").tenant().tenant("org_id").secured("org_id").partition_of(parted);
    BOOST_TEST(not_protected("55000", built.schema, "s.parted").hint() ==
               "ALTER TABLE s.parted DETACH PARTITION s.part;");
}

BOOST_AUTO_TEST_CASE(switching_between_none_and_read)
{
    const SchemaBuilder built = bare(KeyType::uuid, "uuid");
    const Schema none = run(built.schema, protect(built.schema, {"shop.projects"}));
    const Plan to_read = protect(none, {"shop.projects"}, "tenant_id", GlobalRows::read);
    const Schema read = run(none, to_read);
    BOOST_TEST((protection_of(read, named(read, "shop.projects")).global_rows == GlobalRows::read));
    BOOST_TEST(noted(to_read, "ALTER TABLE shop.projects ALTER COLUMN tenant_id DROP NOT NULL"));
    BOOST_TEST(read.table(named(read, "shop.projects").oid)->policies.size() == 4u);
    CHECK_TEXTS(sqls(protect(read, {"shop.projects"})), {});

    const Schema back = run(read, protect(read, {"shop.projects"}, "tenant_id", GlobalRows::none));
    BOOST_TEST((protection_of(back, named(back, "shop.projects")).global_rows == GlobalRows::none));
    BOOST_TEST(named(back, "shop.projects").policies.size() == 2u);
    CHECK_TEXTS(sqls(protect(back, {"shop.projects"}, "tenant_id", GlobalRows::none)), {});
}

BOOST_AUTO_TEST_CASE(functions_of_others_that_planning_would_run)
{
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").tenant();
    table->planned_code = "s.evil(text)";
    try {
        protect(built.schema, {"s.t"});
        BOOST_FAIL("was not refused");
    } catch (const Error &problem) {
        BOOST_TEST(problem.sqlstate() == std::string("55000"));
        BOOST_TEST(problem.hint().find("ALTER FUNCTION s.evil(text) OWNER TO CURRENT_USER;") == 0u);
    }
    table->planned_code = "";
    BOOST_TEST(!protect(built.schema, {"s.t"}).steps.empty());
}

BOOST_AUTO_TEST_SUITE_END()
