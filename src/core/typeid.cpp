#include "core/typeid.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cstdint>

namespace tenancy::core {

namespace {

constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

constexpr unsigned char no_digit = 0xff;

// The value of each byte as a base32 digit.
constexpr auto digits = [] {
    std::array<unsigned char, 256> table{};
    table.fill(no_digit);
    for (unsigned char value = 0; value < 32; ++value)
        table[static_cast<unsigned char>(alphabet[value])] = value;
    return table;
}();

bool decode_suffix(std::string_view suffix, Uuid &out) noexcept
{
    // 26 digits are 130 bits; a first digit over 7 would set one of the two that a uuid lacks.
    if (suffix.front() > '7')
        return false;
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (const char c : suffix) {
        const unsigned char value = digits[static_cast<unsigned char>(c)];
        if (value == no_digit)
            return false;
        high = high << 5 | low >> 59;
        low = low << 5 | value;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        out[i] = static_cast<unsigned char>(high >> (56 - 8 * i) & 0xff);
        out[i + 8] = static_cast<unsigned char>(low >> (56 - 8 * i) & 0xff);
    }
    return true;
}

void write_suffix(const Uuid &id, char *out) noexcept
{
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        high = high << 8 | id[i];
        low = low << 8 | id[i + 8];
    }
    for (std::size_t i = typeid_suffix_size; i-- > 0;) {
        out[i] = alphabet[low & 31];
        low = low >> 5 | high << 59;
        high >>= 5;
    }
}

} // namespace

bool valid_typeid_prefix(std::string_view prefix) noexcept
{
    if (prefix.empty())
        return true;
    if (prefix.size() > max_typeid_prefix || prefix.front() == '_' || prefix.back() == '_')
        return false;
    return std::all_of(prefix.begin(), prefix.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

void check_typeid_prefix(std::string_view prefix)
{
    if (valid_typeid_prefix(prefix))
        return;
    // A long one is not quoted: a cut could leave half a character of the server's encoding.
    std::string message = "TypeID prefix is too long: " + std::to_string(prefix.size()) + " bytes";
    if (prefix.size() <= max_typeid_prefix)
        message = "invalid TypeID prefix: \"" + std::string(prefix) + "\"";
    throw Error("22023", message, {},
                "Use at most 63 lower-case letters (a-z) and underscores, with no underscore at "
                "either end.");
}

std::string encode_typeid(std::string_view prefix, const Uuid &id)
{
    check_typeid_prefix(prefix);
    char text[max_typeid_size];
    return {text, write_typeid(prefix, id, text)};
}

std::size_t write_typeid(std::string_view prefix, const Uuid &id, char *out) noexcept
{
    char *to = std::copy(prefix.begin(), prefix.end(), out);
    if (!prefix.empty())
        *to++ = '_';
    write_suffix(id, to);
    return static_cast<std::size_t>(to - out) + typeid_suffix_size;
}

bool decode_typeid(std::string_view text, std::string_view &prefix, Uuid &id) noexcept
{
    if (text.size() < typeid_suffix_size)
        return false;
    const std::size_t head = text.size() - typeid_suffix_size;
    std::string_view type;
    if (head > 0) {
        // The separator is the last underscore: the suffix has none.
        type = text.substr(0, head - 1);
        if (text[head - 1] != '_' || type.empty() || !valid_typeid_prefix(type))
            return false;
    }
    Uuid bytes{};
    if (!decode_suffix(text.substr(head), bytes))
        return false;
    prefix = type;
    id = bytes;
    return true;
}

} // namespace tenancy::core
