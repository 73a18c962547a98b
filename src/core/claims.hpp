// What a signed token says (RFC 7519), against what it has to say here and now.
//
//   exp            required. It is over at exp, plus the leeway.
//   nbf, iat       not to lie in the future by more than the leeway.
//   aud            required, and to name this server, where it has an audience. Where it has none,
//                  a token with an aud is refused: it was meant for somebody who looks at it.
//   tenant claim   a text of 1 to 128 bytes, or a whole number; its name is configured. May be
//                  absent.
//   database, role bind the token to one of each, where present.
//   sub, jti       texts of at most 256 bytes.
// Everything else means nothing. null is not the same as absent, and refused. Dates are numbers of
// seconds since 1970, fractions allowed, up to the year 9999. Texts have no control characters.
//
// max_age_s bounds how long a token that was stolen is good: exp - iat may not exceed it, both by
// the issuer's clock. Without an iat, exp - now, with the leeway: such a token is good in the last
// max_age_s of its life only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct Expectation {
    std::int64_t now_us = 0; // since 1970
    int leeway_s = 0;        // REQUIRES: not negative, this and the next
    int max_age_s = 0;       // 0: any
    std::string_view audience, database, role;
    std::string_view tenant_claim = "tenant_id";
};

struct Claims {
    std::optional<std::string> tenant, subject, jti;
    std::int64_t expires_us = 0, issued_us = 0; // since 1970; issued_us 0 when absent
    std::string kid;                            // of the key that signed it
};

// For the server's log only. A client is told the same for all of them.
enum class Reason : std::uint8_t {
    malformed,          // not such a token at all; nothing in it has been verified
    unsupported_header, // asks for something that is not done here
    unknown_key,
    algorithm, // not the one of the key it names
    signature,
    claims, // from here on: signed by a key of the ring
    expired,
    not_yet_valid,
    too_long_lived,
    audience,
    database,
    role,
    tenant, // no text or whole number as above
};

const char *reason_name(Reason reason) noexcept; // as above

using Verdict = std::variant<Claims, Reason>;

// json: the signed text. Throws std::bad_alloc only; kid is left empty.
Verdict check_claims(std::string_view json, const Expectation &expected);

} // namespace tenancy::core
