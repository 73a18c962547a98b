#include "context/session.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/tenant_cache.hpp"
#include "context/token_context.hpp"
#include "pg/fault.hpp"

namespace tenancy::context {

const Context *ready_context = nullptr;

namespace {

Context context;
// What ready_context was decided on; when any of it changes, it is decided again.
struct Basis {
    std::uint64_t tenants;
    std::uint64_t roles;
    Oid session_user;
    Oid role;
} basis;

// The tenant a guarded transaction is bound to. Outlives savepoints, RESET and errors.
struct Latch {
    LocalTransactionId transaction;
    core::TenantKey key;
    std::uint64_t checked; // generations.tenants when its status was last found good; 0: not used yet
    bool began_guarded;    // no statement of the transaction came before the session was guarded
} latch = {InvalidLocalTransactionId, {}, 0, false};

// The transaction that last ran a statement while not guarded.
LocalTransactionId unguarded_transaction = InvalidLocalTransactionId;
// The same for a utility statement, such as SET ROLE.
LocalTransactionId unguarded_utility = InvalidLocalTransactionId;

bool met_tenant = false;

bool latched(LocalTransactionId transaction) noexcept
{
    return transaction != InvalidLocalTransactionId && latch.transaction == transaction;
}

// Keys set while the key type was unknown are compared as text.
bool same_tenant(const core::TenantKey &a, const core::TenantKey &b) noexcept
{
    if (a.type == b.type)
        return a == b;
    char left[core::key_text_size];
    char right[core::key_text_size];
    const std::size_t length = core::format_key(a, left);
    return length == core::format_key(b, right) && std::memcmp(left, right, length) == 0;
}

void arm_latch(const core::TenantKey &key, LocalTransactionId transaction) noexcept
{
    met_tenant = true;
    if (!latched(transaction))
        latch = {transaction, key, 0,
                 unguarded_transaction != transaction && unguarded_utility != transaction};
    else if (latch.key.type == core::KeyType::unknown)
        latch.key = key;
}

core::TenantKey parsed(const core::TenantKey &key)
{
    if (key.type != core::KeyType::unknown)
        return key;
    core::TenantKey out;
    const char *problem = core::parse_key(key.as_text(), installation().key_type, out);
    if (problem != nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                        errmsg("invalid value for parameter \"%s\"", tenant_setting_name),
                        errdetail("%s", problem),
                        errhint("SELECT * FROM tenancy.find_tenant('slug'); shows a tenant's id.")));
    return out;
}

void check_may_enter(const core::TenantKey &key, const CachedTenant &tenant, bool is_guarded)
{
    char text[core::key_text_size];
    core::format_key(key, text);
    if (tenant.status == TenantStatus::missing)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("tenant \"%s\" does not exist", text),
                        errhint("SELECT * FROM tenancy.find_tenant('slug'); shows a tenant's id.")));
    if (is_guarded && tenant.status != TenantStatus::active)
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                 errmsg("tenant \"%s\" is %s", text, tenant_status_name(tenant.status)),
                 tenant.status == TenantStatus::deleted
                     ? errhint("A platform role can bring it back: SELECT "
                               "tenancy.restore_tenant('%s');", text)
                     : errhint("A platform role can open it: SELECT tenancy.activate_tenant('%s');",
                               text)));
}

void forget_at_end(XactEvent event, void *)
{
    switch (event) {
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PREPARE:
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PARALLEL_ABORT:
        ready_context = nullptr;
        latch.transaction = InvalidLocalTransactionId;
        trim_tenant_cache();
        break;
    default:
        break;
    }
}

} // namespace

bool value_is_live(const SettingValue &value, bool is_guarded) noexcept
{
    if (!is_guarded)
        return true;
    // Other values were set before the session was guarded or the source was a token.
    if (context_source == static_cast<int>(Source::token)) {
        if (!value.from_token)
            return false;
    } else if (context_scope == static_cast<int>(Scope::session))
        return true;
    return value.stamp != InvalidLocalTransactionId && value.stamp == current_transaction();
}

bool latch_conflicts(const core::TenantKey &key, LocalTransactionId transaction) noexcept
{
    return latched(transaction) && !same_tenant(latch.key, key);
}

void setting_changed(const SettingValue *value) noexcept
{
    ready_context = nullptr;
    const LocalTransactionId transaction = current_transaction();
    if (value != nullptr && value->stamp != InvalidLocalTransactionId &&
        value->stamp == transaction && guarded_known())
        arm_latch(value->key, transaction);
}

const Context *find_context()
{
    if (ready_context != nullptr)
        return ready_context;
    const SettingValue *value = current_setting_value();
    if (value == nullptr || !installation().installed)
        return nullptr;
    const bool is_guarded = guarded();
    if (!value_is_live(*value, is_guarded))
        return nullptr;

    if (installation().broken)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("the tenant table of this database is gone"),
                        errdetail("tenancy.configuration names a table or column that no longer "
                                  "exists or is of no supported type."),
                        errhint("SELECT tenancy.use_tenant_table('your_table', 'id');")));
    const core::TenantKey key = parsed(value->key);
    const LocalTransactionId transaction = current_transaction();
    if (is_guarded && !IsParallelWorker()) {
        if (latched(transaction) && !same_tenant(latch.key, key) && !same_tenant(latch.key, value->key))
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("a transaction works for one tenant"),
                            errdetail("Another tenant was set or used earlier in this transaction."),
                            errhint("COMMIT; BEGIN; %s", entering())));
        arm_latch(key, transaction);
    }
    basis = {generations.tenants, generations.roles, GetSessionUserId(), GetCurrentRoleId()};
    // A parallel worker does what its leader's statement began: the leader has checked the tenant.
    const CachedTenant &tenant = cached_tenant(key, !IsParallelWorker());
    if (!IsParallelWorker())
        check_may_enter(key, tenant, is_guarded);
    latch.checked = basis.tenants;
    context = {key, tenant.value, GetCurrentTransactionStartTimestamp()};
    ready_context = &context;
    return ready_context;
}

bool is_tenant(const Context &now, Oid type, Datum value)
{
    const core::TenantKey &key = now.key;
    const bool integers = key.type == core::KeyType::bigint || key.type == core::KeyType::integer;
    switch (type) {
    case UUIDOID:
        return key.type == core::KeyType::uuid &&
               memcmp(DatumGetUUIDP(value)->data, key.bytes, UUID_LEN) == 0;
    case INT8OID:
        return integers && key.as_integer() == DatumGetInt64(value);
    case INT4OID:
        return integers && key.as_integer() == DatumGetInt32(value);
    default:
        break;
    }
    text *content = DatumGetTextPP(value);
    return key.type == core::KeyType::text && VARSIZE_ANY_EXHDR(content) == key.length &&
           memcmp(VARDATA_ANY(content), key.bytes, key.length) == 0;
}

void raise_no_tenant()
{
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("no tenant is set"),
                    errhint("Name the tenant first, in the same transaction: BEGIN; %s", entering())));
    pg_unreachable();
}

const Context &require_context()
{
    const Context *found = find_context();
    if (found == nullptr)
        raise_no_tenant();
    return *found;
}

void statement_begins()
{
    if (IsParallelWorker() || !IsTransactionState())
        return;
    const Installation *known = installation_known();
    if (known != nullptr && !known->installed)
        return;
    AcceptInvalidationMessages();
    if (!installation().installed)
        return;
    const bool is_guarded = guarded();
    if (!is_guarded)
        note_unguarded();
    // A tenant in use is checked again even when the setting was reset meanwhile: an open cursor
    // may still hold its rows.
    if (is_guarded && latched(current_transaction()) && latch.checked != 0 &&
        latch.checked != generations.tenants) {
        ready_context = nullptr;
        const std::uint64_t seen = generations.tenants;
        const core::TenantKey key = parsed(latch.key);
        check_may_enter(key, cached_tenant(key, true), true);
        latch.checked = seen;
    }
    check_token();
    if (ready_context == nullptr)
        return;
    if (basis.tenants != generations.tenants || basis.roles != generations.roles ||
        basis.session_user != GetSessionUserId() || basis.role != GetCurrentRoleId()) {
        ready_context = nullptr;
        find_context();
    }
}

void note_unguarded() noexcept
{
    unguarded_transaction = current_transaction();
}

void note_unguarded_utility() noexcept
{
    unguarded_utility = current_transaction();
}

bool has_met_tenant() noexcept
{
    return met_tenant;
}

bool began_guarded() noexcept
{
    return latched(current_transaction()) && latch.began_guarded;
}

bool ran_unguarded() noexcept
{
    return unguarded_transaction != InvalidLocalTransactionId &&
           unguarded_transaction == current_transaction();
}

void initialize_session()
{
    RegisterXactCallback(forget_at_end, nullptr);
}

} // namespace tenancy::context
