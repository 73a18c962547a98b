// The statement guard: in a guarded session no statement reaches a protected table unless
// row-level security is in force for it, and none without a tenant.
//
// check_statement  one entry of the permission check; false (raise = false) or 42501.
// check_write      the same for sessions that are not guarded but have a tenant: writes that the
//                  write guard would not see.
// check_fetch      refuses more rows of a query that began before the session was guarded.
// check_truncate   refuses TRUNCATE of anything protected, parts without a guard of their own too,
//                  in guarded sessions and with a tenant.
// check_constraint refuses foreign keys of a guarded session to protected, shared and tenant tables:
//                  their actions run the referring table's code in other tenants' sessions, and
//                  they tell and hold what is not the tenant's.
// PostgreSQL's own foreign-key queries are exempt (foreign_key_scope.hpp), nothing beneath them is.
#pragma once

#include "pg/compat.hpp"

namespace tenancy::guard {

bool check_statement(const pg::PermissionEntry &entry, bool raise);
bool check_write(const pg::PermissionEntry &entry, bool raise);
void check_fetch(const List *range_table);
void check_truncate(Oid relation);
void check_constraint(Oid constraint);

} // namespace tenancy::guard
