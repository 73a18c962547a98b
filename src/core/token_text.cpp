#include "core/token_text.hpp"

#include <cstdint>
#include <string>

namespace tenancy::core {

namespace {

enum class Escapes { none, c_style, unicode };

bool in_tokens(char c) noexcept
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

int digit(char c) noexcept
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 16;
}

// Takes up to so many digits off the text; what is no ASCII character comes out as one that no token has.
char take_digits(std::string_view &text, std::size_t most, int base) noexcept
{
    std::uint32_t value = 0;
    for (; most > 0 && !text.empty() && digit(text.front()) < base; --most) {
        value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit(text.front()));
        text.remove_prefix(1);
    }
    return value < 0x80 ? static_cast<char>(value) : ' ';
}

// The character behind a backslash.
char take_escape(std::string_view &text, Escapes how) noexcept
{
    if (text.empty())
        return ' ';
    const char kind = text.front();
    if (how == Escapes::unicode && digit(kind) < 16)
        return take_digits(text, 4, 16);
    if (how == Escapes::c_style && digit(kind) < 8)
        return take_digits(text, 3, 8);
    text.remove_prefix(1);
    if (how == Escapes::unicode)
        return kind == '+' ? take_digits(text, 6, 16) : kind;
    switch (kind) {
    case 'x':
        return take_digits(text, 2, 16);
    case 'u':
        return take_digits(text, 4, 16);
    case 'U':
        return take_digits(text, 8, 16);
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return ' ';
    default:
        return kind;
    }
}

// What could be of a token, side by side.
std::string tokens_characters(std::string_view text, Escapes how)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '\\' && how != Escapes::none)
            c = take_escape(text, how);
        if (in_tokens(c))
            out.push_back(c);
    }
    return out;
}

} // namespace

bool text_holds_token(std::string_view text, std::string_view token)
{
    if (token.empty() || text.size() < token.size())
        return false;
    const auto holds = [=](Escapes how) {
        return tokens_characters(text, how).find(token) != std::string::npos;
    };
    return holds(Escapes::none) || (text.find('\\') != std::string_view::npos &&
                                    (holds(Escapes::c_style) || holds(Escapes::unicode)));
}

} // namespace tenancy::core
