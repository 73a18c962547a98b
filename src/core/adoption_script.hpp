// Plans as files for whoever runs migrations: one file per transaction, in the order of their names.
//
//   psql    NNN_phase_table.sql, each with BEGIN and COMMIT where it is a transaction
//   flyway  VYYYYMMDD.NNN__phase_table.sql; what runs outside of a transaction has a .conf beside it
//   rails   YYYYMMDDNNNNNN_phase_table.rb; those without a transaction say disable_ddl_transaction!
//   prisma  YYYYMMDDNNNNNN_phase_table/migration.sql: a file is sent as it is, so what runs alone stands alone
//
// The statements are the plan's own. A step that may be left out asks its question first. Errors: 22023 an
// unknown format.
#pragma once

#include "core/plan.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

struct ScriptStep {
    int transaction = 1;
    std::string phase, target, kind, sql;
    bool alone = false, optional = false;
    std::optional<Check> check;
};

struct ScriptFile {
    std::string name, content;
};

enum class ScriptFormat { psql, flyway, rails, prisma };
ScriptFormat script_format(const std::string &name);

// day: YYYYMMDD, for formats that keep one list of all migrations.
std::vector<ScriptFile> script_files(const std::vector<ScriptStep> &steps, ScriptFormat format,
                                     const std::string &day);

// plan: an answer of plan_as_json. answer: [{"file", "content"}]
std::string script_as_json(std::string_view plan, std::string_view format, std::string_view day);

} // namespace tenancy::core
