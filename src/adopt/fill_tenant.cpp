// fill_tenant(): gives a row that is written without a tenant the one its parents have, while a database is being
// adopted: its application does not say yet whose rows it writes.
//
// BEFORE INSERT OR UPDATE FOR EACH ROW, fired where the tenant column is NULL; arguments as core/plan_fill.cpp has
// them. The tenant in force comes first. Without one, sessions of an application get nothing: enforcement refuses
// them. Others get what the paths give: each is followed key by key, with the rights of the owner of the table it
// leads to, as foreign keys are; the tenant in which it ends must exist. Where paths disagree and none has
// precedence, the row stays without a tenant: never a guess.
// Errors: 55000 when the arguments do not fit the table any more, with the command that repairs it.

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/foreign_key.hpp"
#include "pg/saved_plan.hpp"

using namespace tenancy;

namespace {

struct Values {
    int count;
    Oid types[INDEX_MAX_KEYS];
    Datum values[INDEX_MAX_KEYS];
};

[[noreturn]] void refuse_broken(Relation table, const Trigger *trigger)
{
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("the trigger that fills in tenants of table \"%s\" does not fit it any more", RelationGetRelationName(table)),
             errdetail("A column or a foreign key on the way to the tenant was renamed or dropped."),
             errhint("CALL tenancy.adopt(%s, %s); or DROP TRIGGER %s ON %s;",
                     quote_literal_cstr(get_namespace_name(RelationGetNamespace(table))),
                     trigger->tgnargs == 0 ? "'the_tenant_column'" : quote_literal_cstr(trigger->tgargs[0]),
                     quote_identifier(trigger->tgname),
                     quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table)))));
    pg_unreachable();
}

// A foreign key of that name, of the table or of what it is a part of: there names of columns are the same.
Oid find_foreign_key(Oid table, const char *name, pg::ForeignKeyColumns *out)
{
    while (!pg::read_foreign_key(table, name, out)) {
        if (!has_superclass(table))
            return InvalidOid;
        ScanKeyData key;
        ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
        Relation inherits = table_open(InheritsRelationId, AccessShareLock);
        SysScanDesc scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
        HeapTuple tuple = systable_getnext(scan);
        table = HeapTupleIsValid(tuple) ? reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent : InvalidOid;
        systable_endscan(scan);
        table_close(inherits, AccessShareLock);
        if (!OidIsValid(table))
            return InvalidOid;
    }
    return table;
}

// Runs a query for one row as the owner of the table it reads; false where there is none, or NULL in it.
bool one_row(Oid owner, SPIPlanPtr plan, Values *keys, int wanted, Values *out)
{
    Oid user = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&user, &security);
    SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    TENANCY_FAULT_POINT("fill_tenant");
    // Not read-only: parents that the same transaction has just written count.
    const int result = SPI_execute_plan(plan, keys->values, nullptr, false, 1);
    SetUserIdAndSecContext(user, security);
    if (result != SPI_OK_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("fill_tenant: %s", SPI_result_code_string(result))));
    if (SPI_processed == 0)
        return false;
    out->count = wanted;
    for (int i = 0; i < wanted; ++i) {
        bool null = false;
        out->values[i] = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, i + 1, &null);
        out->types[i] = SPI_gettypeid(SPI_tuptable->tupdesc, i + 1);
        if (null)
            return false;
    }
    return true;
}

SPIPlanPtr question(Oid trigger, int kind, Oid table, const char *list, const char *condition, Values *keys)
{
    const char *query = psprintf("SELECT %s FROM %s%s AS p WHERE %s", list,
                                 get_rel_relkind(table) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
                                 quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), get_rel_name(table)),
                                 condition);
    return pg::saved_plan(trigger, kind, query, keys->count, keys->types);
}

// Follows one path; its first argument is the column in which it ends. The tenant as text, nullptr for none.
char *tenant_by_path(const TriggerData *data, HeapTuple row, char **path, int hops, int kind)
{
    Relation table = data->tg_relation;
    const char *end = path[0];
    const Trigger *trigger = data->tg_trigger;
    const char *own = trigger->tgargs[0];
    const context::Installation &now = context::installation();
    Oid at = RelationGetRelid(table);
    Values keys = {}, found = {};
    if (hops < 1)
        refuse_broken(table, trigger);
    for (int hop = 1; hop <= hops; ++hop) {
        pg::ForeignKeyColumns key;
        const Oid holder = find_foreign_key(at, path[hop], &key);
        if (!OidIsValid(holder))
            refuse_broken(table, trigger);
        StringInfoData condition;
        initStringInfo(&condition);
        keys.count = 0;
        Values next = {};
        for (int i = 0; i < key.count; ++i) {
            const char *name = get_attname(holder, key.here[i], false);
            // A key that carries the tenant already is followed without it.
            if (strcmp(name, hop == 1 ? own : end) == 0 && key.count > 1)
                continue;
            if (hop == 1) {
                const AttrNumber column = get_attnum(RelationGetRelid(table), name);
                if (column == InvalidAttrNumber)
                    refuse_broken(table, trigger);
                bool null = false;
                next.values[next.count] = heap_getattr(row, column, RelationGetDescr(table), &null);
                next.types[next.count] = TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid;
                if (null)
                    return nullptr;
            } else {
                next.values[next.count] = found.values[next.count];
                next.types[next.count] = found.types[next.count];
            }
            appendStringInfoString(&condition, next.count == 0 ? "p." : " AND p.");
            pg::append_key_condition(&condition, key, i, ++next.count);
        }
        keys = next;
        // What the next hop needs of the row there, or the tenant.
        StringInfoData list;
        initStringInfo(&list);
        int wanted = 0;
        if (hop == hops) {
            // Of the tenant table nothing but its key: a trigger's arguments can be anybody's.
            const AttrNumber last = get_attnum(key.referenced, end);
            if (last <= InvalidAttrNumber || (key.referenced == now.tenant_table && last != now.tenant_column))
                refuse_broken(table, trigger);
            appendStringInfo(&list, "p.%s", quote_identifier(end));
            wanted = 1;
        } else {
            pg::ForeignKeyColumns following;
            const Oid its = find_foreign_key(key.referenced, path[hop + 1], &following);
            if (!OidIsValid(its))
                refuse_broken(table, trigger);
            for (int i = 0; i < following.count; ++i) {
                const char *name = get_attname(its, following.here[i], false);
                if (strcmp(name, end) == 0 && following.count > 1)
                    continue;
                appendStringInfo(&list, "%sp.%s", wanted == 0 ? "" : ", ", quote_identifier(name));
                ++wanted;
            }
        }
        SPIPlanPtr plan = question(data->tg_trigger->tgoid, kind + hop - 1, key.referenced, list.data, condition.data, &keys);
        if (!one_row(pg::owner_of(key.referenced), plan, &keys, wanted, &found))
            return nullptr;
        at = key.referenced;
    }
    // It must be a tenant, wherever the path ends.
    if (at != now.tenant_table) {
        keys = {1, {found.types[0]}, {found.values[0]}};
        const char *id = quote_identifier(get_attname(now.tenant_table, now.tenant_column, false));
        SPIPlanPtr plan = question(data->tg_trigger->tgoid, kind + hops, now.tenant_table, psprintf("p.%s", id),
                                   psprintf("p.%s OPERATOR(pg_catalog.=) $1", id), &keys);
        if (!one_row(pg::owner_of(now.tenant_table), plan, &keys, 1, &found))
            return nullptr;
    }
    Oid output = InvalidOid;
    bool variable = false;
    getTypeOutputInfo(found.types[0], &output, &variable);
    return OidOutputFunctionCall(output, found.values[0]);
}

// The tenant as text, or nullptr: none, or paths disagree.
char *derived_tenant(const TriggerData *data, HeapTuple row)
{
    const Trigger *trigger = data->tg_trigger;
    const bool first = strcmp(trigger->tgargs[1], "first") == 0;
    char *out = nullptr;
    bool disagree = false;
    int kind = pg::plan_fill_tenant;
    SPI_connect();
    for (int at = 3; at < trigger->tgnargs;) {
        int hops = 0;
        while (at + hops + 1 < trigger->tgnargs && trigger->tgargs[at + hops + 1][0] != '\0')
            ++hops;
        char *tenant = tenant_by_path(data, row, trigger->tgargs + at, hops, kind);
        if (tenant != nullptr && out != nullptr && strcmp(tenant, out) != 0) {
            disagree = true;
            break;
        }
        if (tenant != nullptr && out == nullptr)
            out = static_cast<char *>(strcpy(static_cast<char *>(SPI_palloc(strlen(tenant) + 1)), tenant));
        if (first && out != nullptr)
            break;
        at += hops + 2;
        kind += hops + 1;
    }
    SPI_finish();
    if (disagree)
        return nullptr;
    return out == nullptr && trigger->tgargs[2][0] != '\0' ? trigger->tgargs[2] : out;
}

char *tenant_in_force(const context::Context *now)
{
    const core::KeyType type = context::installation().key_type;
    const Oid output = type == core::KeyType::uuid ? F_UUID_OUT : type == core::KeyType::text ? F_TEXTOUT : F_INT8OUT;
    return OidOutputFunctionCall(output, now->value);
}

} // namespace

TENANCY_FUNCTION(tenancy_fill_tenant)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("fill_tenant() is a trigger function"),
                        errhint("CALL tenancy.adopt('your_schema');")));
    const TriggerData *data = reinterpret_cast<const TriggerData *>(fcinfo->context);
    Relation table = data->tg_relation;
    const Trigger *trigger = data->tg_trigger;
    if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        TRIGGER_FIRED_BY_DELETE(data->tg_event) || trigger->tgnargs < 3)
        refuse_broken(table, trigger);
    HeapTuple row = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;
    int column = SPI_fnumber(RelationGetDescr(table), trigger->tgargs[0]);
    if (column <= 0)
        refuse_broken(table, trigger);
    bool null = false;
    heap_getattr(row, column, RelationGetDescr(table), &null);
    if (!null)
        return PointerGetDatum(row);
    const context::Context *now = context::find_context();
    // An old row without a tenant is nobody's catch: whoever changes it, its parents say whose it is.
    char *tenant = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? derived_tenant(data, row)
                   : now != nullptr                        ? tenant_in_force(now)
                   : context::guarded()                    ? nullptr
                                                           : derived_tenant(data, row);
    if (tenant == nullptr)
        return PointerGetDatum(row);
    const FormData_pg_attribute *attribute = TupleDescAttr(RelationGetDescr(table), column - 1);
    Oid input = InvalidOid, parameter = InvalidOid;
    getTypeInputInfo(attribute->atttypid, &input, &parameter);
    Datum value = OidInputFunctionCall(input, tenant, parameter, attribute->atttypmod);
    bool is_null = false;
    return PointerGetDatum(heap_modify_tuple_by_cols(row, RelationGetDescr(table), 1, &column, &value, &is_null));
}
