#include "guard/protected_tables.hpp"

#include "context/installation.hpp"
#include "pg/fault.hpp"

extern "C" {
#include "utils/hsearch.h"
}

namespace tenancy::guard {

namespace {

struct Entry {
    Oid relation; // the hash key
    Protection protection;
};

HTAB *cache = nullptr;
std::uint64_t cache_generation = 0;

void create_cache()
{
    if (cache != nullptr)
        hash_destroy(cache);
    cache = nullptr;
    HASHCTL control = {};
    control.keysize = sizeof(Oid);
    control.entrysize = sizeof(Entry);
    control.hcxt = TopMemoryContext;
    cache = hash_create("pg_tenancy protected tables", 128, &control,
                        HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

Protection by_own_triggers(Oid relation)
{
    const context::Installation &here = context::installation();
    Protection found = Protection::none;
    Relation table = RelationIdGetRelation(relation);
    if (!RelationIsValid(table))
        return found;
    const TriggerDesc *triggers = table->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        const Oid function = triggers->triggers[i].tgfoid;
        if (function == here.write_guard)
            found = Protection::tenant;
        else if (function == here.shared_guard && found == Protection::none)
            found = Protection::shared;
    }
    RelationClose(table);
    return found;
}

bool has_parent(Oid relation)
{
    return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)) &&
           get_rel_relkind(relation) != RELKIND_VIEW && has_superclass(relation);
}

// Inheritance can have several parents; partitions have one.
Protection by_parents(Oid relation)
{
    Protection found = Protection::none;
    Relation inherits = table_open(InheritsRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(relation));
    SysScanDesc scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
    List *parents = NIL;
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
         tuple = systable_getnext(scan))
        parents = lappend_oid(parents,
                              reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
    systable_endscan(scan);
    table_close(inherits, AccessShareLock);
    ListCell *cell;
    foreach (cell, parents)
        if (found == Protection::none)
            found = protection_of(lfirst_oid(cell));
    list_free(parents);
    return found;
}

} // namespace

Protection protection_of(Oid relation)
{
    const std::uint64_t generation = context::generations.relations;
    if (cache == nullptr || cache_generation != generation) {
        create_cache();
        cache_generation = generation;
    }
    const Entry *known =
        static_cast<const Entry *>(hash_search(cache, &relation, HASH_FIND, nullptr));
    if (known != nullptr)
        return known->protection;

    TENANCY_FAULT_POINT("protection_of");
    Protection found = by_own_triggers(relation);
    if (found == Protection::none && has_parent(relation))
        found = by_parents(relation);
    // Reading catalogs may have taken invalidations in; then the answer is not kept.
    if (cache != nullptr && cache_generation == context::generations.relations) {
        Entry *entry = static_cast<Entry *>(hash_search(cache, &relation, HASH_ENTER, nullptr));
        entry->protection = found;
    }
    return found;
}

} // namespace tenancy::guard
