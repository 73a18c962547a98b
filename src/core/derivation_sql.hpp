// The questions that derivations put to the data, as SQL that can be pasted.
//
// Each is one SELECT over the table with its parents joined by LEFT JOIN, a common beginning of two
// paths once. They read, and run no code of the application's but its types' own.
#pragma once

#include "core/derivation.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// What is asked about one table.
struct Question {
    const Table *table = nullptr;
    const Column *column = nullptr;  // its tenant; nullptr: every row lacks it
    std::vector<Path> paths;         // by which a row without tenant gets one
    std::vector<Path> references;    // that should not leave the row's tenant
    bool decided = false;            // by a rule: where they disagree, the first that gives one wins
    bool distinct_tenants = false;   // count them
    bool rows_only = false;          // it has no tenants to ask for
    bool only = false;               // not the rows of what inherits from it
};

// One row: rows, null_tenants, derivable, conflicting, orphans, waiting (orphans one of whose parents is
// there and lacks a tenant itself), unknown (its
// own tenant is none), crossing (references, not rows), tenants (0 where not asked), taken and
// taken_split (of derivable and, by a rule, of conflicting: Lack::taken). rows alone where that is all that is asked.
std::string count_sql(const Derivations &derivations, const Question &question);

// unknown: the tenant is there and none of the tenant table's. taken: a tenant can be given, and another
// row has its place in a unique key that contains the tenant column, or gets it first. derivable and, by a
// rule, conflicting are then without those.
enum class Lack { derivable, conflicting, waiting, parents_null, unknown, taken };
// The rows that lack a tenant for this reason.
std::string lack_sql(const Derivations &derivations, const Question &question, Lack reason);

// row_key, path, tenant: of at most so many rows whose parents, or whose own tenant and a reference,
// disagree. Errors: 55000 the table has no primary key.
std::string conflicts_sql(const Derivations &derivations, const Question &question, int max_rows);

} // namespace tenancy::core
