// The condition's argument: which of the arguments after it are tenants of which tables.
#pragma once

#include "adopt/observe_counters.hpp"

namespace tenancy::adopt {

// How a NULL tenant is told from the NULLs of an outer join.
inline constexpr std::int16_t null_is_no_tenant = 0;   // not beneath an outer join
inline constexpr std::int16_t null_is_no_row = -1;     // the column is NOT NULL
                                                       // else: an argument that is NULL only without a row
struct CountedTable {
    Oid root;
    Oid type;
    std::int16_t tenant; // number of the argument
    std::int16_t row;    // see above
};

struct CountedLevel {
    Kind kind;
    std::uint8_t tables;
    CountedTable of[FLEXIBLE_ARRAY_MEMBER];
};

} // namespace tenancy::adopt
