// Which states may follow which, from the text in which people write it:
//
//   draft -> submitted -> approved -> running -> applied | failed; submitted -> rejected
//   provisioning -> active <-> suspended; any -> deleted
//
// Rules are separated by ';', alternatives by '|'; '->' leads on, '<->' in both directions, `any` stands
// for every state. A state is any run of other characters than blanks, '|', ';', '<', '>' and '-' before
// '>'. Error 22023 when the text is not such rules.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

class Transitions {
  public:
    explicit Transitions(std::string_view rules);

    // REQUIRES: two different states. Staying is no transition.
    bool allowed(std::string_view from, std::string_view to) const;
    // Every state the rules name, without `any`.
    const std::set<std::string, std::less<>> &states() const { return states_; }
    // What may follow a state, in order; for messages.
    std::vector<std::string> after(std::string_view from) const;

  private:
    std::set<std::string, std::less<>> states_;
    std::set<std::pair<std::string, std::string>> pairs_;
};

// "a state cannot go from X to Y" with what may follow in its detail: the text of a refusal, 55000 by
// nature. True when the step is allowed and `out` untouched. states: comma-separated labels of the enum,
// or empty; a state of the rules that is not among them is an Error 22023.
bool check_transition(std::string_view rules, std::string_view states, std::string_view from,
                      std::string_view to, std::string &detail);

} // namespace tenancy::core
