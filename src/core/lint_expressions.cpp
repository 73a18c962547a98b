// What the expression of a policy says, read from its text as the server prints it. No regular expressions: they
// recurse, and an expression can be as long as somebody likes.

#include "core/lint_parts.hpp"

#include <algorithm>
#include <cctype>

namespace tenancy::core {

namespace {

// Words, names and texts in their quotes, "::", and single characters.
using Tokens = std::vector<std::string_view>;

bool is_name_character(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Behind the closing quote; a doubled one closes and opens again.
std::size_t behind_quote(std::string_view in, std::size_t at)
{
    const char quote = in[at];
    for (++at; at < in.size(); ++at)
        if (in[at] == quote && (at + 1 == in.size() || in[++at] != quote))
            return in[at] == quote ? in.size() : at;
    return in.size();
}

Tokens tokens(std::string_view in)
{
    Tokens out;
    for (std::size_t at = 0, end = 0; at < in.size(); at = end) {
        end = at + 1;
        if (std::isspace(static_cast<unsigned char>(in[at])) != 0)
            continue;
        if (in[at] == '\'' || in[at] == '"')
            end = behind_quote(in, at);
        else if (is_name_character(in[at]))
            while (end < in.size() && is_name_character(in[end]))
                ++end;
        else if (in.substr(at, 2) == "::")
            end = at + 2;
        out.push_back(in.substr(at, end - at));
    }
    return out;
}

bool is_at(const Tokens &in, std::size_t at, std::string_view text)
{
    return at < in.size() && in[at] == text;
}

std::size_t find(const Tokens &in, std::string_view text, std::size_t from = 0)
{
    while (from < in.size() && in[from] != text)
        ++from;
    return from;
}

bool has(const Tokens &in, std::string_view text)
{
    return find(in, text) < in.size();
}

// Behind the parenthesis that closes the one at `at`.
std::size_t behind_closing(const Tokens &in, std::size_t at)
{
    int depth = 0;
    for (; at < in.size(); ++at) {
        depth += in[at] == "(" ? 1 : in[at] == ")" ? -1 : 0;
        if (depth == 0)
            return at + 1;
    }
    return in.size();
}

bool is_setting(const Tokens &in, std::size_t at)
{
    return in[at] == "current_setting" && is_at(in, at + 1, "(");
}

// The setting, or a call without arguments, which is an accessor as a rule.
bool is_value(const Tokens &in, std::size_t at)
{
    return is_setting(in, at) || (is_at(in, at + 1, "(") && is_at(in, at + 2, ")") && (is_name_character(in[at].front()) || in[at].front() == '"'));
}

bool has_value(const Tokens &in)
{
    for (std::size_t at = 0; at < in.size(); ++at)
        if (is_value(in, at))
            return true;
    return false;
}

// Behind casts, collations, closing parentheses and the other argument of NULLIF(value, ''): what is done with it.
std::size_t behind_value(const Tokens &in, std::size_t at)
{
    for (at = behind_closing(in, at + 1); at < in.size();) {
        if (in[at] == ")" || in[at] == "varying")
            ++at;
        else if (in[at] == "::" || in[at] == "." || in[at] == "COLLATE")
            at += 2;
        else if (in[at] == "," && is_at(in, at + 1, "''"))
            at += 2;
        else
            break;
    }
    return at;
}

bool asks_whether_missing(const Tokens &in, std::size_t at)
{
    return (is_at(in, at, "IS") && is_at(in, at + 1, "NULL")) || (is_at(in, at, "=") && is_at(in, at + 1, "''"));
}

// "missing OR ...", "CASE WHEN missing THEN true"
bool opens_when_missing(const Tokens &in)
{
    const bool alternatives = has(in, "OR");
    for (std::size_t at = 0; at < in.size(); ++at) {
        if (!is_value(in, at))
            continue;
        const std::size_t question = behind_value(in, at);
        if (!asks_whether_missing(in, question))
            continue;
        const std::size_t then = find(in, "THEN", question);
        if (alternatives || (has(in, "CASE") && is_at(in, then + 1, "true")))
            return true;
    }
    return false;
}

// "COALESCE(value, column)", "COALESCE(column = value, true)"
bool coalesces_to_all(const Tokens &in, const std::string &column)
{
    for (std::size_t at = find(in, "COALESCE"); at < in.size(); at = find(in, "COALESCE", at + 1)) {
        const std::size_t end = behind_closing(in, at + 1);
        std::size_t comma = end;
        int depth = 0;
        for (std::size_t i = at + 1; i < end; ++i) {
            depth += in[i] == "(" ? 1 : in[i] == ")" ? -1 : 0;
            if (depth == 1 && in[i] == ",")
                comma = i;
        }
        if (comma == end)
            continue;
        const auto begin = in.begin();
        const auto place = [&](std::size_t i) { return begin + static_cast<std::ptrdiff_t>(i); };
        const Tokens before(place(at), place(comma)), last(place(comma + 1), place(end));
        if (has_value(before) && (is_at(last, 0, "true") || (has(last, column) && !has(last, "=") && !has_value(last))))
            return true;
    }
    return false;
}

// Settings that are read for each row: not in a sub-select of their own. By their place among the tokens.
std::vector<std::size_t> read_per_row(const Tokens &in)
{
    std::vector<std::size_t> out;
    std::vector<bool> once; // for each parenthesis around
    for (std::size_t at = 0; at < in.size(); ++at) {
        if (in[at] == "(") {
            const Tokens inside(in.begin() + static_cast<std::ptrdiff_t>(at), in.begin() + static_cast<std::ptrdiff_t>(is_at(in, at + 1, "SELECT") ? behind_closing(in, at) : at));
            once.push_back((!once.empty() && once.back()) || (!inside.empty() && !has(inside, "FROM")));
        } else if (in[at] == ")" && !once.empty()) {
            once.pop_back();
        } else if (is_setting(in, at) && (once.empty() || !once.back())) {
            out.push_back(at);
        }
    }
    return out;
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
    Tokens bare = tokens(*expression);
    bare.erase(std::remove_if(bare.begin(), bare.end(), [](std::string_view one) { return one == "(" || one == ")"; }), bare.end());
    const std::size_t size = bare.size(), half = size / 2;
    if (size == 0)
        return false;
    if (size == 1)
        return bare[0] == "true";
    if (size == 2)
        return bare[0] == "NOT" && bare[1] == "false";
    if (size % 2 == 1 && bare[half] == "=" && std::equal(bare.begin(), bare.begin() + static_cast<std::ptrdiff_t>(half), bare.end() - static_cast<std::ptrdiff_t>(half)))
        return true; // itself
    const bool simple = !has(bare, "AND") && !has(bare, "CASE") && !has(bare, "NOT") && !has(bare, "SELECT") && !has(bare, ",");
    return simple && ((bare[0] == "true" && bare[1] == "OR") || (bare[size - 1] == "true" && bare[size - 2] == "OR"));
}

bool mentions(const std::string &expression, const std::string &identifier)
{
    return !identifier.empty() && has(tokens(expression), identifier);
}

bool reads_setting(const std::string &expression)
{
    const Tokens in = tokens(expression);
    for (std::size_t at = 0; at < in.size(); ++at)
        if (is_setting(in, at))
            return true;
    return false;
}

bool reads_setting_in_subselect(const std::string &expression)
{
    // "( SELECT (current_setting('a'::text))::uuid AS current_setting)"
    return reads_setting(expression) && read_per_row(tokens(expression)).empty();
}

std::string with_settings_in_subselects(const std::string &expression)
{
    const Tokens in = tokens(expression);
    std::string out;
    std::size_t done = 0;
    for (const std::size_t at : read_per_row(in)) {
        const std::string_view last = in[behind_closing(in, at + 1) - 1];
        const auto from = static_cast<std::size_t>(in[at].data() - expression.data()), end = static_cast<std::size_t>(last.data() - expression.data()) + last.size();
        if (from < done)
            continue; // within another one
        out += expression.substr(done, from - done) + "(SELECT " + expression.substr(from, end - from) + ")";
        done = end;
    }
    return out + expression.substr(done);
}

bool fails_open(const std::string &expression, const std::string &column)
{
    const Tokens in = tokens(expression);
    return opens_when_missing(in) || coalesces_to_all(in, column);
}

} // namespace tenancy::core
