// set_tenant(), clear_tenant(), context(): the context as SQL functions.

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "context/tenant_cache.hpp"
#include "context/token_context.hpp"
#include "pg/entry.hpp"

using namespace tenancy;

// set_tenant(text) -> the canonical id. Errors: 22004 null, 22P02 malformed, 42704 unknown, 42501 not active or
// a second tenant in one transaction.
TENANCY_FUNCTION(tenancy_set_tenant)
{
    context::installation(); // warm, so that the setting's hook knows the key type
    context::guarded();
    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("tenant id is null"),
                        errhint("SELECT tenancy.clear_tenant(); leaves the tenant.")));
    char *wanted = text_to_cstring(PG_GETARG_TEXT_PP(0));
    if (*wanted == '\0')
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("tenant id is empty"),
                        errhint("SELECT tenancy.clear_tenant(); leaves the tenant.")));
    context::assign_setting(wanted);
    const context::Context &now = context::require_context();
    char canonical[core::key_text_size];
    core::format_key(now.key, canonical);
    PG_RETURN_TEXT_P(cstring_to_text(canonical));
}

TENANCY_FUNCTION(tenancy_clear_tenant)
{
    context::assign_setting(nullptr);
    PG_RETURN_VOID();
}

// context() -> tenant, user_id, request_id, source, since, role, guarded. One row, never an error
// for a missing tenant: the tenant is NULL then.
TENANCY_FUNCTION(tenancy_context)
{
    TupleDesc descriptor = nullptr;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("context() must be called as a row"),
                        errhint("SELECT * FROM tenancy.context();")));
    const context::Context *now = context::find_context();
    const bool is_guarded = context::guarded();
    Datum values[7] = {};
    bool nulls[7] = {};
    char tenant[core::key_text_size];
    if (now != nullptr) {
        core::format_key(now->key, tenant);
        values[0] = CStringGetTextDatum(tenant);
        values[4] = TimestampTzGetDatum(now->since);
    }
    nulls[0] = nulls[4] = now == nullptr;
    const char *user = context::current_user();
    nulls[1] = user == nullptr;
    if (!nulls[1])
        values[1] = CStringGetTextDatum(user);
    nulls[2] = *context::request_setting() == '\0';
    if (!nulls[2])
        values[2] = CStringGetTextDatum(context::request_setting());
    const bool from_token = now != nullptr && context::current_setting_value()->from_token;
    values[3] = CStringGetTextDatum(now == nullptr ? "none" : from_token ? "token" : "setting");
    values[5] = CStringGetTextDatum(GetUserNameFromId(GetUserId(), false));
    values[6] = BoolGetDatum(is_guarded);
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}

// Trigger on the tables that say which tenants there are and who is enrolled: tells every backend.
TENANCY_FUNCTION(tenancy_announce_change)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("announce_change() is a trigger function")));
    TriggerData *data = reinterpret_cast<TriggerData *>(fcinfo->context);
    CacheInvalidateRelcache(data->tg_relation);
    return PointerGetDatum(nullptr);
}

// key_type() -> 'uuid' | 'bigint' | 'integer' | 'text': the tenant key type of this database.
TENANCY_FUNCTION(tenancy_key_type)
{
    PG_RETURN_TEXT_P(cstring_to_text(core::key_type_name(context::installation().key_type)));
}

// canonical_tenant(text) -> the id as this database writes it. Errors: 22P02.
TENANCY_FUNCTION(tenancy_canonical_tenant)
{
    const text *given = PG_GETARG_TEXT_PP(0);
    core::TenantKey key;
    const char *problem = core::parse_key(
        {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))},
        context::installation().key_type, key);
    if (problem != nullptr)
        ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("invalid tenant id"),
                        errdetail("%s", problem),
                        errhint("SELECT * FROM tenancy.find_tenant('slug'); shows a tenant's id.")));
    char canonical[core::key_text_size];
    core::format_key(key, canonical);
    PG_RETURN_TEXT_P(cstring_to_text(canonical));
}

// tenant_exists(text): below row-level security. For our own functions; not granted to anyone.
TENANCY_FUNCTION(tenancy_tenant_status)
{
    const text *given = PG_GETARG_TEXT_PP(0);
    core::TenantKey key;
    if (core::parse_key({VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))},
                        context::installation().key_type, key) != nullptr)
        PG_RETURN_NULL();
    const context::CachedTenant &tenant = context::cached_tenant(key, true);
    if (tenant.status == context::TenantStatus::missing)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(context::tenant_status_name(tenant.status)));
}

// is_application_role(oid): see context/guarded.hpp.
TENANCY_FUNCTION(tenancy_is_application_role)
{
    PG_RETURN_BOOL(context::installation().installed &&
                   context::is_application_role(PG_GETARG_OID(0)));
}

// is_guarded() -> is this session guarded, see context/guarded.hpp.
TENANCY_FUNCTION(tenancy_is_guarded)
{
    PG_RETURN_BOOL(context::guarded());
}
