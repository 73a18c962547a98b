// Were the tokens of a user or of a tenant revoked (revoke_tokens())?
#pragma once

#include "core/tenant_key.hpp"

#include "pg/postgres.hpp"

namespace tenancy::context {

// A token issued at that moment (microseconds since 1970; 0: no date), of that user and tenant, where
// there are any. Takes in what other sessions have committed, so whoever keeps the answer reads
// generations.tenants before.
bool is_revoked(std::int64_t issued_us, const char *subject, const core::TenantKey *tenant);

} // namespace tenancy::context
