// EXPLAIN in guarded sessions: the plan, and no number that statistics of all tenants' rows are in.
//
// without_estimates  the statement itself, or, for EXPLAIN in a guarded session, a copy with COSTS
//                    OFF. 42501 for ANALYZE and every other option that measures. With
//                    tenancy.allow_explain on (a superuser's setting) EXPLAIN is as ever.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

PlannedStmt *without_estimates(PlannedStmt *statement);
void check_printing(); // 42501 where debug_print_plan would send the client every plan with its costs
void define_allow_explain();

} // namespace tenancy::guard
