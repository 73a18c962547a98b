// What this backend knows of the extension in its database: is it there, which type has the tenant
// key, where do tenants stand. Read once, kept until an invalidation message says otherwise.
//
// installation()      the cached facts; reads catalogs when they are stale, so: in a transaction.
// installation_known() the cached facts or nullptr; safe anywhere, in GUC hooks too.
// Generations count invalidations: what was computed under an older one must be computed again.
#pragma once

#include "core/tenant_key.hpp"

#include "pg/postgres.hpp"

namespace tenancy::context {

struct Installation {
    bool installed;
    // The tenant table or its key column is gone, or of no supported type: no tenant can be entered,
    // and nothing else is refused, so that it can be put right.
    bool broken;
    Oid schema;
    core::KeyType key_type;
    // Where tenants stand: tenancy.tenants, or the application's own table plus our registry.
    Oid tenant_table;
    AttrNumber tenant_column;
    Oid tenant_index;
    Oid tenant_collation;
    bool own_table;
    Oid registry;
    Oid revoked_users;
    Oid enrolled_roles;
    Oid accessors[3]; // what the policies of protected tables call
    // Trigger functions by which a protected or shared table is known.
    Oid write_guard;
    Oid truncate_guard;
    Oid shared_guard;
    Oid soft_delete;
};

// context_scope and missing_context, as settings.
enum class Scope { transaction, session };
enum class Missing { error, empty };
extern int context_scope;
extern int missing_context;

const Installation &installation();
const Installation *installation_known() noexcept;

struct Generations {
    std::uint64_t tenants;   // a tenant's row or status
    std::uint64_t roles;     // roles, memberships, enrolment
    std::uint64_t relations; // any table's definition
};
extern Generations generations;

void initialize_installation();

} // namespace tenancy::context
