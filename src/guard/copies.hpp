// Materialized views that hold rows of protected tables: filled as their owner, for all tenants at
// once, and without policies.
//
// Found by what the definition depends on, through views, other materialized views and functions
// with a body of the SQL standard. What a function reads that keeps its body as text the catalog does
// not know. Tables that are shared, or not protected, do not count.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

// REQUIRES: as protection_of().
bool copies_protected_rows(Oid materialized_view);

} // namespace tenancy::guard
