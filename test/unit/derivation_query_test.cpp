#include "core/derivation_query.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(derivation_query)

BOOST_AUTO_TEST_CASE(a_common_beginning_is_joined_once)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), shops = built.direct("shops"), orders = built.plain("orders"),
                 items = built.plain("items");
    built.to_tenants(users);
    built.to_tenants(shops);
    built.refer(orders, "user_id", users);
    built.refer(orders, "shop_id", shops);
    built.refer(items, "order_id", orders);
    const Derivations derivations = built.derivations();
    Question question;
    question.table = items.operator->();
    question.paths = derivations.paths(*question.table).paths;
    const Query query(derivations, question);
    BOOST_TEST(query.from() == "FROM app.items AS t\n"
                               "LEFT JOIN app.orders AS t1 ON t1.id = t.order_id\n"
                               "LEFT JOIN app.users AS t2 ON t2.id = t1.user_id\n"
                               "LEFT JOIN app.shops AS t3 ON t3.id = t1.shop_id");
    BOOST_TEST(query.missing() == "true");
    BOOST_TEST(query.lacks(Lack::derivable) == "LEAST(t2.tenant_id, t3.tenant_id) = GREATEST(t2.tenant_id, t3.tenant_id)");
    BOOST_TEST(query.lacks(Lack::conflicting) == "LEAST(t2.tenant_id, t3.tenant_id) <> GREATEST(t2.tenant_id, t3.tenant_id)");
    BOOST_TEST(query.lacks(Lack::waiting) == "false"); // users and shops have their tenants
    BOOST_TEST(query.lacks(Lack::parents_null) == "COALESCE(t2.tenant_id, t3.tenant_id) IS NULL");
}

BOOST_AUTO_TEST_CASE(tenants_that_do_not_exist_give_none)
{
    DerivationBuilder built(KeyType::text);
    TableBuilder users = built.direct("users", true), orders = built.direct("orders", true);
    built.refer(orders, "user_id", users);
    const Derivations derivations = built.derivations();
    Question question;
    question.table = orders.operator->();
    question.column = derivations.tenant_of(*question.table);
    question.paths = derivations.paths(*question.table).paths;
    const Query query(derivations, question);
    BOOST_TEST(query.from() == "FROM app.orders AS t\n"
                               "LEFT JOIN app.users AS t1 ON t1.id = t.user_id\n"
                               "LEFT JOIN app.tenants AS t2 ON (t2.id::text COLLATE \"C\") = (t1.tenant_id::text COLLATE \"C\")\n"
                               "LEFT JOIN app.tenants AS t3 ON (t3.id::text COLLATE \"C\") = (t.tenant_id::text COLLATE \"C\")");
    BOOST_TEST(query.lacks(Lack::waiting) == "t.tenant_id IS NULL AND (t2.id::text COLLATE \"C\") IS NULL AND (t1.id IS NOT NULL)");
    BOOST_TEST(query.unknown() == "(t.tenant_id::text COLLATE \"C\") IS NOT NULL AND (t3.id::text COLLATE \"C\") IS NULL");
}

BOOST_AUTO_TEST_CASE(references_to_inheritance_parents_mean_their_own_rows)
{
    DerivationBuilder built;
    TableBuilder base = built.direct("base"), heir = built.direct("heir").inherits(base), child = built.plain("child");
    built.to_tenants(base);
    built.refer(child, "base_id", base);
    const Derivations derivations = built.derivations();
    Question question;
    question.table = child.operator->();
    question.paths = derivations.paths(*question.table).paths;
    BOOST_TEST(Query(derivations, question).from() ==
               "FROM app.child AS t\nLEFT JOIN ONLY app.base AS t1 ON t1.id = t.base_id");
    BOOST_TEST(joined({"a", "b"}, ", ") == "a, b");
}

BOOST_AUTO_TEST_SUITE_END()
