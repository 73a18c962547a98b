#include "core/transitions.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

constexpr std::string_view any = "any";

[[noreturn]] void refuse(std::string_view rules, const std::string &problem)
{
    throw Error("22023", "not rules of transitions: \"" + std::string(rules.substr(0, 200)) + "\"",
                problem, "Write them like 'draft -> open <-> paused; any -> closed'.");
}

// The next word or operator; "" at the end.
std::string_view next_token(std::string_view &rest)
{
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t' || rest.front() == '\n'))
        rest.remove_prefix(1);
    std::size_t size = 0;
    for (const std::string_view fixed : {"<->", "->", "|", ";"})
        if (rest.starts_with(fixed)) {
            size = fixed.size();
            break;
        }
    if (size == 0)
        while (size < rest.size() && std::string_view(" \t\n|;<>").find(rest[size]) == std::string_view::npos &&
               !rest.substr(size).starts_with("->"))
            ++size;
    if (size == 0 && !rest.empty())
        size = 1; // a lone < or >
    const std::string_view token = rest.substr(0, size);
    rest.remove_prefix(size);
    return token;
}

bool is_word(std::string_view token)
{
    return !token.empty() && token != "<->" && token != "->" &&
           std::string_view("|;<>").find(token) == std::string_view::npos;
}

// a | b | c; the token after them is left in `token`.
std::vector<std::string> read_states(std::string_view rules, std::string_view &rest,
                                     std::string_view &token)
{
    std::vector<std::string> out;
    do {
        token = next_token(rest);
        if (!is_word(token))
            refuse(rules, "A state is missing" +
                              (token.empty() ? std::string(" at the end.")
                                             : " before \"" + std::string(token) + "\"."));
        out.emplace_back(token);
        token = next_token(rest);
    } while (token == "|");
    return out;
}

} // namespace

Transitions::Transitions(std::string_view rules)
{
    std::string_view rest = rules;
    std::string_view token;
    do {
        std::vector<std::string> from = read_states(rules, rest, token);
        if (token != "->" && token != "<->")
            refuse(rules, "\"" + from.front() + "\" leads nowhere.");
        while (token == "->" || token == "<->") {
            const bool both = token == "<->";
            std::vector<std::string> to = read_states(rules, rest, token);
            for (const std::string &one : from)
                for (const std::string &other : to) {
                    pairs_.emplace(one, other);
                    if (both)
                        pairs_.emplace(other, one);
                    if (other == any || (both && one == any))
                        refuse(rules, "Nothing can lead to any state.");
                    states_.insert(other);
                    if (one != any)
                        states_.insert(one);
                }
            from = std::move(to);
        }
        if (!token.empty() && token != ";")
            refuse(rules, "\"" + std::string(token) + "\" is not expected there.");
    } while (!token.empty() && rest.find_first_not_of(" \t\n") != std::string_view::npos);
}

bool Transitions::allowed(std::string_view from, std::string_view to) const
{
    return pairs_.contains({std::string(from), std::string(to)}) ||
           pairs_.contains({std::string(any), std::string(to)});
}

std::vector<std::string> Transitions::after(std::string_view from) const
{
    std::vector<std::string> out;
    for (const std::string &state : states_)
        if (state != from && allowed(from, state))
            out.push_back(state);
    return out;
}

bool check_transition(std::string_view rules, std::string_view states, std::string_view from,
                      std::string_view to, std::string &detail)
{
    const Transitions transitions(rules);
    if (!states.empty())
        for (const std::string &state : transitions.states())
            if (("," + std::string(states) + ",").find("," + state + ",") == std::string::npos)
                refuse(rules, "\"" + state + "\" is no value of the column's type.");
    if (from == to || transitions.allowed(from, to))
        return true;
    const std::vector<std::string> next = transitions.after(from);
    detail = "From " + std::string(from) + (next.empty() ? " nothing follows." : " it goes to ");
    for (std::size_t i = 0; i < next.size(); ++i)
        detail += (i == 0 ? "" : i + 1 == next.size() ? " or " : ", ") + next[i];
    if (!next.empty())
        detail += '.';
    return false;
}

} // namespace tenancy::core
