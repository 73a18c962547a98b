#include "core/report_text.hpp"

#include <array>
#include <cstdint>

namespace tenancy::core {

namespace {

constexpr std::uint32_t replacement = 0xfffd;

// The next character, which `at` passes; one U+FFFD for each byte that begins none.
std::uint32_t next_character(std::string_view given, std::size_t &at)
{
    const auto byte = [&given](std::size_t where) -> std::uint32_t { return static_cast<unsigned char>(given[where]); };
    const std::uint32_t first = byte(at++);
    if (first < 0x80)
        return first;
    const std::size_t more = first >= 0xf0 && first < 0xf5 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xc2 && first < 0xe0 ? 1 : 0;
    if (more == 0 || given.size() - at < more)
        return replacement;
    std::uint32_t found = first & (0x3fU >> more);
    for (std::size_t i = 0; i < more; ++i) {
        if ((byte(at + i) & 0xc0U) != 0x80)
            return replacement;
        found = found << 6 | (byte(at + i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 4> smallest{0, 0x80, 0x800, 0x10000};
    if (found < smallest[more] || found > 0x10ffff || (found >= 0xd800 && found < 0xe000))
        return replacement;
    at += more;
    return found;
}

void append_utf8(std::string &out, std::uint32_t character)
{
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (character < 0x80) {
        put(character);
    } else if (character < 0x800) {
        put(0xc0 | character >> 6);
        put(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        put(0xe0 | character >> 12);
        put(0x80 | (character >> 6 & 0x3f));
        put(0x80 | (character & 0x3f));
    } else {
        put(0xf0 | character >> 18);
        put(0x80 | (character >> 12 & 0x3f));
        put(0x80 | (character >> 6 & 0x3f));
        put(0x80 | (character & 0x3f));
    }
}

std::string hex(std::uint32_t number, std::size_t digits)
{
    std::string out;
    for (; number != 0 || out.size() < digits; number >>= 4)
        out.insert(out.begin(), "0123456789ABCDEF"[number & 15]);
    return out;
}

struct Range {
    std::uint32_t first, last;
};

// Invisible, or changes how its neighbours are shown: controls, soft hyphen, fillers, marks of direction, zero-width
// characters, line and paragraph separators, private use, tags, noncharacters.
bool unseen(std::uint32_t character)
{
    static constexpr Range ranges[] = {{0x0, 0x1f},      {0x7f, 0x9f},     {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},  {0x180b, 0x180f},
                                       {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfdd0, 0xfdef},  {0xfeff, 0xfeff},
                                       {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0x10ffff}};
    if ((character & 0xfffe) == 0xfffe)
        return true;
    for (const Range &range : ranges)
        if (character >= range.first && character <= range.last)
            return true;
    return false;
}

void append_escaped(std::string &out, std::uint32_t character)
{
    switch (character) {
    case '<':
        out += "&lt;";
        return;
    case '>':
        out += "&gt;";
        return;
    case '&':
        out += "&amp;";
        return;
    case '"':
        out += "&quot;";
        return;
    case '\'':
        out += "&#39;";
        return;
    default:
        break;
    }
    if (unseen(character))
        out += "[U+" + hex(character, 4) + "]";
    else if (character < 0x7f)
        out += static_cast<char>(character);
    else
        out += "&#x" + hex(character, 1) + ";";
}

} // namespace

std::string valid_utf8(std::string_view given)
{
    std::string out;
    out.reserve(given.size());
    for (std::size_t at = 0; at < given.size();)
        append_utf8(out, next_character(given, at));
    return out;
}

std::string html_text(std::string_view given)
{
    std::string out;
    out.reserve(given.size() + given.size() / 8);
    for (std::size_t at = 0; at < given.size();)
        append_escaped(out, next_character(given, at));
    return out;
}

std::string html_lines(std::string_view given)
{
    std::string out;
    // A parser drops the first line break of a <pre>.
    if (!given.empty() && given.front() == '\n')
        out += '\n';
    for (std::size_t at = 0; at < given.size();) {
        const std::uint32_t character = next_character(given, at);
        if (character == '\n' || character == '\t')
            out += static_cast<char>(character);
        else
            append_escaped(out, character);
    }
    return out;
}

std::string cut_to(std::string_view given, std::size_t characters)
{
    std::string out;
    std::size_t at = 0, count = 0;
    std::size_t before_last = 0;
    while (at < given.size() && count < characters) {
        before_last = out.size();
        append_utf8(out, next_character(given, at));
        ++count;
    }
    if (at < given.size()) {
        out.resize(before_last);
        append_utf8(out, 0x2026);
    }
    return out;
}

} // namespace tenancy::core
