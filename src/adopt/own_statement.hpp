// A statement of ours over tables of others: parsed with the caller's rights, and then planned and executed as who
// owns what it reads or writes, in a security-restricted operation.
//
// Whatever a table brings along - CHECK constraints, triggers, generated columns, casts, and already for the planner
// expressions of indexes, statistics and partition keys - is code of its owner. It never runs with rights that the
// owner could not take himself: neither the caller's nor those of another table's owner.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::adopt {

struct OwnStatement {
    const char *source;
    Query *query;
    List *relations; // all that it reads and writes but ours, with what inherits from them, locked
    Oid caller;
    Oid runner;
};

// One that writes rows of target, as its owner. Errors: 42601 not one statement, or of another kind; 55000 a relation
// is not a plain table, or target does not occur or has rules, or another is written, or somebody's code would gain the
// owner's rights; 42501 the caller could not become the owner.
OwnStatement parse_change(const char *source, Oid target);

// One that reads only, as the owner of what it reads, as the caller where that is a superuser's. Errors: the same.
OwnStatement parse_question(const char *source);

// Returns the number of rows. Errors: 42501 code of the owner left a cursor behind, or closed one; those of the statement.
std::uint64_t run(const OwnStatement *statement, ParamListInfo parameters, Snapshot snapshot, DestReceiver *receiver);

// The cursors of the session, as one text: what its next FETCH would run, as the caller.
char *open_cursors(MemoryContext where);

} // namespace tenancy::adopt
