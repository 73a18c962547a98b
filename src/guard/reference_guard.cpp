// reference_guard(): for references that cannot carry the tenant in a composite key (ON UPDATE SET
// NULL or SET DEFAULT, MATCH FULL over several columns, rows of the platform on either side).
//
// A constraint trigger beside the foreign key, as deferrable as it is. It looks for the referenced
// row among those the referring row may refer to (its own tenant's; the platform's, where the
// referenced table has such rows; any, for a row of the platform) and answers as the foreign key
// does for a row that does not exist: same SQLSTATE 23503, same text. Like the foreign key it asks
// as the owner of the referenced table.
// An UPDATE that leaves the reference and the tenant as they were asks nothing, as with foreign keys: rows that
// keep_reference() let stay can be worked on.
// Arguments: the foreign key's name, the tenant column here, the tenant column there, and whether
// rows of the platform may be referred to ('read' or 'none'). Everything else is read from the
// foreign key itself: a trigger's arguments can be anybody's.

#include "context/installation.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/foreign_key.hpp"

using namespace tenancy;

namespace {

constexpr int argument_count = 4;
constexpr int most_values = INDEX_MAX_KEYS + 1; // the tenant and the key

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

[[noreturn]] void refuse_broken(Relation table)
{
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the reference guard of table \"%s\" does not match a foreign key",
                           RelationGetRelationName(table)),
                    errhint("SELECT tenancy.protect('%s');", RelationGetRelationName(table))));
    pg_unreachable();
}

pg::ForeignKeyColumns read_reference(Relation table, const char *name)
{
    pg::ForeignKeyColumns out;
    if (!pg::read_foreign_key(RelationGetRelid(table), name, &out))
        refuse_broken(table);
    return out;
}

// The rows that may be referred to: $1 is the tenant (NULL: the platform), $2... the key.
char *allowed_rows(Relation table, const pg::ForeignKeyColumns &key, const char *tenant, bool platform_rows)
{
    if (get_attnum(key.referenced, tenant) == InvalidAttrNumber)
        refuse_broken(table);
    StringInfoData query;
    initStringInfo(&query);
    appendStringInfo(&query, "SELECT 1 FROM %s%s AS p WHERE ($1 IS NULL OR p.%s OPERATOR(pg_catalog.=) $1",
                     get_rel_relkind(key.referenced) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
                     quote_qualified_identifier(get_namespace_name(get_rel_namespace(key.referenced)),
                                                get_rel_name(key.referenced)),
                     quote_identifier(tenant));
    if (platform_rows)
        appendStringInfo(&query, " OR p.%s IS NULL", quote_identifier(tenant));
    appendStringInfoChar(&query, ')');
    for (int i = 0; i < key.count; ++i) {
        appendStringInfoString(&query, " AND p.");
        pg::append_key_condition(&query, key, i, i + 2);
    }
    return query.data;
}

bool differs(Relation table, HeapTuple before, HeapTuple after, int column)
{
    const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), column - 1);
    bool null_before = false, null_after = false;
    const Datum old_value = heap_getattr(before, column, RelationGetDescr(table), &null_before);
    const Datum new_value = heap_getattr(after, column, RelationGetDescr(table), &null_after);
    if (null_before || null_after)
        return null_before != null_after;
    return !datumIsEqual(old_value, new_value, attribute->attbyval, attribute->attlen);
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
    const int result = SPI_execute_with_args(query, count, types, values, nulls, true, 1);
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
    if (!TRIGGER_FIRED_AFTER(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        TRIGGER_FIRED_BY_DELETE(data->tg_event) || trigger->tgnargs != argument_count)
        refuse_broken(table);
    const pg::ForeignKeyColumns key = read_reference(table, trigger->tgargs[0]);
    const int tenant = SPI_fnumber(RelationGetDescr(table), trigger->tgargs[1]);
    if (tenant <= 0)
        refuse_broken(table);
    HeapTuple row =
        TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;

    Oid types[most_values];
    Datum values[most_values];
    char nulls[most_values];
    bool changed = !TRIGGER_FIRED_BY_UPDATE(data->tg_event);
    for (int i = 0; i <= key.count; ++i) {
        const int column = i == 0 ? tenant : key.here[i - 1];
        changed = changed || differs(table, data->tg_trigtuple, row, column);
        bool null = false;
        values[i] = heap_getattr(row, column, RelationGetDescr(table), &null);
        types[i] = TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid;
        nulls[i] = null ? 'n' : ' ';
        if (null && i > 0)
            return PointerGetDatum(nullptr); // refers to nothing
    }
    if (!changed)
        return PointerGetDatum(nullptr);
    const char *query = allowed_rows(table, key, trigger->tgargs[2], strcmp(trigger->tgargs[3], "read") == 0);
    if (!found_as(pg::owner_of(key.referenced), query, key.count + 1, types, values, nulls))
        refuse(table, trigger->tgargs[0], key.referenced);
    return PointerGetDatum(nullptr);
}
