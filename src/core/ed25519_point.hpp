// Whether 32 bytes are a public key of Ed25519 that can be trusted with anything.
//
// OpenSSL takes any 32 bytes for a key and fails, or does not, when it verifies. Refused here: what
// is not the canonical encoding of a point on the curve (RFC 8032 section 5.1.3), and the points of
// order 1, 2, 4 and 8, for which anybody can make signatures.
#pragma once

#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// Throws std::bad_alloc where OpenSSL has no memory.
bool is_ed25519_key(std::string_view bytes);

} // namespace tenancy::core
