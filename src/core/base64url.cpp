#include "core/base64url.hpp"

namespace tenancy::core {

namespace {

// -1: not of the alphabet.
int digit(char c) noexcept
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

} // namespace

std::optional<std::string> decode_base64url(std::string_view text)
{
    if (text.size() % 4 == 1)
        return {};
    std::string out;
    // At once: keys pass here, and a string that grows leaves copies behind.
    out.reserve(text.size() / 4 * 3 + 2);
    unsigned bits = 0;
    int pending = 0;
    for (const char c : text) {
        const int value = digit(c);
        if (value < 0)
            return {};
        bits = bits << 6 | static_cast<unsigned>(value);
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            out.push_back(static_cast<char>(bits >> pending & 0xff));
            bits &= (1U << pending) - 1;
        }
    }
    if (bits != 0)
        return {};
    return out;
}

} // namespace tenancy::core
