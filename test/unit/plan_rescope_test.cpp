// Unique keys by tenant: plan_rescope.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "schema_builder.hpp"
#include "snapshot_text.hpp"

using namespace tenancy::core;

namespace {

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").column("id", "bigint").not_null().column("tenant_id", "uuid").column("code", "text").column("Odd \"K\"", "text");
    TargetName target{table.oid(), "s.t", 'r'};

    Fixture()
    {
        add("t_pkey", {"id"}).primary = true;
        table->indexes.back().key.reset();
    }
    Index &add(const std::string &name, const Texts &columns, const std::string &tail = "")
    {
        table.key(columns);
        Index &index = table->indexes.back();
        index.name = name;
        std::string list;
        for (const std::string &one : columns)
            list += (list.empty() ? "" : ", ") + (one.empty() ? "lower((code)::text)" : quoted(one));
        index.key = UniqueKey{quoted(name), "CREATE UNIQUE INDEX " + quoted(name) + " ON s.t USING btree (" + list + ")" + tail, "", false, false, "", "", std::nullopt};
        return index;
    }
    Index &add_constraint(const std::string &name, const Texts &columns, const std::string &definition)
    {
        Index &index = add(name, columns);
        index.key->constraint = definition;
        return index;
    }
    Plan rescoped(const std::string &key, const std::string &column = "tenant_id") const
    {
        return plan_rescope_unique(built.schema, target, key, column);
    }
    Plan one_row() const { return plan_one_row_per_tenant(built.schema, target, "tenant_id"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_rescopes, Fixture)

BOOST_AUTO_TEST_CASE(an_index_keeps_all_but_its_first_column)
{
    Index &index = add("t_code", {"", "Odd \"K\""}, " INCLUDE (id) NULLS NOT DISTINCT WITH (fillfactor='70') WHERE (code <> '('::text)");
    index.key->tablespace = "fast";
    index.key->comment = "it's";
    const Plan plan = rescoped("t_code");
    CHECK_TEXTS(sqls(plan), {"DROP INDEX s.t_code",
                             "CREATE UNIQUE INDEX t_code ON s.t USING btree (tenant_id, lower((code)::text), \"Odd \"\"K\"\"\") INCLUDE (id) NULLS NOT "
                             "DISTINCT WITH (fillfactor='70') WHERE (code <> '('::text)",
                             "ALTER INDEX s.t_code SET TABLESPACE fast", "COMMENT ON INDEX s.t_code IS 'it''s'"});
    BOOST_TEST(noted(plan, "ON CONFLICT (..., \"Odd \"\"K\"\"\") on s.t fails from now on"));
    BOOST_TEST(noted(plan, "CREATE UNIQUE INDEX CONCURRENTLY tenancy_rescoped ON s.t USING btree (tenant_id, lower"));
    BOOST_TEST(noted(plan, "DROP INDEX CONCURRENTLY s.t_code; ALTER INDEX s.tenancy_rescoped RENAME TO t_code;"));
}

BOOST_AUTO_TEST_CASE(a_constraint_keeps_its_name_and_attributes)
{
    Index &index = add_constraint("t_code", {"code"}, "UNIQUE NULLS NOT DISTINCT (code) INCLUDE (id) DEFERRABLE INITIALLY DEFERRED");
    index.unique = false; // as the snapshot says of deferrable ones
    index.key->options = "fillfactor=70";
    index.key->comment = "mine";
    const Plan plan = rescoped("t_code");
    CHECK_TEXTS(sqls(plan), {"ALTER TABLE s.t DROP CONSTRAINT t_code, ADD CONSTRAINT t_code UNIQUE NULLS NOT DISTINCT (tenant_id, code) INCLUDE (id) "
                             "DEFERRABLE INITIALLY DEFERRED",
                             "ALTER INDEX s.t_code SET (fillfactor=70)", "COMMENT ON CONSTRAINT t_code ON s.t IS 'mine'"});
    BOOST_TEST(!noted(plan, "ON CONFLICT"));
    BOOST_TEST(noted(plan, "DROP CONSTRAINT t_code, ADD CONSTRAINT t_code UNIQUE USING INDEX tenancy_rescoped DEFERRABLE INITIALLY DEFERRED;"));
}

BOOST_AUTO_TEST_CASE(a_partitioned_index_reaches_its_parts)
{
    Index &index = add("t_code", {"code"});
    index.key->definition = "CREATE UNIQUE INDEX t_code ON ONLY s.t USING btree (code)";
    table->kind = 'p';
    const Plan plan = rescoped("t_code");
    BOOST_TEST(sqls(plan).back() == "CREATE UNIQUE INDEX t_code ON s.t USING btree (tenant_id, code)");
    BOOST_TEST(!noted(plan, "CONCURRENTLY"));
}

BOOST_AUTO_TEST_CASE(what_is_scoped_already_needs_nothing)
{
    add("t_code", {"code", "tenant_id"});
    const Plan plan = rescoped("t_code");
    CHECK_TEXTS(sqls(plan), {});
    BOOST_TEST(plan.notes.empty());
}

BOOST_AUTO_TEST_CASE(rows_without_a_tenant_are_noted_where_there_can_be_some)
{
    add("t_code", {"code"});
    BOOST_TEST(noted(rescoped("t_code"), "rows of s.t without a tenant are not held apart by t_code"));
    table->indexes.back().nulls_equal = true;
    BOOST_TEST(!noted(rescoped("t_code"), "without a tenant"));
    table->indexes.back().nulls_equal = false;
    table->columns[1].not_null = true;
    BOOST_TEST(!noted(rescoped("t_code"), "without a tenant"));
}

BOOST_AUTO_TEST_CASE(references_by_this_key_are_in_the_way)
{
    add("t_code", {"code"});
    TableBuilder child = built.table("s", "child").column("code", "text");
    built.reference(child, {"code"}, table, {"code"}).parent_index = "t_code";
    const Error error = refused("2BP01", [&] { rescoped("t_code"); });
    BOOST_TEST(error.what() == "foreign keys refer to t_code of s.t: child_code_fkey of s.child");
    BOOST_TEST(error.hint().find("SELECT * FROM tenancy.plan('s.child');") == 0u);
    built.schema.foreign_keys.back().parent_index = "another";
    BOOST_TEST(sqls(rescoped("t_code")).size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused)
{
    add("t_code", {"code"});
    table.index({"code"});
    BOOST_TEST(refused("42704", [&] { rescoped("nope"); }).hint() == "SELECT tenancy.rescope_unique('s.t', 't_code', 'tenant_id');");
    refused("42809", [&] { rescoped("t_pkey"); });
    refused("42809", [&] { rescoped(table->indexes.back().name); });
    BOOST_TEST(refused("42703", [&] { rescoped("t_code", "tenantId"); }).hint() == "SELECT tenancy.rescope_unique('s.t', 't_code', 'tenant_id');");
    refused("42804", [&] { rescoped("t_code", "code"); });
    table->indexes[1].valid = false;
    BOOST_TEST(refused("55000", [&] { rescoped("t_code"); }).hint() == "REINDEX INDEX s.t_code;");
    table->indexes[1].valid = true;
    table->indexes[1].key->replica_identity = true;
    BOOST_TEST(refused("55000", [&] { rescoped("t_code"); }).hint() == "ALTER TABLE s.t REPLICA IDENTITY DEFAULT;");
    table->indexes[1].key->replica_identity = false;
    table->indexes[1].key->definition = "something else (code)";
    refused("0A000", [&] { rescoped("t_code"); });
    refused("42809", [&] { plan_rescope_unique(built.schema, {built.schema.tenant_table.oid, "tenancy.tenants", 'r'}, "k", "id"); });
    refused("42809", [&] { plan_rescope_unique(built.schema, {99, "s.v", 'v'}, "k", "tenant_id"); });
    TableBuilder part = built.table("s", "part").column("tenant_id", "uuid").partition_of(table);
    BOOST_TEST(refused("42809", [&] { plan_rescope_unique(built.schema, {part.oid(), "s.part", 'r'}, "k", "tenant_id"); }).hint() ==
               "SELECT tenancy.rescope_unique('s.t', 'k', 'tenant_id');");
}

BOOST_AUTO_TEST_CASE(one_row_per_tenant)
{
    const Plan plan = one_row();
    CHECK_TEXTS(sqls(plan), {"ALTER TABLE s.t ADD CONSTRAINT \"t_one_row_per_tenant\" UNIQUE (tenant_id)"});
    BOOST_TEST(plan.steps.front().check->sql == "SELECT count(*) FROM (SELECT tenant_id FROM s.t WHERE tenant_id IS NOT NULL GROUP BY tenant_id HAVING count(*) > 1) AS several");
    BOOST_TEST(noted(plan, "without a tenant"));
    table->columns[1].not_null = true;
    BOOST_TEST(one_row().notes.empty());
    Index &index = add("by_tenant", {"tenant_id"});
    CHECK_TEXTS(sqls(one_row()), {});
    index.partial = true;
    BOOST_TEST(one_row().steps.size() == 1u);
    index.partial = false;
    index.valid = false;
    BOOST_TEST(one_row().steps.size() == 1u);
    TableBuilder part = built.table("s", "part").column("tenant_id", "uuid").partition_of(table);
    BOOST_TEST(one_row().steps.size() == 1u);
    TableBuilder heir = built.table("s", "heir").column("tenant_id", "uuid").inherits(table);
    refused("0A000", [&] { one_row(); });
}

BOOST_AUTO_TEST_CASE(requests_name_the_key)
{
    add("t_code", {"code"});
    Json request = {{"action", "rescope_unique"}, {"key", "t_code"}, {"targets", {{{"oid", table.oid()}, {"name", "s.t"}, {"kind", "r"}, {"column", "tenant_id"}}}}};
    const auto steps = [&] { return Json::parse(plan_as_json(snapshot_of(built.schema).dump(), request.dump())).at("steps").size(); };
    BOOST_TEST(steps() == 2u);
    request["key"] = nullptr;
    refused("22023", [&] { steps(); });
    request["action"] = "one_row_per_tenant";
    BOOST_TEST(steps() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
