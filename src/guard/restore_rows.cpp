// restore_marked(target, keys): takes the marker off rows, as much of tenancy.restore_rows() as is not SQL.
//
// Restores rows of the tenant in force alone; without a tenant, which a guarded session must have, any
// tenant's. Marker and tenant column are those of the triggers on the table, the key its primary key but
// for the tenant column. The UPDATE runs in the owner's name (owners_update.hpp), because the caller does
// not see marked rows; whether he sees and may change them now is asked as the caller afterwards.
// Errors: 42501 without UPDATE on the table, without a tenant, or where a policy hides one of the rows
// from the caller; 55000 not soft-deleted; 0A000 the key has several columns; 22P02 malformed keys.

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "guard/owners_update.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/lookup.hpp"
#include "pg/saved_plan.hpp"

using namespace tenancy;

namespace {

// The rows that are meant: key = ANY ($1), and with a tenant its column = $2.
struct Rows {
    const char *table;
    const char *key;
    Oid type; // of the key
    const char *marker;
    char *condition;
    int count;
    Oid types[2];
    Datum values[2];
};

// The first argument of the table's trigger that calls the function, or nullptr. A copy: the table's
// description may be built anew whenever catalogs are read, as after a GRANT of another session.
const char *trigger_argument(Relation table, Oid function)
{
    const TriggerDesc *all = table->trigdesc;
    for (int i = 0; all != nullptr && i < all->numtriggers; ++i)
        if (all->triggers[i].tgfoid == function && all->triggers[i].tgnargs > 0)
            return pstrdup(all->triggers[i].tgargs[0]);
    return nullptr;
}

[[noreturn]] void refuse_broken(const char *table)
{
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("table %s is not soft-deleted", table),
                    errhint("SELECT tenancy.soft_delete('%s');", table)));
    pg_unreachable();
}

// The one column of the primary key that is not the tenant's.
AttrNumber key_column(Relation table, AttrNumber tenant)
{
    list_free(RelationGetIndexList(table)); // fills rd_pkindex
    HeapTuple tuple = OidIsValid(table->rd_pkindex)
                          ? SearchSysCache1(INDEXRELID, ObjectIdGetDatum(table->rd_pkindex))
                          : nullptr;
    AttrNumber found = InvalidAttrNumber;
    int others = 0;
    if (HeapTupleIsValid(tuple)) {
        const Form_pg_index form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        for (int i = 0; i < form->indnkeyatts; ++i)
            if (form->indkey.values[i] != tenant) {
                found = form->indkey.values[i];
                ++others;
            }
        ReleaseSysCache(tuple);
    }
    if (others != 1)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("rows of \"%s\" cannot be named by one key", RelationGetRelationName(table)),
                 errdetail("Its primary key has %d columns besides the tenant's.", others),
                 errhint("As a platform role: UPDATE %s SET ... = NULL WHERE ...;",
                         quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
                                                    RelationGetRelationName(table)))));
    return found;
}

const char *equality(Oid type)
{
    HeapTuple tuple = SearchSysCache1(
        OPEROID, ObjectIdGetDatum(lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("type %s cannot be compared", format_type_be(type))));
    const Form_pg_operator form = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
    const char *out = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(form->oprnamespace)),
                               NameStr(form->oprname));
    ReleaseSysCache(tuple);
    return out;
}

// The keys as the type of the key column, read as the caller.
Datum typed_keys(ArrayType *given, Oid type)
{
    Datum *texts = nullptr;
    bool *nulls = nullptr;
    int count = 0;
    deconstruct_array(given, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);
    Oid input = InvalidOid;
    Oid parameter = InvalidOid;
    getTypeInputInfo(type, &input, &parameter);
    ArrayBuildState *out = initArrayResult(type, CurrentMemoryContext, false);
    for (int i = 0; i < count; ++i)
        if (!nulls[i])
            out = accumArrayResult(
                out, OidInputFunctionCall(input, TextDatumGetCString(texts[i]), parameter, -1), false,
                type, CurrentMemoryContext);
    return makeArrayResult(out, CurrentMemoryContext);
}

Oid tenant_type(core::KeyType type)
{
    return type == core::KeyType::uuid ? UUIDOID : type == core::KeyType::text ? TEXTOID : INT8OID;
}

Rows rows_of(Relation table, ArrayType *keys, const context::Context *now)
{
    const context::Installation &here = context::installation();
    Rows out = {};
    out.table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)),
                                           RelationGetRelationName(table));
    const Oid trigger = pg::function_oid(here.schema, "soft_delete_row", 0, nullptr);
    const char *marker = trigger_argument(table, trigger);
    const char *tenant = trigger_argument(table, here.write_guard);
    if (!here.installed || marker == nullptr || tenant == nullptr)
        refuse_broken(out.table);
    const AttrNumber marker_number = get_attnum(RelationGetRelid(table), marker);
    const AttrNumber tenant_number = get_attnum(RelationGetRelid(table), tenant);
    if (marker_number <= 0 || tenant_number <= 0 ||
        get_atttype(RelationGetRelid(table), marker_number) != TIMESTAMPTZOID)
        refuse_broken(out.table);
    out.marker = quote_identifier(marker);
    const AttrNumber key = key_column(table, tenant_number);
    out.key = quote_identifier(get_attname(RelationGetRelid(table), key, false));
    out.type = getBaseType(get_atttype(RelationGetRelid(table), key));
    out.types[0] = get_array_type(out.type);
    out.values[0] = typed_keys(keys, out.type);
    out.count = 1;
    out.condition = psprintf("%s %s ANY ($1)", out.key, equality(out.type));
    if (now == nullptr)
        return out;
    out.types[1] = tenant_type(now->key.type);
    out.values[1] = now->value;
    out.count = 2;
    out.condition = psprintf("%s AND %s OPERATOR(pg_catalog.=) $2", out.condition, quote_identifier(tenant));
    return out;
}

// Collects the first column of what the UPDATE returns.
struct Keys {
    DestReceiver receiver;
    Oid type;
    ArrayBuildState *found;
    MemoryContext memory;
};

bool take_key(TupleTableSlot *slot, DestReceiver *self)
{
    Keys *keys = reinterpret_cast<Keys *>(self);
    bool null = false;
    const Datum value = slot_getattr(slot, 1, &null);
    keys->found = accumArrayResult(keys->found, value, null, keys->type, keys->memory);
    return true;
}

void nothing_at_start(DestReceiver *, int, TupleDesc) {}
void nothing_at_end(DestReceiver *) {}

std::uint64_t restore(Relation table, const Rows &rows, Keys *keys)
{
    const char *query = psprintf("UPDATE %s SET %s = NULL WHERE %s AND %s IS NOT NULL RETURNING %s",
                                 rows.table, rows.marker, rows.condition, rows.marker, rows.key);
    *keys = {{take_key, nothing_at_start, nothing_at_end, nothing_at_end, DestNone},
             rows.type,
             initArrayResult(rows.type, CurrentMemoryContext, false),
             CurrentMemoryContext};
    const guard::OwnersUpdate update = {table,      RelationGetRelid(table), pg::plan_restore_rows,
                                        query,      rows.count,              rows.types,
                                        rows.values, nullptr,                &keys->receiver};
    return guard::update_as_owner(update);
}

// As the caller, under all policies: may he see and change what was restored?
void check_access(const Rows &rows, Keys *keys, std::uint64_t restored)
{
    Oid types[2] = {rows.types[0], rows.types[1]};
    Datum values[2] = {makeArrayResult(keys->found, CurrentMemoryContext), rows.values[1]};
    const char *query = psprintf("SELECT 1 FROM %s WHERE %s FOR UPDATE", rows.table, rows.condition);
    SPI_connect();
    TENANCY_FAULT_POINT("restore_rows");
    const int result =
        SPI_execute_with_args(query, rows.count, types, values, nullptr, false, 0);
    if (result != SPI_OK_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("restore_rows: %s", SPI_result_code_string(result))));
    const std::uint64_t visible = SPI_processed;
    SPI_finish();
    if (visible < restored)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("rows of %s cannot be restored by this user", rows.table),
                        errdetail("A policy of the table hides them."),
                        errhint("Restore them as a role whose policies show them.")));
}

} // namespace

TENANCY_FUNCTION(tenancy_restore_marked)
{
    const Oid target = PG_GETARG_OID(0);
    ArrayType *keys = PG_GETARG_ARRAYTYPE_P(1);
    const AclResult allowed = pg_class_aclcheck(target, GetUserId(), ACL_UPDATE);
    if (allowed != ACLCHECK_OK)
        aclcheck_error(allowed, OBJECT_TABLE, get_rel_name(target));
    const context::Context *now = context::find_context();
    if (now == nullptr && context::guarded())
        context::raise_no_tenant();
    Relation table = table_open(target, RowExclusiveLock);
    const Rows rows = rows_of(table, keys, now);
    Keys found;
    const std::uint64_t restored = restore(table, rows, &found);
    if (restored > 0)
        check_access(rows, &found, restored);
    table_close(table, NoLock);
    PG_RETURN_INT32(static_cast<int32>(restored));
}
