#include "models/project_question.hpp"

namespace tenancy::models {

char *project_question(const Place &projects, const char *project_key, const Place &parts,
                       const char *part_project, const char *columns, const char *condition,
                       bool tenants)
{
    StringInfoData sql;
    initStringInfo(&sql);
    appendStringInfo(&sql, "SELECT %s FROM %s AS p LEFT JOIN %s AS m ON m.%s OPERATOR(pg_catalog.=) p.%s",
                     columns, projects.sql, parts.sql, part_project, project_key);
    if (tenants && parts.tenant != nullptr)
        appendStringInfo(&sql, " AND m.%s OPERATOR(pg_catalog.=) $1", parts.tenant);
    if (parts.marker != nullptr)
        appendStringInfo(&sql, " AND m.%s IS NULL", parts.marker);
    appendStringInfo(&sql, "%s WHERE p.%s OPERATOR(pg_catalog.=) $2", condition, project_key);
    if (tenants && projects.tenant != nullptr)
        appendStringInfo(&sql, " AND p.%s OPERATOR(pg_catalog.=) $1", projects.tenant);
    if (projects.marker != nullptr)
        appendStringInfo(&sql, " AND p.%s IS NULL", projects.marker);
    return sql.data;
}

} // namespace tenancy::models
