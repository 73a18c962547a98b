// The order in which tables are worked on: each after those it depends on.
//
// dependency_order(tables, needs): groups of tables, a group after all groups that its tables need; more than
// one table in a group need each other, in a circle. Needs that are not in `tables` are left out. The
// answer depends on the order of `tables` alone, not on how the ids compare.
#pragma once

#include "core/schema.hpp"

#include <set>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

using Needs = std::map<TableId, std::set<TableId>>;

std::vector<std::vector<TableId>> dependency_order(const std::vector<TableId> &tables,
                                                   const Needs &needs);

} // namespace tenancy::core
