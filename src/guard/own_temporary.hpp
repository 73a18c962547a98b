// Temporary tables that end with the transaction that made them: a guarded session may do with them
// what it likes.
//
// is_own_temporary  does the name stand for a temporary relation made by this transaction?
// makes_own         does the statement make one, ON COMMIT DROP, that depends on nothing lasting?
// shadowed_type     the name that it gives a relation, where lasting types have it too (each table has
//                   one): PL/pgSQL would find the temporary one first, and remember it in the functions
//                   of this connection for as long as that lives.
// alters_own        is it about such relations only? DROP ... IF EXISTS of what is not there counts.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

bool is_own_temporary(const RangeVar *name);
bool makes_own(const Node *statement);
const char *shadowed_type(const Node *statement);
bool all_own(const List *names); // of RangeVars
bool alters_own(const Node *statement);

} // namespace tenancy::guard
