// Rules about tables: lint_tables.cpp, by way of core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

BOOST_FIXTURE_TEST_SUITE(lint_tables, LintFixture)

BOOST_AUTO_TEST_CASE(what_is_whole_has_no_finding)
{
    table("by_hand");
    protected_table("protected");
    built.table("s", "countries").column("code", "text");
    CHECK_TEXTS(found(), {});
}

BOOST_AUTO_TEST_CASE(rls_disabled)
{
    bare("t");
    CHECK_TEXTS(found("rls_disabled"), {"error s.t"});
    BOOST_TEST(to_run("rls_disabled") == "SELECT tenancy.protect('s.t');");
    request.installed = false;
    BOOST_TEST(to_run("rls_disabled") == "CREATE POLICY tenant ON s.t USING (tenant_id = (SELECT current_setting('app.current_tenant_id')::uuid)); ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;");
    around.table_grants.clear(); // nobody may
    CHECK_TEXTS(found("rls_disabled"), {"warning s.t"});
    around.roles.clear(); // nobody knows who
    CHECK_TEXTS(found("rls_disabled"), {"error s.t"});
}

BOOST_AUTO_TEST_CASE(rls_disabled_of_a_partition_is_mended_at_its_root)
{
    TableBuilder root = bare("t", 'p'), part = bare("t_1");
    part.partition_of(root);
    CHECK_TEXTS(found("rls_disabled"), {"error s.t", "error s.t_1"});
    for (const Finding &one : run().findings)
        if (one.rule == "rls_disabled")
            BOOST_TEST(one.remediation == "SELECT tenancy.protect('s.t');");
    root->parents = {root.oid()}; // no catalog says so
    root->partition = true;
    run();
}

BOOST_AUTO_TEST_CASE(rls_not_forced)
{
    TableBuilder made = table("t");
    made->force = false;
    CHECK_TEXTS(found("rls_not_forced"), {"warning s.t"});
    BOOST_TEST(to_run("rls_not_forced") == "SELECT tenancy.protect('s.t');");
    made->owner = "app";
    CHECK_TEXTS(found("rls_not_forced"), {"error s.t"});
    made->row_security = false;
    CHECK_TEXTS(found("rls_not_forced"), {});
}

BOOST_AUTO_TEST_CASE(policies_without_rls)
{
    TableBuilder made = table("t");
    made->row_security = false;
    built.table("s", "no tenant").column("id", "int").policy("p", true, '*', "true");
    CHECK_TEXTS(found("policies_without_rls"), {"error s.\"no tenant\"", "error s.t"});
    CHECK_TEXTS(found("rls_disabled"), {});
    made->of_extension = true;
    CHECK_TEXTS(found("policies_without_rls"), {"error s.\"no tenant\""});
}

BOOST_AUTO_TEST_CASE(partition_open)
{
    TableBuilder root = table("t", 'p'), part = bare("t_1");
    part.partition_of(root);
    CHECK_TEXTS(found("partition_open"), {"error s.t_1"});
    CHECK_TEXTS(found("rls_disabled"), {});
    BOOST_TEST(to_run("partition_open") == "ALTER TABLE s.t_1 ENABLE ROW LEVEL SECURITY;");
    around.table_grants.erase(part.oid());
    CHECK_TEXTS(found("partition_open"), {"warning s.t_1"});
    part->kind = 'f'; // has none
    CHECK_TEXTS(found("partition_open"), {});
    part->kind = 'r';
    part->row_security = true;
    CHECK_TEXTS(found("partition_open"), {});
}

BOOST_AUTO_TEST_CASE(partition_open_of_a_protected_table_is_mended_by_protect)
{
    TableBuilder root = protected_table("t"), part = bare("t_1");
    part.partition_of(root);
    BOOST_TEST(to_run("partition_open") == "SELECT tenancy.protect('s.t');");
}

BOOST_AUTO_TEST_CASE(no_policy_and_no_restrictive_policy)
{
    TableBuilder made = table("t");
    made->policies[0].permissive = true;
    CHECK_TEXTS(found("no_restrictive_policy"), {"warning s.t"});
    CHECK_TEXTS(found("no_policy"), {});
    made->policies.clear();
    CHECK_TEXTS(found("no_policy"), {"info s.t"});
    CHECK_TEXTS(found("no_restrictive_policy"), {});
    made->row_security = false;
    CHECK_TEXTS(found("no_policy"), {});
}

BOOST_AUTO_TEST_CASE(tenant_column_nullable)
{
    TableBuilder made = table("t");
    made->columns[0].not_null = false;
    CHECK_TEXTS(found("tenant_column_nullable"), {"warning s.t"});
    BOOST_TEST(to_run("tenant_column_nullable") == "ALTER TABLE s.t ALTER COLUMN tenant_id SET NOT NULL;");
    TableBuilder part = table("t_1").partition_of(made); // the root's is enough
    part->columns[0].not_null = false;
    CHECK_TEXTS(found("tenant_column_nullable"), {"warning s.t"});
    made->kind = 'f';
    CHECK_TEXTS(found("tenant_column_nullable"), {});
}

BOOST_AUTO_TEST_CASE(rows_for_all_tenants_have_none)
{
    TableBuilder made = protected_table("t");
    made->columns[0].not_null = false;
    CHECK_TEXTS(found("tenant_column_nullable"), {"warning s.t"});
    made.policy("tenancy_isolation_update", false, 'w', "(tenant_id = tenancy.current_tenant_id())");
    CHECK_TEXTS(found("tenant_column_nullable"), {});
    CHECK_TEXTS(questions("tenant_null"), {});
}

BOOST_AUTO_TEST_CASE(tenant_column_loose)
{
    TableBuilder made = bare("t");
    for (const auto &[type, level] : {std::pair("uuid", ""), std::pair("text", ""), std::pair("character varying", ""), std::pair("character", "error s.t"), std::pair("bpchar", "error s.t"), std::pair("public.citext", "error s.t")}) {
        made->columns[0].type = type;
        CHECK_TEXTS(found("tenant_column_loose"), *level == 0 ? Texts{} : Texts{level});
    }
    BOOST_TEST(to_run("tenant_column_loose") == "ALTER TABLE s.t ALTER COLUMN tenant_id TYPE text COLLATE \"C\";");
    made->columns[0].type = "text";
    made->columns[0].deterministic = false;
    made.policy("p", true, '*', "true");
    BOOST_TEST(to_run("tenant_column_loose") == "DROP POLICY p ON s.t; ALTER TABLE s.t ALTER COLUMN tenant_id TYPE text COLLATE \"C\"; CREATE POLICY ...;");
}

BOOST_AUTO_TEST_CASE(guard_missing)
{
    TableBuilder made = protected_table("t");
    CHECK_TEXTS(found("guard_missing"), {});
    const std::vector<Trigger> whole = made->triggers;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        made->triggers[i].enabled = 'O';
        CHECK_TEXTS(found("guard_missing"), {"error s.t"});
        made->triggers.erase(made->triggers.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_TEXTS(found("guard_missing"), {"error s.t"});
        BOOST_TEST(to_run("guard_missing") == "SELECT tenancy.protect('s.t');");
        made->triggers = whole;
        made->triggers[i].narrowed = true;
        CHECK_TEXTS(found("guard_missing"), {"error s.t"});
        made->triggers = whole;
    }
    made.trigger("zzzzz", "s.later", row_change, {}, 'O');
    CHECK_TEXTS(found("guard_missing"), {"error s.t"});
    made->triggers.back().enabled = 'D'; // it does not run
    CHECK_TEXTS(found("guard_missing"), {});
    made->triggers.back().enabled = 'O';
    made->triggers.back().type = trigger_row | trigger_before | trigger_delete; // nothing to change
    CHECK_TEXTS(found("guard_missing"), {});
    made->triggers.back().type = trigger_row | trigger_insert; // AFTER
    CHECK_TEXTS(found("guard_missing"), {});
}

BOOST_AUTO_TEST_CASE(guards_are_not_missed_where_nothing_is_protected)
{
    table("t");
    CHECK_TEXTS(found("guard_missing"), {});
    CHECK_TEXTS(found("drift"), {});
}

BOOST_AUTO_TEST_CASE(drift)
{
    TableBuilder made = protected_table("t");
    CHECK_TEXTS(found("drift"), {});
    made->policies.erase(made->policies.begin());
    CHECK_TEXTS(found("drift"), {"warning s.t"});
    BOOST_TEST(to_run("drift") == "SELECT tenancy.protect('s.t');");
    BOOST_TEST(only("drift").detail.find("CREATE POLICY tenancy_isolation") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(drift_of_another_column_names_it)
{
    TableBuilder made = built.table("s", "t").tenant("Tenant Id").column("id", "uuid").key({"Tenant Id", "id"}).secured("Tenant Id");
    built.to_tenants(made, "Tenant Id");
    CHECK_TEXTS(found("drift"), {});
    made->policies.erase(made->policies.begin());
    BOOST_TEST(to_run("drift") == "SELECT tenancy.protect('s.t', 'Tenant Id');");
}

BOOST_AUTO_TEST_CASE(drift_that_protect_refuses_to_mend_is_told)
{
    TableBuilder made = protected_table("t");
    made->columns[0].type = "bigint"; // the tenants' is uuid
    BOOST_TEST(only("drift").object == "protect()");
    BOOST_TEST(!only("drift").remediation.empty());
}

BOOST_AUTO_TEST_SUITE_END()
