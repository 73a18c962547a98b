// Classification of a schema that is to be adopted: what each table is to tenants, and why.
//
// Two steps, both pure. classify() says what the schema alone tells, and which question would tell more;
// verdict() takes the answer in. Tables of extensions and parts of other tables are left out.
//
// A table without its tenant in every row is ambiguous when more than one parent could give it and
// nothing settles which. What settles it: a decision (a rule); one required reference straight to the
// tenant table; one path through required references while all others may be NULL.
#pragma once

#include "core/derivation_sql.hpp"
#include "core/plan.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

enum class TableKind { root, direct, derived, hybrid, shared, settings, ambiguous, guarded };
// Told by the data: nothing refers to the table, and so many tenants have exactly one row each.
inline constexpr std::int64_t min_tenants_of_settings = 10, max_rows_of_settings = 100000;
const char *table_kind_name(TableKind kind); // guarded is "protected"

// A decision about a table, as paths in the order they are tried.
struct Rule {
    TableId target = 0;
    std::vector<std::string> paths;
};

struct Counts {
    std::int64_t rows = 0, null_tenants = 0, derivable = 0, conflicting = 0, orphans = 0,
                 waiting = 0, unknown = 0, crossing = 0, tenants = 0, taken = 0, taken_split = 0;
};

struct Subject {
    const Table *table = nullptr;
    TableKind kind = TableKind::shared;
    std::string reason, next_command; // next_command: "" where there is nothing to do
    Question question;                // .paths: all found, or those decided
    bool capped = false;              // there are more paths
    bool countable = true;            // may its rows be read by the caller's rights?
    bool undecided = false;           // ambiguous by the schema alone, for want of a rule
    bool one_row = false;             // by its name or a unique key it holds one row per tenant
    bool pathless = false;            // shared for want of a path: nobody said so
    bool stale = false;               // its rule does not fit the schema any more
};

struct Classification {
    std::vector<Subject> subjects;  // by name
    std::vector<std::string> notes; // what a person should know of the whole
};

// Takes the rules that still hold into the derivations; the others are a note at their table.
struct StaleRule {
    TableId target = 0;
    std::string why;
};
std::vector<StaleRule> apply_rules(Derivations &derivations, const std::vector<Rule> &rules);

// only: 0, or the one table that is asked about.
Classification classify(const Derivations &derivations, const std::string &schema_name,
                        const std::vector<StaleRule> &stale, TableId only = 0);
void verdict(const Derivations &derivations, const Counts &counts, Subject &subject);

// Call of tenancy.set_derivation() with these paths, as SQL.
std::string set_derivation_sql(const Derivations &derivations, const Table &table,
                               const std::vector<Path> &paths);
// 42809 or 42501 where rows cannot be given a tenant by a rule.
void require_derivable(const Derivations &derivations, const TargetName &target);

// request: {"schema", "column", "rules": [{"target", "paths"}], "only": oid | 0, "max_rows", "answers":
//           [{"oid", "counts": {...} | null, "trouble": text | null}] | null, "questions": boolean,
//           "rows": {"oid": [[text | null]]} of tables that were read}
// answer: {"notes": [...], "tables": [{"oid", "kind", "column", "paths", "reason", "next", "counts",
//          "lacks": [{"reason", "rows", "sql"}]}], "conflicts_sql" (with only)}
// With questions and no answers yet, where countable: "count_sql", and "needs", the tables whose rows
// answer it as well; "reads": [{"oid", "sql", "max_rows"}] are the queries for these.
std::string classification_as_json(std::string_view snapshot, std::string_view request);

// request: {"target": {"oid", "name", "kind"}, "column": name | null, "paths": [...]}
// answer: the paths as they are kept. Errors: those of read_path, 42809, 22023.
std::string rule_as_json(std::string_view snapshot, std::string_view request);

} // namespace tenancy::core
