#include "models/row_trigger.hpp"

#include "context/installation.hpp"
#include "context/session.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"

namespace tenancy::models {

RowTrigger row_trigger(FunctionCallInfo fcinfo, const char *name, bool inserts)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("%s() is a trigger function", name),
                        errhint("CREATE TRIGGER ... EXECUTE FUNCTION tenancy.%s(...);", name)));
    const TriggerData *data = reinterpret_cast<const TriggerData *>(fcinfo->context);
    const bool update = TRIGGER_FIRED_BY_UPDATE(data->tg_event);
    if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        !(update || (inserts && TRIGGER_FIRED_BY_INSERT(data->tg_event))))
        ereport(ERROR,
                (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                 errmsg("%s() must be fired before %s, for each row", name,
                        inserts ? "INSERT or UPDATE" : "UPDATE"),
                 errhint("CREATE TRIGGER ... BEFORE %s ON ... FOR EACH ROW EXECUTE FUNCTION "
                         "tenancy.%s(...);", inserts ? "INSERT OR UPDATE" : "UPDATE", name)));
    return {data, data->tg_relation, RelationGetDescr(data->tg_relation),
            update ? data->tg_trigtuple : nullptr,
            update ? data->tg_newtuple : data->tg_trigtuple};
}

namespace {

[[noreturn]] void refuse_argument(const char *function, const char *given, const Argument *known,
                                  int count)
{
    StringInfoData names;
    initStringInfo(&names);
    for (int i = 0; i < count; ++i)
        appendStringInfo(&names, "%s'%s=%s'", i == 0 ? "" : ", ", known[i].name, known[i].value);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s() has no argument \"%s\"", function, given),
                    errdetail("An argument is 'name=value'."),
                    errhint("Its arguments and their defaults: %s.", names.data)));
    pg_unreachable();
}

} // namespace

void read_arguments(const char *function, const Trigger *trigger, Argument *arguments, int count)
{
    Argument given[16];
    Assert(count <= 16);
    memcpy(given, arguments, sizeof(Argument) * static_cast<std::size_t>(count));
    for (int i = 0; i < trigger->tgnargs; ++i) {
        const char *text = trigger->tgargs[i];
        const char *equals = strchr(text, '=');
        int found = -1;
        for (int k = 0; equals != nullptr && k < count; ++k)
            if (strlen(arguments[k].name) == static_cast<std::size_t>(equals - text) &&
                strncmp(arguments[k].name, text, static_cast<std::size_t>(equals - text)) == 0)
                found = k;
        if (found < 0 || equals[1] == '\0')
            refuse_argument(function, text, arguments, count);
        given[found].value = pstrdup(equals + 1);
    }
    memcpy(arguments, given, sizeof(Argument) * static_cast<std::size_t>(count));
}

const char *table_sql(Relation table)
{
    return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
                                      RelationGetRelationName(table));
}

Place place_of(Relation table)
{
    Place place = {RelationGetRelid(table), table_sql(table), nullptr, nullptr, nullptr};
    const context::Installation &here = context::installation();
    const TriggerDesc *triggers = table->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        const Trigger *trigger = &triggers->triggers[i];
        if (trigger->tgnargs == 0)
            continue;
        if (trigger->tgfoid == here.write_guard)
            place.tenant_name = pstrdup(trigger->tgargs[0]);
        else if (trigger->tgfoid == here.soft_delete)
            place.marker = quote_identifier(pstrdup(trigger->tgargs[0]));
    }
    if (place.tenant_name != nullptr)
        place.tenant = quote_identifier(place.tenant_name);
    return place;
}

Place read_place(Relation near, const char *name)
{
    List *names = stringToQualifiedNameList(name TENANCY_NO_ESCONTEXT);
    RangeVar *range = makeRangeVarFromNameList(names);
    if (range->schemaname == nullptr)
        range->schemaname = get_namespace_name(RelationGetNamespace(near));
    const Oid oid = RangeVarGetRelid(range, AccessShareLock, true);
    if (!OidIsValid(oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("table \"%s\", named by a trigger of \"%s\", does not exist", name,
                               RelationGetRelationName(near)),
                        errhint("CREATE OR REPLACE TRIGGER ... EXECUTE FUNCTION "
                                "tenancy....('argument=the_table');")));
    Relation table = relation_open(oid, NoLock);
    const Place place = place_of(table);
    relation_close(table, NoLock);
    return place;
}

AttrNumber column_of(Relation table, const char *name, bool missing_ok)
{
    const int column = SPI_fnumber(RelationGetDescr(table), name);
    if (column > 0)
        return static_cast<AttrNumber>(column);
    if (!missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of table \"%s\", named by its trigger, does not exist",
                               name, RelationGetRelationName(table)),
                        errhint("CREATE OR REPLACE TRIGGER ... EXECUTE FUNCTION "
                                "tenancy....('argument=the_column');")));
    return InvalidAttrNumber;
}

void require_text(Relation table, AttrNumber column)
{
    const FormData_pg_attribute *attribute = TupleDescAttr(RelationGetDescr(table), column - 1);
    char category = '\0';
    bool preferred = false;
    get_type_category_preferred(attribute->atttypid, &category, &preferred);
    if (category != TYPCATEGORY_STRING)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("column \"%s\" of table \"%s\" is no text",
                               NameStr(attribute->attname), RelationGetRelationName(table)),
                        errhint("ALTER TABLE %s ALTER COLUMN %s TYPE text;", table_sql(table),
                                quote_identifier(NameStr(attribute->attname)))));
}

const char *column_sql(const Place &place, const char *name)
{
    if (get_attnum(place.oid, name) <= 0)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of table %s, named by a trigger, does not exist", name,
                               place.sql),
                        errhint("CREATE OR REPLACE TRIGGER ... EXECUTE FUNCTION "
                                "tenancy....('argument=the_column');")));
    return quote_identifier(name);
}

const char *type_sql(Oid type)
{
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("type %u does not exist", type),
                        errhint("Run the statement again.")));
    const Form_pg_type form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    const char *sql =
        quote_qualified_identifier(get_namespace_name(form->typnamespace), NameStr(form->typname));
    ReleaseSysCache(tuple);
    return sql;
}

Value value_of(const RowTrigger &trigger, HeapTuple row, AttrNumber column)
{
    Value value = {0, TupleDescAttr(trigger.descriptor, column - 1)->atttypid, true};
    value.datum = heap_getattr(row, column, trigger.descriptor, &value.null);
    return value;
}

void require_fits(const RowTrigger &trigger, AttrNumber column, Datum value)
{
    const FormData_pg_attribute *attribute = TupleDescAttr(trigger.descriptor, column - 1);
    if (attribute->atttypid != VARCHAROID || attribute->atttypmod < VARHDRSZ)
        return;
    const text *content = DatumGetTextPP(value);
    const int most = attribute->atttypmod - VARHDRSZ;
    if (pg_mbstrlen_with_len(VARDATA_ANY(content), static_cast<int>(VARSIZE_ANY_EXHDR(content))) > most)
        ereport(ERROR, (errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
                        errmsg("value too long for column \"%s\" of table \"%s\", character varying(%d)",
                               NameStr(attribute->attname), RelationGetRelationName(trigger.table), most),
                        errhint("ALTER TABLE %s ALTER COLUMN %s TYPE text;", table_sql(trigger.table),
                                quote_identifier(NameStr(attribute->attname)))));
}

bool is_refused_anyway(const Value &tenant)
{
    const context::Context *now = context::find_context();
    return now != nullptr && (tenant.null || !context::is_tenant(*now, tenant.type, tenant.datum));
}

bool same_value(const RowTrigger &trigger, AttrNumber column)
{
    const Value before = value_of(trigger, trigger.before, column);
    const Value after = value_of(trigger, trigger.after, column);
    if (before.null || after.null)
        return before.null && after.null;
    const FormData_pg_attribute *attribute = TupleDescAttr(trigger.descriptor, column - 1);
    return datumIsEqual(before.datum, after.datum, attribute->attbyval, attribute->attlen);
}

const char *value_text(const Value &value)
{
    if (value.null)
        return "(null)";
    Oid output = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(value.type, &output, &varlena);
    return OidOutputFunctionCall(output, value.datum);
}

Bytes value_bytes(const Value &value, char (&buffer)[sizeof(Datum)])
{
    if (value.null)
        return {"", 0};
    switch (value.type) {
    case UUIDOID:
        return {reinterpret_cast<const char *>(DatumGetUUIDP(value.datum)->data), UUID_LEN};
    case TEXTOID:
    case VARCHAROID: {
        const text *content = DatumGetTextPP(value.datum);
        return {VARDATA_ANY(content), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(content))};
    }
    default:
        break;
    }
    if (get_typbyval(value.type)) {
        memcpy(buffer, &value.datum, sizeof(Datum));
        return {buffer, sizeof(Datum)};
    }
    const char *content = value_text(value);
    return {content, strlen(content)};
}

Value value_from(Oid type, Bytes bytes)
{
    if (type == UUIDOID) {
        pg_uuid_t *copied = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
        memcpy(copied->data, bytes.data, UUID_LEN);
        return {UUIDPGetDatum(copied), type, false};
    }
    if (type == TEXTOID || type == VARCHAROID)
        return {PointerGetDatum(cstring_to_text_with_len(bytes.data, static_cast<int>(bytes.size))),
                type, false};
    if (get_typbyval(type)) {
        Datum datum;
        memcpy(&datum, bytes.data, sizeof(Datum));
        return {datum, type, false};
    }
    Oid input = InvalidOid;
    Oid parameter = InvalidOid;
    getTypeInputInfo(type, &input, &parameter);
    return {OidInputFunctionCall(input, pnstrdup(bytes.data, bytes.size), parameter, -1), type, false};
}

} // namespace tenancy::models
