#include "models/kept_facts.hpp"

#include "context/installation.hpp"

namespace tenancy::models {

namespace {

struct Entry {
    Oid trigger;
    std::uint64_t generation;
    void *facts;
    MemoryContext context; // nullptr: none yet
};

HTAB *entries = nullptr;
std::uint64_t type_changes = 0;

void on_type_change(Datum, int, uint32)
{
    ++type_changes;
}

void initialize()
{
    HASHCTL control = {};
    control.keysize = sizeof(Oid);
    control.entrysize = sizeof(Entry);
    control.hcxt = CacheMemoryContext;
    entries = hash_create("pg_tenancy facts of triggers", 32, &control,
                          HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    CacheRegisterSyscacheCallback(TYPEOID, on_type_change, 0);
}

} // namespace

// Both only grow, so the sum tells whether one of them has.
std::uint64_t facts_generation()
{
    return context::generations.relations + type_changes;
}

void *find_facts(Oid trigger)
{
    if (entries == nullptr)
        initialize();
    const Entry *entry = static_cast<Entry *>(hash_search(entries, &trigger, HASH_FIND, nullptr));
    if (entry == nullptr || entry->context == nullptr || entry->generation != facts_generation())
        return nullptr;
    return entry->facts;
}

void *new_facts(std::size_t size, MemoryContext *context)
{
    *context = AllocSetContextCreate(CurrentMemoryContext, "pg_tenancy facts of a trigger",
                                     ALLOCSET_SMALL_SIZES);
    return MemoryContextAllocZero(*context, size);
}

void keep_facts(Oid trigger, void *facts, MemoryContext context, std::uint64_t generation)
{
    bool found = false;
    Entry *entry = static_cast<Entry *>(hash_search(entries, &trigger, HASH_ENTER, &found));
    // A statement further up may still use what is replaced.
    if (found && entry->context != nullptr)
        MemoryContextSetParent(entry->context, TopTransactionContext);
    MemoryContextSetParent(context, CacheMemoryContext);
    *entry = {trigger, generation, facts, context};
}

} // namespace tenancy::models
