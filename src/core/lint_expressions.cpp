// What the expression of a policy says, read from its text as the server prints it. No regular expressions: they
// recurse, and an expression can be as long as somebody likes.

#include "core/lint_parts.hpp"

#include <algorithm>
#include <cctype>

namespace tenancy::core {

namespace {

bool is_name_character(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

std::size_t find_word(std::string_view in, std::string_view word, std::size_t from = 0)
{
    for (std::size_t at = in.find(word, from); at != std::string_view::npos; at = in.find(word, at + 1))
        if ((at == 0 || !is_name_character(in[at - 1])) && (at + word.size() == in.size() || !is_name_character(in[at + word.size()])))
            return at;
    return std::string_view::npos;
}

// Behind the parenthesis that closes the one at `at`; texts in quotes hold none.
std::size_t behind_closing(std::string_view in, std::size_t at)
{
    int depth = 0;
    bool quoted = false;
    for (; at < in.size(); ++at) {
        if (in[at] == '\'')
            quoted = !quoted;
        if (quoted)
            continue;
        depth += in[at] == '(' ? 1 : in[at] == ')' ? -1 : 0;
        if (depth == 0 && in[at] == ')')
            return at + 1;
    }
    return in.size();
}

// Behind casts and closing parentheses: what is done with the value.
std::string_view what_follows(std::string_view in, std::size_t at)
{
    while (at < in.size()) {
        if (in[at] == ')') {
            ++at;
        } else if (in.substr(at, 2) == "::") {
            at += 2;
            while (at < in.size() && (is_name_character(in[at]) || in[at] == '.'))
                ++at;
        } else if (in.substr(at, 4) == ", ''") { // NULLIF(setting, '')
            at = std::min(in.find(')', at), in.size());
        } else {
            break;
        }
    }
    return in.substr(at);
}

constexpr std::string_view setting_call = "current_setting(";

// Calls without arguments are accessors, as a rule.
std::size_t next_value(std::string_view in, std::size_t from, std::size_t *behind)
{
    const std::size_t setting = in.find(setting_call, from), call = in.find("()", from);
    const std::size_t at = std::min(setting, call);
    if (at != std::string_view::npos)
        *behind = at == setting ? behind_closing(in, at + setting_call.size() - 1) : at + 2;
    return at;
}

} // namespace

bool is_own_policy(const Tenanted &table, const Policy &policy)
{
    return table.protects && (policy.name == isolation_policy || policy.name == isolation_update_policy || policy.name == isolation_delete_policy ||
                              policy.name == access_policy || policy.name == not_deleted_policy || policy.name == unenforced_policy);
}

bool always_true(const std::optional<std::string> &expression)
{
    if (!expression)
        return false;
    std::string bare;
    for (const char c : *expression)
        if (c != '(' && c != ')' && c != ' ')
            bare += c;
    return bare == "true" || bare == "1=1" || bare == "NOTfalse";
}

bool mentions(const std::string &expression, const std::string &identifier)
{
    return find_word(expression, identifier) != std::string_view::npos;
}

bool reads_setting(const std::string &expression)
{
    return expression.find(setting_call) != std::string::npos;
}

bool reads_setting_in_subselect(const std::string &expression)
{
    // "( SELECT (current_setting('a'::text))::uuid AS current_setting)"
    const std::size_t at = expression.find(setting_call), select = expression.find("SELECT ");
    return at != std::string::npos && select < at && expression.find("FROM", select) == std::string::npos;
}

bool fails_open(const std::string &expression, const std::string &column)
{
    const std::string_view in = expression;
    if (find_word(in, "OR") != std::string_view::npos) {
        std::size_t behind = 0;
        for (std::size_t at = next_value(in, 0, &behind); at != std::string_view::npos; at = next_value(in, behind, &behind)) {
            const std::string_view rest = what_follows(in, behind);
            if (rest.substr(0, 8) == " IS NULL" || rest.substr(0, 5) == " = ''")
                return true;
        }
    }
    for (std::size_t at = in.find("COALESCE("); at != std::string_view::npos; at = in.find("COALESCE(", at + 1)) {
        const std::string_view inside = in.substr(at, behind_closing(in, at + 8) - at);
        if (find_word(inside, column, 9) != std::string_view::npos || inside.find("true)") != std::string_view::npos)
            return inside.find(setting_call) != std::string_view::npos || inside.find("()") != std::string_view::npos;
    }
    return false;
}

} // namespace tenancy::core
