// Shared between the parts of adoption; not for other rooms.
#pragma once

#include "core/adoption.hpp"
#include "core/plan_parts.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

inline constexpr char fill_trigger[] = "zzzz_tenancy_fill"; // the write guard sorts after it

// A table as it will stand when it has its tenant column.
struct AdoptedTable {
    const Table *table = nullptr;
    const Column *column = nullptr;
    bool column_missing = false; // now
    bool decided = false;        // where paths disagree, the first that gives a tenant wins
    std::vector<Path> paths;     // none: nothing is derived
    std::vector<Path> paths_of_new_rows; // the same, or those of a fill trigger that is there
    std::string fallback;        // "": none
    bool stays_nullable = false;
};

using AdoptedTables = std::vector<const AdoptedTable *>;

// The trigger that gives new rows their tenant.
void plan_fill(const Schema &schema, const AdoptedTable &adopted, Plan &plan);
// One step for all tables of a group that derive from each other, or for each of their parts.
void plan_backfill(const Derivations &derivations, const AdoptedTables &group,
                   const AdoptionRequest &request, Plan &plan);
void plan_online_not_null(const AdoptedTable &adopted, Plan &plan);

// Statements that change a live table without standing in its way.
// An index that begins with these columns, where no part has it yet; key: a unique one of exactly these.
void plan_online_index(const Schema &schema, const Table &root, const std::vector<std::string> &columns,
                       bool key, const char *reason, Plan &plan);

struct OnlineReference {
    const Table *child = nullptr;
    std::string name;       // that it has in the end
    std::string definition; // FOREIGN KEY (...) REFERENCES ... and its attributes
    std::vector<std::string> columns; // that it refers by
    TableId parent = 0;
    bool replaces = false;  // the reference of that name
    bool validate = true;
    std::optional<Check> check;
    const char *reason = "";
};
void plan_online_reference(const Schema &schema, const OnlineReference &wanted, Plan &plan);

} // namespace tenancy::core
