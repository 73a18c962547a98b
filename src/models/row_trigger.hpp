// What the shared triggers have in common: how they are called and how they read their arguments.
//
// An argument is 'name=value'; each trigger has a list of names with defaults. A table is named as it
// is, in the schema of the trigger's own table unless it says 'schema.table'; quote what needs quotes
// ('"App 2".projects'). Arguments are names and never SQL: anybody may put our triggers on tables of
// their own. kept_facts.hpp keeps what was read from statement to statement.
// Errors: 39P01 called otherwise than as described, 22023 an unknown argument, 42P01 and 42703 what it
// names does not exist, 42804 a column of the wrong type, 22001 one that is too short.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::models {

struct RowTrigger {
    const TriggerData *data;
    Relation table;
    TupleDesc descriptor;
    HeapTuple before; // nullptr for INSERT
    HeapTuple after;  // what will be written
};

// A BEFORE ROW trigger of INSERT or UPDATE; of UPDATE alone unless `inserts`.
RowTrigger row_trigger(FunctionCallInfo fcinfo, const char *name, bool inserts);

struct Argument {
    const char *name;
    const char *value; // the default; replaced by what is given
};
// Values that are given are copied into the current memory context, at once: a trigger's description may
// not outlive what takes invalidations in.
void read_arguments(const char *function, const Trigger *trigger, Argument *arguments, int count);

// A table that a trigger reads, with what stands on it.
struct Place {
    Oid oid;
    const char *sql;    // qualified and quoted
    const char *tenant_name; // its tenant column, or nullptr when it is not protected
    const char *tenant;      // the same, quoted for SQL
    const char *marker;      // what soft_delete() marks rows by, quoted, or nullptr
};
Place read_place(Relation near, const char *name);
Place place_of(Relation table);

// Its name as SQL wants it, for hints.
const char *table_sql(Relation table);
// A column of the trigger's table. missing_ok: InvalidAttrNumber when there is none.
AttrNumber column_of(Relation table, const char *name, bool missing_ok = false);
// Refuses a column of another type than text and its like.
void require_text(Relation table, AttrNumber column);
// A column of a place, quoted for SQL.
const char *column_sql(const Place &place, const char *name);
// A type as SQL that means it whole; format_type_be() says "character", which is character(1).
const char *type_sql(Oid type);

struct Value {
    Datum datum;
    Oid type;
    bool null;
};
Value value_of(const RowTrigger &trigger, HeapTuple row, AttrNumber column);
// Refuses (22001) what is longer than the column: nothing else looks at what a trigger writes.
void require_fits(const RowTrigger &trigger, AttrNumber column, Datum value);
// Does a row with this tenant go to the write guard alone, which refuses it? With a tenant in force, a row that is
// not that tenant's need not be told about projects.
bool is_refused_anyway(const Value &tenant);
bool same_value(const RowTrigger &trigger, AttrNumber column); // before and after
const char *value_text(const Value &value);                    // for messages; "(null)"

// A value's bytes as a key of the core's maps.
struct Bytes {
    const char *data;
    std::size_t size;
};
Bytes value_bytes(const Value &value, char (&buffer)[sizeof(Datum)]);
// The way back; what is not passed by value lives in the current memory context.
Value value_from(Oid type, Bytes bytes);

} // namespace tenancy::models
