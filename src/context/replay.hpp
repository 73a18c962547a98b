// Tokens that were used already, in shared memory: for tenancy.token_single_use.
//
// Remembers a token by a digest of its key's id and its own until it has expired. Bounded: when all
// entries are taken by tokens that have not expired yet, a new one is refused.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

enum class Use { first, again, full, unavailable }; // unavailable: not loaded at server start

// digest: 32 bytes. expires_us: since 1970.
Use use_token(const unsigned char *digest, std::int64_t expires_us, std::int64_t now_us);

void initialize_replay();

} // namespace tenancy::context
