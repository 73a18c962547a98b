// Which tables are protected, as the statement guard asks: by the guard triggers that stand on them.
//
// The catalog is the registry: a protected table carries tenancy.write_guard(), a shared one
// tenancy.shared_guard(), and partitions and inheritance children count with their parents. Nothing
// to keep in step, nothing to lose in a dump. A table is intact while its restrictive policy stands
// on it; one that only inherits its protection, or has a protected table beneath it, is not.
// Answers are cached until any relation changes.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

enum class Protection : std::uint8_t { none, tenant, shared };

// Relations of the server that hold values of all tenants, or secrets.
enum class Closed : std::uint8_t {
    no,
    direct, // may be read through the server's own views (pg_roles), not directly
    always, // column statistics, TOAST tables, large objects
};

struct ProtectedTable {
    Protection protection;
    bool intact;
    bool canary;          // its policy is for some roles only, see canary.hpp
    bool own_guard;       // a guard of ours stands on the table itself
    bool unguarded_child; // a table beneath it has no write guard (inheritance; partitions have)
    bool copies;          // a materialized view of protected rows, see copies.hpp; protection is none
    Closed closed;
    bool own;             // a table of the extension itself
};

// REQUIRES: the relation is locked by the caller, and the extension is installed.
ProtectedTable protection_of(Oid relation);

} // namespace tenancy::guard
