// Settings do not outlive their tenant: what a transaction that has or had a tenant sets is undone at
// its end, as if each had been SET LOCAL. In guarded sessions under context_scope = transaction;
// what is set outside of such transactions, as connections are set up, stays.
//
// Undone after the commit is on record: until then the settings act, synchronous_commit too.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

void initialize_transaction_settings();

} // namespace tenancy::context
