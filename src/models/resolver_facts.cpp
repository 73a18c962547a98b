// make_resolver(): what a trigger of resolve_module() knows before it has seen a row.

#include "models/module_resolver.hpp"

#include "models/kept_facts.hpp"
#include "models/module_queries.hpp"
#include "pg/owned.hpp"

namespace tenancy::models {

namespace {

Resolver read_facts(Relation table, const Trigger *trigger)
{
    enum { projects, modules, project, module, path, resolution, project_key, module_key,
           module_project, root_path, name, type, is_default, count };
    Argument arguments[count] = {
        {"projects", "projects"}, {"modules", "modules"}, {"project", "project_id"},
        {"module", "module_id"}, {"path", "module_path"}, {"resolution", "module_resolution"},
        {"project_key", "id"}, {"module_key", "id"}, {"module_project", "project_id"},
        {"root_path", "root_path"}, {"name", "name"}, {"type", "type"},
        {"is_default", "is_default"}};
    read_arguments("resolve_module", trigger, arguments, count);

    Resolver facts = {};
    facts.table = RelationGetRelid(table);
    facts.trigger = trigger->tgoid;
    facts.projects = read_place(table, arguments[projects].value);
    facts.modules = read_place(table, arguments[modules].value);
    const Place own = place_of(table);
    if (own.tenant_name != nullptr)
        facts.tenant = column_of(table, own.tenant_name);
    facts.project = column_of(table, arguments[project].value);
    facts.module = column_of(table, arguments[module].value);
    facts.path = column_of(table, arguments[path].value);
    require_text(table, facts.path);
    facts.resolution = column_of(table, arguments[resolution].value, true);
    const TupleDesc descriptor = RelationGetDescr(table);
    facts.tenant_type = facts.tenant == InvalidAttrNumber
                            ? TEXTOID
                            : TupleDescAttr(descriptor, facts.tenant - 1)->atttypid;
    facts.project_type = TupleDescAttr(descriptor, facts.project - 1)->atttypid;
    facts.module_type = TupleDescAttr(descriptor, facts.module - 1)->atttypid;
    facts.project_key = column_sql(facts.projects, arguments[project_key].value);
    facts.module_key = column_sql(facts.modules, arguments[module_key].value);
    facts.module_project_name = arguments[module_project].value;
    facts.module_project = column_sql(facts.modules, arguments[module_project].value);
    facts.root_path_name = arguments[root_path].value;
    facts.root_path = column_sql(facts.modules, arguments[root_path].value);
    facts.name = column_sql(facts.modules, arguments[name].value);
    facts.has_type = get_attnum(facts.modules.oid, arguments[type].value) > 0;
    facts.type = quote_identifier(arguments[type].value);
    facts.has_default = get_attnum(facts.modules.oid, arguments[is_default].value) > 0;
    facts.is_default = quote_identifier(arguments[is_default].value);
    facts.questions = static_cast<const char **>(palloc0(sizeof(char *) * question_count));
    return facts;
}

} // namespace

Resolver *make_resolver(Relation table, const Trigger *trigger, MemoryContext context)
{
    Resolver *resolver = static_cast<Resolver *>(MemoryContextAlloc(context, sizeof(Resolver)));
    *resolver = *kept_facts<Resolver>(trigger->tgoid, [&] { return read_facts(table, trigger); });
    resolver->subtransaction = GetCurrentSubTransactionId();
    resolver->catalog = pg::owned_by<core::ModuleCatalog>(context);
    return resolver;
}

} // namespace tenancy::models
