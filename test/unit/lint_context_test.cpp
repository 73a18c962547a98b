// Whose isolation is looked at: lint_context.cpp, by way of core/lint_parts.hpp.
#include "core/lint_parts.hpp"

#include "lint_builder.hpp"

using namespace tenancy::core;

namespace {

struct Fixture : LintFixture {
    Texts tables() const
    {
        Texts out;
        for (const Tenanted &one : lint_context(built.schema, around, request).tables)
            out.push_back(one.table->sql + " " + one.column->name + (one.protects ? " protected" : "") + (one.part ? " part" : ""));
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lint_contexts, Fixture)

BOOST_AUTO_TEST_CASE(tables_have_a_tenant_by_guard_reference_or_name)
{
    protected_table("guarded");
    TableBuilder referring = built.table("s", "referring").column("firm", "uuid").column("tenant_id", "uuid");
    built.to_tenants(referring, "firm");
    built.table("s", "named").column("TenantId", "uuid");
    built.table("s", "none").column("id", "uuid");
    built.table("tenancy", "theirs").column("tenant_id", "uuid");
    built.table("tenancy_archive", "theirs").column("tenant_id", "uuid");
    built.table("s", "temporary").column("tenant_id", "uuid")->persistence = 't';
    built.table("s", "of_extension").column("tenant_id", "uuid")->of_extension = true;
    CHECK_TEXTS(tables(), {"s.guarded tenant_id protected", "s.referring firm", "s.named TenantId"});
    built.table("s", "like_referring").column("firm", "uuid");
    built.table("s", "another_type").column("firm", "text");
    CHECK_TEXTS(tables(), {"s.guarded tenant_id protected", "s.referring firm", "s.named TenantId", "s.like_referring firm"});
    request.tenant_column = "id";
    CHECK_TEXTS(tables(), {"s.guarded tenant_id protected", "s.none id"});
    request.tenant_column = "no\"such'\n";
    CHECK_TEXTS(tables(), {"s.guarded tenant_id protected"});
}

BOOST_AUTO_TEST_CASE(parts_are_of_tables_that_have_a_tenant)
{
    TableBuilder root = table("t", 'p');
    table("t_1").partition_of(root);
    TableBuilder other = built.table("s", "other").column("id", "int");
    table("child").inherits(other);
    CHECK_TEXTS(tables(), {"s.t tenant_id", "s.t_1 tenant_id part", "s.child tenant_id"});
}

BOOST_AUTO_TEST_CASE(shared_tables_belong_to_nobody)
{
    TableBuilder made = table("shared");
    made.trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    CHECK_TEXTS(tables(), {});
}

BOOST_AUTO_TEST_CASE(roles_of_the_application_are_its_members_and_what_they_reach)
{
    role("member").login = true;
    role("admin").superuser = true;
    role("group");
    grant("group", "app");
    grant("app", "member");
    grant("app", "admin");
    const LintContext context = lint_context(built.schema, around, request);
    CHECK_TEXTS(Texts(context.applications.begin(), context.applications.end()), {"app", "member"});
    CHECK_TEXTS(Texts(context.reachable.begin(), context.reachable.end()), {"app", "group", "member"});
    CHECK_TEXTS(Texts(context.guarded.begin(), context.guarded.end()), {"app", "member"});
    request.enrolled = std::set<std::string>{};
    BOOST_TEST(lint_context(built.schema, around, request).guarded.empty());
    request.enrolled = std::set<std::string>{"group"};
    const LintContext enrolled = lint_context(built.schema, around, request);
    CHECK_TEXTS(Texts(enrolled.guarded.begin(), enrolled.guarded.end()), {"app", "group", "member"});
}

BOOST_AUTO_TEST_CASE(rights_are_given_to_roles_or_to_everybody)
{
    const LintContext context = lint_context(built.schema, around, request);
    BOOST_TEST(context.given({{"app", "SELECT"}, {"owner", "SELECT"}, {"", "SELECT UPDATE"}}, {"SELECT"}) == "app, PUBLIC");
    BOOST_TEST(context.given({{"app", "SELECT"}, {"", "SELECT UPDATE"}}, {"UPDATE", "DELETE"}) == "PUBLIC");
    BOOST_TEST(context.given({{"app", "SELECTS"}}, {"SELECT"}) == "");
    BOOST_TEST(context.given_on(4711, row_privileges()) == "");
    BOOST_TEST(context.role_sql("No Such") == "\"No Such\"");
    BOOST_TEST(context.bypasses("postgres"));
    BOOST_TEST(!context.bypasses("nobody"));
}

BOOST_AUTO_TEST_SUITE_END()
