// pg_tenancy lint: one database, looked at within one transaction that reads.
#pragma once

#include "database.hpp"
#include "output.hpp"

namespace tenancy::command {

// All but the baseline. Errors: Usage, Failure, core::Error.
Run lint(Database &database, const Options &options);

} // namespace tenancy::command
