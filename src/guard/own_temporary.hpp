// Temporary tables that end with the transaction that made them: a guarded session may do with them
// what it likes.
//
// is_own_temporary  does the name stand for a temporary relation made by this transaction?
// makes_own         does the statement make one, ON COMMIT DROP, that depends on nothing lasting?
// alters_own        is it about such relations only? DROP ... IF EXISTS of what is not there counts.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

bool is_own_temporary(const RangeVar *name);
bool makes_own(const Node *statement);
bool alters_own(const Node *statement);

} // namespace tenancy::guard
