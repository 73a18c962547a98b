#include "core/transitions.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

constexpr std::string_view any = "any";
constexpr std::string_view blanks = " \t\n\r\f\v";
constexpr std::string_view operators = "|;,<>"; // and '-' before '>'

// The first 200 bytes or so. Cut beside an ASCII character: a part of any other is not valid text,
// in whatever encoding the database has.
std::string excerpt(std::string_view text)
{
    const auto ascii = [&](std::size_t at) { return static_cast<unsigned char>(text[at]) < 0x80; };
    std::size_t size = 200;
    if (text.size() <= size)
        return std::string(text);
    while (size > 0 && !ascii(size) && !ascii(size - 1))
        --size;
    return std::string(text.substr(0, size)) + "...";
}

[[noreturn]] void refuse(std::string_view rules, const std::string &problem)
{
    throw Error("22023", "not rules of transitions: \"" + excerpt(rules) + "\"", problem,
                "Write them like 'draft -> open <-> paused; any -> closed'.");
}

// The next word or operator; "" at the end.
std::string_view next_token(std::string_view &rest)
{
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    std::size_t size = 0;
    for (const std::string_view fixed : {"<->", "->"})
        if (rest.starts_with(fixed))
            size = fixed.size();
    if (size == 0)
        while (size < rest.size() && blanks.find(rest[size]) == std::string_view::npos &&
               operators.find(rest[size]) == std::string_view::npos &&
               !rest.substr(size).starts_with("->"))
            ++size;
    if (size == 0 && !rest.empty())
        size = 1; // an operator of one character
    const std::string_view token = rest.substr(0, size);
    rest.remove_prefix(size);
    return token;
}

bool is_arrow(std::string_view token)
{
    return token == "->" || token == "<->";
}

bool is_word(std::string_view token)
{
    return !token.empty() && !is_arrow(token) && operators.find(token) == std::string_view::npos;
}

// a | b | c, each once; the token after them is left in `token`.
std::vector<std::string_view> read_states(std::string_view rules, std::string_view &rest,
                                          std::string_view &token)
{
    std::vector<std::string_view> out;
    do {
        token = next_token(rest);
        if (!is_word(token))
            refuse(rules, "A state is missing" + (token.empty()
                                                      ? std::string(" at the end.")
                                                      : " before \"" + std::string(token) + "\"."));
        if (token.front() == '-' || token.back() == '-')
            refuse(rules, "\"" + excerpt(token) +
                              "\" is no state: a hyphen stands at its end or "
                              "beginning.");
        if (std::find(out.begin(), out.end(), token) == out.end())
            out.push_back(token);
        if (out.size() > max_states + 1) // `any` is none
            refuse(rules, "There are more than " + std::to_string(max_states) + " states.");
        token = next_token(rest);
    } while (token == "|");
    return out;
}

// states: comma-separated.
bool is_label(std::string_view states, std::string_view state)
{
    for (;;) {
        const std::size_t comma = states.find(',');
        if (states.substr(0, comma) == state)
            return true;
        if (comma == std::string_view::npos)
            return false;
        states.remove_prefix(comma + 1);
    }
}

} // namespace

Transitions::Transitions(std::string_view rules)
{
    if (rules.size() > max_rules_bytes)
        refuse(rules, "They have " + std::to_string(rules.size()) + " bytes; at most " +
                          std::to_string(max_rules_bytes) + " are allowed.");
    std::string_view rest = rules;
    std::string_view token;
    do {
        std::vector<std::string_view> from = read_states(rules, rest, token);
        if (!is_arrow(token))
            refuse(rules, "\"" + excerpt(from.back()) + "\" leads nowhere.");
        while (is_arrow(token)) {
            const bool both = token == "<->";
            std::vector<std::string_view> to = read_states(rules, rest, token);
            const auto has_any = [](const std::vector<std::string_view> &states) {
                return std::find(states.begin(), states.end(), any) != states.end();
            };
            if (has_any(to) || (both && has_any(from)))
                refuse(rules, "Nothing can lead to any state.");
            for (const std::string_view one : from) {
                if (one != any)
                    states_.emplace(one);
                for (const std::string_view other : to) {
                    states_.emplace(other);
                    pairs_.emplace(one, other);
                    if (both)
                        pairs_.emplace(other, one);
                }
            }
            if (states_.size() > max_states)
                refuse(rules, "There are more than " + std::to_string(max_states) + " states.");
            from = std::move(to);
        }
        if (!token.empty() && token != ";")
            refuse(rules, "\"" + excerpt(token) + "\" is not expected there.");
    } while (!token.empty() && rest.find_first_not_of(blanks) != std::string_view::npos);
}

bool Transitions::allowed(std::string_view from, std::string_view to) const
{
    using Views = std::pair<std::string_view, std::string_view>;
    return pairs_.find(Views(from, to)) != pairs_.end() ||
           pairs_.find(Views(any, to)) != pairs_.end();
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
            if (!is_label(states, state))
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
