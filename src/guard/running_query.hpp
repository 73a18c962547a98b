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
    // The row whose update has passed the write guard last. If it is deleted next, it moves to another
    // partition: in one command a row is updated or deleted, never both.
    Oid updated_table;
    ItemPointerData updated_row;
};
extern RunningQuery running_query;

RunningQuery enter_query(QueryDesc *query) noexcept; // returns what leave_query() restores
void leave_query(RunningQuery outer) noexcept;

inline void note_update(Relation table, const HeapTupleData *before) noexcept
{
    running_query.updated_table = RelationGetRelid(table);
    running_query.updated_row = before->t_self;
}

// Adds the marked rows to what a plain DELETE reports. Not for RETURNING, which reports the rows it
// returned, nor where a WITH clause writes too, nor for MERGE.
void count_marked_rows() noexcept;

// Does the running query delete this row of the relation? No where an UPDATE moves it to another
// partition, which fires DELETE triggers too, and where logical replication applies what was done at the
// origin. Errors: 0A000 where it does both; 55000 where the query is unknown.
bool deletes(Relation relation, const HeapTupleData *row);

} // namespace tenancy::guard
