// TypeIDs, specification 0.3.0 (github.com/jetify-com/typeid, spec/README.md): a uuid as text with
// a type in front, order_01h455vb4pex5vsknk084sn02q.
//
// A prefix is at most 63 characters of a-z and underscore, with no underscore at either end; it may
// be empty, and then there is no separator. The suffix is the uuid's 128 bits as 26 characters of
// Crockford's base32, lower case only, without its aliases; its first character is 0 to 7.
//
// check_typeid_prefix and encode_typeid throw Error 22023 (invalid_parameter_value) on a bad
// prefix. decode_typeid is true and sets its results, prefix as a part of text; or it is false, and
// leaves them untouched, on everything that is not a TypeID.
#pragma once

#include "core/uuid.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

inline constexpr std::size_t max_typeid_prefix = 63;
inline constexpr std::size_t typeid_suffix_size = 26;
// Longest TypeID, without a terminating zero.
inline constexpr std::size_t max_typeid_size = max_typeid_prefix + 1 + typeid_suffix_size;

bool valid_typeid_prefix(std::string_view prefix) noexcept;
void check_typeid_prefix(std::string_view prefix);

std::string encode_typeid(std::string_view prefix, const Uuid &id);

// encode_typeid without an allocation; out holds max_typeid_size bytes. Returns the bytes written.
// REQUIRES: valid_typeid_prefix(prefix).
std::size_t write_typeid(std::string_view prefix, const Uuid &id, char *out) noexcept;

bool decode_typeid(std::string_view text, std::string_view &prefix, Uuid &id) noexcept;

} // namespace tenancy::core
