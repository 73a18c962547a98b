// Rules about roles of the application: lint_roles.cpp, by way of core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

namespace {

struct Fixture : LintFixture {
    TableBuilder made = protected_table("t");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lint_roles, Fixture)

BOOST_AUTO_TEST_CASE(role_superuser)
{
    CHECK_TEXTS(found(), {});
    role("app").superuser = role("app").bypassrls = role("app").replication = role("app").createrole = true;
    grant("pg_read_server_files", "app");
    CHECK_TEXTS(found(), {"role_superuser error app"}); // the rest says nothing more
    BOOST_TEST(to_run("role_superuser") == "ALTER ROLE app NOSUPERUSER;");
}

BOOST_AUTO_TEST_CASE(role_bypassrls)
{
    role("app").bypassrls = true;
    CHECK_TEXTS(found("role_bypassrls"), {"error app"});
    role("app").bypassrls = false;
    role("App \"2\"").bypassrls = true; // another's business
    CHECK_TEXTS(found("role_bypassrls"), {});
}

BOOST_AUTO_TEST_CASE(role_replication)
{
    role("app").replication = true;
    CHECK_TEXTS(found("role_replication"), {"error app"});
}

BOOST_AUTO_TEST_CASE(role_createrole)
{
    role("app").createrole = true;
    CHECK_TEXTS(found("role_createrole"), {"warning app"});
    built.schema.server_version = 150099;
    CHECK_TEXTS(found("role_createrole"), {"error app"});
}

BOOST_AUTO_TEST_CASE(members_of_the_application_are_of_it)
{
    role("jane").login = true;
    grant("app", "jane");
    role("jane").createrole = true;
    CHECK_TEXTS(found("role_createrole"), {"warning jane"});
    // What the application may become is found by other rules, and not told to give up what it is.
    role("dba").login = true;
    role("dba").bypassrls = role("dba").createrole = true;
    grant("dba", "app");
    CHECK_TEXTS(found("role_bypassrls"), {});
    CHECK_TEXTS(found("role_reaches_bypass"), {"error dba TO app"});
}

BOOST_AUTO_TEST_CASE(role_owns_table)
{
    made->owner = "app";
    CHECK_TEXTS(found("role_owns_table"), {"error app"});
    BOOST_TEST(to_run("role_owns_table") == "REASSIGN OWNED BY app TO a_role_that_does_not_log_in;");
    for (const char *name : {"a", "b", "c", "d"})
        table(name)->owner = "app";
    BOOST_TEST(only("role_owns_table").detail.find("s.t, s.a, s.b and 2 more.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(role_reaches_owner)
{
    grant("owner", "app");
    CHECK_TEXTS(found("role_reaches_owner"), {"error owner TO app"});
    BOOST_TEST(to_run("role_reaches_owner") == "REVOKE owner FROM app;");
}

BOOST_AUTO_TEST_CASE(role_reaches_owner_by_groups)
{
    role("group");
    role("Other Group");
    grant("owner", "group");
    grant("owner", "Other Group");
    grant("group", "app");
    grant("Other Group", "app");
    Role &app = role("app");
    app.reaches = {"group", "Other Group", "owner"};
    CHECK_TEXTS(found("role_reaches_owner"), {"error owner TO app"});
    BOOST_TEST(to_run("role_reaches_owner") == "REVOKE owner FROM group, \"Other Group\";");
}

BOOST_AUTO_TEST_CASE(role_reaches_bypass)
{
    grant("postgres", "app");
    CHECK_TEXTS(found("role_reaches_bypass"), {"error postgres TO app"});
    CHECK_TEXTS(found("role_reaches_owner"), {});
    role("app").bypassrls = true;
    CHECK_TEXTS(found("role_reaches_bypass"), {});
}

BOOST_AUTO_TEST_CASE(role_predefined)
{
    role("pg_read_server_files");
    role("pg_monitor");
    grant("pg_read_server_files", "app");
    grant("pg_monitor", "app");
    role("app").reaches.push_back("pg_read_all_stats"); // by pg_monitor
    grant("pg_checkpoint", "app");
    CHECK_TEXTS(found("role_predefined"), {"error pg_read_server_files TO app", "warning pg_monitor TO app"});
}

BOOST_AUTO_TEST_CASE(role_not_enrolled)
{
    request.enrolled = std::set<std::string>{"app"};
    CHECK_TEXTS(found("role_not_enrolled"), {});
    Role &jane = role("Jane's");
    jane.login = true;
    CHECK_TEXTS(found("role_not_enrolled"), {});
    grant_on(made, "Jane's", "UPDATE");
    CHECK_TEXTS(found("role_not_enrolled"), {"warning \"Jane's\""});
    BOOST_TEST(to_run("role_not_enrolled") == "SELECT tenancy.enroll('\"Jane''s\"');");
    request.enrolled = std::set<std::string>{"app", "Jane's"};
    CHECK_TEXTS(found("role_not_enrolled"), {});
    request.enrolled = std::set<std::string>{}; // the application itself
    CHECK_TEXTS(found("role_not_enrolled"), {"warning \"Jane's\"", "warning app"});
    request.enrolled.reset();
    CHECK_TEXTS(found("role_not_enrolled"), {"warning \"Jane's\""});
    request.installed = false;
    CHECK_TEXTS(found("role_not_enrolled"), {});
}

BOOST_AUTO_TEST_CASE(role_not_enrolled_by_groups_and_not_of_owners)
{
    role("readers");
    role("jane").login = true;
    grant("readers", "jane");
    grant_on(made, "readers", "SELECT");
    grant_on(made, "", "SELECT"); // everybody: another rule
    role("other").login = true;
    role("owner").login = true;
    CHECK_TEXTS(found("role_not_enrolled"), {"warning jane"});
    role("jane").bypassrls = true; // of the platform, or by mistake
    CHECK_TEXTS(found("role_not_enrolled"), {"info jane"});
    BOOST_TEST(to_run("role_not_enrolled") == "ALTER ROLE jane NOBYPASSRLS;");
}

BOOST_AUTO_TEST_SUITE_END()
