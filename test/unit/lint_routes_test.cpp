// Rules about routes around policies: lint_routes.cpp, by way of core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

namespace {

struct Fixture : LintFixture {
    TableBuilder made = table("t");

    void readable(const View &one, const std::string &to = "app", const std::string &may = "SELECT") { around.table_grants[one.oid].push_back({to, may}); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lint_routes, Fixture)

BOOST_AUTO_TEST_CASE(view_of_owner)
{
    View &one = view("v", "postgres", {made.oid()});
    CHECK_TEXTS(found(), {});
    readable(one);
    CHECK_TEXTS(found("view_of_owner"), {"error s.v"});
    BOOST_TEST(to_run("view_of_owner") == "ALTER VIEW s.v SET (security_invoker = true);");
    one.filters = one.barrier = true;
    CHECK_TEXTS(found("view_of_owner"), {"warning s.v"});
    one.invoker = true;
    CHECK_TEXTS(found("view_of_owner"), {});
    one.invoker = false;
    one.owner = "owner"; // who is filtered
    CHECK_TEXTS(found("view_of_owner"), {});
    made->force = false;
    CHECK_TEXTS(found("view_of_owner"), {"warning s.v"});
    one.of_extension = true;
    CHECK_TEXTS(found("view_of_owner"), {});
}

BOOST_AUTO_TEST_CASE(views_read_views_as_their_owners)
{
    const View inner = view("inner", "postgres", {made.oid()});
    View outer = view("outer", "owner", {inner.oid});
    readable(outer, "app", "UPDATE");
    CHECK_TEXTS(found("view_of_owner"), {"error s.outer"});
    around.views[0].invoker = true; // reads as the outer one's owner
    CHECK_TEXTS(found("view_of_owner"), {});
    around.views[1].owner = "postgres";
    CHECK_TEXTS(found("view_of_owner"), {"error s.outer"});
    around.views[0].reads.push_back(outer.oid); // no end
    CHECK_TEXTS(found("view_of_owner"), {"error s.outer"});
}

BOOST_AUTO_TEST_CASE(materialized_view)
{
    const View copy = view("copy", "owner", {made.oid()});
    around.views[0].materialized = true;
    CHECK_TEXTS(found("materialized_view"), {"info s.copy"});
    const View front = view("front", "owner", {copy.oid});
    readable(front);
    CHECK_TEXTS(found("materialized_view"), {"error s.copy"});
    BOOST_TEST(to_run("materialized_view") == "REVOKE ALL ON s.front FROM app;");
    readable(copy, "");
    BOOST_TEST(to_run("materialized_view") == "REVOKE ALL ON s.copy FROM PUBLIC;");
    CHECK_TEXTS(found("view_of_owner"), {});
    around.views[0].reads = {4711};
    CHECK_TEXTS(found("materialized_view"), {});
}

BOOST_AUTO_TEST_CASE(a_copy_of_a_copy_is_one)
{
    const View copy = view("copy", "owner", {made.oid()});
    around.views[0].materialized = true;
    const View second = view("second", "owner", {copy.oid});
    around.views[1].materialized = true;
    around.views[0].reads.push_back(second.oid);
    CHECK_TEXTS(found("materialized_view"), {"info s.copy", "info s.second"});
}

BOOST_AUTO_TEST_CASE(definer_search_path)
{
    Function &one = function("f", "text");
    one.definer = true;
    CHECK_TEXTS(found("definer_search_path"), {"error s.f(text)"});
    BOOST_TEST(to_run("definer_search_path") == "ALTER ROUTINE s.f(text) SET search_path = pg_catalog, pg_temp;");
    for (const char *path : {"pg_catalog", "", "pg_temp, pg_catalog", "my_pg_temp", "pg_temp"}) {
        one.search_path = path;
        CHECK_TEXTS(found("definer_search_path"), {"warning s.f(text)"});
    }
    for (const char *path : {"pg_catalog, pg_temp", "pg_catalog,pg_temp", "s, \"pg_temp\""}) {
        one.search_path = path;
        CHECK_TEXTS(found("definer_search_path"), {});
    }
    one.search_path = std::nullopt;
    one.parsed = true; // BEGIN ATOMIC
    CHECK_TEXTS(found("definer_search_path"), {});
    one.parsed = false;
    one.grants = {{"owner", "EXECUTE"}};
    CHECK_TEXTS(found("definer_search_path"), {});
    one.trigger = true; // which nobody needs to be granted
    CHECK_TEXTS(found("definer_search_path"), {"error s.f(text)"});
    one.of_extension = true;
    CHECK_TEXTS(found("definer_search_path"), {});
}

BOOST_AUTO_TEST_CASE(definer_bypasses)
{
    Function &one = function("f");
    one.definer = true;
    one.search_path = "pg_catalog, pg_temp";
    CHECK_TEXTS(found("definer_bypasses"), {});
    one.owner = "postgres";
    CHECK_TEXTS(found("definer_bypasses"), {"warning s.f()"});
    BOOST_TEST(to_run("definer_bypasses") == "ALTER ROUTINE s.f() SECURITY INVOKER;");
    one.grants.clear();
    CHECK_TEXTS(found("definer_bypasses"), {});
}

BOOST_AUTO_TEST_CASE(rule_on_table)
{
    around.rules = {{made.oid(), "\"quiet rule\"", false, {}, {}}, {4711, "other", false, {}, {}}};
    CHECK_TEXTS(found("rule_on_table"), {"warning \"quiet rule\" ON s.t"});
    BOOST_TEST(to_run("rule_on_table") == "DROP RULE \"quiet rule\" ON s.t;");
}

BOOST_AUTO_TEST_CASE(foreign_table)
{
    TableBuilder remote = bare("remote", 'f');
    CHECK_TEXTS(found(), {"foreign_table warning s.remote"});
    BOOST_TEST(to_run("foreign_table") == "REVOKE ALL ON s.remote FROM app;");
    around.table_grants.erase(remote.oid());
    CHECK_TEXTS(found(), {});
}

BOOST_AUTO_TEST_CASE(foreign_server)
{
    around.servers = {{"", "far", "owner", {{"owner", "USAGE"}}}};
    CHECK_TEXTS(found("foreign_server"), {});
    around.servers[0].grants.push_back({"app", "USAGE"});
    CHECK_TEXTS(found("foreign_server"), {"warning far"});
    BOOST_TEST(to_run("foreign_server") == "REVOKE USAGE ON FOREIGN SERVER far FROM app;");
}

BOOST_AUTO_TEST_CASE(dblink_callable)
{
    function("dblink_connect").of_extension = true;
    CHECK_TEXTS(found("dblink_callable"), {});
    around.extensions = {"dblink"};
    CHECK_TEXTS(found("dblink_callable"), {"warning dblink"});
    around.functions[0].grants.clear();
    CHECK_TEXTS(found("dblink_callable"), {});
    function("dblink", "text, text").of_extension = true; // it connects by itself
    CHECK_TEXTS(found("dblink_callable"), {"warning dblink"});
    around.functions[1].name = "dblink_current_query";
    CHECK_TEXTS(found("dblink_callable"), {});
}

BOOST_AUTO_TEST_CASE(publication)
{
    around.publications = {{"p", false, {4711}, {"other"}}};
    CHECK_TEXTS(found("publication"), {});
    around.publications = {{"a", true, {}, {}}, {"b", false, {made.oid()}, {}}, {"c", false, {}, {"s"}}};
    CHECK_TEXTS(found("publication"), {"info a", "info b", "info c"});
}

BOOST_AUTO_TEST_CASE(large_objects)
{
    around.large_objects = {{"app", 1}, {"Some One", 2}};
    CHECK_TEXTS(found("large_objects"), {"info \"Some One\"", "info app"});
    request.installed = false;
    CHECK_TEXTS(found("large_objects"), {"warning app", "info \"Some One\""});
    around.large_objects.erase(around.large_objects.begin());
    BOOST_TEST(to_run("large_objects") == "SELECT oid FROM pg_largeobject_metadata WHERE lomowner = '\"Some One\"'::regrole;");
}

BOOST_AUTO_TEST_CASE(create_in_schema)
{
    around.schemas = {{"s", "s", "owner", {{"app", "USAGE"}, {"owner", "CREATE"}}}};
    CHECK_TEXTS(found("create_in_schema"), {});
    around.schemas[0].grants.push_back({"app", "CREATE USAGE"});
    CHECK_TEXTS(found("create_in_schema"), {"info s"});
    BOOST_TEST(to_run("create_in_schema") == "REVOKE CREATE ON SCHEMA s FROM app;");
    around.schemas[0].grants.push_back({"", "CREATE"});
    CHECK_TEXTS(found("create_in_schema"), {"warning s"});
    BOOST_TEST(to_run("create_in_schema") == "REVOKE CREATE ON SCHEMA s FROM app, PUBLIC;");
    around.schemas = {{"public", "public", "pg_database_owner", {}}};
    CHECK_TEXTS(found("create_in_schema"), {});
    around.database_owner = "app";
    CHECK_TEXTS(found("create_in_schema"), {"info public"});
    request.installed = false;
    CHECK_TEXTS(found("create_in_schema"), {"warning public"});
    BOOST_TEST(to_run("create_in_schema") == "ALTER SCHEMA public OWNER TO a_role_that_does_not_log_in;");
}

BOOST_AUTO_TEST_CASE(temporary_tables)
{
    around.database_grants = {{"app", "CONNECT"}, {"", "CONNECT TEMPORARY"}};
    CHECK_TEXTS(found("temporary_tables"), {"info \"shop\""});
    BOOST_TEST(to_run("temporary_tables") == "REVOKE TEMPORARY ON DATABASE \"shop\" FROM PUBLIC;");
    request.installed = false;
    CHECK_TEXTS(found("temporary_tables"), {"warning \"shop\""});
    around.roles.clear();
    CHECK_TEXTS(found("temporary_tables"), {});
}

BOOST_AUTO_TEST_CASE(untrusted_language)
{
    around.languages = {{"c", "c", "postgres", {}}};
    CHECK_TEXTS(found("untrusted_language"), {});
    around.languages = {{"c", "c", "postgres", {{"", "USAGE"}}}};
    CHECK_TEXTS(found("untrusted_language"), {"error c"});
    BOOST_TEST(to_run("untrusted_language") == "UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = 'c';");
}

BOOST_AUTO_TEST_SUITE_END()
