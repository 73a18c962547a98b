// UUIDs as 16 bytes in network order: reading, writing, and making time-ordered ones.
//
// parse_uuid    accepts what the server's uuid_in accepts and nothing else: 32 hex digits of either
//               case, a hyphen allowed after each group of four but the last, surrounding braces
//               both or none. false (out untouched) on anything else, a NUL byte included.
// format_uuid   canonical form: lower case, 8-4-4-4-12. May throw std::bad_alloc.
// make_uuid_v7  RFC 9562 section 5.7: 48 bits of Unix milliseconds, version 7, variant 10; the
//               other 74 bits come from random (12 bits of its first two bytes, 62 of the rest).
// next_uuid_v7  RFC 9562 section 6.2 method 3: the 12 bits after the version carry the fraction of
//               the millisecond in 1/4096 ms (244 ns). With the same clock, every result sorts
//               after the one before it, also when the wall clock stands still or goes backwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

using Uuid = std::array<unsigned char, 16>;

// Length of the canonical form.
inline constexpr std::size_t uuid_text_size = 36;

bool parse_uuid(std::string_view text, Uuid &out) noexcept;
std::string format_uuid(const Uuid &id);

Uuid make_uuid_v7(std::uint64_t unix_ms, const unsigned char (&random)[10]) noexcept;

// The last moment given out, in 1/4096 ms since 1970; zero before the first.
struct V7Clock {
    std::uint64_t last;
};

Uuid next_uuid_v7(std::uint64_t unix_ns, const unsigned char (&random)[8], V7Clock &clock) noexcept;

} // namespace tenancy::core
