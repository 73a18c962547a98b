// resolve_module(): the trigger that finds or makes the module of a row, and the function that does the
// same for a path alone. module_resolver.hpp says how.
//
// The trigger works on INSERT, and on UPDATE of what it depends on: a row whose project, module and path
// stay as they are is left alone, and so is one that a foreign key's own action changes.

#include "context/installation.hpp"
#include "context/session.hpp"
#include "guard/foreign_key_scope.hpp"
#include "models/module_resolver.hpp"
#include "models/project_errors.hpp"
#include "pg/entry.hpp"
#include "pg/lookup.hpp"

using namespace tenancy;
using namespace tenancy::models;

namespace {

Resolver *resolver_of(FunctionCallInfo fcinfo, Relation table, const Trigger *trigger)
{
    if (fcinfo->flinfo->fn_extra == nullptr)
        fcinfo->flinfo->fn_extra = make_resolver(table, trigger, fcinfo->flinfo->fn_mcxt);
    return static_cast<Resolver *>(fcinfo->flinfo->fn_extra);
}

// The label as the column's type wants it: an enum's value, or text.
Datum label_datum(Resolver *resolver, Oid type, Resolution how)
{
    const char *label = resolution_label(how);
    if (type == TEXTOID || type == VARCHAROID)
        return CStringGetTextDatum(label);
    Oid &value = resolver->labels[static_cast<int>(how)];
    if (OidIsValid(value))
        return ObjectIdGetDatum(value);
    value = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type),
                                      CStringGetDatum(label));
    if (!OidIsValid(value))
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("type %s has no value \"%s\"", format_type_be(type), label),
                        errhint("CREATE TYPE ... AS ENUM ('given', 'matched', 'created', 'default');")));
    return ObjectIdGetDatum(value);
}

struct Changed {
    bool project, module, path;
};

Changed changes_of(const RowTrigger &trigger, const Resolver *resolver)
{
    if (trigger.before == nullptr)
        return {true, true, true};
    return {!same_value(trigger, resolver->project), !same_value(trigger, resolver->module),
            !same_value(trigger, resolver->path)};
}

} // namespace

TENANCY_FUNCTION(tenancy_resolve_module)
{
    const RowTrigger trigger = row_trigger(fcinfo, "resolve_module", true);
    if (guard::called_by_foreign_key())
        return PointerGetDatum(trigger.after);
    Resolver *resolver = resolver_of(fcinfo, trigger.table, trigger.data->tg_trigger);
    const Changed changed = changes_of(trigger, resolver);
    if (!changed.project && !changed.module && !changed.path)
        return PointerGetDatum(trigger.after);

    Value module = value_of(trigger, trigger.after, resolver->module);
    const Value path = value_of(trigger, trigger.after, resolver->path);
    // A path that is taken away says nothing about the module.
    if (!changed.project && !changed.module && path.null)
        return PointerGetDatum(trigger.after);
    // A new path says where a row belongs now, unless its module is named in the same breath.
    if (!changed.module && changed.path && !path.null)
        module.null = true;
    Value tenant = {0, resolver->tenant_type, true};
    if (resolver->tenant != InvalidAttrNumber)
        tenant = value_of(trigger, trigger.after, resolver->tenant);
    if (resolver->tenant != InvalidAttrNumber && is_refused_anyway(tenant))
        return PointerGetDatum(trigger.after);
    const ResolvedModule found = resolve(
        resolver, tenant, value_of(trigger, trigger.after, resolver->project), module, path);

    int columns[2] = {resolver->module, resolver->resolution};
    Datum values[2] = {found.module.datum, 0};
    bool nulls[2] = {false, false};
    const int count = resolver->resolution == InvalidAttrNumber ? 1 : 2;
    if (count == 2)
        values[1] = label_datum(
            resolver, TupleDescAttr(trigger.descriptor, resolver->resolution - 1)->atttypid, found.how);
    for (int i = 0; i < count; ++i)
        require_fits(trigger, static_cast<AttrNumber>(columns[i]), values[i]);
    return PointerGetDatum(heap_modify_tuple_by_cols(trigger.after, trigger.descriptor, count,
                                                     columns, values, nulls));
}

namespace {

// The trigger of a table that calls resolve_module(), as its description says now.
const Trigger *find_trigger(Relation table)
{
    const context::Installation &here = context::installation();
    const Oid function = pg::function_oid(here.schema, "resolve_module", 0, nullptr);
    const TriggerDesc *all = table->trigdesc;
    for (int i = 0; all != nullptr && i < all->numtriggers; ++i)
        if (all->triggers[i].tgfoid == function)
            return &all->triggers[i];
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("table \"%s\" has no trigger that resolves modules",
                           RelationGetRelationName(table)),
                    errhint("CREATE TRIGGER ... BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE "
                            "FUNCTION tenancy.resolve_module();", table_sql(table))));
    pg_unreachable();
}

Value input_value(Oid type, char *given)
{
    Oid input = InvalidOid;
    Oid parameter = InvalidOid;
    getTypeInputInfo(type, &input, &parameter);
    return {OidInputFunctionCall(input, given, parameter, -1), type, false};
}

// A cursor may go on after modules made by it were rolled back; an expression of plpgsql after they were
// deleted, and as another user.
bool holds(const Resolver *resolver, Oid table)
{
    return resolver != nullptr && resolver->table == table &&
           resolver->subtransaction == GetCurrentSubTransactionId() &&
           resolver->user == GetUserId() && resolver->command == GetCurrentCommandId(false);
}

Resolver *make_for_call(Oid target, MemoryContext lifetime)
{
    const MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_tenancy resolver",
                                                       ALLOCSET_SMALL_SIZES);
    Relation table = table_open(target, AccessShareLock);
    Resolver *resolver = make_resolver(table, find_trigger(table), memory);
    table_close(table, AccessShareLock);
    resolver->memory = memory;
    resolver->user = GetUserId();
    MemoryContextSetParent(memory, lifetime);
    return resolver;
}

} // namespace

// resolve_module(target regclass, project text, path text, tenant text) -> text
TENANCY_FUNCTION(tenancy_resolve_module_of)
{
    if (PG_ARGISNULL(0))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                        errmsg("resolve_module() needs the table whose modules are meant"),
                        errhint("SELECT tenancy.resolve_module('changeops.changes', ...);")));
    Resolver *resolver = static_cast<Resolver *>(fcinfo->flinfo->fn_extra);
    if (!holds(resolver, PG_GETARG_OID(0))) {
        fcinfo->flinfo->fn_extra = nullptr;
        if (resolver != nullptr)
            MemoryContextDelete(resolver->memory);
        resolver = make_for_call(PG_GETARG_OID(0), fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = resolver;
    }
    if (PG_ARGISNULL(1))
        refuse_no_project(resolver->projects, resolver->project_key);
    Value tenant = {0, resolver->tenant_type, true};
    if (!PG_ARGISNULL(3))
        tenant = input_value(resolver->tenant_type, text_to_cstring(PG_GETARG_TEXT_PP(3)));
    else if (const context::Context *now = context::find_context(); now != nullptr) {
        char key[core::key_text_size];
        core::format_key(now->key, key);
        tenant = input_value(resolver->tenant_type, key);
    }
    const Value project =
        input_value(resolver->project_type, text_to_cstring(PG_GETARG_TEXT_PP(1)));
    const Value path = {PG_ARGISNULL(2) ? 0 : PG_GETARG_DATUM(2), TEXTOID, PG_ARGISNULL(2)};
    const Value none = {0, resolver->module_type, true};
    const ResolvedModule found = resolve(resolver, tenant, project, none, path);
    resolver->command = GetCurrentCommandId(false); // modules made here are known
    PG_RETURN_TEXT_P(cstring_to_text(value_text(found.module)));
}
