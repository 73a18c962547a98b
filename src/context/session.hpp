// The context of this session: which tenant is in force, checked, and latched for the transaction.
//
// A value is live when this transaction set it, or when the session is not guarded, or under
// context_scope = session. The first use checks that the tenant exists and may be entered; a
// guarded transaction then keeps to it (the latch), whatever RESET and savepoints do.
#pragma once

#include "core/tenant_key.hpp"

#include "context/setting.hpp"

namespace tenancy::context {

struct Context {
    core::TenantKey key;
    Datum value; // uuid: pointer; bigint, integer: int64; text: varlena. Never overwritten while the
                 // transaction runs.
    TimestampTz since;
};

// The context in force, or nullptr. Errors: 42501 for a suspended, deleted or second tenant, 42704
// for one that does not exist. In a transaction.
const Context *find_context();

// The same, but the missing context is an error: 42501 with a hint.
const Context &require_context();
[[noreturn]] void raise_no_tenant();

// Is a value of a tenant column, of this type, the tenant in force? REQUIRES: not null.
bool is_tenant(const Context &now, Oid type, Datum value);

// The cached context when nothing has to be checked, else nullptr: the per-row path.
extern const Context *ready_context;

// Before each statement: takes invalidations in, and refuses a transaction whose tenant was
// suspended meanwhile.
void statement_begins();

// Did this transaction run a statement before its session became guarded?
bool ran_unguarded() noexcept;
void note_unguarded() noexcept;
void note_unguarded_utility() noexcept; // the same, but cursors are not its business

// Has this backend worked for a tenant in a guarded session? Before, a connection is being set up.
bool has_met_tenant() noexcept;

// Does this transaction have, or did it have, a tenant, in a session that was guarded all the way?
bool began_guarded() noexcept;

bool value_is_live(const SettingValue &value, bool is_guarded) noexcept;
bool latch_conflicts(const core::TenantKey &key, LocalTransactionId transaction) noexcept;
void setting_changed(const SettingValue *value) noexcept;

void initialize_session();

} // namespace tenancy::context
