// Tokens that were used already, in shared memory: for tenancy.token_single_use.
//
// Remembers a token by a digest of its key's id and its own until it has expired. Bounded by
// tenancy.used_tokens (65,536 by default, 40 bytes and some each): when all entries are taken by tokens
// that have not expired yet, a new one is refused, at no cost to the others. The memory begins empty
// when the server starts, after a crash too: of tokens from before nobody knows whether they were used.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

// unknown: may have been used before the memory began. unavailable: not loaded at server start.
enum class Use { first, again, full, unknown, unavailable };

struct UsedOnce {
    unsigned char digest[32];
    // Since 1970. When it may have been used first, and when nobody will believe it any more.
    std::int64_t earliest_us, expires_us;
};
Use use_token(const UsedOnce &token, std::int64_t now_us);

void initialize_replay();

} // namespace tenancy::context
