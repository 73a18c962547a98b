// EXPLAIN in guarded sessions: the plan, and no number that statistics of all tenants' rows are in.
//
// without_estimates  the statement itself, or, for EXPLAIN in a guarded session, a copy with COSTS
//                    OFF. 42501 for ANALYZE and every other option that measures. With
//                    tenancy.allow_explain on (a superuser's setting) EXPLAIN is as ever.
//
// keep_quiet         in a guarded session the client gets no messages below NOTICE, whatever
//                    client_min_messages says: debug_print_plan, auto_explain, log_lock_waits and
//                    others send plans with their numbers, and what other sessions do, as LOG.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

PlannedStmt *without_estimates(PlannedStmt *statement);
void keep_quiet();
bool is_kept_from_client(int level) noexcept; // the same, asked for one message: in emit_log_hook
void define_allow_explain();

} // namespace tenancy::guard
