// soft_delete_row('marker'): BEFORE DELETE FOR EACH ROW, ENABLE ALWAYS. A row that is not marked gets
// its marker, the time of the transaction, and stays.
//
// Really deleted are: a marked row, which only roles see to whom policies do not apply (that is the way to
// get rid of it); what a foreign key's own action deletes, lest references point nowhere; a row that an
// UPDATE moves to another partition; what logical replication applies.
// The mark is part of the DELETE's own command: the DELETE has found the row under all policies and has
// locked it. It is made in the owner's name (owners_update.hpp), because the policies that let the
// caller delete the row do not let him see it afterwards. The write guard, beneath it, sees to the tenant.
// Errors: 55000 where it stands in a wrong way, 27000 where a trigger before it has changed the row.

#include "guard/foreign_key_scope.hpp"
#include "guard/owners_update.hpp"
#include "guard/running_query.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/saved_plan.hpp"

using namespace tenancy;

namespace {

// What is learnt once per statement; kept in the trigger's FmgrInfo.
struct Marker {
    AttrNumber column;
    const char *query;
};

const char *table_name(Relation table)
{
    return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
                                      RelationGetRelationName(table));
}

[[noreturn]] void refuse_broken(Relation table, const char *detail)
{
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the soft delete of %s is not as it should be", table_name(table)),
                    errdetail("%s", detail),
                    errhint("SELECT tenancy.soft_delete('%s', 'marker_column');", table_name(table))));
    pg_unreachable();
}

const TriggerData *trigger_data(FunctionCallInfo fcinfo)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("soft_delete_row() is a trigger function"),
                        errhint("SELECT tenancy.soft_delete('your_table');")));
    const TriggerData *data = reinterpret_cast<const TriggerData *>(fcinfo->context);
    if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        !TRIGGER_FIRED_BY_DELETE(data->tg_event))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("soft_delete_row() must be fired before each row is deleted"),
                        errhint("SELECT tenancy.soft_delete('%s');", table_name(data->tg_relation))));
    return data;
}

const Marker *marker_of(FunctionCallInfo fcinfo, const TriggerData *data)
{
    if (fcinfo->flinfo->fn_extra != nullptr)
        return static_cast<const Marker *>(fcinfo->flinfo->fn_extra);
    TENANCY_FAULT_POINT("soft_delete_row");
    Relation table = data->tg_relation;
    if (table->rd_rel->relkind != RELKIND_RELATION)
        refuse_broken(table, "It is not an ordinary table.");
    if (data->tg_trigger->tgnargs != 1)
        refuse_broken(table, "Its trigger does not name the marker column.");
    const char *name = data->tg_trigger->tgargs[0];
    const AttrNumber column = get_attnum(RelationGetRelid(table), name);
    if (column <= 0 ||
        TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid != TIMESTAMPTZOID)
        refuse_broken(table, "Its trigger names no column of type timestamptz.");
    MemoryContext outer = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    Marker *marker = static_cast<Marker *>(palloc(sizeof(Marker)));
    marker->column = column;
    marker->query = psprintf("UPDATE ONLY %s SET %s = pg_catalog.now() WHERE ctid OPERATOR(pg_catalog.=) $1",
                             table_name(table), quote_identifier(name));
    MemoryContextSwitchTo(outer);
    fcinfo->flinfo->fn_extra = marker;
    return marker;
}

// Is the row as the DELETE has found it? Then a trigger did not want the mark.
bool unchanged(Relation table, ItemPointer row)
{
    TupleTableSlot *slot = table_slot_create(table, nullptr);
    PushActiveSnapshot(GetTransactionSnapshot());
    const bool found = table_tuple_fetch_row_version(table, row, GetActiveSnapshot(), slot);
    PopActiveSnapshot();
    ExecDropSingleTupleTableSlot(slot);
    return found;
}

void mark(const TriggerData *data, const Marker *marker)
{
    ItemPointer row = &data->tg_trigtuple->t_self;
    const Oid types[] = {TIDOID};
    const Datum values[] = {PointerGetDatum(row)};
    const guard::OwnersUpdate update = {data->tg_relation, data->tg_trigger->tgoid,
                                        pg::plan_soft_delete, marker->query, 1, types, values,
                                        guard::running_query.query, nullptr};
    const std::uint64_t rows = guard::update_as_owner(update);
    // As PostgreSQL says it where a trigger has changed the row that is to be deleted.
    if (rows == 0 && !unchanged(data->tg_relation, row))
        ereport(ERROR, (errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
                        errmsg("tuple to be deleted was already modified by an operation triggered by the current command"),
                        errhint("Consider using an AFTER trigger instead of a BEFORE trigger to propagate changes to other rows.")));
    guard::running_query.marked += rows;
}

// Where the trigger itself has loaded the library nothing is known but this.
bool deleted_by_foreign_key()
{
    return guard::called_by_foreign_key() ||
           (guard::running_query.query == nullptr && InNoForceRLSOperation());
}

} // namespace

TENANCY_FUNCTION(tenancy_soft_delete_row)
{
    const TriggerData *data = trigger_data(fcinfo);
    const Marker *marker = marker_of(fcinfo, data);
    const bool marked = !heap_attisnull(data->tg_trigtuple, marker->column, RelationGetDescr(data->tg_relation));
    if (marked || deleted_by_foreign_key() || !guard::deletes(data->tg_relation, data->tg_trigtuple))
        return PointerGetDatum(data->tg_trigtuple);
    mark(data, marker);
    return PointerGetDatum(nullptr);
}
