// The signed context: what authenticate() has believed, for the transaction in which it did.
//
// Under context_source = 'token' a guarded session takes its tenant from a token and nothing else:
// the setting's hook refuses every other value, and values without a token's mark are not live. In
// sessions that are not guarded the setting works as ever.
// A token is good until its transaction ends, or it expires: looked at before each statement, never
// per row.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

enum class Source { setting, token };
extern int context_source;
// The statement that enters a tenant in this session, for hints.
inline const char *entering() noexcept
{
    return context_source == static_cast<int>(Source::token)
               ? "SELECT tenancy.authenticate($1);"
               : "SELECT tenancy.set_tenant('...');";
}

// Is the value that is being set right now one that authenticate() took from a token?
bool setting_from_token() noexcept;

// The user of the token; without tokens what app.current_user_id says; nullptr: none.
const char *current_user() noexcept;

// Before each statement of a guarded session: refuses (28000) where the token of this transaction has
// expired or was revoked.
void check_token();

void define_token_settings();

} // namespace tenancy::context
