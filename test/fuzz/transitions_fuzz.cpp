// Fuzz target of core/transitions: rules are taken or refused, and the answers agree with each
// other and with a second, naive reading of the rules.
//
// Input: the rules.
#include "core/transitions.hpp"

#include "core/error.hpp"

#include "fuzz.hpp"

#include <algorithm>
#include <map>

using namespace tenancy::core;
using fuzz::require;
using Texts = std::vector<std::string>;
using Table = std::map<std::string, std::set<std::string>>;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by)
{
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
        text.replace(at, what.size(), by);
    return text;
}

// The words of an alternative; empty where it is none.
std::set<std::string> naive_states(const std::string &text)
{
    std::set<std::string> out;
    for (std::string state : fuzz::split(text, '|')) {
        state.erase(0, state.find_first_not_of(' '));
        state.resize(state.find_last_not_of(' ') + 1);
        if (state.empty() || state.find_first_of(" ,<>") != state.npos || state.front() == '-' ||
            state.back() == '-')
            return {};
        out.insert(state);
    }
    return out;
}

// What follows what; false where the text is refused. Splits from the outside to the inside, where
// the parser reads from left to right.
bool naive_rules(std::string text, Table &next, std::set<std::string> &named)
{
    for (char &c : text)
        if (std::string_view("\t\n\r\f\v").find(c) != std::string_view::npos)
            c = ' ';
    // Now tabs and newlines can stand for the arrows.
    text = replaced(replaced(text, "<->", "\n"), "->", "\t");
    const std::size_t last = text.find_last_not_of(' ');
    if (last != text.npos && text[last] == ';')
        text.resize(last);
    for (const std::string &rule : fuzz::split(text, ';')) {
        const Texts sides = fuzz::split(replaced(rule, "\n", "\t"), '\t');
        std::string arrows;
        std::copy_if(rule.begin(), rule.end(), std::back_inserter(arrows),
                     [](char c) { return c == '\t' || c == '\n'; });
        if (arrows.empty())
            return false;
        std::set<std::string> from = naive_states(sides.front());
        for (std::size_t i = 0; i < arrows.size(); ++i) {
            const std::set<std::string> to = naive_states(sides[i + 1]);
            if (from.empty() || to.empty() || to.contains("any") ||
                (arrows[i] == '\n' && from.contains("any")))
                return false;
            for (const std::string &one : from)
                for (const std::string &other : to) {
                    next[one].insert(other);
                    if (arrows[i] == '\n')
                        next[other].insert(one);
                    named.insert(other);
                    if (one != "any")
                        named.insert(one);
                }
            from = to;
        }
    }
    return true;
}

void check(std::string_view text, const Transitions &rules, Table &next)
{
    Texts states(rules.states().begin(), rules.states().end());
    std::string labels = "none";
    for (const std::string &state : states)
        labels += "," + state;
    require(!rules.states().contains("any"), "any is no state");
    states.push_back("not among them");
    if (states.size() > 20) // every pair of more takes too long
        states.erase(states.begin() + 10, states.end() - 10);
    for (const std::string &from : states) {
        const Texts after = rules.after(from);
        require(std::is_sorted(after.begin(), after.end()), "what follows is in order");
        for (const std::string &to : states) {
            if (from == to)
                continue;
            const bool allowed = rules.allowed(from, to);
            require(allowed == (next[from].contains(to) || next["any"].contains(to)),
                    "both read the rules alike");
            require(allowed == (std::find(after.begin(), after.end(), to) != after.end()),
                    "what follows is what is allowed");
        }
        std::string detail = "untouched";
        const std::string &to = states.front();
        const bool taken = check_transition(text, labels, from, to, detail);
        require(taken == (from == to || rules.allowed(from, to)), "a step is judged by the rules");
        require(taken == (detail == "untouched"), "a refusal says why");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    Table next;
    std::set<std::string> named;
    // Too many states are refused by the parser alone.
    const bool expected =
        text.size() <= max_rules_bytes && naive_rules(std::string(text), next, named);
    try {
        const Transitions rules(text);
        require(expected, "only rules are accepted");
        require(named == std::set<std::string>(rules.states().begin(), rules.states().end()),
                "states are the words of the rules");
        check(text, rules, next);
    } catch (const Error &error) {
        require(error.sqlstate() == std::string_view("22023"), "refused rules are 22023");
        require(!error.detail().empty() && !error.hint().empty(), "a refusal says why");
        require(!expected || named.size() > max_states, "rules are accepted");
    }
    return 0;
}
