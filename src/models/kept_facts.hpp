// What a trigger has read of its arguments and tables, kept in this backend from statement to statement:
// reading it again would cost a statement of one row more than its trigger does.
//
// kept_facts<T>(trigger, read): what read() returned when it last ran for this trigger; it runs again
// when a definition of any table, schema or type has changed since. read() allocates what T points to in
// the current memory context, which lives until then, and to the end of the transaction at least.
// REQUIRES: always the same T for one trigger function. Errors: those of read().
#pragma once

#include <type_traits>

#include "pg/postgres.hpp"

namespace tenancy::models {

// The facts of a trigger, or nullptr where they are unknown or stale.
void *find_facts(Oid trigger);
// Makes room for facts in a memory context of their own, which goes with the current one until it is kept.
void *new_facts(std::size_t size, MemoryContext *context);
void keep_facts(Oid trigger, void *facts, MemoryContext context, std::uint64_t generation);
std::uint64_t facts_generation();

template <typename T, typename Read> T *kept_facts(Oid trigger, Read &&read)
{
    static_assert(std::is_trivially_copyable_v<T>);
    if (void *known = find_facts(trigger); known != nullptr)
        return static_cast<T *>(known);
    // What changes while it is read makes it stale at once.
    const std::uint64_t generation = facts_generation();
    MemoryContext context = nullptr;
    T *facts = static_cast<T *>(new_facts(sizeof(T), &context));
    const MemoryContext outer = MemoryContextSwitchTo(context);
    *facts = read();
    MemoryContextSwitchTo(outer);
    keep_facts(trigger, facts, context, generation);
    return facts;
}

} // namespace tenancy::models
