// Which states may follow which, from the text in which people write it:
//
//   draft -> submitted -> approved -> running -> applied | failed; submitted -> rejected
//   provisioning -> active <-> suspended; any -> deleted
//
// Rules are separated by ';' (one more at the end does no harm), alternatives by '|'; '->' leads on,
// '<->' in both directions, `any` on a left side stands for every state, named or not. Blanks, tabs
// and ends of lines separate. A state is any run of other characters than those, '|', ';', ',', '<'
// and '>'; it neither begins nor ends with '-', so that "a --> b" and "a-->b" are slips, not states.
// Error 22023 when the text is not such rules, has more than max_rules_bytes, or names more than
// max_states states.
#pragma once

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// "a | b | c -> d | e | f" are nine pairs: without a limit, a text of some kilobytes would be
// gigabytes.
inline constexpr std::size_t max_rules_bytes = 8192;
inline constexpr std::size_t max_states = 256;

class Transitions {
  public:
    explicit Transitions(std::string_view rules);

    // REQUIRES: two different states. Staying is no transition. Allocates nothing.
    bool allowed(std::string_view from, std::string_view to) const;
    // Every state the rules name, without `any`.
    const std::set<std::string, std::less<>> &states() const { return states_; }
    // What may follow a state, in order; for messages.
    std::vector<std::string> after(std::string_view from) const;

  private:
    // Finds a pair of strings by a pair of views.
    struct PairLess {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A &a, const B &b) const
        {
            const int order = std::string_view(a.first).compare(b.first);
            return order < 0 || (order == 0 && std::string_view(a.second) < b.second);
        }
    };
    std::set<std::string, std::less<>> states_;
    std::set<std::pair<std::string, std::string>, PairLess> pairs_;
};

// Whether a row may go from one state to another (or stay). If not, `detail` becomes a sentence
// that says what may follow, for a refusal; otherwise it is untouched. states: comma-separated
// labels of the enum, or empty; a state of the rules that is not among them is an Error 22023,
// whatever the step.
bool check_transition(std::string_view rules, std::string_view states, std::string_view from,
                      std::string_view to, std::string &detail);

} // namespace tenancy::core
