#include "core/derivation_sql.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(derivation_sql)

BOOST_AUTO_TEST_CASE(what_cannot_be_is_not_asked)
{
    DerivationBuilder built;
    TableBuilder tasks = built.direct("tasks");
    built.to_tenants(tasks);
    built.refer(tasks, "parent_id", tasks, true);
    BOOST_TEST(count_sql(built.derivations(), built.subject("tasks").question) ==
               "SELECT count(*) AS rows,\n"
               "       0::bigint AS null_tenants,\n"
               "       0::bigint AS derivable,\n"
               "       0::bigint AS conflicting,\n"
               "       0::bigint AS orphans,\n"
               "       0::bigint AS unknown,\n"
               "       0::bigint AS waiting,\n"
               "       count(*) FILTER (WHERE t.tenant_id <> t1.tenant_id) AS crossing,\n"
               "       count(DISTINCT t.tenant_id) AS tenants\n"
               "FROM app.tasks AS t\n"
               "LEFT JOIN app.tasks AS t1 ON t1.id = t.parent_id");
    BOOST_TEST(count_sql(built.derivations(), built.subject("tenants").question) ==
               "SELECT count(*) AS rows\nFROM app.tenants AS t");
}

BOOST_AUTO_TEST_CASE(the_rows_of_each_reason)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users", true), notes = built.direct("notes", true);
    built.to_tenants(users);
    built.to_tenants(notes);
    built.refer(notes, "user_id", users, true);
    const Question question = built.subject("notes").question;
    const std::string from = "SELECT t.*\nFROM app.notes AS t\nLEFT JOIN app.users AS t1 ON t1.id = t.user_id\nWHERE t.tenant_id IS NULL AND ";
    const auto sql = [&](Lack reason) { return lack_sql(built.derivations(), question, reason); };
    BOOST_TEST(sql(Lack::derivable) == from + "t1.tenant_id IS NOT NULL");
    BOOST_TEST(sql(Lack::waiting) == from + "t1.tenant_id IS NULL AND (t1.id IS NOT NULL)");
    BOOST_TEST(sql(Lack::parents_null) == from + "t1.tenant_id IS NULL AND NOT (t1.id IS NOT NULL)");
}

BOOST_AUTO_TEST_CASE(tenants_that_do_not_exist)
{
    DerivationBuilder built;
    TableBuilder notes = built.direct("notes", true);
    const Question question = built.subject("notes").question;
    BOOST_TEST(lack_sql(built.derivations(), question, Lack::unknown) ==
               "SELECT t.*\nFROM app.notes AS t\nLEFT JOIN app.tenants AS t1 ON t1.id = t.tenant_id\nWHERE t.tenant_id IS NOT NULL AND t1.id IS NULL");
}

BOOST_AUTO_TEST_CASE(conflicts_name_each_path_once)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), shops = built.direct("shops"), orders = built.direct("orders", true);
    for (const TableBuilder &one : {users, shops, orders})
        built.to_tenants(one);
    built.refer(orders, "user_id", users);
    built.refer(orders, "it's", shops);
    const std::string sql = conflicts_sql(built.derivations(), built.subject("orders").question, 7);
    for (const char *part : {"(1, 'orders.tenant_id', found.tenant_1)", "(2, 'orders.user_id -> users.tenant_id', found.tenant_2)",
                             "(3, 'orders.\"it''s\" -> shops.tenant_id', found.tenant_3)", "LIMIT 7", "format('%s', t.id) AS row_key",
                             "WHERE (t.tenant_id IS NULL AND LEAST(", "OR t.tenant_id <> t1.tenant_id"})
        BOOST_TEST(sql.find(part) != std::string::npos, part << " is not in " << sql);
    BOOST_TEST(sql.find("tenant_4") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_primary_key_rows_cannot_be_named)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), log = built.table("app", "log").tenant();
    built.refer(log, "user_id", users);
    BOOST_TEST(refused("55000", [&] {
                   conflicts_sql(built.derivations(), built.subject("log").question, 1);
               }).hint() == "ALTER TABLE app.log ADD COLUMN id uuid PRIMARY KEY DEFAULT tenancy.uuid_v7();");
}

BOOST_AUTO_TEST_SUITE_END()
