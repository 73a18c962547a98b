// The spelling of derivation paths, without their meaning: table.column -> table.column, a table with its
// schema or not, several columns as table.(one, other). Names as in SQL: folded to lower case, or quoted.
#pragma once

#include <string>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct PathSegment {
    std::vector<std::string> table, columns; // table: nothing, its name, or schema and name
};

// Two segments at least. Errors: 42601.
std::vector<PathSegment> path_segments(const std::string &text);

} // namespace tenancy::core
