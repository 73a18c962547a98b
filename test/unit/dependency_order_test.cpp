#include "core/dependency_order.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(dependency_order_of_tables)

namespace {

using Groups = std::vector<std::vector<TableId>>;
using Reach = std::map<TableId, std::set<TableId>>;

// Whom each table needs, over others too: by looking until nothing is new.
Reach closure(const std::vector<TableId> &tables, const Needs &needs)
{
    Reach out;
    const std::set<TableId> known(tables.begin(), tables.end());
    for (const auto &[table, wanted] : needs)
        for (const TableId need : wanted)
            if (known.contains(table) && known.contains(need))
                out[table].insert(need);
    for (bool more = true; more;) {
        more = false;
        for (const TableId a : tables)
            for (const TableId b : std::set<TableId>(out[a]))
                for (const TableId c : std::set<TableId>(out[b]))
                    more = out[a].insert(c).second || more;
    }
    return out;
}

void check(const std::vector<TableId> &tables, const Needs &needs)
{
    const Groups groups = dependency_order(tables, needs);
    Reach reach = closure(tables, needs);
    std::map<TableId, std::size_t> place;
    std::size_t count = 0;
    for (std::size_t i = 0; i < groups.size(); ++i)
        for (const TableId table : groups[i]) {
            place[table] = i;
            ++count;
        }
    BOOST_REQUIRE(count == tables.size());
    BOOST_REQUIRE(place.size() == tables.size());
    for (const TableId a : tables)
        for (const TableId b : tables) {
            const bool circle = a == b || (reach[a].contains(b) && reach[b].contains(a));
            BOOST_TEST((place[a] == place[b]) == circle);
            if (!circle && reach[a].contains(b))
                BOOST_TEST(place[b] < place[a]);
        }
}

} // namespace

BOOST_AUTO_TEST_CASE(parents_come_before_their_children)
{
    BOOST_TEST((dependency_order({1, 2, 3}, {{1, {2}}, {2, {3}}}) == Groups{{3}, {2}, {1}}));
    BOOST_TEST((dependency_order({1, 2, 3}, {}) == Groups{{1}, {2}, {3}}));
    BOOST_TEST(dependency_order({}, {{1, {2}}}).empty());
}

BOOST_AUTO_TEST_CASE(circles_are_one_group)
{
    BOOST_TEST((dependency_order({1, 2, 3, 4}, {{1, {2}}, {2, {3}}, {3, {1, 4}}}) == Groups{{4}, {1, 2, 3}}));
    BOOST_TEST((dependency_order({1, 2}, {{1, {1}}}) == Groups{{1}, {2}}));
}

BOOST_AUTO_TEST_CASE(needs_of_and_for_others_are_left_out)
{
    BOOST_TEST((dependency_order({2, 1}, {{1, {7}}, {7, {1, 2}}, {2, {9}}}) == Groups{{2}, {1}}));
}

BOOST_AUTO_TEST_CASE(ids_do_not_matter)
{
    const std::vector<TableId> small = {1, 2, 3, 4}, large = {400, 30, 2000, 1};
    const Needs needs = {{1, {3}}, {3, {2, 4}}, {4, {3}}};
    Needs mapped;
    const auto other = [&](TableId id) { return large[static_cast<std::size_t>(id) - 1]; };
    for (const auto &[table, wanted] : needs)
        for (const TableId need : wanted)
            mapped[other(table)].insert(other(need));
    Groups expected = dependency_order(small, needs);
    for (auto &group : expected)
        for (TableId &id : group)
            id = other(id);
    BOOST_TEST((dependency_order(large, mapped) == expected));
}

BOOST_AUTO_TEST_CASE(random_graphs_as_a_naive_search_has_them)
{
    std::mt19937 random(20);
    const auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
    for (int round = 0; round < 500; ++round) {
        std::vector<TableId> tables;
        const int count = 1 + below(9);
        for (int i = 0; i < count; ++i)
            tables.push_back(100 + i);
        std::shuffle(tables.begin(), tables.end(), random);
        Needs needs;
        for (int edges = below(2 * count + 1); edges > 0; --edges)
            needs[100 + below(count + 1)].insert(100 + below(count + 1));
        BOOST_TEST_CONTEXT("round " << round) check(tables, needs);
    }
}

BOOST_AUTO_TEST_CASE(deep_schemas_need_no_deep_stack)
{
    std::vector<TableId> tables;
    Needs needs;
    for (TableId i = 0; i < 200000; ++i) {
        tables.push_back(i);
        needs[i].insert(i + 1);
    }
    const Groups groups = dependency_order(tables, needs);
    BOOST_TEST(groups.size() == tables.size());
    BOOST_TEST(groups.front().front() == 199999);
}

BOOST_AUTO_TEST_SUITE_END()
