#include "models/project_errors.hpp"

namespace tenancy::models {

void refuse_no_project(const Place &projects, const char *project_key)
{
    ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION), errmsg("no project is given"),
                    errhint("SELECT %s FROM %s; lists the projects.", project_key, projects.sql)));
    pg_unreachable();
}

void refuse_unknown_project(const Place &projects, const char *project_key, const Value &project)
{
    ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
                    errmsg("project \"%s\" does not exist", value_text(project)),
                    errhint("SELECT %s FROM %s; lists the projects.", project_key, projects.sql)));
    pg_unreachable();
}

void refuse_foreign_part(const char *what, const Place &parts, const char *project_column,
                         const Value &project, const Value &part)
{
    const char *id = value_text(project);
    ereport(ERROR, (errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
                    errmsg("%s \"%s\" is not one of project \"%s\"", what, value_text(part), id),
                    errhint("SELECT * FROM %s WHERE %s = %s; lists those that are.", parts.sql,
                            project_column, quote_literal_cstr(id))));
    pg_unreachable();
}

void refuse_no_default(const char *what, const Place &projects, const Place &parts,
                       const Value &project)
{
    const char *schema = get_namespace_name(get_rel_namespace(projects.oid));
    List *name = list_make2(makeString(pstrdup(schema)), makeString(pstrdup("initialize_projects")));
    const Oid arguments[] = {BOOLOID};
    const bool mends = OidIsValid(LookupFuncName(name, 1, arguments, true));
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("project \"%s\" has no default %s", value_text(project), what),
                    mends ? errhint("SELECT * FROM %s.initialize_projects();", quote_identifier(schema))
                          : errhint("Name the %s, or make one of %s the default.", what, parts.sql)));
    pg_unreachable();
}

} // namespace tenancy::models
