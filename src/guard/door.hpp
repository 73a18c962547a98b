// Doors: the only functions that look at rows of protected tables before a tenant is known.
//
// doors lists them, with what each tells; the view tenancy.doors shows the list, docs/SECURITY.md
// explains it, and a static check compares the two. Nothing else is a door.
//
// through_door(door, table, column, key, visit) calls visit(tuple, descriptor) for every row of the table
// whose column equals key (text); visit copies what it needs and returns false to stop. A door reads, one
// table, by one value, below row-level security, and runs nobody's code: built-in equality, by a unique
// index where there is one; of other types that are no text it compares what they print. While it is open
// no statement may begin; it is shut however it is left. What follows a door (entering the tenant it told,
// writing) goes the ordinary way, under that tenant.
// Errors: XX000 for a statement beneath an open door, 42703 for a column that is not there.
#pragma once

#include "pg/lookup.hpp"

namespace tenancy::guard {

enum class Door : std::uint8_t { find_tenant };

struct DoorSign {
    const char *function; // of schema tenancy
    const char *tells;
};
inline constexpr DoorSign doors[] = {
    {"find_tenant", "id and status of the tenant with a slug or domain that the caller knows"},
};

using DoorVisit = bool (*)(HeapTuple, TupleDesc, void *);
void through_door(Door door, Oid table, const char *column, const char *key, DoorVisit visit,
                  void *argument);

// Before each statement: XX000 while a door is open.
void check_doors();

} // namespace tenancy::guard
