// What the data adds: verdict() of core/classification.hpp.
#include "core/classification.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

namespace {

struct Shop : DerivationBuilder {
    TableBuilder users = direct("users"), shops = direct("shops"), orders = direct("orders", true),
                 notes = direct("notes", true), tags = direct("tags", true), lines = plain("lines"),
                 settings = direct("settings", true);
    Shop()
    {
        refer(orders, "user_id", users, true);
        refer(orders, "shop_id", shops, true);
        refer(notes, "user_id", users, true);
        refer(lines, "user_id", users);
        refer(lines, "shop_id", shops, true);
    }
    Subject told(const std::string &name, const Counts &counts, const std::vector<Rule> &rules = {}) const
    {
        Subject out = subject(name, rules);
        const Derivations made = derivations();
        verdict(made, counts, out);
        return out;
    }
};

std::string said(const Subject &subject)
{
    return std::string(table_kind_name(subject.kind)) + ": " + subject.reason;
}

} // namespace

BOOST_AUTO_TEST_SUITE(classification_verdict)

BOOST_AUTO_TEST_CASE(rows_with_their_tenant_need_no_rule)
{
    const Shop shop;
    const Subject subject = shop.told("orders", {.rows = 9});
    BOOST_TEST(said(subject) == "direct: every row has its tenant");
    BOOST_TEST(subject.next_command == "SELECT tenancy.protect('app.orders');");
}

BOOST_AUTO_TEST_CASE(parents_without_a_rule_stay_a_question)
{
    const Shop shop;
    BOOST_TEST(said(shop.told("orders", {.rows = 9, .null_tenants = 3, .derivable = 3})) ==
               "ambiguous: owner or team, each may be NULL, without a rule: user_id; shop_id; they never disagree in 3 rows");
    BOOST_TEST(said(shop.told("orders", {.rows = 9, .null_tenants = 3, .derivable = 2, .conflicting = 1})) ==
               "ambiguous: owner or team, each may be NULL, without a rule: user_id; shop_id; they disagree in 1 row, which tenancy.conflicts() shows");
}

BOOST_AUTO_TEST_CASE(what_the_schema_settled_the_data_can_unsettle)
{
    const Shop shop;
    BOOST_TEST(said(shop.told("lines", {.rows = 4, .null_tenants = 4, .derivable = 4})) ==
               "derived: by lines.user_id -> users.tenant_id, through required references alone; 4 of 4 rows without tenant: 4 derivable");
    const Subject subject = shop.told("lines", {.rows = 4, .null_tenants = 4, .derivable = 3, .conflicting = 1});
    BOOST_TEST(said(subject) == "ambiguous: parents without a rule: user_id; shop_id; they disagree in 1 row, which tenancy.conflicts() shows");
    BOOST_TEST(subject.next_command.find("SELECT tenancy.set_derivation('app.lines', ARRAY[") == 0u);
    BOOST_TEST(said(shop.told("lines", {.rows = 4, .null_tenants = 4, .derivable = 3, .conflicting = 1},
                              {{shop.lines.oid(), {"lines.user_id -> users.tenant_id", "lines.shop_id -> shops.tenant_id"}}})) ==
               "derived: by your rule; 4 of 4 rows without tenant: 3 derivable, 1 conflicting that your rule decides");
}

BOOST_AUTO_TEST_CASE(own_and_global_rows)
{
    const Shop shop;
    const Subject subject = shop.told("tags", {.rows = 9, .null_tenants = 3, .orphans = 3});
    BOOST_TEST(said(subject) == "hybrid: 3 rows of no tenant beside rows of tenants: for everybody, or not assigned yet");
    BOOST_TEST(subject.next_command == "SELECT * FROM app.tags WHERE tenant_id IS NULL LIMIT 10; -- for all tenants to read: "
                                       "SELECT tenancy.protect('app.tags', global_rows => 'read');");
    BOOST_TEST((shop.told("tags", {.rows = 3, .null_tenants = 3, .orphans = 3}).kind == TableKind::direct));
    BOOST_TEST((shop.told("notes", {.rows = 9, .null_tenants = 3, .orphans = 3}).kind == TableKind::hybrid));
    BOOST_TEST(said(shop.told("notes", {.rows = 9, .null_tenants = 3, .derivable = 1, .orphans = 2, .waiting = 1})) ==
               "direct: by notes.user_id -> users.tenant_id; 3 of 9 rows without tenant: 1 derivable, 2 orphans (1 waits for a parent that has no tenant yet)");
}

BOOST_AUTO_TEST_CASE(one_row_per_tenant)
{
    const Shop shop;
    BOOST_TEST(said(shop.told("settings", {.rows = 3, .tenants = 3})) == "settings: one row per tenant, by its name");
    const Subject subject = shop.told("settings", {.rows = 5, .tenants = 3});
    BOOST_TEST(said(subject) == "settings: one row per tenant, by its name; but 2 rows too many");
    BOOST_TEST(subject.next_command == "SELECT tenant_id, count(*) FROM app.settings GROUP BY 1 HAVING count(*) > 1;");
    // Several for each: its name has misled.
    BOOST_TEST(said(shop.told("settings", {.rows = 6, .tenants = 3})) == "direct: every row has its tenant");
    BOOST_TEST(shop.told("settings", {.rows = 6, .tenants = 3}).next_command == "SELECT tenancy.protect('app.settings');");
    BOOST_TEST(said(shop.told("settings", {.rows = 7, .null_tenants = 1, .orphans = 1, .tenants = 3})) ==
               "direct: 1 of 7 rows without tenant: 0 derivable, 1 orphan");
    BOOST_TEST(said(shop.told("tags", {.rows = 10, .tenants = 10})) == "settings: one row for each of 10 tenants, and nothing refers to it");
    BOOST_TEST((shop.told("tags", {.rows = 9, .tenants = 9}).kind == TableKind::direct));
    BOOST_TEST((shop.told("users", {.rows = 10, .tenants = 10}).kind == TableKind::direct)); // others refer to it
}

BOOST_AUTO_TEST_CASE(crossing_and_unknown)
{
    const Shop shop;
    const Subject subject = shop.told("orders", {.rows = 9, .unknown = 1, .crossing = 2});
    BOOST_TEST(said(subject) == "direct: every row has its tenant; 1 row names a tenant not in app.tenants; 2 references cross tenants");
    BOOST_TEST(subject.next_command == "SELECT * FROM tenancy.conflicts('app.orders');");
    BOOST_TEST(said(shop.told("lines", {})) == "derived: by lines.user_id -> users.tenant_id, through required references alone; no rows");
}

BOOST_AUTO_TEST_SUITE_END()
