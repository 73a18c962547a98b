// Derivation paths as people read and write them:
//
//   bookings.service_request_id -> service_requests.tenant_id
//   items.(shop, number) -> crm."Order".(shop, number) -> ... -> tenants.id
//
// Tables without a schema stand in the target's. Names are as in SQL: folded to lower case, or quoted.
#pragma once

#include "core/derivation.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

std::string path_text(const Path &path, const std::string &schema_name);
std::vector<std::string> path_texts(const std::vector<Path> &paths, const std::string &schema_name);

// The name without its schema, as SQL.
std::string unqualified_sql(const Table &table);
// Lower case, without anything but letters and digits: "tenantId" and tenant_id are alike.
std::string simplified(const std::string &name);

// Errors: 42601 no path at all, 42P01 and 42703 unknown names, 42830 not a foreign key, 22023 it begins
// elsewhere or reaches no tenant. Each with a hint. kept: the path is the target's whatever its name
// was when it was kept.
Path read_path(const Derivations &derivations, const Table &target, const std::string &text,
               bool kept = false);

// Does a column of this name look like the tenant's: tenant_id by any spelling, the name of the tenant
// table and its key, a column that protects a table or refers to the tenant table?
bool names_tenant(const Schema &schema, const std::string &name);
// The name of the tenant column that these paths mean: where the first of them ends that does not end
// in the tenant table; "" when it does not look like one.
std::string tenant_column_meant(const Schema &schema, const Table &target,
                                const std::vector<std::string> &paths);

} // namespace tenancy::core
