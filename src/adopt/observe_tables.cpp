#include "adopt/observe_tables.hpp"

#include "context/installation.hpp"
#include "pg/fault.hpp"
#include "pg/lookup.hpp"

namespace tenancy::adopt {

namespace {

struct Entry {
    Oid relation; // the hash key
    Observed answer;
};

HTAB *cache = nullptr;
std::uint64_t cache_generation = 0;

struct Known {
    std::uint64_t generation; // 0: none
    Oid trigger_function, counting_function;
    bool observing;
} known = {0, InvalidOid, InvalidOid, false};

// A trigger depends on its function, and there is an index for that.
bool has_triggers(Oid function)
{
    bool found = false;
    Relation depends = table_open(DependRelationId, AccessShareLock);
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(ProcedureRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(function));
    SysScanDesc scan = systable_beginscan(depends, DependReferenceIndexId, true, nullptr, 2, keys);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple) && !found;
         tuple = systable_getnext(scan))
        found = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple))->classid == TriggerRelationId;
    systable_endscan(scan);
    table_close(depends, AccessShareLock);
    return found;
}

void find_out()
{
    TENANCY_FAULT_POINT("observing");
    // An invalidation that arrives meanwhile makes the answer stale at once.
    const std::uint64_t generation = context::generations.relations;
    const Oid schema = context::installation().schema;
    const Oid arguments[] = {INTERNALOID, ANYOID};
    Known fresh = {generation, pg::function_oid(schema, "observe_writes", 0, arguments),
                   pg::function_oid(schema, "count_hidden", 2, arguments), false};
    fresh.observing = OidIsValid(fresh.trigger_function) && OidIsValid(fresh.counting_function) &&
                      has_triggers(fresh.trigger_function);
    known = fresh;
}

void create_cache()
{
    if (cache != nullptr)
        hash_destroy(cache);
    cache = nullptr;
    HASHCTL control = {};
    control.keysize = sizeof(Oid);
    control.entrysize = sizeof(Entry);
    control.hcxt = TopMemoryContext;
    cache = hash_create("pg_tenancy observed tables", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

// The topmost relation, the given one included, that carries the trigger, and the column it names.
struct Root {
    Oid table;
    NameData column;
};

void by_own_trigger(Oid relation, Root *out)
{
    Relation table = RelationIdGetRelation(relation);
    if (!RelationIsValid(table))
        return;
    const TriggerDesc *triggers = table->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i)
        if (triggers->triggers[i].tgfoid == known.trigger_function && triggers->triggers[i].tgnargs > 0) {
            out->table = relation;
            namestrcpy(&out->column, triggers->triggers[i].tgargs[0]);
        }
    RelationClose(table);
}

List *parents_of(Oid relation)
{
    List *parents = NIL;
    Relation inherits = table_open(InheritsRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
    SysScanDesc scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple); tuple = systable_getnext(scan))
        parents = lappend_oid(parents, reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
    systable_endscan(scan);
    table_close(inherits, AccessShareLock);
    return parents;
}

void find_root(Oid relation, Root *out)
{
    by_own_trigger(relation, out);
    List *parents = parents_of(relation);
    ListCell *cell;
    foreach (cell, parents)
        find_root(lfirst_oid(cell), out);
    list_free(parents);
}

bool is_key_type(Oid type)
{
    return type == UUIDOID || type == INT8OID || type == INT4OID || type == TEXTOID || type == VARCHAROID;
}

Observed find_out(Oid relation)
{
    Observed out = {};
    if (relation < FirstNormalObjectId)
        return out;
    Root root = {InvalidOid, {}};
    find_root(relation, &root);
    if (!OidIsValid(root.table))
        return out;
    const AttrNumber column = pg::column_number(relation, NameStr(root.column));
    HeapTuple tuple = column == InvalidAttrNumber
                          ? nullptr
                          : SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(column));
    if (!HeapTupleIsValid(tuple))
        return out; // the column is gone: status() says so
    const Form_pg_attribute form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
    out.column = column;
    out.type = form->atttypid;
    out.typmod = form->atttypmod;
    out.collation = form->attcollation;
    out.not_null = form->attnotnull;
    out.has_default = form->atthasdef;
    ReleaseSysCache(tuple);
    if (!is_key_type(out.type))
        return out;
    out.counters = counters_of(root.table);
    if (out.counters != nullptr)
        out.root = root.table;
    return out;
}

} // namespace

bool observing()
{
    if (unlikely(known.generation != context::generations.relations))
        find_out();
    return known.observing;
}

Oid counting_function()
{
    return known.counting_function;
}

Observed observed(Oid relation)
{
    const std::uint64_t generation = context::generations.relations;
    if (cache == nullptr || cache_generation != generation) {
        create_cache();
        cache_generation = generation;
    }
    const Entry *entry = static_cast<const Entry *>(hash_search(cache, &relation, HASH_FIND, nullptr));
    if (entry != nullptr && (!OidIsValid(entry->answer.root) || belongs_to(entry->answer.counters, entry->answer.root)))
        return entry->answer;
    const Observed found = find_out(relation);
    // Reading catalogs may have taken invalidations in; then the answer is not kept.
    if (generation == context::generations.relations && cache_generation == generation) {
        Entry *kept = static_cast<Entry *>(hash_search(cache, &relation, HASH_ENTER, nullptr));
        kept->answer = found;
    }
    return found;
}

} // namespace tenancy::adopt
