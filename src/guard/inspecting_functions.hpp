// The functions of extensions that look at, or work on, the server beneath row-level security: pages,
// tuples, buffers, WAL, statements of everybody. Known by the extension that they belong to, in whatever
// schema that is; a short list in the .cpp.
//
// may_be_inspecting  false while this database has none of those extensions; cheap.
// is_inspecting      is the function one of theirs? In a transaction. Found once, again when any function
//                    of the database changes.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

bool may_be_inspecting() noexcept;
bool is_inspecting(Oid function);
void initialize_inspecting_functions();

} // namespace tenancy::guard
