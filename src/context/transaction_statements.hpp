// Prepared statements do not outlive their tenant: what a guarded transaction that has or had a tenant
// PREPAREs is deallocated at its end, so that nobody finds another tenant's statement under a name of
// his own. Under context_scope = transaction; in a transaction that fails, all that it PREPAREd.
// Statements prepared outside of such transactions, and by the protocol (drivers name those), stay.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

// A guarded session is about to PREPARE this name. Errors: out of memory.
void note_prepare(const char *name);

void initialize_transaction_statements();

} // namespace tenancy::context
