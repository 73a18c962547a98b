// The one question that the triggers ask about a project: is it there, and which of its parts (modules,
// environments) answer a condition?
//
// One row with nulls: a project without such a part. No row: no such project, for whoever asks. Tenants
// must be the row's own and nothing be deleted, also where no policy says so.
#pragma once

#include "models/row_trigger.hpp"

namespace tenancy::models {

// SELECT columns of the project $2 of tenant $1 and its parts. projects are p in it, parts are m; names are
// quoted, columns and condition ("" or " AND ...") made of quoted names. tenants: has the row a tenant?
char *project_question(const Place &projects, const char *project_key, const Place &parts,
                       const char *part_project, const char *columns, const char *condition,
                       bool tenants);

} // namespace tenancy::models
