// Tenants this backend has met: their status, and their key as a value for policies.
//
// An entry lives until the end of the client's statement and of the transaction at least, so a Datum
// taken from it stays true to its bytes, in procedures that COMMIT too. A status is trusted until a tenant's row changes anywhere (generations.tenants).
// Bounded: emptied at the end of a transaction that leaves more than 4,096 entries, unless a
// procedure has ended it.
#pragma once

#include "core/tenant_key.hpp"

#include "pg/postgres.hpp"

namespace tenancy::context {

enum class TenantStatus : std::uint8_t {
    missing,
    provisioning,
    active,
    suspended,
    failed,
    deleted
};

struct CachedTenant {
    core::TenantKey key; // the hash key
    std::uint64_t generation;
    TenantStatus status;
    TimestampTz tokens_valid_after; // 0: tokens of any time
    Datum value;
    union {
        unsigned char uuid[UUID_LEN];
        alignas(8) char text[VARHDRSZ + core::max_key_bytes];
    } storage;
};

// check_status: look the tenant up when the cached status is stale.
const CachedTenant &cached_tenant(const core::TenantKey &key, bool check_status);
void trim_tenant_cache();

const char *tenant_status_name(TenantStatus status) noexcept;
TenantStatus status_from_enum(Oid value); // a value of tenancy.tenant_status

} // namespace tenancy::context
