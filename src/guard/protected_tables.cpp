#include "guard/protected_tables.hpp"

#include "context/installation.hpp"
#include "guard/copies.hpp"
#include "pg/compat.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

struct Entry {
    Oid relation; // the hash key
    ProtectedTable answer;
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

constexpr char isolation_policy[] = "tenancy_isolation";

bool calls_accessor(Node *node, void *accessors)
{
    if (node == nullptr)
        return false;
    if (IsA(node, FuncExpr)) {
        const Oid *known = static_cast<const Oid *>(accessors);
        const Oid function = reinterpret_cast<FuncExpr *>(node)->funcid;
        if (function == known[0] || function == known[1] || function == known[2])
            return true;
    }
    return pg::walk_expression(node, calls_accessor, accessors);
}

// For everybody; of a canary's roles the statement guard asks each time.
bool is_for_all(const RowSecurityPolicy *policy)
{
    return ARR_DIMS(policy->roles)[0] == 1 && *reinterpret_cast<Oid *>(ARR_DATA_PTR(policy->roles)) == ACL_ID_PUBLIC;
}

// Ours, for every command, and still about the tenant. Whether it says exactly what protect() would say is
// for plan() and status() to tell.
bool is_isolation(const RowSecurityPolicy *policy, Protection protection, bool forced)
{
    if (policy->permissive || strcmp(policy->policy_name, isolation_policy) != 0)
        return false;
    if ((forced || protection == Protection::shared) && !is_for_all(policy))
        return false;
    if (protection == Protection::shared)
        return policy->polcmd == ACL_SELECT_CHR;
    Oid accessors[3];
    memcpy(accessors, context::installation().accessors, sizeof accessors);
    return policy->polcmd == '*' && calls_accessor(reinterpret_cast<Node *>(policy->qual), accessors);
}

bool isolated(Relation table, Protection protection, bool *canary)
{
    if (!table->rd_rel->relrowsecurity || table->rd_rsdesc == nullptr)
        return false;
    ListCell *cell;
    foreach (cell, table->rd_rsdesc->policies) {
        const RowSecurityPolicy *policy = static_cast<const RowSecurityPolicy *>(lfirst(cell));
        if (!is_isolation(policy, protection, table->rd_rel->relforcerowsecurity))
            continue;
        *canary = !is_for_all(policy);
        return true;
    }
    return false;
}

ProtectedTable by_own_objects(Oid relation)
{
    const context::Installation &here = context::installation();
    ProtectedTable found = {};
    Relation table = RelationIdGetRelation(relation);
    if (!RelationIsValid(table))
        return found;
    const TriggerDesc *triggers = table->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        const Oid function = triggers->triggers[i].tgfoid;
        if (function == here.write_guard)
            found.protection = Protection::tenant;
        else if (function == here.shared_guard && found.protection == Protection::none)
            found.protection = Protection::shared;
    }
    found.own_guard = found.protection != Protection::none;
    found.intact = found.own_guard && isolated(table, found.protection, &found.canary);
    RelationClose(table);
    return found;
}

// Inheritance can have several parents; partitions have one.
Protection by_parents(Oid relation)
{
    Protection found = Protection::none;
    Relation inherits = table_open(InheritsRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(relation));
    SysScanDesc scan =
        systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
    List *parents = NIL;
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
         tuple = systable_getnext(scan))
        parents = lappend_oid(
            parents, reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhparent);
    systable_endscan(scan);
    table_close(inherits, AccessShareLock);
    ListCell *cell;
    foreach (cell, parents) {
        if (found == Protection::none)
            found = by_own_objects(lfirst_oid(cell)).protection;
        if (found == Protection::none)
            found = by_parents(lfirst_oid(cell));
    }
    list_free(parents);
    return found;
}

// A statement on a parent reads its children without their own policies, and writes them without
// its own guard.
void look_beneath(Oid relation, ProtectedTable *found)
{
    if (!has_subclass(relation))
        return;
    const bool guarded = found->protection == Protection::tenant;
    List *members = find_all_inheritors(relation, NoLock, nullptr);
    ListCell *cell;
    foreach (cell, members) {
        const Protection member = by_own_objects(lfirst_oid(cell)).protection;
        if (found->protection == Protection::none)
            found->protection = member;
        if (guarded && member != Protection::tenant)
            found->unguarded_child = true;
    }
    list_free(members);
}

Closed closed(Oid relation)
{
    switch (relation) {
    case StatisticRelationId:
    case StatisticExtDataRelationId:
    case LargeObjectRelationId:
        return Closed::always;
    case AuthIdRelationId:
    case UserMappingRelationId:
        return Closed::direct;
    default:
        return IsToastNamespace(get_rel_namespace(relation)) ? Closed::always : Closed::no;
    }
}

ProtectedTable find_out(Oid relation)
{
    ProtectedTable found = by_own_objects(relation);
    found.closed = closed(relation);
    found.own = get_rel_namespace(relation) == context::installation().schema;
    if (get_rel_relkind(relation) == RELKIND_MATVIEW) {
        found.copies = copies_protected_rows(relation);
        return found;
    }
    if (found.protection == Protection::none)
        found.protection = by_parents(relation);
    look_beneath(relation, &found);
    return found;
}

} // namespace

ProtectedTable protection_of(Oid relation)
{
    const std::uint64_t generation = context::generations.relations;
    if (cache == nullptr || cache_generation != generation) {
        create_cache();
        cache_generation = generation;
    }
    const Entry *known =
        static_cast<const Entry *>(hash_search(cache, &relation, HASH_FIND, nullptr));
    if (known != nullptr)
        return known->answer;

    TENANCY_FAULT_POINT("protection_of");
    const ProtectedTable found = find_out(relation);
    // Reading catalogs may have taken invalidations in; then the answer is not kept. Nor is the cache
    // the same, where an inner call has found it stale.
    if (generation == context::generations.relations && cache_generation == generation) {
        Entry *entry = static_cast<Entry *>(hash_search(cache, &relation, HASH_ENTER, nullptr));
        entry->answer = found;
    }
    return found;
}

} // namespace tenancy::guard
