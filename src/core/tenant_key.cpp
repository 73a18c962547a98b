#include "core/tenant_key.hpp"

#include "core/typeid.hpp"
#include "core/uuid.hpp"

#include <charconv>
#include <cstring>
#include <limits>

namespace tenancy::core {

namespace {

const char *parse_uuid_key(std::string_view text, TenantKey &out) noexcept
{
    Uuid id;
    std::string_view prefix;
    const bool known = parse_uuid(text, id) || (decode_typeid(text, prefix, id) && prefix == "ten");
    if (!known)
        return "A tenant id of this database is a uuid, or its public form ten_....";
    out = key_from_uuid(id.data());
    return nullptr;
}

const char *parse_integer_key(std::string_view text, KeyType type, TenantKey &out) noexcept
{
    std::int64_t value = 0;
    const char *end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || rest != end || text.empty())
        return "A tenant id of this database is a whole number.";
    if (type == KeyType::integer && (value > std::numeric_limits<std::int32_t>::max() ||
                                     value < std::numeric_limits<std::int32_t>::min()))
        return "A tenant id of this database is a whole number in the range of integer.";
    out = key_from_integer(value, type);
    return nullptr;
}

const char *parse_text_key(std::string_view text, KeyType type, TenantKey &out) noexcept
{
    if (text.empty() || text.size() > max_key_bytes)
        return "A tenant id of this database is a text of 1 to 128 bytes.";
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return "A tenant id may not contain control characters.";
    out.type = type;
    out.length = static_cast<std::uint8_t>(text.size());
    std::memcpy(out.bytes, text.data(), text.size());
    return nullptr;
}

} // namespace

std::int64_t TenantKey::as_integer() const noexcept
{
    std::int64_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

bool operator==(const TenantKey &a, const TenantKey &b) noexcept
{
    return a.type == b.type && a.length == b.length && std::memcmp(a.bytes, b.bytes, a.length) == 0;
}

const char *parse_key(std::string_view text, KeyType type, TenantKey &out) noexcept
{
    switch (type) {
    case KeyType::uuid:
        return parse_uuid_key(text, out);
    case KeyType::bigint:
    case KeyType::integer:
        return parse_integer_key(text, type, out);
    case KeyType::text:
    case KeyType::unknown:
        break;
    }
    return parse_text_key(text, type, out);
}

std::size_t format_key(const TenantKey &key, char *out) noexcept
{
    static constexpr char hex[] = "0123456789abcdef";
    char *to = out;
    switch (key.type) {
    case KeyType::uuid:
        for (int i = 0; i < 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10)
                *to++ = '-';
            *to++ = hex[key.bytes[i] >> 4];
            *to++ = hex[key.bytes[i] & 15];
        }
        break;
    case KeyType::bigint:
    case KeyType::integer:
        to = std::to_chars(out, out + key_text_size, key.as_integer()).ptr;
        break;
    case KeyType::text:
    case KeyType::unknown:
        std::memcpy(out, key.bytes, key.length);
        to = out + key.length;
        break;
    }
    *to = '\0';
    return static_cast<std::size_t>(to - out);
}

TenantKey key_from_uuid(const unsigned char *bytes) noexcept
{
    TenantKey key;
    key.type = KeyType::uuid;
    key.length = 16;
    std::memcpy(key.bytes, bytes, 16);
    return key;
}

TenantKey key_from_integer(std::int64_t value, KeyType type) noexcept
{
    TenantKey key;
    key.type = type;
    key.length = sizeof value;
    std::memcpy(key.bytes, &value, sizeof value);
    return key;
}

const char *key_type_name(KeyType type) noexcept
{
    switch (type) {
    case KeyType::uuid:
        return "uuid";
    case KeyType::bigint:
        return "bigint";
    case KeyType::integer:
        return "integer";
    case KeyType::text:
        return "text";
    case KeyType::unknown:
        break;
    }
    return "unknown";
}

} // namespace tenancy::core
