// Rules about what can be inferred, and what rows can tell: lint_oracles.cpp, by way of core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

BOOST_FIXTURE_TEST_SUITE(lint_oracles, LintFixture)

BOOST_AUTO_TEST_CASE(unique_without_tenant)
{
    TableBuilder made = table("t").column("code", "text").column("number", "integer").key({"note"});
    CHECK_TEXTS(found("unique_without_tenant"), {"warning \"t_1\" ON s.t"});
    BOOST_TEST(to_run("unique_without_tenant") == "SELECT tenancy.rescope_unique('s.t', 't_1');");
    Index &index = made->indexes[1];
    index.columns = {"id"}; // uuid
    CHECK_TEXTS(found("unique_without_tenant"), {"info \"t_1\" ON s.t"});
    index.columns = {"note", "tenant_id"};
    CHECK_TEXTS(found("unique_without_tenant"), {});
    index.columns = {""}; // an expression
    BOOST_TEST(only("unique_without_tenant").detail.find("(an expression)") != std::string::npos);
    index.columns = {"number"};
    CHECK_TEXTS(found("unique_without_tenant"), {"warning \"t_1\" ON s.t"});
    index.primary = true;
    CHECK_TEXTS(found("unique_without_tenant"), {"info \"t_1\" ON s.t"});
    BOOST_TEST(to_run("unique_without_tenant") == "\\d s.t");
    index.columns = {"code"}; // also where it is a text
    CHECK_TEXTS(found("unique_without_tenant"), {"info \"t_1\" ON s.t"});
    index.primary = index.unique = false;
    CHECK_TEXTS(found("unique_without_tenant"), {});
    index.key = UniqueKey{}; // DEFERRABLE
    index.key->sql = "t_1";
    CHECK_TEXTS(found("unique_without_tenant"), {"warning t_1 ON s.t"});
    CHECK_TEXTS(found("index_without_tenant"), {});
}

BOOST_AUTO_TEST_CASE(exclusion_without_tenant)
{
    TableBuilder made = table("t");
    around.exclusions = {{made.oid(), "x", false, {"tenant_id", "note"}, {}}, {4711, "y", false, {}, {}}};
    CHECK_TEXTS(found("exclusion_without_tenant"), {});
    around.exclusions[0].columns = {"note"};
    CHECK_TEXTS(found("exclusion_without_tenant"), {"warning x ON s.t"});
}

BOOST_AUTO_TEST_CASE(reference_and_cascade_without_tenant)
{
    TableBuilder parent = table("parent"), child = table("child").column("parent", "uuid");
    built.reference(child, {"parent"}, parent, {"id"});
    CHECK_TEXTS(found("reference_without_tenant"), {"warning child_parent_fkey ON s.child"});
    BOOST_TEST(to_run("reference_without_tenant") == "SELECT tenancy.protect_tables(ARRAY['s.child', 's.parent']::regclass[]);");
    request.installed = false;
    BOOST_TEST(to_run("reference_without_tenant") == "ALTER TABLE s.child ADD FOREIGN KEY (tenant_id, parent) REFERENCES s.parent (tenant_id, id);");
    ForeignKey &key = built.schema.foreign_keys.back();
    key.crossing = 'o';
    CHECK_TEXTS(found("reference_without_tenant"), {"info child_parent_fkey ON s.child"});
    key.crossing = 'n';
    for (const char action : {'c', 'n', 'd'}) {
        key.on_delete = action;
        CHECK_TEXTS(found("reference_without_tenant"), {});
        CHECK_TEXTS(found("cascade_without_tenant"), {"error child_parent_fkey ON s.child"});
    }
    key.on_delete = 'r';
    key.on_update = 'c';
    CHECK_TEXTS(found("cascade_without_tenant"), {"error child_parent_fkey ON s.child"});
    child.trigger("g", "tenancy.reference_guard", row_change, {key.name});
    CHECK_TEXTS(found("cascade_without_tenant"), {});
    child->triggers[0].arguments = {"another"};
    CHECK_TEXTS(found("cascade_without_tenant"), {"error child_parent_fkey ON s.child"});
    key.child_columns = {"tenant_id", "parent"};
    key.parent_columns = {"tenant_id", "id"};
    CHECK_TEXTS(found("cascade_without_tenant"), {});
    key.parent_columns = {"id", "tenant_id"}; // not with each other
    CHECK_TEXTS(found("cascade_without_tenant"), {"error child_parent_fkey ON s.child"});
    key.inherited = true; // its root's is found
    CHECK_TEXTS(found("cascade_without_tenant"), {});
}

BOOST_AUTO_TEST_CASE(cascades_onto_protected_rows_are_stopped)
{
    TableBuilder parent = table("parent"), child = protected_table("child").column("parent", "uuid");
    built.reference(child, {"parent"}, parent, {"id"}).on_delete = 'c';
    CHECK_TEXTS(found("cascade_without_tenant"), {"warning child_parent_fkey ON s.child"});
}

BOOST_AUTO_TEST_CASE(references_to_what_has_no_tenant_cross_nothing)
{
    TableBuilder parent = built.table("s", "countries").column("id", "uuid"), child = table("child").column("parent", "uuid");
    built.reference(child, {"parent"}, parent, {"id"}).on_delete = 'c';
    CHECK_TEXTS(found(), {});
}

BOOST_AUTO_TEST_CASE(sequence_granted)
{
    TableBuilder made = table("t");
    around.sequences = {{made.oid(), "s.q", true, {}, {{"owner", "UPDATE"}}}};
    CHECK_TEXTS(found("sequence_granted"), {});
    around.sequences[0].grants = {{"app", "USAGE"}};
    CHECK_TEXTS(found("sequence_granted"), {"info s.q"});
    BOOST_TEST(to_run("sequence_granted") == "REVOKE ALL ON SEQUENCE s.q FROM app;");
    around.sequences[0].identity = false; // whoever inserts calls nextval()
    BOOST_TEST(to_run("sequence_granted") == "\\d s.t");
    around.sequences[0].grants = {{"app", "SELECT UPDATE USAGE"}};
    BOOST_TEST(to_run("sequence_granted") == "REVOKE SELECT, UPDATE ON SEQUENCE s.q FROM app;");
    CHECK_TEXTS(found("sequence_granted"), {"info s.q"});
    request.installed = false;
    CHECK_TEXTS(found("sequence_granted"), {"warning s.q"});
    around.sequences.push_back(around.sequences[0]); // of two tables
    CHECK_TEXTS(found("sequence_granted"), {"warning s.q"});
    around.sequences = {{4711, "s.q", true, {}, {{"app", "UPDATE"}}}};
    CHECK_TEXTS(found("sequence_granted"), {});
}

BOOST_AUTO_TEST_CASE(extended_statistics)
{
    TableBuilder made = table("t");
    around.statistics = {{made.oid(), "s.x", false, {}, {}}, {4711, "s.y", false, {}, {}}};
    CHECK_TEXTS(found("extended_statistics"), {"info s.x"});
    BOOST_TEST(to_run("extended_statistics") == "DROP STATISTICS s.x;");
}

BOOST_AUTO_TEST_CASE(indexes)
{
    TableBuilder made = table("t").index({"note"}).index({"tenant_id", "note"});
    CHECK_TEXTS(found("index_without_tenant"), {"info s.t"});
    BOOST_TEST(only("index_without_tenant").detail == "A search by \"t_1\" takes longer where other tenants have the value.");
    made->indexes.erase(made->indexes.begin());
    CHECK_TEXTS(found("no_tenant_index"), {});
    made->indexes[1].partial = true;
    CHECK_TEXTS(found("no_tenant_index"), {"warning s.t"});
    made->indexes[1].partial = false;
    made->indexes[1].valid = false;
    CHECK_TEXTS(found("no_tenant_index"), {"warning s.t"});
    BOOST_TEST(to_run("no_tenant_index") == "CREATE INDEX CONCURRENTLY ON s.t (tenant_id);");
    made->kind = 'p'; // not of partitioned tables
    BOOST_TEST(to_run("no_tenant_index") == "CREATE INDEX ON s.t (tenant_id);");
    made->indexes.clear();
    TableBuilder part = table("t_1").partition_of(made);
    part->indexes.clear();
    CHECK_TEXTS(found("no_tenant_index"), {"warning s.t"});
}

BOOST_AUTO_TEST_CASE(tenant_null)
{
    TableBuilder made = table("t");
    CHECK_TEXTS(questions("tenant_null"), {});
    made->columns[0].not_null = false;
    CHECK_TEXTS(questions("tenant_null"), {"warning s.t: SELECT count(*) FROM s.t AS t WHERE t.tenant_id IS NULL"});
    table("t_1").partition_of(made)->columns[0].not_null = false;
    BOOST_TEST(questions("tenant_null").size() == 1u);
    made->kind = 'f';
    CHECK_TEXTS(questions("tenant_null"), {});
}

BOOST_AUTO_TEST_CASE(tenant_unknown)
{
    TableBuilder made = table("t");
    CHECK_TEXTS(questions("tenant_unknown"), {"warning s.t: SELECT count(*) FROM s.t AS t WHERE t.tenant_id IS NOT NULL AND NOT EXISTS (SELECT FROM tenancy.tenants AS o WHERE o.id = t.tenant_id)"});
    made->columns[0].type = "text"; // cannot be compared
    CHECK_TEXTS(questions("tenant_unknown"), {});
    made->columns[0].type = "uuid";
    built.to_tenants(made);
    CHECK_TEXTS(questions("tenant_unknown"), {});
    built.schema.foreign_keys.back().validated = false;
    BOOST_TEST(questions("tenant_unknown").size() == 1u);
    request.installed = false;
    CHECK_TEXTS(questions("tenant_unknown"), {});
}

BOOST_AUTO_TEST_CASE(reference_crosses)
{
    TableBuilder parent = table("parent").column("b", "int"), child = built.table("s", "Child").tenant("Tenant Id").column("x", "uuid").column("y", "int");
    built.reference(child, {"x", "y"}, parent, {"id", "b"});
    CHECK_TEXTS(questions("reference_crosses"), {"error \"Child_y_fkey\" ON s.\"Child\": SELECT count(*) FROM s.\"Child\" AS c JOIN s.parent AS p ON c.x = p.id AND c.y = p.b WHERE c.\"Tenant Id\" <> p.tenant_id"});
    built.schema.foreign_keys.back().crossing = 'a';
    BOOST_TEST(questions("reference_crosses").front().substr(0, 4) == "info");
    parent->kind = 'f';
    CHECK_TEXTS(questions("reference_crosses"), {});
}

BOOST_AUTO_TEST_CASE(minor_version)
{
    for (const int version : {150020, 150021, 160015, 170011, 180006, 190000}) {
        built.schema.server_version = version;
        CHECK_TEXTS(found("minor_version"), {});
    }
    for (const auto &[version, object] : {std::pair(150019, "PostgreSQL 15.19"), std::pair(160000, "PostgreSQL 16.0"), std::pair(170010, "PostgreSQL 17.10"), std::pair(180005, "PostgreSQL 18.5"), std::pair(130099, "PostgreSQL 13.99"), std::pair(0, "PostgreSQL 0.0")}) {
        built.schema.server_version = version;
        CHECK_TEXTS(found("minor_version"), {std::string("warning ") + object});
    }
}

BOOST_AUTO_TEST_SUITE_END()
