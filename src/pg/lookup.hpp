// Reads rows of our own tables, and of the application's tenant table, below row-level security.
//
// Every look-up takes a fresh catalog snapshot (what is committed now, plus our own changes), so a
// status change is seen in repeatable-read transactions too, and the transaction's own snapshot is
// never touched. In a transaction only. Missing privileges do not matter here: what a look-up finds
// never reaches a user by itself.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::pg {

Oid function_oid(Oid schema, const char *name, int arguments, const Oid *types);
Oid relation_oid(Oid schema, const char *name); // InvalidOid when missing
AttrNumber column_number(Oid relation, const char *column); // InvalidAttrNumber when missing

// The valid unique one-column btree index on a column, or InvalidOid.
Oid unique_index_on(Oid relation, AttrNumber column);

// Calls visit(tuple, descriptor) for every row; it may raise. Stops when visit returns false.
template <typename Visit> void scan_table(Oid relation, Visit &&visit);

// The same for the rows whose column equals value, by index when index is given. equality is the
// type's btree equality function (F_UUIDEQ, ...), collation InvalidOid for types without one.
template <typename Visit>
void scan_by_key(Oid relation, Oid index, AttrNumber column, Oid equality, Oid collation,
                 Datum value, Visit &&visit);

void scan_keys(Oid relation, Oid index, ScanKeyData *keys, int count,
               bool (*visit)(HeapTuple, TupleDesc, void *), void *argument);

template <typename Visit> void scan_table(Oid relation, Visit &&visit)
{
    scan_keys(
        relation, InvalidOid, nullptr, 0,
        [](HeapTuple tuple, TupleDesc descriptor, void *argument) {
            return (*static_cast<std::remove_reference_t<Visit> *>(argument))(tuple, descriptor);
        },
        &visit);
}

template <typename Visit>
void scan_by_key(Oid relation, Oid index, AttrNumber column, Oid equality, Oid collation,
                 Datum value, Visit &&visit)
{
    ScanKeyData key;
    ScanKeyEntryInitialize(&key, 0, column, BTEqualStrategyNumber, InvalidOid, collation, equality,
                           value);
    scan_keys(
        relation, index, &key, 1,
        [](HeapTuple tuple, TupleDesc descriptor, void *argument) {
            return (*static_cast<std::remove_reference_t<Visit> *>(argument))(tuple, descriptor);
        },
        &visit);
}

} // namespace tenancy::pg
