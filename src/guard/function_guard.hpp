// Functions of the server that a guarded session may not run: they show or disturb other sessions,
// or leave behind what outlives the transaction and its tenant.
//
// check_function  asked for every function of every expression that is prepared for execution: 42501.
// The server's own are found by the names of its table of built-in functions, so those that a later
// major adds to a family are refused too; pg_stat_statements is found in the catalog. docs/SECURITY.md
// has the list with its reasons.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

bool may_be_refused(Oid function) noexcept; // the cheap question, right without a transaction
void check_function(Oid function);
void initialize_function_guard();

} // namespace tenancy::guard
