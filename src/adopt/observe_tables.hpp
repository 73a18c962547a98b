// Which tables are observed: those on which the trigger tenancy.observe_writes() stands, and all that
// inherits from them. The catalog is the registry, as for protected tables.
//
// observing()     is anything observed in this database? Cached; costs next to nothing.
// observed()      the answer for one relation, cached until any relation changes.
// REQUIRES: in a transaction, the extension is installed; for observed(), the relation is locked.
#pragma once

#include "adopt/observe_counters.hpp"

namespace tenancy::adopt {

struct Observed {
    Oid root;          // counts are its; InvalidOid: not observed
    AttrNumber column; // the tenant column, in the relation that was asked for
    Oid type;
    int32 typmod;
    Oid collation;
    bool not_null, has_default;
    Counters *counters;
};

bool observing();
Observed observed(Oid relation);
Oid counting_function(); // tenancy.count_hidden()

} // namespace tenancy::adopt
