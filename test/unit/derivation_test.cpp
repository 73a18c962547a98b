// Which paths lead from a table to its tenant, against a naive enumeration.
#include "core/derivation.hpp"

#include "derivation_builder.hpp"

#include <random>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(derivation)

BOOST_AUTO_TEST_CASE(one_hop_and_several)
{
    DerivationBuilder built;
    TableBuilder requests = built.direct("requests"), bookings = built.plain("bookings"),
                 items = built.plain("items"), apart = built.plain("apart");
    built.refer(bookings, "request_id", requests);
    built.refer(items, "booking_id", bookings);
    CHECK_TEXTS(built.paths(bookings), {"bookings.request_id -> requests.tenant_id"});
    CHECK_TEXTS(built.paths(items),
                {"items.booking_id -> bookings.request_id -> requests.tenant_id"});
    CHECK_TEXTS(built.paths(apart), {});
}

BOOST_AUTO_TEST_CASE(the_tenant_table_is_an_end_and_no_way_through)
{
    DerivationBuilder built;
    TableBuilder tenants(built.schema.tables.at(built.schema.tenant_table.oid));
    TableBuilder regions = built.direct("regions"), orders = built.plain("orders");
    built.refer(tenants, "region_id", regions);
    built.refer(orders, "owner", tenants);
    CHECK_TEXTS(built.paths(orders), {"orders.owner -> tenants.id"});
}

BOOST_AUTO_TEST_CASE(shortest_first_then_required)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), teams = built.plain("teams"), files = built.plain("files");
    built.refer(teams, "lead_id", users);
    built.refer(files, "team_id", teams);
    built.refer(files, "reviewer_id", users, true);
    built.refer(files, "author_id", users);
    CHECK_TEXTS(built.paths(files), {"files.author_id -> users.tenant_id",
                                     "files.reviewer_id -> users.tenant_id",
                                     "files.team_id -> teams.lead_id -> users.tenant_id"});
}

BOOST_AUTO_TEST_CASE(cycles_and_self_references_do_not_loop)
{
    DerivationBuilder built;
    TableBuilder a = built.plain("a"), b = built.plain("b"), end = built.direct("z");
    built.refer(a, "a_id", a, true);
    built.refer(a, "b_id", b);
    built.refer(b, "a_id", a, true);
    built.refer(b, "z_id", end);
    CHECK_TEXTS(built.paths(a), {"a.b_id -> b.z_id -> z.tenant_id"});
    CHECK_TEXTS(built.paths(b), {"b.z_id -> z.tenant_id"});
    const Derivations derivations = built.derivations();
    TableBuilder tree = built.direct("tree");
    const ForeignKey &up = built.refer(tree, "parent_id", tree, true);
    BOOST_TEST(path_text(*built.derivations().path_by(built.schema.foreign_keys.back()), "app") ==
               "tree.parent_id -> tree.tenant_id");
    BOOST_TEST(!built.derivations().required(up));
}

BOOST_AUTO_TEST_CASE(a_reference_that_carries_the_tenant_is_followed_without_it)
{
    DerivationBuilder built;
    TableBuilder orders = built.direct("orders"), items = built.direct("items", true);
    items.column("order_id", "uuid");
    built.reference(items, {"tenant_id", "order_id"}, orders, {"tenant_id", "id"});
    built.to_tenants(items);
    CHECK_TEXTS(built.paths(items), {"items.order_id -> orders.tenant_id"});
    // Only where what remains names one row.
    orders->indexes.front().columns = {"tenant_id", "id"};
    CHECK_TEXTS(built.paths(items), {});
    orders->indexes.front().columns = {"id"};
    built.reference(items, {"order_id"}, orders, {"id"});
    CHECK_TEXTS(built.paths(items), {"items.order_id -> orders.tenant_id"});
}

BOOST_AUTO_TEST_CASE(who_can_hold_the_tenant)
{
    DerivationBuilder built;
    TableBuilder wrong = built.plain("wrong").column("tenant_id", "text"),
                 loose = built.direct("loose"), shared = built.direct("shared"),
                 own = built.plain("own").column("org", "uuid").secured("org"), child = built.plain("child");
    loose->columns.back().deterministic = false;
    shared.trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    for (const TableBuilder &parent : {wrong, loose, shared, own})
        built.refer(child, parent->name + "_id", parent);
    CHECK_TEXTS(built.paths(child), {"child.own_id -> own.org"});
}

BOOST_AUTO_TEST_CASE(partitions_follow_their_root)
{
    DerivationBuilder built;
    TableBuilder root = built.plain("events", "app", 'p'), users = built.direct("users"),
                 log = built.plain("log");
    built.refer(root, "user_id", users);
    TableBuilder part = built.plain("events_1").column("user_id", "uuid").not_null().partition_of(root);
    built.reference(part, {"user_id"}, users, {"id"}).inherited = true;
    built.refer(log, "event_id", root);
    built.reference(log, {"event_id"}, part, {"id"}).inherited = true;
    CHECK_TEXTS(built.paths(log), {"log.event_id -> events.user_id -> users.tenant_id"});
    BOOST_TEST(built.derivations().root_of(*part.operator->()).name == "events");
    TableBuilder straight = built.plain("straight");
    built.refer(straight, "event_id", part); // to the partition itself
    CHECK_TEXTS(built.paths(straight), {"straight.event_id -> events_1.user_id -> users.tenant_id"});
}

BOOST_AUTO_TEST_CASE(a_rule_is_followed_further_down)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), shops = built.direct("shops"), orders = built.plain("orders"),
                 items = built.plain("items");
    built.refer(orders, "user_id", users);
    built.refer(orders, "shop_id", shops);
    built.refer(items, "order_id", orders);
    Derivations derivations = built.derivations();
    BOOST_TEST(derivations.paths(*items.operator->()).paths.size() == 2u);
    apply_rules(derivations, {{orders.oid(), {"orders.shop_id -> shops.tenant_id"}}});
    CHECK_TEXTS(path_texts(derivations.paths(*items.operator->()).paths, "app"),
                {"items.order_id -> orders.shop_id -> shops.tenant_id"});
}

BOOST_AUTO_TEST_CASE(tenant_columns_written_in_another_way)
{
    DerivationBuilder built;
    TableBuilder plans = built.plain("plans"), links = built.plain("links"), notes = built.plain("notes");
    built.refer(plans, "tenantId", TableBuilder(built.schema.tables.at(built.schema.tenant_table.oid)));
    notes.column("tenantId", "uuid"); // refers to nothing
    built.refer(links, "tenantId", TableBuilder(built.schema.tables.at(built.schema.tenant_table.oid)));
    built.refer(links, "tenantid", TableBuilder(built.schema.tables.at(built.schema.tenant_table.oid)));
    const Derivations derivations = built.derivations();
    BOOST_TEST(derivations.tenant_of(*plans.operator->())->name == "tenantId");
    BOOST_TEST(derivations.tenant_of(*notes.operator->()) == nullptr);
    BOOST_TEST(derivations.tenant_of(*links.operator->()) == nullptr);
    const Subject subject = built.subject("plans");
    BOOST_TEST(table_kind_name(subject.kind) == "direct");
    BOOST_TEST(subject.next_command == "SELECT tenancy.protect('app.plans', 'tenantId');");
}

BOOST_AUTO_TEST_CASE(there_is_a_cap_and_it_is_reported)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), many = built.plain("many"), exact = built.plain("exact");
    for (std::size_t i = 0; i <= Derivations::max_paths; ++i) {
        built.refer(many, "c" + std::to_string(i), users);
        if (i > 0)
            built.refer(exact, "c" + std::to_string(i), users);
    }
    const FoundPaths found = built.derivations().paths(*many.operator->());
    BOOST_TEST(found.paths.size() == Derivations::max_paths);
    BOOST_TEST(found.capped);
    BOOST_TEST(!built.derivations().paths(*exact.operator->()).capped);
}

namespace {

// Every way without a table twice, by recursion.
void walk(const DerivationBuilder &built, const Derivations &derivations, TableId at, std::vector<TableId> seen,
          std::vector<const ForeignKey *> hops, Texts &out)
{
    const Table &table = *built.schema.table(at);
    if (!hops.empty() && derivations.tenant_of(table) != nullptr) {
        int nullable = 0;
        std::string text;
        for (const ForeignKey *hop : hops) {
            nullable += !built.schema.table(hop->child)->column(hop->child_columns[0])->not_null;
            text += built.schema.table(hop->child)->name + "." + hop->child_columns[0] + " -> ";
        }
        out.push_back(std::to_string(100 + hops.size()) + std::to_string(100 + nullable) + " " + text + table.name +
                      (at == built.schema.tenant_table.oid ? ".id" : ".tenant_id"));
        return;
    }
    seen.push_back(at);
    for (const ForeignKey &key : built.schema.foreign_keys)
        if (key.child == at && std::find(seen.begin(), seen.end(), key.parent) == seen.end()) {
            auto more = hops;
            more.push_back(&key);
            walk(built, derivations, key.parent, seen, more, out);
        }
}

} // namespace

BOOST_AUTO_TEST_CASE(random_schemas_against_a_naive_search)
{
    std::mt19937 random(20240607);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    for (int round = 0; round < 400; ++round) {
        DerivationBuilder built;
        std::vector<TableBuilder> tables{TableBuilder(built.schema.tables.at(built.schema.tenant_table.oid))};
        const unsigned size = 2 + below(6);
        for (unsigned i = 0; i < size; ++i)
            tables.push_back(below(3) == 0 ? built.direct("t" + std::to_string(i), below(2) == 0)
                                           : built.plain("t" + std::to_string(i)));
        const unsigned references = below(2 * size + 1);
        for (unsigned i = 0; i < references; ++i)
            built.refer(tables[1 + below(size)], "c" + std::to_string(i), tables[below(size + 1)], below(2) == 0);
        const Derivations derivations = built.derivations();
        for (const TableBuilder &from : tables) {
            if (from.oid() == built.schema.tenant_table.oid)
                continue;
            Texts naive, found;
            walk(built, derivations, from.oid(), {}, {}, naive);
            const FoundPaths all = derivations.paths(*from.operator->(), 100000);
            BOOST_TEST(!all.capped);
            for (const Path &path : all.paths)
                found.push_back(std::to_string(100 + path.hops.size()) + std::to_string(100 + path.nullable_hops) + " " +
                                path_text(path, "app"));
            const auto by_rank = [](const std::string &a, const std::string &b) { return a.substr(0, 6) < b.substr(0, 6); };
            BOOST_TEST(std::is_sorted(found.begin(), found.end(), by_rank));
            Texts first(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(found.size(), 16)));
            Texts capped;
            for (const Path &path : derivations.paths(*from.operator->()).paths)
                capped.push_back(std::to_string(100 + path.hops.size()) + std::to_string(100 + path.nullable_hops) + " " +
                                 path_text(path, "app"));
            CHECK_TEXTS(capped, first);
            std::sort(naive.begin(), naive.end());
            std::sort(found.begin(), found.end());
            CHECK_TEXTS(found, naive);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_large_schema_is_bounded)
{
    DerivationBuilder built;
    std::mt19937 random(7);
    std::vector<TableBuilder> tables;
    for (int i = 0; i < 1000; ++i)
        tables.push_back(i % 100 == 0 ? built.direct("t" + std::to_string(i)) : built.plain("t" + std::to_string(i)));
    for (int i = 0; i < 3000; ++i)
        built.refer(tables[random() % 1000], "c" + std::to_string(i), tables[random() % 1000], random() % 2 == 0);
    const Derivations derivations = built.derivations();
    std::size_t paths = 0;
    for (const Subject &subject : classify(derivations, "app", {}).subjects)
        paths += subject.question.paths.size();
    BOOST_TEST(paths > 1000u);
    BOOST_TEST(paths <= 1000 * Derivations::max_paths);
}

BOOST_AUTO_TEST_SUITE_END()
