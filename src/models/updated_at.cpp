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
    const Oid type = TupleDescAttr(trigger.descriptor, column - 1)->atttypid;
    Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
    if (type == TIMESTAMPOID)
        now = DirectFunctionCall1(timestamptz_timestamp, now);
    else if (type != TIMESTAMPTZOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("column \"%s\" of table \"%s\" is no timestamp", arguments[0].value,
                               RelationGetRelationName(trigger.table)),
                        errhint("ALTER TABLE %s ALTER COLUMN %s TYPE timestamptz;",
                                table_sql(trigger.table), quote_identifier(arguments[0].value))));
    bool null = false;
    return PointerGetDatum(heap_modify_tuple_by_cols(trigger.after, trigger.descriptor, 1, &column,
                                                     &now, &null));
}
