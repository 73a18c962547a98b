// Statements that touch observed tables, as they are planned and as they begin.
//
// Planning: a condition that is always true and counts is added to every level that reads observed
// tables, and evaluated after all others (observe_planner.cpp). Running: each statement counts once for
// each observed table it touches. PostgreSQL's own foreign-key queries are left alone.
#pragma once

#include "adopt/observe_session.hpp"
#include "pg/postgres.hpp"

namespace tenancy::adopt {

// The planning that goes on, and what it stands in.
struct Planning {
    bool counts;
    CmdType command;
    List *levels; // that have their condition
};
// REQUIRES: observing(). Prepares the query where the planner would leave no place for a condition.
Planning enter_planning(Query *query); // returns what leave_planning() restores
void leave_planning(Planning outer) noexcept;
void keep_levels(Query *query); // of enter_planning(): where the planner would take them away
void count_last(PlannedStmt *planned); // conditions to the end of each node's list

// REQUIRES: observing().
// False: it reads and writes no observed table.
bool count_statement(const PlannedStmt *planned, Subject *subject);
void hasten(PlanState *top, Subject *subject); // its conditions, see observe_fast.cpp
void count_copy(const CopyStmt *statement); // nullptr: another utility statement

// The COPY that runs, for triggers that no query of the executor has fired.
const CopyStmt *running_copy() noexcept;

void install_observation(); // the planner's hook

} // namespace tenancy::adopt
