// Which query of the executor is running now, innermost first, for triggers that must know whose row
// they are fired for; and how many rows of a DELETE were marked instead (soft delete).
//
// enter_query() and leave_query() belong to the executor's hooks, which restore the outer query
// whether the inner one returns or raises. deletes() reads the plan, so it is as exact as the executor.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

struct RunningQuery {
    // nullptr: none, as where logical replication applies a change, or unknown, in the statement whose
    // own triggers have loaded the library.
    QueryDesc *query;
    std::uint64_t marked;
};
extern RunningQuery running_query;

RunningQuery enter_query(QueryDesc *query) noexcept; // returns what leave_query() restores
void leave_query(RunningQuery outer) noexcept;

// Adds the marked rows to what a plain DELETE reports. Not for RETURNING, which reports the rows it
// returned, nor where a WITH clause writes too, nor for MERGE.
void count_marked_rows() noexcept;

// Does the running query delete rows of the relation? No where an UPDATE moves them to another
// partition, which fires DELETE triggers too, and where logical replication applies what was done at the
// origin. Errors: 0A000 where it does both; 55000 where the query is unknown.
bool deletes_from(Relation relation);

} // namespace tenancy::guard
