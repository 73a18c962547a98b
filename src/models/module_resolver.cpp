#include "models/module_resolver.hpp"

#include "models/module_queries.hpp"
#include "models/project_errors.hpp"
#include "pg/entry.hpp"

namespace tenancy::models {

int log_resolution = static_cast<int>(LogResolution::created);

void define_log_resolution()
{
    static const config_enum_entry options[] = {
        {"created", static_cast<int>(LogResolution::created), false},
        {"all", static_cast<int>(LogResolution::all), false},
        {nullptr, 0, false}};
    DefineCustomEnumVariable("changeops.log_resolution",
                             "Which resolutions of module paths raise a NOTICE.",
                             "'created': modules that are created. 'all': matches and defaults too.",
                             &log_resolution, log_resolution, options, PGC_USERSET, 0, nullptr,
                             nullptr, nullptr);
}

const char *resolution_label(Resolution how)
{
    switch (how) {
    case Resolution::given:
        return "given";
    case Resolution::matched:
        return "matched";
    case Resolution::created:
        return "created";
    default:
        return "default";
    }
}

namespace {

// A project that is asked about more often than this in one statement is loaded as a whole.
constexpr int few_questions = 4;

core::ProjectModules *find_project(Resolver *resolver, const Value &tenant, const Value &project)
{
    char tenant_buffer[sizeof(Datum)];
    char project_buffer[sizeof(Datum)];
    const Bytes t = value_bytes(tenant, tenant_buffer);
    const Bytes p = value_bytes(project, project_buffer);
    return pg::entry([&] { return &resolver->catalog->project({t.data, t.size}, {p.data, p.size}); });
}

void ask_or_refuse(Resolver *resolver, Question question, const Value &tenant, const Value &project,
                   Datum argument, core::ProjectModules *modules)
{
    if (!ask(resolver, question, tenant, project, argument, modules))
        refuse_unknown_project(resolver->projects, resolver->project_key, project);
}

// Are all modules of the project known? Loads them when it was asked about often enough.
bool knows_all(Resolver *resolver, const Value &tenant, const Value &project,
               core::ProjectModules *modules)
{
    if (!modules->complete && !modules->too_many && ++modules->misses > few_questions)
        ask_or_refuse(resolver, Question::all, tenant, project, 0, modules);
    return modules->complete;
}

Bytes bytes_of(std::string_view view)
{
    return {view.data(), view.size()};
}

Value default_module(Resolver *resolver, const Value &tenant, const Value &project,
                     core::ProjectModules *modules)
{
    if (modules->roots.default_id() == nullptr)
        ask_or_refuse(resolver, Question::use_default, tenant, project, 0, modules);
    const std::string *id = modules->roots.default_id();
    if (id == nullptr)
        refuse_no_default("module", resolver->projects, resolver->modules, project);
    return value_from(resolver->module_type, bytes_of(*id));
}

ResolvedModule check_given(Resolver *resolver, const Value &tenant, const Value &project,
                           const Value &module, core::ProjectModules *modules)
{
    char buffer[sizeof(Datum)];
    const Bytes id = value_bytes(module, buffer);
    const auto known = [&] {
        return pg::entry([&] { return modules->roots.has({id.data, id.size}); });
    };
    if (!known()) {
        // Also where all were loaded: one may have come since.
        if (!knows_all(resolver, tenant, project, modules) || !known())
            ask_or_refuse(resolver, Question::by_id, tenant, project, module.datum, modules);
        if (!known())
            refuse_foreign_part("module", resolver->modules, resolver->module_project, project, module);
    }
    return {module, Resolution::given};
}

Datum roots_above(const char *path)
{
    Datum roots[core::max_path_bytes / 2 + 2];
    int count = 0;
    int length = static_cast<int>(strlen(path));
    for (;;) {
        roots[count++] = PointerGetDatum(cstring_to_text_with_len(path, length));
        if (length == 0)
            break;
        while (length > 0 && path[length - 1] != '/')
            --length;
        if (length > 0)
            --length;
    }
    return PointerGetDatum(construct_array(roots, count, TEXTOID, -1, false, TYPALIGN_INT));
}

// Makes the module, unless somebody else has meanwhile.
ResolvedModule create_module(Resolver *resolver, const Value &tenant, const Value &project,
                             const char *root, const char *path,
                             core::ProjectModules *modules)
{
    constexpr int most_attempts = 100;
    if (!resolver->checked_unique) {
        require_unique_roots(resolver);
        resolver->checked_unique = true;
    }
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        CHECK_FOR_INTERRUPTS();
        const char *name = pg::core_text([&] { return core::module_name(root, attempt); });
        const Value made = insert_module(resolver, tenant, project, name, root);
        if (!made.null) {
            char buffer[sizeof(Datum)];
            const Bytes id = value_bytes(made, buffer);
            pg::entry([&] { modules->roots.add(root, {id.data, id.size}, false); });
            ereport(NOTICE, (errcode(ERRCODE_SUCCESSFUL_COMPLETION),
                             errmsg("module \"%s\" created at \"%s\" for path \"%s\"", name,
                                    root, path)));
            return {made, Resolution::created};
        }
        // The root or the name is taken. A new snapshot shows a root that was committed meanwhile.
        const Datum roots[] = {CStringGetTextDatum(root)};
        ask_or_refuse(resolver, Question::by_path, tenant, project,
                      PointerGetDatum(construct_array(const_cast<Datum *>(roots), 1, TEXTOID, -1,
                                                      false, TYPALIGN_INT)), modules);
        const core::PathAnswer answer = pg::entry([&] { return modules->roots.find(root); });
        if (answer.kind == core::PathAnswer::Kind::module && answer.root == root)
            return {value_from(resolver->module_type, bytes_of(answer.id)), Resolution::matched};
    }
    ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION),
                    errmsg("no module could be created at \"%s\"", root),
                    errdetail("Its root or every name for it is taken by modules that are not visible here."),
                    errhint("SELECT * FROM %s WHERE %s = %s;", resolver->modules.sql,
                            resolver->root_path, quote_literal_cstr(root))));
    pg_unreachable();
}

} // namespace

ResolvedModule resolve(Resolver *resolver, const Value &tenant, const Value &project,
                       const Value &module, const Value &path)
{
    if (project.null)
        refuse_no_project(resolver->projects, resolver->project_key);
    core::ProjectModules *modules = find_project(resolver, tenant, project);
    if (!module.null)
        return check_given(resolver, tenant, project, module, modules);
    if (path.null)
        return {default_module(resolver, tenant, project, modules), Resolution::use_default};

    char buffer[sizeof(Datum)];
    const Bytes given = value_bytes(path, buffer);
    const char *normalized =
        core::is_normalized({given.data, given.size})
            ? pnstrdup(given.data, given.size)
            : pg::core_text([&] { return core::normalize_path({given.data, given.size}); });
    const auto find = [&] { return pg::entry([&] { return modules->roots.find(normalized); }); };
    if (!knows_all(resolver, tenant, project, modules))
        ask_or_refuse(resolver, Question::by_path, tenant, project, roots_above(normalized), modules);
    const core::PathAnswer answer = find();
    ResolvedModule out;
    switch (answer.kind) {
    case core::PathAnswer::Kind::create:
        return create_module(resolver, tenant, project,
                             pnstrdup(answer.root.data(), answer.root.size()), normalized,
                             modules);
    case core::PathAnswer::Kind::use_default:
        out = {default_module(resolver, tenant, project, modules), Resolution::use_default};
        break;
    default:
        out = {value_from(resolver->module_type, bytes_of(answer.id)), Resolution::matched};
        break;
    }
    if (log_resolution == static_cast<int>(LogResolution::all))
        ereport(NOTICE, (errcode(ERRCODE_SUCCESSFUL_COMPLETION),
                         errmsg("path \"%s\" belongs to module %s (%s)", normalized,
                                value_text(out.module), resolution_label(out.how))));
    return out;
}

} // namespace tenancy::models
