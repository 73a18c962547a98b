// The write guard: the last word over a row's tenant.
//
// write_guard('tenant column') BEFORE INSERT OR UPDATE OR DELETE FOR EACH ROW, ENABLE ALWAYS: with a
// context, OLD and NEW must be the tenant's own, for every role and beneath every cascade; without
// one, a guarded session is refused and any other passes. A BEFORE trigger costs least (bench/), and
// it is the last word only while no other BEFORE trigger of the row comes after it: that is checked
// at run time.
// truncate_guard() BEFORE TRUNCATE and shared_guard() BEFORE any statement: refused for guarded
// sessions and with a context.
// Errors: 42501 with the table's name and nothing of the row; 55000 when another trigger comes after.

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "context/token_context.hpp"
#include "guard/canary.hpp"
#include "guard/running_query.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

using namespace tenancy;

namespace {

// What the guard learns about its table once per statement; kept in the trigger's FmgrInfo.
struct GuardedTable {
    AttrNumber column;
    Oid type;
    bool last_insert;
    bool last_update;
    bool is_guarded;
    bool asleep; // a canary that does not concern the session
};

const char *operation_of(TriggerEvent event)
{
    if (TRIGGER_FIRED_BY_INSERT(event))
        return "INSERT into";
    if (TRIGGER_FIRED_BY_UPDATE(event))
        return "UPDATE of";
    if (TRIGGER_FIRED_BY_DELETE(event))
        return "DELETE from";
    return "TRUNCATE of";
}

const char *table_name(Relation table)
{
    return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
                                      RelationGetRelationName(table));
}

[[noreturn]] void refuse(const TriggerData *data, const char *detail, const char *hint)
{
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("%s %s refused: not the tenant's own row", operation_of(data->tg_event),
                           table_name(data->tg_relation)),
                    errdetail("%s", detail), errhint("%s", hint)));
    pg_unreachable();
}

// A BEFORE ROW trigger that sorts after ours could still change the tenant.
bool is_last(const TriggerData *data, int16 event)
{
    const TriggerDesc *all = data->tg_relation->trigdesc;
    const Trigger *own = data->tg_trigger;
    for (int i = 0; i < all->numtriggers; ++i) {
        const Trigger *other = &all->triggers[i];
        if (TRIGGER_FOR_ROW(other->tgtype) && TRIGGER_FOR_BEFORE(other->tgtype) &&
            (other->tgtype & event) != 0 && other->tgenabled != TRIGGER_DISABLED &&
            strcmp(other->tgname, own->tgname) > 0)
            return false;
    }
    return true;
}

bool is_key_type(Oid type)
{
    return type == UUIDOID || type == INT8OID || type == INT4OID || type == TEXTOID ||
           type == VARCHAROID;
}

// The guard knows its column by name, policies by number: after a rename they may differ.
bool policy_uses(Relation table, AttrNumber column)
{
    if (table->rd_rsdesc == nullptr)
        return true;
    ListCell *cell;
    foreach (cell, table->rd_rsdesc->policies) {
        const RowSecurityPolicy *policy = static_cast<const RowSecurityPolicy *>(lfirst(cell));
        if (strcmp(policy->policy_name, "tenancy_isolation") != 0)
            continue;
        Bitmapset *used = nullptr;
        pull_varattnos(reinterpret_cast<Node *>(policy->qual), 1, &used);
        const bool found = bms_is_member(column - FirstLowInvalidHeapAttributeNumber, used);
        bms_free(used);
        return found;
    }
    return true;
}

const GuardedTable *guarded_table(FunctionCallInfo fcinfo, const TriggerData *data)
{
    if (fcinfo->flinfo->fn_extra != nullptr)
        return static_cast<const GuardedTable *>(fcinfo->flinfo->fn_extra);
    const Trigger *trigger = data->tg_trigger;
    const AttrNumber column =
        trigger->tgnargs > 0
            ? get_attnum(RelationGetRelid(data->tg_relation), trigger->tgargs[0])
            : InvalidAttrNumber;
    if (column == InvalidAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("the write guard of %s names a column that does not exist",
                               table_name(data->tg_relation)),
                        errhint("SELECT tenancy.protect('%s', 'tenant_column');",
                                table_name(data->tg_relation))));
    const Oid type = TupleDescAttr(RelationGetDescr(data->tg_relation), column - 1)->atttypid;
    if (!is_key_type(type) || !policy_uses(data->tg_relation, column))
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("the write guard of %s looks at another column than its policies",
                               table_name(data->tg_relation)),
                        errdetail("The tenant column was renamed, or its type was changed."),
                        errhint("SELECT tenancy.unprotect('%s'); then tenancy.protect() with the tenant "
                                "column.", table_name(data->tg_relation))));
    GuardedTable *table = static_cast<GuardedTable *>(
        MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(GuardedTable)));
    table->column = column;
    table->type = type;
    table->last_insert = is_last(data, TRIGGER_TYPE_INSERT);
    table->last_update = is_last(data, TRIGGER_TYPE_UPDATE);
    table->is_guarded = context::guarded();
    table->asleep = guard::enforced(data->tg_relation) == guard::Enforced::on_others;
    fcinfo->flinfo->fn_extra = table;
    return table;
}

bool own_row(const TriggerData *data, HeapTuple tuple, const GuardedTable *table,
             const context::Context *now)
{
    bool null = false;
    const Datum value =
        heap_getattr(tuple, table->column, RelationGetDescr(data->tg_relation), &null);
    if (null)
        return false;
    return context::is_tenant(*now, table->type, value);
}

TriggerData *trigger_data(FunctionCallInfo fcinfo, const char *name)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("%s() is a trigger function", name),
                        errhint("SELECT tenancy.protect('your_table');")));
    return reinterpret_cast<TriggerData *>(fcinfo->context);
}

// Statements that touch rows of all tenants at once: only for platform work without a context.
void refuse_for_tenants(const TriggerData *data)
{
    if (guard::enforced(data->tg_relation) == guard::Enforced::on_others)
        return;
    const bool guarded = context::guarded();
    if (guarded || context::find_context() != nullptr)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("%s %s refused: it concerns all tenants",
                               operation_of(data->tg_event), table_name(data->tg_relation)),
                        guarded ? errhint("Run it as a platform role.")
                                : errhint("SELECT tenancy.clear_tenant(); and run it again.")));
}

} // namespace

TENANCY_FUNCTION(tenancy_write_guard)
{
    const TriggerData *data = trigger_data(fcinfo, "write_guard");
    TENANCY_FAULT_POINT("write_guard");
    const TriggerEvent event = data->tg_event;
    if (!TRIGGER_FIRED_BEFORE(event) || !TRIGGER_FIRED_FOR_ROW(event))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("write_guard() must be fired before each row"),
                        errhint("SELECT tenancy.protect('%s');", table_name(data->tg_relation))));
    const GuardedTable *table = guarded_table(fcinfo, data);
    const bool update = TRIGGER_FIRED_BY_UPDATE(event);
    HeapTuple result = update ? data->tg_newtuple : data->tg_trigtuple;
    if (update)
        guard::note_update(data->tg_relation, data->tg_trigtuple);

    if (table->asleep)
        return PointerGetDatum(result);
    const context::Context *now = context::ready_context;
    if (now == nullptr)
        now = context::find_context();
    if (now == nullptr) {
        if (table->is_guarded)
            context::raise_no_tenant();
        return PointerGetDatum(result);
    }
    if (!own_row(data, data->tg_trigtuple, table, now))
        refuse(data, "The row belongs to another tenant or to the platform.",
               TRIGGER_FIRED_BY_INSERT(event)
                   ? psprintf("Leave the tenant column out, or set the tenant the row belongs to: %s", context::entering())
                   : psprintf("Set the tenant the row belongs to: %s", context::entering()));
    if (update && !own_row(data, data->tg_newtuple, table, now))
        refuse(data, "A row cannot be moved to another tenant.",
               "Leave the tenant column out of SET.");
    if (TRIGGER_FIRED_BY_INSERT(event) ? !table->last_insert : update && !table->last_update)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("a trigger of %s runs after the write guard",
                               table_name(data->tg_relation)),
                        errdetail("A BEFORE ROW trigger whose name sorts after \"%s\" could change "
                                  "the tenant unseen.", data->tg_trigger->tgname),
                        errhint("SELECT tenancy.protect('%s');", table_name(data->tg_relation))));
    return PointerGetDatum(result);
}

TENANCY_FUNCTION(tenancy_truncate_guard)
{
    refuse_for_tenants(trigger_data(fcinfo, "truncate_guard"));
    return PointerGetDatum(nullptr);
}

TENANCY_FUNCTION(tenancy_shared_guard)
{
    refuse_for_tenants(trigger_data(fcinfo, "shared_guard"));
    return PointerGetDatum(nullptr);
}
