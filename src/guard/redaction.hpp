// Errors about constraints tell rows: "Key (code)=(B-7) already exists." PostgreSQL leaves that out
// where row-level security is in force for the current user; a function that runs as its owner, or
// a table's owner, is told, and with him whoever called him.
//
// In a guarded session such an error loses its DETAIL and HINT as it leaves a statement, an inner one
// too, so that no handler reads them; the server's log keeps the DETAIL. What an application or a
// model of ours says by RAISE or ereport stays: it names no table, column or constraint.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

// Call only with an error in flight.
bool tells_rows() noexcept;
void leave_rows_out(ErrorData *error) noexcept;

} // namespace tenancy::guard
