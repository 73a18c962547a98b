// What a Resolver asks the database, and the one row it may insert. Runs as the current user, under
// its row-level security.
#pragma once

#include "models/module_resolver.hpp"

namespace tenancy::models {

enum class Question { by_path, by_id, use_default, all };
inline constexpr int question_count = 4;

// More modules of one project than this are not kept in memory.
inline constexpr int most_modules = 20000;

// Puts the modules that answer the question into `modules`. argument: text[] of roots, an id, or unused.
// False when there is no such project. sets too_many where not all came.
bool ask(Resolver *resolver, Question question, const Value &tenant, const Value &project,
         Datum argument, core::ProjectModules *modules);

// Inserts a module; its id, or nothing (null) when the root or the name is taken.
Value insert_module(Resolver *resolver, const Value &tenant, const Value &project, const char *name,
                    const char *root);

// Refuses (55000) a table of modules without a unique key over root paths.
void require_unique_roots(const Resolver *resolver);

} // namespace tenancy::models
