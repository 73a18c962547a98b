// The statement guard: in a guarded session no statement reaches a protected table unless
// row-level security is in force for it, and none without a tenant.
//
// check_statement  one entry of the permission check; false (raise = false) or 42501.
// check_utility    refuses SET app.current_tenant_id that would outlive its transaction.
// PostgreSQL's own foreign-key queries are exempt (foreign_key_scope.hpp), nothing beneath them is.
#pragma once

#include "pg/compat.hpp"

namespace tenancy::guard {

bool check_statement(const pg::PermissionEntry &entry, bool raise);
void check_utility(Node *statement);

} // namespace tenancy::guard
