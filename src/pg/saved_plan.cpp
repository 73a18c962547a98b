#include "pg/saved_plan.hpp"

#include "pg/fault.hpp"

namespace tenancy::pg {

namespace {

struct Key {
    Oid object;
    int kind;
};

struct Entry {
    Key key;
    SPIPlanPtr plan; // nullptr: none
    char *query;
    int count;
    Oid *types;
};

HTAB *plans = nullptr;
// Plans that were replaced: perhaps still running further up, so they go with the transaction.
List *replaced = NIL;

void free_replaced(XactEvent event, void *)
{
    if (replaced == NIL || (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT &&
                            event != XACT_EVENT_PREPARE))
        return;
    List *all = replaced;
    replaced = NIL;
    ListCell *cell;
    foreach (cell, all)
        SPI_freeplan(static_cast<SPIPlanPtr>(lfirst(cell)));
    list_free(all);
}

void initialize()
{
    HASHCTL control = {};
    control.keysize = sizeof(Key);
    control.entrysize = sizeof(Entry);
    control.hcxt = CacheMemoryContext;
    plans = hash_create("pg_tenancy plans", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    RegisterXactCallback(free_replaced, nullptr);
}

void forget(Entry *entry)
{
    MemoryContext outer = MemoryContextSwitchTo(CacheMemoryContext);
    replaced = lappend(replaced, entry->plan);
    MemoryContextSwitchTo(outer);
    entry->plan = nullptr;
    pfree(entry->query);
    pfree(entry->types);
}

bool same(const Entry *entry, const char *query, int count, const Oid *types)
{
    return entry->count == count && strcmp(entry->query, query) == 0 &&
           memcmp(entry->types, types, static_cast<std::size_t>(count) * sizeof(Oid)) == 0;
}

} // namespace

SPIPlanPtr saved_plan(Oid trigger_or_object, int kind, const char *query, int count,
                      const Oid *types)
{
    if (plans == nullptr)
        initialize();
    Key key = {trigger_or_object, kind};
    Entry *entry = static_cast<Entry *>(hash_search(plans, &key, HASH_FIND, nullptr));
    if (entry != nullptr && entry->plan != nullptr) {
        if (same(entry, query, count, types))
            return entry->plan;
        forget(entry);
    }
    TENANCY_FAULT_POINT("saved_plan");
    SPIPlanPtr plan = SPI_prepare(query, count, const_cast<Oid *>(types));
    if (plan == nullptr)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("could not prepare a query: %s", SPI_result_code_string(SPI_result)),
                        errcontext("SQL statement \"%s\"", query)));
    // All that can fail comes before the entry counts as filled.
    const std::size_t size = static_cast<std::size_t>(count) * sizeof(Oid);
    entry = static_cast<Entry *>(hash_search(plans, &key, HASH_ENTER, nullptr));
    entry->plan = nullptr;
    entry->query = MemoryContextStrdup(CacheMemoryContext, query);
    entry->types = static_cast<Oid *>(MemoryContextAlloc(CacheMemoryContext, size + 1));
    memcpy(entry->types, types, size);
    entry->count = count;
    if (SPI_keepplan(plan) != 0)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not keep a plan")));
    entry->plan = plan;
    return plan;
}

} // namespace tenancy::pg
