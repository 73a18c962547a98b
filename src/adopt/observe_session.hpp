// Whose statements are counted, and against which tenant: what protect() with global_rows => 'none' would
// do to this session, found out without an error and without entering the tenant.
#pragma once

#include "context/session.hpp"

namespace tenancy::adopt {

enum class Counting : std::uint8_t {
    nothing,  // a platform role without a tenant: nothing would be hidden or refused
    refusals, // no tenant that may be entered: the statement would be refused as a whole
    writes,   // a platform role with a tenant: it reads everything, the write guard looks at what it writes
    rows,     // rows of other tenants would be hidden or refused
};

struct Subject {
    Counting counting;
    const context::SettingValue *value; // what it was decided on
    context::Context now;               // of rows and writes: its key alone
};

Subject find_subject();

} // namespace tenancy::adopt
