// Prepared statements do not outlive their transaction: what a guarded session PREPAREs is deallocated
// when it ends, so that nobody finds another tenant's statement under a name of his own, the driver's
// names included. Under context_scope = transaction, and once the backend has worked for a tenant:
// what is prepared as a connection is set up stays, and so do statements of the protocol: drivers make
// those, and an injected statement cannot.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

// A guarded session is about to PREPARE this name. Errors: out of memory.
void note_prepare(const char *name);

void initialize_transaction_statements();

} // namespace tenancy::context
