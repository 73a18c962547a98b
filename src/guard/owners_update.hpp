// One UPDATE of a table's rows that the caller may not do itself, because he may not see the result:
// planned and permitted as the table's owner, with no policies; run as the caller.
//
// So triggers, checks and generated columns have whoever wrote the statement as their user, as beneath
// an UPDATE of his own, and row-level security in force. Only where the table is an application's own and
// the caller a platform role they run as the owner: DELETE alone would not have run all of that code.
// The write guard has its word as beneath every UPDATE. The query's own operators run as the owner only
// while it is planned: it must not contain functions but those of pg_catalog.
// Errors: 55006 where a trigger has given the table's name to another; 0A000 where a rule would make something else of it; those of the query.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

struct OwnersUpdate {
    Relation table;
    Oid object; // the saved plan's key, see pg/saved_plan.hpp
    int kind;
    const char *query;
    int count;
    const Oid *types;
    const Datum *values;    // none is null
    const QueryDesc *within; // the DELETE it replaces: one command with it, its AFTER triggers there
                             // (but run with the update where that runs as the owner)
    DestReceiver *returning; // or nullptr
};

std::uint64_t update_as_owner(const OwnersUpdate &update); // how many rows

} // namespace tenancy::guard
