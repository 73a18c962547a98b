// Signed tokens: JWS in its compact form (RFC 7515, 7519) by the rules of RFC 8725.
//
// Order is what makes it safe: sizes, then the header, then the key that it names, then the
// signature, and only then is what was signed read. The key says which algorithm it is for; the
// header must agree and decides nothing.
//
// Of the header: alg and kid are required, typ is JWT or at+jwt where present, "crit" is refused,
// since no extension is understood here, and so are b64, jwk, jku, x5u and x5c. These bring a key,
// fetch one, or change what is signed; ignoring them would be as safe, but a token that tries is
// worth a line in the log. Others mean nothing. The header JSON has at most 512 bytes, the token
// 8192. Nothing is trimmed.
#pragma once

#include "core/claims.hpp"
#include "core/key_ring.hpp"

#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

inline constexpr std::size_t max_token_bytes = 8192, max_header_bytes = 512;

// For any bytes whatever. Throws std::bad_alloc only.
Verdict verify_token(std::string_view token, const KeyRing &ring, const Expectation &expected);

} // namespace tenancy::core
