#include "core/uuid.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

// isxdigit() and strtoul() ask the locale; the accepted form must not depend on it.
int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

unsigned char low_byte(std::uint64_t value) noexcept
{
    return static_cast<unsigned char>(value & 0xff);
}

} // namespace

bool parse_uuid(std::string_view text, Uuid &out) noexcept
{
    if (!text.empty() && text.front() == '{') {
        if (text.back() != '}')
            return false;
        text = text.substr(1, text.size() - 2);
    }
    Uuid id{};
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (text.size() < 2)
            return false;
        const int high = hex_value(text[0]);
        const int low = hex_value(text[1]);
        if (high < 0 || low < 0)
            return false;
        id[i] = static_cast<unsigned char>(high << 4 | low);
        text.remove_prefix(2);
        // As uuid_in: a group is four digits, and no hyphen follows the last one.
        if (i % 2 == 1 && i + 1 < id.size() && !text.empty() && text.front() == '-')
            text.remove_prefix(1);
    }
    if (!text.empty())
        return false;
    out = id;
    return true;
}

std::string format_uuid(const Uuid &id)
{
    static constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(uuid_text_size);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        text += hex[id[i] >> 4];
        text += hex[id[i] & 15];
    }
    return text;
}

Uuid make_uuid_v7(std::uint64_t unix_ms, const unsigned char (&random)[10]) noexcept
{
    Uuid id{};
    for (std::size_t i = 0; i < 6; ++i)
        id[i] = low_byte(unix_ms >> (40 - 8 * i));
    std::copy(std::begin(random), std::end(random), id.begin() + 6);
    id[6] = static_cast<unsigned char>(0x70 | (id[6] & 0x0f));
    id[8] = static_cast<unsigned char>(0x80 | (id[8] & 0x3f));
    return id;
}

Uuid next_uuid_v7(std::uint64_t unix_ns, const unsigned char (&random)[8], V7Clock &clock) noexcept
{
    constexpr std::uint64_t ns_per_ms = 1'000'000;
    const std::uint64_t fraction = (unix_ns % ns_per_ms) * 4096 / ns_per_ms;
    // A moment already used is moved on by one step, so that order never depends on the clock.
    const std::uint64_t moment = std::max(unix_ns / ns_per_ms * 4096 + fraction, clock.last + 1);
    clock.last = moment;

    unsigned char bits[10];
    bits[0] = low_byte(moment >> 8);
    bits[1] = low_byte(moment);
    std::copy(std::begin(random), std::end(random), bits + 2);
    return make_uuid_v7(moment >> 12, bits);
}

} // namespace tenancy::core
