// normalize_path() as function and trigger, is_module_path(): core/module_path.hpp for SQL.

#include "models/row_trigger.hpp"
#include "pg/entry.hpp"

using namespace tenancy;
using namespace tenancy::models;

namespace {

text *normalized(const text *path)
{
    const char *data = VARDATA_ANY(path);
    const std::size_t size = VARSIZE_ANY_EXHDR(path);
    return cstring_to_text(pg::core_text([&] { return core::normalize_path({data, size}); }));
}

} // namespace

TENANCY_FUNCTION(tenancy_normalize_path)
{
    PG_RETURN_TEXT_P(normalized(PG_GETARG_TEXT_PP(0)));
}

TENANCY_FUNCTION(tenancy_is_module_path)
{
    const text *path = PG_GETARG_TEXT_PP(0);
    const char *data = VARDATA_ANY(path);
    const std::size_t size = VARSIZE_ANY_EXHDR(path);
    pg::CaughtError refusal;
    const bool accepted =
        pg::entry_quiet([&] { static_cast<void>(core::normalize_path({data, size})); }, &refusal);
    if (!accepted && refusal.sqlstate != ERRCODE_INVALID_PARAMETER_VALUE)
        pg::raise_caught(&refusal);
    PG_RETURN_BOOL(accepted);
}

TENANCY_FUNCTION(tenancy_normalize_path_column)
{
    const RowTrigger trigger = row_trigger(fcinfo, "normalize_path", true);
    Argument arguments[] = {{"column", "root_path"}};
    read_arguments("normalize_path", trigger.data->tg_trigger, arguments, 1);
    int column = column_of(trigger.table, arguments[0].value);
    const Value path = value_of(trigger, trigger.after, static_cast<AttrNumber>(column));
    if (path.type != TEXTOID && path.type != VARCHAROID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("column \"%s\" of table \"%s\" is no text", arguments[0].value,
                               RelationGetRelationName(trigger.table)),
                        errhint("ALTER TABLE %s ALTER COLUMN %s TYPE text;", table_sql(trigger.table),
                                quote_identifier(arguments[0].value))));
    if (path.null)
        return PointerGetDatum(trigger.after);
    Datum value = PointerGetDatum(normalized(DatumGetTextPP(path.datum)));
    bool null = false;
    return PointerGetDatum(heap_modify_tuple_by_cols(trigger.after, trigger.descriptor, 1, &column,
                                                     &value, &null));
}
