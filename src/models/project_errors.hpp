// What a row is told whose project, module or environment is not what it should be.
//
// Another tenant's row and one that does not exist are told alike.
#pragma once

#include "models/row_trigger.hpp"

namespace tenancy::models {

// 23502. table_key: the key column of the projects, quoted.
[[noreturn]] void refuse_no_project(const Place &projects, const char *project_key);
// 23503
[[noreturn]] void refuse_unknown_project(const Place &projects, const char *project_key,
                                         const Value &project);
// 23503: what ("module", "environment") is none of the project's. project_column: of `parts`, quoted.
[[noreturn]] void refuse_foreign_part(const char *what, const Place &parts,
                                      const char *project_column, const Value &project,
                                      const Value &part);
// 55000: the project has no default of the kind.
[[noreturn]] void refuse_no_default(const char *what, const Place &projects, const Place &parts,
                                    const Value &project);

} // namespace tenancy::models
