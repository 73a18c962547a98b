// What observation has counted, in shared memory: per table and kind of statement.
//
// A table's counters are found by the database and the observed root; they outlive backends and begin
// again when the server starts. Counting is an atomic addition, from parallel workers too.
// Bounded by tenancy.observed_tables: when all places are taken, those of tables that are not observed
// any more are given away (forget_counters), and else nothing is counted.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::adopt {

// Of the whole statement, as it was sent or as a function ran it.
enum class Kind : std::uint8_t { select, insert, update, remove, merge, copy };
inline constexpr int kinds = 6;
const char *kind_name(Kind kind) noexcept;
Kind kind_of(CmdType command) noexcept;

struct Counter {
    pg_atomic_uint64 statements;     // that touched the table
    pg_atomic_uint64 without_tenant; // of those, without a tenant that may be entered
    pg_atomic_uint64 hidden;         // rows of others that were read
    pg_atomic_uint64 refused;        // rows of others that were written
    pg_atomic_uint64 last_seen;      // TimestampTz
};

struct Counters {
    Oid database; // both InvalidOid: nobody's
    Oid table;
    pg_atomic_uint64 since;
    Counter of[kinds];

    Counter &operator[](Kind kind) noexcept { return of[static_cast<int>(kind)]; }
};

bool counters_available() noexcept; // loaded at server start

// Of a table of this database; made if need be. nullptr: unavailable, or all places are taken.
Counters *counters_of(Oid table);
// Still those of the table? A place may have been given away since.
inline bool belongs_to(const Counters *counters, Oid table) noexcept
{
    return counters != nullptr && counters->table == table && counters->database == MyDatabaseId;
}

void initialize_counters();

} // namespace tenancy::adopt
