// Rules about rights and stored settings: lint_grants.cpp, by way of core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

BOOST_FIXTURE_TEST_SUITE(lint_grants, LintFixture)

BOOST_AUTO_TEST_CASE(privileges_that_ignore_policies)
{
    TableBuilder made = table("t"), guarded = protected_table("guarded");
    for (const auto &[rule, privilege, level] : {std::tuple("grant_truncate", "TRUNCATE", "error"), std::tuple("grant_references", "REFERENCES", "warning"), std::tuple("grant_trigger", "TRIGGER", "error")}) {
        CHECK_TEXTS(found(rule), {});
        around.table_grants.clear();
        grant_on(made, "owner", privilege); // who is not of the application
        CHECK_TEXTS(found(rule), {});
        grant_on(made, "app", std::string("SELECT ") + privilege);
        grant_on(made, "", privilege);
        CHECK_TEXTS(found(rule), {std::string(level) + " s.t"});
        BOOST_TEST(to_run(rule) == std::string("REVOKE ") + privilege + " ON s.t FROM app, PUBLIC;");
        around.table_grants.clear();
        grant_on(guarded, "app", privilege);
        CHECK_TEXTS(found(rule), {"info s.guarded"});
        around.table_grants.clear();
    }
}

BOOST_AUTO_TEST_CASE(grant_public)
{
    TableBuilder made = table("t");
    CHECK_TEXTS(found("grant_public"), {});
    grant_on(made, "", "SELECT UPDATE");
    CHECK_TEXTS(found("grant_public"), {"warning s.t"});
    BOOST_TEST(only("grant_public").detail == "PUBLIC may SELECT UPDATE.");
}

BOOST_AUTO_TEST_CASE(stored_context)
{
    around.stored_settings = {{"app", "", "App.Current_Tenant_Id", "1"}, {"", "shop", "app.current_tenant_id", "1"}, {"app", "shop", "app.current_tenant_id", "1"}, {"", "", "app.current_tenant_id", "1"}, {"app", "", "app.other", "1"}};
    CHECK_TEXTS(found("stored_context"), {"error App.Current_Tenant_Id of app", "error app.current_tenant_id of app in \"shop\"", "error app.current_tenant_id of every role", "error app.current_tenant_id of every role in \"shop\""});
    Texts commands;
    for (const Finding &one : run().findings)
        if (one.rule == "stored_context")
            commands.push_back(one.remediation);
    CHECK_TEXTS(commands, {"ALTER ROLE app RESET App.Current_Tenant_Id;", "ALTER ROLE app IN DATABASE \"shop\" RESET app.current_tenant_id;", "ALTER ROLE ALL RESET app.current_tenant_id;", "ALTER DATABASE \"shop\" RESET app.current_tenant_id;"});
    request.context_setting = "APP.other";
    CHECK_TEXTS(found("stored_context"), {"error app.other of app"});
}

BOOST_AUTO_TEST_CASE(stored_secret)
{
    for (const char *name : {"app.jwt_secret", "app.PASSWORD", "my.api_key", "a.token"}) {
        around.stored_settings = {{"app", "", name, "1"}};
        CHECK_TEXTS(found("stored_secret"), {std::string("warning ") + name + " of app"});
    }
    for (const char *name : {"work_mem", "ssl_key_file", "my.key_file", "tenancy.token_max_age", "app.user", "password_encryption", ""}) {
        around.stored_settings = {{"app", "", name, "1"}};
        CHECK_TEXTS(found("stored_secret"), {});
    }
}

BOOST_AUTO_TEST_CASE(stored_row_security)
{
    around.stored_settings = {{"app", "", "row_security", "on"}};
    CHECK_TEXTS(found("stored_row_security"), {});
    around.stored_settings = {{"app", "", "row_security", "off"}};
    CHECK_TEXTS(found("stored_row_security"), {"warning row_security of app"});
}

BOOST_AUTO_TEST_CASE(stored_enforcement)
{
    around.stored_settings = {{"app", "", "tenancy.enforcement", "on"}, {"app", "", "session_replication_role", "origin"}, {"owner", "", "session_replication_role", "replica"}};
    CHECK_TEXTS(found("stored_enforcement"), {});
    around.stored_settings = {{"app", "", "tenancy.enforcement", "False"}};
    CHECK_TEXTS(found("stored_enforcement"), {"error tenancy.enforcement of app"});
    around.stored_settings = {{"app", "", "session_replication_role", "replica"}};
    CHECK_TEXTS(found("stored_enforcement"), {"error session_replication_role of app"});
    BOOST_TEST(to_run("stored_enforcement") == "ALTER ROLE app RESET session_replication_role;");
    around.stored_settings = {{"", "", "tenancy.enforcement", "off"}}; // everybody's
    BOOST_TEST(found("stored_enforcement").size() == 1U);
}

BOOST_AUTO_TEST_CASE(parameter_granted)
{
    around.parameters = {{"log_statement", "app", "SET"}, {"log_statement", "", "ALTER SYSTEM"}, {"session_replication_role", "app", "SET"}, {"work_mem", "owner", "ALTER SYSTEM"}};
    CHECK_TEXTS(found("parameter_granted"), {"error ALTER SYSTEM ON PARAMETER log_statement TO PUBLIC", "error SET ON PARAMETER session_replication_role TO app", "warning SET ON PARAMETER log_statement TO app"});
    around.parameters.erase(around.parameters.begin() + 1, around.parameters.end());
    BOOST_TEST(to_run("parameter_granted") == "REVOKE SET ON PARAMETER log_statement FROM app;");
}

BOOST_AUTO_TEST_CASE(library_not_preloaded)
{
    for (const char *list : {"pg_tenancy", "pg_tenancy,", "a, pg_tenancy", "\"pg_tenancy\"", "$libdir/pg_tenancy", "pg_tenancy.so,b"}) {
        around.preload = list;
        CHECK_TEXTS(found("library_not_preloaded"), {});
    }
    for (const char *list : {"", ",", "pg_tenancy2", "my_pg_tenancy", "pg_ten"}) {
        around.preload = list;
        CHECK_TEXTS(found("library_not_preloaded"), {"error app"});
    }
    BOOST_TEST(to_run("library_not_preloaded") == "ALTER ROLE app SET session_preload_libraries = 'pg_tenancy';");
    around.stored_settings = {{"other", "", "session_preload_libraries", "pg_tenancy"}};
    CHECK_TEXTS(found("library_not_preloaded"), {"error app"});
    around.stored_settings = {{"app", "", "session_preload_libraries", "pg_tenancy"}};
    CHECK_TEXTS(found("library_not_preloaded"), {});
    role("jane").login = true; // logs in as herself: what is stored for app is not for her
    grant("app", "jane");
    CHECK_TEXTS(found("library_not_preloaded"), {"error jane"});
    around.stored_settings = {{"", "shop", "session_preload_libraries", "pg_tenancy"}};
    CHECK_TEXTS(found("library_not_preloaded"), {});
    around.stored_settings.clear();
    around.preload = std::nullopt; // not for whoever asks
    CHECK_TEXTS(found("library_not_preloaded"), {});
    around.preload = "";
    request.installed = false;
    CHECK_TEXTS(found("library_not_preloaded"), {});
}

BOOST_AUTO_TEST_SUITE_END()
