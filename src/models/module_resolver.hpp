// Finds the module of a path for one statement, and makes it where there is none.
//
// The order: a module that is given must be one of the project; a path goes to the module with the
// longest root above it (core/module_path.hpp), and one without is created; neither given is the
// project's default module. Concurrent sessions that resolve the same new path make one module: the
// unique key over its root decides, and who comes second waits for the first.
// Errors: 23502 no project, 23503 unknown project or a module that is not the project's, 22023 a path
// that leaves the project, 55000 no default module, or no unique key over root paths,
// 42804 a path that is no text.
#pragma once

#include "core/module_catalog.hpp"

#include "models/row_trigger.hpp"

namespace tenancy::models {

enum class Resolution { given, matched, created, use_default };
const char *resolution_label(Resolution how);

enum class LogResolution { created, all };
extern int log_resolution; // the setting changeops.log_resolution
void define_log_resolution();

// The columns of the table whose rows have a module, and the tables it is found in. One for each
// statement; only the last part is not kept for the next (kept_facts.hpp).
struct Resolver {
    Oid table;
    Oid trigger; // by which plans are kept
    AttrNumber tenant, project, module, path, resolution; // tenant and resolution may be missing
    Oid tenant_type, project_type, module_type;
    Place projects, modules;
    const char *project_key, *module_key, *module_project, *root_path, *name, *type, *is_default; // quoted
    const char *module_project_name, *root_path_name;
    bool has_type, has_default;
    const char **questions; // their texts, as they come to be asked
    // Of the statement:
    SubTransactionId subtransaction; // that it was made in
    Oid labels[4];       // of the resolution's enum, as they come to be used
    // Of the function alone, which plpgsql keeps for a whole transaction: where it lives, who asks, and
    // the last command that cannot have changed what is known.
    MemoryContext memory;
    Oid user;
    CommandId command;
    bool checked_unique; // that root paths have a unique key
    core::ModuleCatalog *catalog;
};
Resolver *make_resolver(Relation table, const Trigger *trigger, MemoryContext context);

struct ResolvedModule {
    Value module;
    Resolution how;
};
// path null and module null: the default. Values that come back live in the current memory context.
ResolvedModule resolve(Resolver *resolver, const Value &tenant, const Value &project,
                       const Value &module, const Value &path);

} // namespace tenancy::models
