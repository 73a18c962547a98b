// A token's claims, checked against this database, role and moment, as plain bytes in the encoding of
// the database.
//
// Tokens are UTF-8. What they are compared with (database, role, audience, the name of the tenant claim)
// goes to the core as UTF-8; tenant and user come back in the database's encoding, and a token
// whose tenant or user it cannot hold is refused. In SQL_ASCII there is nothing to convert: bytes are
// compared with bytes.
#pragma once

#include "core/key_ring.hpp"
#include "core/token.hpp"

#include "pg/postgres.hpp"

namespace tenancy::context {

inline constexpr std::size_t most_claim = 256; // of core/claims.hpp

struct TokenSettings {
    char *audience, *tenant_claim;
    int leeway_s, max_age_s;
};
extern TokenSettings token_settings;

struct Said {
    const char *refused; // the reason, or nullptr: believed so far
    bool has_tenant, has_subject, has_jti;
    std::int64_t expires_us, issued_us; // since 1970; 0: no date
    char tenant[core::max_key_bytes + 1], subject[most_claim + 1];
    char jti[most_claim + 1]; // UTF-8
    char kid[core::max_kid_bytes + 1];
};

// Raises nothing but want of memory.
void read_token(const text *given, const core::KeyRing *ring, std::int64_t now_us, Said *out);

} // namespace tenancy::context
