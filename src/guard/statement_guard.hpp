// The statement guard: in a guarded session no statement reaches a protected table unless
// row-level security is in force for it, and none without a tenant.
//
// check_statement  one entry of the permission check; false (raise = false) or 42501.
// check_utility    refuses what would outlive the transaction of a guarded session: a plain SET of
//                  the tenant, a cursor WITH HOLD.
// check_truncate   refuses TRUNCATE of anything protected, parts without a guard of their own too.
// PostgreSQL's own foreign-key queries are exempt (foreign_key_scope.hpp), nothing beneath them is.
#pragma once

#include "pg/compat.hpp"

namespace tenancy::guard {

bool check_statement(const pg::PermissionEntry &entry, bool raise);
void check_utility(Node *statement);
void check_truncate(Oid relation);

} // namespace tenancy::guard
