// Which states follow which: core/transitions.hpp.
#include "core/transitions.hpp"

#include "core/error.hpp"

#include "allocations.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

using States = std::vector<std::string>;
using Table = std::map<std::string, States>; // what follows each state, in order

// Every pair of states against the table.
void walk(std::string_view rules, const Table &table)
{
    const Transitions transitions(rules);
    States names;
    for (const auto &[from, next] : table) {
        names.push_back(from);
        BOOST_TEST(transitions.after(from) == next, boost::test_tools::per_element());
        for (const auto &[to, unused] : table) {
            if (from == to)
                continue;
            const bool expected = std::find(next.begin(), next.end(), to) != next.end();
            BOOST_TEST(transitions.allowed(from, to) == expected, from << " to " << to);
            std::string detail = "untouched";
            BOOST_TEST(check_transition(rules, "", from, to, detail) == expected);
            BOOST_TEST((detail == "untouched") == expected);
        }
    }
    BOOST_TEST(States(transitions.states().begin(), transitions.states().end()) == names,
               boost::test_tools::per_element());
}

std::string detail_of(std::string_view rules, std::string_view from, std::string_view to)
{
    std::string detail;
    BOOST_TEST(!check_transition(rules, "", from, to, detail));
    return detail;
}

} // namespace

BOOST_AUTO_TEST_SUITE(transitions)

BOOST_AUTO_TEST_CASE(chains_and_ends)
{
    walk("draft -> submitted -> approved -> running -> applied | failed; submitted -> rejected; "
         "applied -> rolled_back",
         {{"applied", {"rolled_back"}},
          {"approved", {"running"}},
          {"draft", {"submitted"}},
          {"failed", {}},
          {"rejected", {}},
          {"rolled_back", {}},
          {"running", {"applied", "failed"}},
          {"submitted", {"approved", "rejected"}}});
}

BOOST_AUTO_TEST_CASE(alternatives_on_both_sides)
{
    walk("pending -> paid -> fulfilled; paid | fulfilled -> refunded | partially_refunded; "
         "pending -> cancelled",
         {{"cancelled", {}},
          {"fulfilled", {"partially_refunded", "refunded"}},
          {"paid", {"fulfilled", "partially_refunded", "refunded"}},
          {"partially_refunded", {}},
          {"pending", {"cancelled", "paid"}},
          {"refunded", {}}});
    // In the middle of a chain: from each of the left to each, from each to each of the right.
    walk("a | b -> c | d -> e | f", {{"a", {"c", "d"}},
                                     {"b", {"c", "d"}},
                                     {"c", {"e", "f"}},
                                     {"d", {"e", "f"}},
                                     {"e", {}},
                                     {"f", {}}});
}

BOOST_AUTO_TEST_CASE(both_directions_and_any)
{
    walk("pending -> connected <-> error; any -> disabled -> pending",
         {{"connected", {"disabled", "error"}},
          {"disabled", {"pending"}},
          {"error", {"connected", "disabled"}},
          {"pending", {"connected", "disabled"}}});
    walk("provisioning -> active <-> suspended; any -> deleted",
         {{"active", {"deleted", "suspended"}},
          {"deleted", {}},
          {"provisioning", {"active", "deleted"}},
          {"suspended", {"active", "deleted"}}});
    walk("a | b <-> c | d",
         {{"a", {"c", "d"}}, {"b", {"c", "d"}}, {"c", {"a", "b"}}, {"d", {"a", "b"}}});
    walk("a <-> b <-> c -> d", {{"a", {"b"}}, {"b", {"a", "c"}}, {"c", {"b", "d"}}, {"d", {}}});
    walk("any -> a | b; c -> d",
         {{"a", {"b"}}, {"b", {"a"}}, {"c", {"a", "b", "d"}}, {"d", {"a", "b"}}});
    walk("any | a -> b", {{"a", {"b"}}, {"b", {}}});
}

BOOST_AUTO_TEST_CASE(any_is_every_state_named_or_not)
{
    const Transitions rules("a -> b; any -> closed");
    BOOST_TEST(rules.allowed("of the enum but in no rule", "closed"));
    BOOST_TEST(!rules.allowed("of the enum but in no rule", "b"));
    BOOST_TEST(!rules.allowed("a", "any"));
    BOOST_TEST(!rules.allowed("a", ""));
    // Only this very word.
    walk("Any -> ANY -> many", {{"ANY", {"many"}}, {"Any", {"ANY"}}, {"many", {}}});
}

BOOST_AUTO_TEST_CASE(spellings_of_the_same_rules)
{
    for (const char *rules : {"a -> b | c; b <-> d", "a->b|c;b<->d", "a -> b | c; b <-> d;",
                              "a->b|c;b<->d ; \n", "\n  a -> b | c;\n  b <-> d\n",
                              "\r\na -> b\r\n | c;\r\nb <-> d;\r\n", "a\t->\tb|\tc\t;\vb\f<->d",
                              "a -> b; a -> c; b -> d; d -> b", "a -> c | b | b; d <-> b; a -> b",
                              "a -> b; a -> c; a | d -> b -> d", "a -> b <-> d; a -> c; a -> a"})
        walk(rules, {{"a", {"b", "c"}}, {"b", {"d"}}, {"c", {}}, {"d", {"b"}}});
}

BOOST_AUTO_TEST_CASE(states_are_almost_any_word)
{
    walk("in-progress->on-hold<->re-opened->done", {{"done", {}},
                                                    {"in-progress", {"on-hold"}},
                                                    {"on-hold", {"re-opened"}},
                                                    {"re-opened", {"done", "on-hold"}}});
    walk("a--b -> 1 -> x.y/z -> 'q' -> \xc3\xbc"
         "ber -> =",
         {{"'q'",
           {"\xc3\xbc"
            "ber"}},
          {"1", {"x.y/z"}},
          {"=", {}},
          {"a--b", {"1"}},
          {"x.y/z", {"'q'"}},
          {"\xc3\xbc"
           "ber",
           {"="}}});
}

BOOST_AUTO_TEST_CASE(details_of_0_1_2_and_3_followers)
{
    BOOST_TEST(detail_of("a -> b", "b", "a") == "From b nothing follows.");
    BOOST_TEST(detail_of("a -> b", "unknown", "a") == "From unknown nothing follows.");
    BOOST_TEST(detail_of("a -> b", "a", "c") == "From a it goes to b.");
    BOOST_TEST(detail_of("a -> c | b", "a", "x") == "From a it goes to b or c.");
    BOOST_TEST(detail_of("a -> d | c; any -> b", "a", "x") == "From a it goes to b, c or d.");
    BOOST_TEST(detail_of("any -> b", "b", "a") == "From b nothing follows.");
}

BOOST_AUTO_TEST_CASE(asking_allocates_nothing)
{
    const Transitions rules("the_first_of_these_states -> the_second_of_these_states; any -> c");
    const std::size_t before = allocations;
    const bool first = rules.allowed("the_first_of_these_states", "the_second_of_these_states");
    const bool second = rules.allowed("the_second_of_these_states", "the_first_of_these_states");
    const std::size_t after = allocations;
    BOOST_TEST(after == before);
    BOOST_TEST(first);
    BOOST_TEST(!second);
}

BOOST_AUTO_TEST_CASE(staying_is_always_allowed)
{
    std::string detail = "untouched";
    for (const char *state : {"a", "b", "unknown", "any", ""})
        BOOST_TEST(check_transition("a -> b", "", state, state, detail), state);
    BOOST_TEST(detail == "untouched");
}

BOOST_AUTO_TEST_CASE(states_must_be_labels_of_the_enum)
{
    const auto check = [](const char *states, const char *from = "b", const char *to = "b") {
        std::string detail;
        try {
            return check_transition("a -> b; any -> in-progress", states, from, to, detail)
                       ? "allowed"
                       : detail;
        } catch (const Error &error) {
            BOOST_TEST(error.sqlstate() == std::string_view("22023"));
            return error.detail();
        }
    };
    for (const char *states :
         {"a,b,in-progress", "in-progress,a,x y,b", "any,b,in-progress,a", ""}) {
        BOOST_TEST(check(states) == "allowed");
        BOOST_TEST(check(states, "a", "in-progress") == "allowed");
        BOOST_TEST(check(states, "b", "a") == "From b it goes to in-progress.");
    }
    BOOST_TEST(check("a,in-progress") == "\"b\" is no value of the column's type.");
    for (const char *states : {"b", "b,in-progress", "aa,b,in-progress", "A,b,in-progress", ",",
                               "a ,b,in-progress", "b,in-progress,xa", ",b,in-progress,"})
        BOOST_TEST(check(states) == "\"a\" is no value of the column's type.", states);
    // Also where the step itself would be allowed
    BOOST_TEST(check("a,b", "a", "b") == "\"in-progress\" is no value of the column's type.");
}

BOOST_AUTO_TEST_SUITE_END()
