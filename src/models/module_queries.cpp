#include "models/module_queries.hpp"

#include "models/project_question.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/saved_plan.hpp"

namespace tenancy::models {

namespace {

constexpr char is_equal[] = "OPERATOR(pg_catalog.=)";

char *question_sql(const Resolver *resolver, const char *condition)
{
    const char *columns =
        psprintf("m.%s::%s, m.%s::pg_catalog.text, %s", resolver->module_key,
                 type_sql(resolver->module_type), resolver->root_path,
                 resolver->has_default ? psprintf("m.%s IS TRUE", resolver->is_default) : "false");
    return project_question(resolver->projects, resolver->project_key, resolver->modules,
                            resolver->module_project, columns, condition,
                            resolver->tenant != InvalidAttrNumber);
}

char *make_question(const Resolver *resolver, Question question)
{
    switch (question) {
    case Question::by_path:
        return question_sql(resolver, psprintf(" AND m.%s %s ANY ($3)", resolver->root_path, is_equal));
    case Question::by_id:
        return question_sql(resolver, psprintf(" AND m.%s %s $3", resolver->module_key, is_equal));
    case Question::use_default:
        return question_sql(resolver, resolver->has_default
                                          ? psprintf(" AND m.%s", resolver->is_default)
                                          : " AND false");
    default:
        return question_sql(resolver, "");
    }
}

const char *question_text(const Resolver *resolver, Question question)
{
    const char *&known = resolver->questions[static_cast<int>(question)];
    if (known == nullptr)
        known = MemoryContextStrdup(GetMemoryChunkContext(resolver->questions),
                                    make_question(resolver, question));
    return known;
}

void keep_row(const Resolver *resolver, HeapTuple row, TupleDesc descriptor,
              core::ProjectModules *modules)
{
    Value id = {0, resolver->module_type, true};
    id.datum = SPI_getbinval(row, descriptor, 1, &id.null);
    if (id.null)
        return; // a project without such a module
    bool no_root = true;
    bool no_default = true;
    const Datum root = SPI_getbinval(row, descriptor, 2, &no_root);
    const Datum is_default = SPI_getbinval(row, descriptor, 3, &no_default);
    char buffer[sizeof(Datum)];
    const Bytes bytes = value_bytes(id, buffer);
    const text *content = no_root ? nullptr : DatumGetTextPP(root);
    const char *data = no_root ? "" : VARDATA_ANY(content);
    const std::size_t size = no_root ? 0 : VARSIZE_ANY_EXHDR(content);
    const bool marked = !no_default && DatumGetBool(is_default);
    pg::entry([&] {
        if (no_root)
            modules->roots.add_rootless({bytes.data, bytes.size}, marked);
        else
            modules->roots.add({data, size}, {bytes.data, bytes.size}, marked);
    });
}

Oid element_of(const Resolver *resolver, Question question)
{
    return question == Question::by_path ? TEXTARRAYOID : resolver->module_type;
}

} // namespace

bool ask(Resolver *resolver, Question question, const Value &tenant, const Value &project,
         Datum argument, core::ProjectModules *modules)
{
    const bool three = question == Question::by_path || question == Question::by_id;
    const Oid types[3] = {resolver->tenant_type, resolver->project_type,
                          three ? element_of(resolver, question) : InvalidOid};
    Datum values[3] = {tenant.datum, project.datum, argument};
    const char nulls[4] = {tenant.null ? 'n' : ' ', project.null ? 'n' : ' ', ' ', '\0'};
    const bool everything = question == Question::all;

    SPI_connect();
    TENANCY_FAULT_POINT("module_question");
    SPIPlanPtr plan = pg::saved_plan(resolver->trigger, pg::plan_module_question + static_cast<int>(question),
                                     question_text(resolver, question), three ? 3 : 2, types);
    const int result = SPI_execute_plan(plan, values, nulls, false, everything ? most_modules + 1 : 0);
    if (result != SPI_OK_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("resolve_module: %s", SPI_result_code_string(result))));
    const uint64 rows = SPI_processed;
    const bool all_came = !everything || rows <= static_cast<uint64>(most_modules);
    for (uint64 i = 0; i < rows && all_came; ++i)
        keep_row(resolver, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, modules);
    SPI_finish();
    if (everything) {
        modules->complete = all_came;
        modules->too_many = !all_came;
    }
    return rows > 0;
}

Value insert_module(Resolver *resolver, const Value &tenant, const Value &project, const char *name,
                    const char *root)
{
    const bool tenants = resolver->tenant != InvalidAttrNumber && resolver->modules.tenant != nullptr;
    StringInfoData sql;
    initStringInfo(&sql);
    appendStringInfo(&sql, "INSERT INTO %s AS m (%s%s%s, %s, %s%s%s) VALUES (%s$2, $3, $4%s) "
                           "ON CONFLICT DO NOTHING RETURNING m.%s::%s",
                     resolver->modules.sql, tenants ? resolver->modules.tenant : "",
                     tenants ? ", " : "", resolver->module_project, resolver->name,
                     resolver->root_path, resolver->has_type ? ", " : "",
                     resolver->has_type ? resolver->type : "", tenants ? "$1, " : "",
                     resolver->has_type ? ", 'code'" : "", resolver->module_key,
                     type_sql(resolver->module_type));
    const Oid types[4] = {resolver->tenant_type, resolver->project_type, TEXTOID, TEXTOID};
    Datum values[4] = {tenant.datum, project.datum, CStringGetTextDatum(name),
                       CStringGetTextDatum(root)};
    const char nulls[5] = {tenant.null ? 'n' : ' ', project.null ? 'n' : ' ', ' ', ' ', '\0'};

    SPI_connect();
    TENANCY_FAULT_POINT("insert_module");
    SPIPlanPtr plan = pg::saved_plan(resolver->trigger, pg::plan_insert_module, sql.data, 4, types);
    const int result = SPI_execute_plan(plan, values, nulls, false, 0);
    if (result != SPI_OK_INSERT_RETURNING)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("resolve_module: %s", SPI_result_code_string(result))));
    Value id = {0, resolver->module_type, true};
    if (SPI_processed == 1) {
        const Datum made = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &id.null);
        int16 length = 0;
        bool by_value = false;
        get_typlenbyval(id.type, &length, &by_value);
        if (!id.null)
            id.datum = SPI_datumTransfer(made, by_value, length);
    }
    SPI_finish();
    return id;
}

void require_unique_roots(const Resolver *resolver)
{
    Relation modules = table_open(resolver->modules.oid, AccessShareLock);
    const AttrNumber root = get_attnum(resolver->modules.oid, resolver->root_path_name);
    const AttrNumber project = get_attnum(resolver->modules.oid, resolver->module_project_name);
    const AttrNumber tenant = resolver->modules.tenant_name == nullptr
                                  ? InvalidAttrNumber
                                  : get_attnum(resolver->modules.oid, resolver->modules.tenant_name);
    bool found = false;
    List *indexes = RelationGetIndexList(modules);
    const ListCell *cell;
    foreach (cell, indexes) {
        HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
        if (!HeapTupleIsValid(tuple))
            continue;
        const Form_pg_index index = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        bool has_root = false;
        bool only = index->indisunique && index->indisvalid && index->indimmediate;
        for (int i = 0; i < index->indnkeyatts; ++i) {
            const AttrNumber column = index->indkey.values[i];
            has_root = has_root || column == root;
            only = only && (column == root || column == project ||
                            (column == tenant && column != InvalidAttrNumber));
        }
        found = found || (only && has_root);
        ReleaseSysCache(tuple);
    }
    list_free(indexes);
    table_close(modules, AccessShareLock);
    if (!found)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("modules of %s can only be created where root paths are unique",
                               resolver->modules.sql),
                        errdetail("Two sessions could create a module for the same path."),
                        errhint("CREATE UNIQUE INDEX ON %s (%s%s%s, %s)%s%s%s;", resolver->modules.sql,
                                resolver->modules.tenant == nullptr ? "" : resolver->modules.tenant,
                                resolver->modules.tenant == nullptr ? "" : ", ",
                                resolver->module_project, resolver->root_path,
                                resolver->modules.marker == nullptr ? "" : " WHERE ",
                                resolver->modules.marker == nullptr ? "" : resolver->modules.marker,
                                resolver->modules.marker == nullptr ? "" : " IS NULL")));
}

} // namespace tenancy::models
