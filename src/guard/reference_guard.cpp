// reference_guard(): for references that cannot carry the tenant in a composite key (ON UPDATE SET
// NULL or SET DEFAULT, MATCH FULL over several columns, rows of the platform on either side).
//
// A constraint trigger beside the foreign key, as deferrable as it is. It looks for the referenced
// row among those the referring row may refer to (its own tenant's; the platform's, where the
// referenced table has such rows; any, for a row of the platform) and answers as the foreign key
// does for a row that does not exist: same SQLSTATE 23503, same text. Like the foreign key it asks
// as the owner of the referenced table.
// Arguments, made by core/plan_reference_guard.cpp: the foreign key's name, the tenant column, the
// referenced table, the query with $1 the tenant and $2... the key, then the referring columns.

#include "context/installation.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

using namespace tenancy;

namespace {

constexpr int first_column_argument = 4;
constexpr int most_columns = 33; // tenant and a foreign key's columns (INDEX_MAX_KEYS)

// What PostgreSQL says of a missing row where row-level security is in force.
[[noreturn]] void refuse(Relation table, const char *constraint, Oid referenced)
{
    ereport(ERROR,
            (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
             errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"",
                    RelationGetRelationName(table), constraint),
             errdetail("Key is not present in table \"%s\".", get_rel_name(referenced)),
             errtableconstraint(table, constraint)));
    pg_unreachable();
}

int column_of(Relation table, const char *name)
{
    const int column = SPI_fnumber(RelationGetDescr(table), name);
    if (column <= 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("the reference guard of table \"%s\" names a column that does not exist",
                               RelationGetRelationName(table)),
                        errhint("SELECT tenancy.protect('%s');", RelationGetRelationName(table))));
    return column;
}

// A renamed table is not found: the guard fails closed until protect() makes it again.
Oid referenced_table(Relation table, const char *referenced)
{
    RangeVar *name =
        makeRangeVarFromNameList(stringToQualifiedNameList(referenced TENANCY_NO_ESCONTEXT));
    const Oid found = RangeVarGetRelid(name, NoLock, true);
    if (!OidIsValid(found))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("the reference guard of table \"%s\" looks for %s, which does not exist",
                               RelationGetRelationName(table), referenced),
                        errhint("SELECT tenancy.protect('%s');", RelationGetRelationName(table))));
    return found;
}

// Whose rights the query needs.
Oid owner_of(Oid relation)
{
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("referenced table %u does not exist", relation)));
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

bool found_as(Oid owner, const char *query, int count, Oid *types, Datum *values, const char *nulls)
{
    Oid user = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&user, &security);
    SPI_connect();
    // As PostgreSQL's own foreign-key queries; an error's end of (sub)transaction restores it.
    SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    TENANCY_FAULT_POINT("reference_guard");
    const int result = SPI_execute_with_args(query, count, types, values, nulls, false, 1);
    SetUserIdAndSecContext(user, security);
    if (result != SPI_OK_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("reference guard: %s", SPI_result_code_string(result))));
    const bool found = SPI_processed > 0;
    SPI_finish();
    return found;
}

} // namespace

TENANCY_FUNCTION(tenancy_reference_guard)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("reference_guard() is a trigger function")));
    const TriggerData *data = reinterpret_cast<const TriggerData *>(fcinfo->context);
    const Trigger *trigger = data->tg_trigger;
    Relation table = data->tg_relation;
    const int columns = trigger->tgnargs - first_column_argument;
    if (!TRIGGER_FIRED_AFTER(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        columns < 1 || columns >= most_columns)
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("reference_guard() is made by protect()"),
                        errhint("SELECT tenancy.protect('your_table');")));
    HeapTuple row =
        TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;

    Oid types[most_columns];
    Datum values[most_columns];
    char nulls[most_columns];
    for (int i = 0; i <= columns; ++i) {
        const char *name = trigger->tgargs[i == 0 ? 1 : first_column_argument + i - 1];
        const int column = column_of(table, name);
        bool null = false;
        values[i] = heap_getattr(row, column, RelationGetDescr(table), &null);
        types[i] = TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid;
        nulls[i] = null ? 'n' : ' ';
        if (null && i > 0)
            return PointerGetDatum(nullptr); // refers to nothing
    }
    const Oid referenced = referenced_table(table, trigger->tgargs[2]);
    if (!found_as(owner_of(referenced), trigger->tgargs[3], columns + 1, types, values, nulls))
        refuse(table, trigger->tgargs[0], referenced);
    return PointerGetDatum(nullptr);
}
