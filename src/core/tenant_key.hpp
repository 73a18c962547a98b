// A tenant key: the parsed, canonical id of a tenant. Plain bytes, no allocation, no errors thrown,
// so that the setting's check hook can use it.
//
// One key type per database: uuid (default), bigint, integer, or text (varchar too). A text key is
// 1 to 128 bytes without control characters, compared byte by byte. A uuid may also be written as
// the TypeID ten_... of the same tenant. Keys of type `unknown` hold a text whose type was not known
// when it was set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

enum class KeyType : std::uint8_t { unknown, uuid, bigint, integer, text };

inline constexpr std::size_t max_key_bytes = 128;
// Longest canonical form, with its terminating zero.
inline constexpr std::size_t key_text_size = max_key_bytes + 1;

struct TenantKey {
    KeyType type;
    std::uint8_t length; // bytes in use: 16, 8, 8 or the text's
    unsigned char bytes[max_key_bytes];

    std::int64_t as_integer() const noexcept; // REQUIRES: bigint or integer
    std::string_view as_text() const noexcept
    {
        return {reinterpret_cast<const char *>(bytes), length};
    }
};

bool operator==(const TenantKey &a, const TenantKey &b) noexcept;

// nullptr on success; otherwise a full sentence that says what a key of this type looks like.
const char *parse_key(std::string_view text, KeyType type, TenantKey &out) noexcept;

// Writes the canonical form and a terminating zero; out holds key_text_size bytes. Returns its length.
std::size_t format_key(const TenantKey &key, char *out) noexcept;

// A key from a column's own bytes; length is ignored but for text.
TenantKey key_from_uuid(const unsigned char *bytes) noexcept;
TenantKey key_from_integer(std::int64_t value, KeyType type) noexcept;

const char *key_type_name(KeyType type) noexcept; // as in SQL: uuid, bigint, ...

} // namespace tenancy::core
