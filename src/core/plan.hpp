// Plans: what protect, share and unprotect would do, as steps of plain SQL.
//
// Pure: the same snapshot and request give the same steps; a protected schema gives none.
// Errors: core::Error with the SQLSTATE and hint a user should see (wrong kind of table, key types
// that differ, a partition instead of its root, ...). What only the data can tell is a step's check.
#pragma once

#include "core/schema.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// A question to the data that must answer 0 before the step runs.
struct Check {
    std::string sql;     // SELECT count(*) ...
    std::string message; // %s is the count; lower case, no full stop
    std::string hint;    // the command to run
};

struct Step {
    std::string phase;     // columns | fill | backfill | keys | references | not_null | policies | guards
    std::string target;    // the table, as SQL
    std::string kind;      // what it makes: column, default, not_null, index, ...
    std::string sql;       // one statement
    std::string lock_mode; // the strongest table lock it takes
    std::string reason;
    std::int64_t rows = 0; // estimated rows it reads
    std::optional<Check> check;
    // Of online plans, where every step is a transaction by itself unless:
    bool joined = false;   // it belongs to the transaction of the step before it
    bool alone = false;    // it manages its transactions itself and runs outside of any
    bool optional = false; // a check that does not answer 0 leaves it out: with a warning, or, less than 0, silently
};

struct Plan {
    bool online = false; // or all in one transaction
    std::vector<Step> steps;
    std::vector<std::string> notes; // what a person should know, e.g. policies that stay
};

enum class GlobalRows { none, read };

// One table of a request, as the caller named it; kind is its relkind, 't' when temporary.
struct TargetName {
    TableId oid = 0;
    std::string name;
    char kind = 'r';
};

struct ProtectRequest {
    TargetName target;
    std::string column, column_sql;        // as asked; a table protected already keeps its own
    std::optional<GlobalRows> global_rows; // nothing: as the table stands
};

// How a table is protected now, by the triggers and policies on it.
struct Protection {
    enum class Kind { none, tenant, shared } kind = Kind::none;
    std::string column; // of the write guard
    GlobalRows global_rows = GlobalRows::none;
    bool canary = false; // for some roles only: see plan_enforce()
};
Protection protection_of(const Schema &schema, const Table &table);

Plan plan_protect(const Schema &schema, const std::vector<ProtectRequest> &requests);
// visible_when: nothing means what stands, and true for a table that is not shared yet.
Plan plan_share(const Schema &schema, const TargetName &target,
                const std::optional<std::string> &visible_when);
Plan plan_unprotect(const Schema &schema, const TargetName &target);
// DELETE marks rows in the marker column; a table that has one already keeps it while it is there.
Plan plan_soft_delete(const Schema &schema, const TargetName &target, const std::string &marker,
                      const std::string &marker_sql);

// UNIQUE (code) -> UNIQUE (tenant, code), a constraint or an index, all else as it is; it was scoped
// already: no step. Errors: 42704 no such key, 2BP01 references are in the way, 55000, 42703, 42804.
Plan plan_rescope_unique(const Schema &schema, const TargetName &target, const std::string &key,
                         const std::string &column);
// UNIQUE (tenant), unless there is one.
Plan plan_one_row_per_tenant(const Schema &schema, const TargetName &target, const std::string &column);

// Every step with the number of its transaction.
std::vector<std::pair<int, const Step *>> transactions(const Plan &plan);

// A column that is named by a request, and not known to be there.
struct TargetColumn {
    std::string name, sql;
};
// The trigger that makes a table an observed one, and its end. A protected table is not observed, but one
// that is enforced for some roles only is.
Plan plan_observe(const Schema &schema, const TargetName &target, const TargetColumn &column);
Plan plan_unobserve(const Schema &schema, const TargetName &target);

struct CanaryRole {
    std::string name; // as SQL
    bool enrolled = false;
};
// Without roles: protection for everybody, and the end of observation. With roles, a canary: restrictive
// policies for them alone and guards that look at their sessions alone; nobody else notices anything.
// Neither column, keys nor references are touched.
Plan plan_enforce(const Schema &schema, const ProtectRequest &request, const std::vector<CanaryRole> &roles);

// request: {"action": "protect" | "share" | "unprotect" | "soft_delete" | "rescope_unique" | "one_row_per_tenant" |
//           "observe" | "unobserve" | "enforce", "visible_when": sql | null,
//           "key": the name of a unique key, for rescope_unique, "roles": [{"name": sql, "enrolled": bool}],
//           "targets": [{"oid", "name", "kind", "column", "column_sql", "global_rows"}]}
// roles are of enforce alone. All but protect take one target; share and unprotect look at its first three members
// only, for soft_delete the column is the marker.
// answer: {"steps": [...], "notes": [...]}, a step's check inside it.
std::string plan_as_json(std::string_view snapshot, std::string_view request);

// [{"oid", "kind", "column", "global_rows"}] of all protected and shared tables.
std::string protections_as_json(std::string_view snapshot);

} // namespace tenancy::core
