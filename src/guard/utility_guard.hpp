// Utility statements of guarded sessions: what is not on the list is refused.
//
// check_utility  42501 for every statement that is not known to end with the transaction and its
//                tenant. `part`: a piece of a statement that was judged already (the index of a
//                CREATE TABLE's primary key). Statements inside functions are judged alike, whoever
//                owns the function. Nothing for other sessions.
// docs/SECURITY.md has the list with its reasons; a kind of statement that a later major brings is
// refused until somebody has thought about it.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

void check_utility(Node *statement, bool part);

} // namespace tenancy::guard
