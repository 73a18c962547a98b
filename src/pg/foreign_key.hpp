// A foreign key as the catalogs have it, for triggers that follow one.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::pg {

struct ForeignKeyColumns {
    Oid constraint;
    Oid referenced;
    int count;
    AttrNumber here[INDEX_MAX_KEYS];
    AttrNumber there[INDEX_MAX_KEYS];
    Oid operators[INDEX_MAX_KEYS]; // there = here
};

// The table's foreign key of that name; false where there is none.
bool read_foreign_key(Oid table, const char *name, ForeignKeyColumns *out);

// Appends: "column there" OPERATOR(schema.=) $parameter
void append_key_condition(StringInfo query, const ForeignKeyColumns &key, int column, int parameter);

// The table's owner, whose rights PostgreSQL's own foreign-key queries take. Errors: 42P01.
Oid owner_of(Oid relation);

} // namespace tenancy::pg
