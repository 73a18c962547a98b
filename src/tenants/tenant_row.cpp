// guard_tenant_row(): a tenant's status moves only along the life of a tenant.
// require_platform(): what only platform work may do.

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/tenant_cache.hpp"
#include "pg/entry.hpp"
#include "pg/lookup.hpp"

using namespace tenancy;
using context::TenantStatus;

namespace {

// provisioning -> active <-> suspended; provisioning -> failed; any -> deleted -> active.
bool allowed(TenantStatus from, TenantStatus to)
{
    if (from == to || to == TenantStatus::deleted)
        return true;
    switch (from) {
    case TenantStatus::provisioning:
        return to == TenantStatus::active || to == TenantStatus::failed;
    case TenantStatus::active:
        return to == TenantStatus::suspended;
    case TenantStatus::suspended:
    case TenantStatus::deleted:
        return to == TenantStatus::active;
    default:
        return false;
    }
}

Datum column_value(HeapTuple tuple, TupleDesc descriptor, const char *name, bool *null)
{
    const int column = SPI_fnumber(descriptor, name);
    if (column <= 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("guard_tenant_row() needs a column \"%s\"", name)));
    return heap_getattr(tuple, column, descriptor, null);
}

} // namespace

TENANCY_FUNCTION(tenancy_guard_tenant_row)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("guard_tenant_row() is a trigger function")));
    const TriggerData *data = reinterpret_cast<const TriggerData *>(fcinfo->context);
    const Oid table = RelationGetRelid(data->tg_relation);
    const context::Installation &here = context::installation();
    if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        !TRIGGER_FIRED_BY_UPDATE(data->tg_event) ||
        (table != here.registry && table != pg::relation_oid(here.schema, "tenants")))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("guard_tenant_row() is for the tables of this extension")));
    const TupleDesc descriptor = RelationGetDescr(data->tg_relation);
    bool null = false;
    const Datum before = column_value(data->tg_trigtuple, descriptor, "status", &null);
    const Datum after = column_value(data->tg_newtuple, descriptor, "status", &null);
    const TenantStatus from = context::status_from_enum(DatumGetObjectId(before));
    const TenantStatus to = context::status_from_enum(DatumGetObjectId(after));
    if (!allowed(from, to))
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("a tenant cannot go from %s to %s", context::tenant_status_name(from),
                        context::tenant_status_name(to)),
                 errdetail("provisioning goes to active or failed, active to suspended, suspended "
                           "to active, any to deleted, and deleted to active."),
                 from == TenantStatus::failed
                     ? errhint("SELECT tenancy.delete_tenant('...'); then tenancy.restore_tenant('...');")
                     : errhint("SELECT tenancy.activate_tenant('...');")));

    int columns[2] = {SPI_fnumber(descriptor, "updated_at"), SPI_fnumber(descriptor, "deleted_at")};
    Datum values[2] = {TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()),
                       TimestampTzGetDatum(GetCurrentTransactionStartTimestamp())};
    bool nulls[2] = {false, to != TenantStatus::deleted};
    const int changed = from == to ? 1 : 2; // deleted_at follows the status
    return PointerGetDatum(heap_modify_tuple_by_cols(data->tg_newtuple, descriptor, changed,
                                                     columns, values, nulls));
}

TENANCY_FUNCTION(tenancy_require_platform)
{
    if (context::guarded())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("%s() is not for sessions of an application",
                               text_to_cstring(PG_GETARG_TEXT_PP(0))),
                        errdetail("The session user or its current role is enrolled."),
                        errhint("Connect as a platform role and call it again.")));
    PG_RETURN_VOID();
}
