// set_updated_at(['column=updated_at']): BEFORE UPDATE, the column tells when its row was last changed:
// the time at which the transaction began, whatever the statement says. timestamptz or timestamp.

#include "models/row_trigger.hpp"
#include "pg/entry.hpp"

using namespace tenancy;
using namespace tenancy::models;

TENANCY_FUNCTION(tenancy_set_updated_at)
{
    const RowTrigger trigger = row_trigger(fcinfo, "set_updated_at", false);
    Argument arguments[] = {{"column", "updated_at"}};
    read_arguments("set_updated_at", trigger.data->tg_trigger, arguments, 1);
    int column = column_of(trigger.table, arguments[0].value);
    const FormData_pg_attribute *attribute = TupleDescAttr(trigger.descriptor, column - 1);
    const Oid type = attribute->atttypid;
    Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
    if (type == TIMESTAMPOID)
        now = DirectFunctionCall1(timestamptz_timestamp, now);
    else if (type != TIMESTAMPTZOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("column \"%s\" of table \"%s\" is no timestamp", arguments[0].value,
                               RelationGetRelationName(trigger.table)),
                        errhint("ALTER TABLE %s ALTER COLUMN %s TYPE timestamptz;",
                                table_sql(trigger.table), quote_identifier(arguments[0].value))));
    // Nothing else rounds what a trigger writes: timestamp(3) is three digits.
    if (attribute->atttypmod >= 0)
        now = DirectFunctionCall2(type == TIMESTAMPOID ? timestamp_scale : timestamptz_scale, now,
                                  Int32GetDatum(attribute->atttypmod));
    bool null = false;
    return PointerGetDatum(heap_modify_tuple_by_cols(trigger.after, trigger.descriptor, 1, &column,
                                                     &now, &null));
}
