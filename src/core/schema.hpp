// The schema snapshot: the catalogs as plain values, read from the JSON of tenancy.schema_snapshot().
//
// All rules of the project are pure functions of this type. Names come as they are (`name`) and as
// they stand in SQL (`sql`). Catalog letters keep PostgreSQL's meaning (relkind, tgenabled, ...).
// Errors of read_schema: 22023 when the text is not such a snapshot.
#pragma once

#include "core/tenant_key.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

using TableId = std::int64_t;

struct Column {
    std::string name, sql, type;
    bool not_null = false, generated = false, identity = false, deterministic = true;
    std::optional<std::string> default_sql;
};

struct Policy {
    std::string name, sql;
    char command = '*'; // r a w d, or * for all
    bool permissive = true, to_public = true;
    std::vector<std::string> roles; // as SQL, where it is not TO PUBLIC
    std::optional<std::string> using_sql, check_sql;
};

// tgtype bits.
inline constexpr int trigger_row = 1, trigger_before = 2, trigger_insert = 4, trigger_delete = 8,
                     trigger_update = 16, trigger_truncate = 32;

struct Trigger {
    std::string name, sql, function;
    char enabled = 'O'; // O origin, A always, D disabled, R replica
    int type = 0;
    bool cloned = false; // from the partitioned parent
    bool deferrable = false, deferred = false;
    bool narrowed = false; // by WHEN or to columns
    std::vector<std::string> arguments;
};

// What a unique index is made of, and the constraint that it serves.
struct UniqueKey {
    std::string sql;        // its name
    std::string definition; // CREATE UNIQUE INDEX ...
    std::string constraint; // UNIQUE (...) ..., "" for an index alone
    bool replica_identity = false, inherited = false;
    std::string options, tablespace; // "" for none
    std::optional<std::string> comment;
};

struct Index {
    std::string name;
    bool unique = false, primary = false, valid = true, partial = false;
    bool nulls_equal = false;         // NULLS NOT DISTINCT
    std::vector<std::string> columns; // key columns; "" for an expression
    std::optional<UniqueKey> key;     // of unique ones, deferrable too, but the primary key
};

struct ForeignKey {
    std::string name, sql;
    TableId child = 0, parent = 0;
    std::vector<std::string> child_columns, parent_columns, delete_columns;
    std::string parent_index; // by whose uniqueness it holds
    char on_delete = 'a', on_update = 'a', match = 's';
    bool deferrable = false, deferred = false, validated = true, inherited = false;
    // A decision that it may cross tenants: n no, o the rows that do today, a any row.
    char crossing = 'n';
};

struct Table {
    TableId oid = 0;
    std::string schema, name, sql, owner;
    char kind = 'r', persistence = 'p';
    std::int64_t rows = 0; // the planner's estimate
    bool row_security = false, force = false, partition = false, of_extension = false;
    bool of_application = false; // its owner is enrolled: its types, casts and defaults are not trusted
    std::vector<TableId> parents;
    std::vector<std::string> partition_columns; // by which it is partitioned
    bool rules = false;                         // it has rewrite rules
    std::string planned_code; // a function of somebody else that planning any query on the table may evaluate, "": none
    std::vector<Column> columns;
    std::vector<Policy> policies;
    std::vector<Trigger> triggers;
    std::vector<Index> indexes;

    const Column *column(std::string_view wanted) const;
    const Policy *policy(std::string_view wanted) const;
    const Trigger *trigger_calling(std::string_view function) const;
};

struct TenantTable {
    TableId oid = 0;
    std::string sql, column, column_sql;
};

struct Schema {
    int server_version = 0;
    KeyType key_type = KeyType::uuid;
    TenantTable tenant_table;
    std::map<TableId, Table> tables;
    std::vector<ForeignKey> foreign_keys;

    const Table *table(TableId oid) const;
    // The table and all that inherits from it, parents first.
    std::vector<const Table *> family(TableId root) const;
};

Schema read_schema(std::string_view json);

} // namespace tenancy::core
