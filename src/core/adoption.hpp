// Adoption: a database that already lives becomes one whose rows all have a tenant, while it goes on living.
//
// plan_adoption() is pure: the steps that are missing now, so that a plan made after an interruption goes on
// where the first one ended. Phases, in this order:
//
//   columns     the tenant column, without a default: old rows keep NULL
//   fill        a trigger that gives new and changed rows their tenant, by the same derivation
//   backfill    the rows that are there, in batches, parents before their children
//   keys        indexes, concurrently; on partitioned tables partition by partition
//   not_null    NOT NULL, by a check that is validated first
//   references  the tenant in every reference whose rows are clean: NOT VALID, VALIDATE, then in the old one's place
//
// Nothing is guessed: a table with parents that might disagree and no rule is a note and keeps its NULLs. Policies
// and guards are not part of it: that is protect().
// Errors: those of classify(); 3F000 no such schema.
#pragma once

#include "core/classification.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct AdoptionRequest {
    std::string schema_name, column, column_sql;
    std::vector<Rule> rules;
    std::map<TableId, std::string> fallbacks; // the tenant of new rows to which nothing gives one
    std::optional<bool> not_null;             // nothing: where something gives new rows their tenant
    std::int64_t batch_size = 10000, pause_ms = 0;
};

Plan plan_adoption(const Schema &schema, const AdoptionRequest &request);

// request: {"schema", "column", "column_sql", "rules": [{"target", "paths"}], "fallbacks": [{"target", "tenant"}],
//           "not_null": boolean | null, "batch_size", "pause_ms"}
// answer: as plan_as_json. Errors: 22023 for sizes that make no sense.
std::string adoption_as_json(std::string_view snapshot, std::string_view request);

} // namespace tenancy::core
