// Moments as tokens count them: microseconds since 1970, not since 2000.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::pg {

// The infinities are the least and the largest number in both ways of counting.
inline std::int64_t unix_microseconds(TimestampTz moment) noexcept
{
    return TIMESTAMP_NOT_FINITE(moment)
               ? moment
               : moment + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

} // namespace tenancy::pg
