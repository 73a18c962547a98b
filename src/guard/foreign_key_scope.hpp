// PostgreSQL's own foreign-key queries run as the table's owner with FORCE ROW LEVEL SECURITY
// suspended. They must; code beneath them must not.
//
// A function that starts beneath such a query (a trigger on the child of a cascade, a default, a
// check) gets the suspension lifted, and in a guarded session it runs as the role that ran the
// statement, not as the owner. So the server's flag stands for its own query alone, and no plan is
// ever cached without policies. SECURITY DEFINER functions keep their owner.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

// Is the statement being checked PostgreSQL's own foreign-key query?
inline bool in_foreign_key_query()
{
    return InNoForceRLSOperation();
}

// Remembers who runs the statement around body(); foreign-key queries inside switch to the owner.
// REQUIRES: body may raise but not throw.
Oid enter_statement() noexcept;          // returns what leave_statement() restores
void leave_statement(Oid outer) noexcept;

void initialize_foreign_key_scope();

} // namespace tenancy::guard
