// One UPDATE of a table's rows that the caller may not do itself, because he may not see the result:
// planned and permitted as the table's owner, with no policies; run as the caller.
//
// So triggers, checks and generated columns have whoever wrote the statement as their user, as beneath
// a DELETE of his own, and row-level security in force. If that is a platform role and the owner is
// not, they run as the owner: an owner's code gains nothing by a superuser's DELETE.
// The write guard has its word as beneath every UPDATE. The query's own operators run as the owner only
// while it is planned: it must not contain functions but those of pg_catalog.
// Errors: 0A000 where a rule would make something else of it; those of the query.
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
    DestReceiver *returning; // or nullptr
};

std::uint64_t update_as_owner(const OwnersUpdate &update); // how many rows

} // namespace tenancy::guard
