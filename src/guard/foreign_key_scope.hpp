// PostgreSQL's own foreign-key queries run as the table's owner with FORCE ROW LEVEL SECURITY
// suspended. They must; code beneath them must not.
//
// A function that starts beneath such a query (a trigger on the child of a cascade, a default, a
// check) gets the suspension lifted, wherever a session is guarded or has a tenant. If the owner is a
// platform role, to which no policy applies, it runs as the role that ran the statement, unless that
// is a platform role itself: privileges only ever shrink. So the server's flag stands for its own query alone, and no plan is
// ever cached without policies. Where nothing is lifted, plans made beneath are thrown away. SECURITY DEFINER functions keep their owner.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

// Is the statement being checked PostgreSQL's own foreign-key query, and not one beneath it (built-in
// functions that run queries are not seen by the hook)?
bool in_foreign_key_query() noexcept;

// Is the running function, a trigger, called by PostgreSQL's own foreign-key query itself: is the row
// deleted or changed because the one it refers to was?
bool called_by_foreign_key() noexcept;

// What a statement remembers of the one around it.
struct StatementScope {
    Oid user;      // who runs the innermost statement that is not a foreign-key query
    bool beneath;  // inside the run of a foreign-key query
    bool by_key;   // a function it calls is called by one
    // Where the suspension is not lifted, a statement of a function beneath a foreign-key query looks
    // like one: a function is running now that such a query called; the statement is such a function's.
    bool in_function;
    bool of_function;
};
StatementScope enter_statement() noexcept; // returns what leave_statement() restores
void leave_statement(StatementScope outer) noexcept;

void initialize_foreign_key_scope();

} // namespace tenancy::guard
