#include "core/classification_parts.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(classification_commands)

BOOST_AUTO_TEST_CASE(the_column_is_named_where_it_must_be)
{
    DerivationBuilder built;
    TableBuilder users = built.plain("users").column("account", "uuid").not_null(), notes = built.plain("it's");
    built.refer(notes, "user_id", users);
    const Table &table = *notes.operator->();
    const Derivations plain = built.derivations(), camel = built.derivations("tenantId"), own = built.derivations("account");
    BOOST_TEST(protect_sql(plain, table) == "SELECT tenancy.protect('app.\"it''s\"');");
    BOOST_TEST(protect_sql(camel, table, ", global_rows => 'read'") == "SELECT tenancy.protect('app.\"it''s\"', 'tenantId', global_rows => 'read');");
    BOOST_TEST(add_column_sql(camel, table) == "ALTER TABLE app.\"it's\" ADD COLUMN \"tenantId\" uuid;");
    BOOST_TEST(conflicts_call_sql(plain, table) == "SELECT * FROM tenancy.conflicts('app.\"it''s\"');");
    BOOST_TEST(conflicts_call_sql(camel, table) == "SELECT * FROM tenancy.conflicts('app.\"it''s\"', tenant_column => 'tenantId');");
    BOOST_TEST(unassigned_call_sql(camel, table) == "SELECT * FROM tenancy.unassigned('app', 'tenantId');");
    BOOST_TEST(set_derivation_sql(own, table, own.paths(table).paths) ==
               "SELECT tenancy.set_derivation('app.\"it''s\"', ARRAY['\"it''s\".user_id -> users.account'], 'account');");
}

BOOST_AUTO_TEST_CASE(another_column_or_tenant_table_is_pointed_out)
{
    DerivationBuilder built;
    TableBuilder org = built.plain("Org"), users = built.plain("users");
    built.refer(users, "tenantId", org);
    const Derivations wrong = built.derivations(), right = built.derivations("tenantId");
    CHECK_TEXTS(classify(wrong, "app", {}).notes,
                {"no table of schema \"app\" has a column \"tenant_id\", but 1 have \"tenantId\": SELECT * FROM tenancy.classify('app', 'tenantId');"});
    CHECK_TEXTS(classify(right, "app", {}).notes,
                {"column \"tenantId\" refers to app.\"Org\", the tenant table is app.tenants: SELECT tenancy.use_tenant_table('app.\"Org\"', 'id');"});
}

BOOST_AUTO_TEST_SUITE_END()
