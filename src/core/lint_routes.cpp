// Rules about routes around the policies: views, functions, copies, other servers, objects of one's own.

#include "core/lint_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

// Tables of tenants that a view reads, through other views too.
std::set<TableId> tables_beneath(const LintContext &context, const std::map<TableId, const View *> &views, TableId top)
{
    std::set<TableId> out, seen = {top};
    std::vector<TableId> waiting = {top};
    while (!waiting.empty()) {
        const auto view = views.find(waiting.back());
        waiting.pop_back();
        if (view == views.end())
            continue;
        for (const TableId oid : view->second->reads) {
            if (context.tenanted(oid) != nullptr)
                out.insert(oid);
            if (seen.insert(oid).second)
                waiting.push_back(oid);
        }
    }
    return out;
}

std::map<TableId, const View *> views_of(const LintContext &context)
{
    std::map<TableId, const View *> out;
    for (const View &view : context.around.views)
        out[view.oid] = &view;
    return out;
}

std::string from_role(const std::string &to)
{
    return to == "PUBLIC" ? to : quoted_name(to);
}

} // namespace

void lint_view_of_owner(const LintContext &context, const LintRule &rule, LintResult &out)
{
    const auto views = views_of(context);
    for (const View &view : context.around.views) {
        if (view.materialized || view.invoker || view.of_extension)
            continue;
        const std::string to = context.given_on(view.oid, "SELECT");
        if (to.empty())
            continue;
        for (const TableId oid : tables_beneath(context, views, view.oid)) {
            const Tenanted &table = *context.tenanted(oid);
            if (!table.table->row_security || !context.sees_all(view.owner, table))
                continue; // without row-level security the table has a finding of its own
            Finding &found = add_finding(rule, view.sql, "It reads " + table.table->sql + " as " + view.owner + ", to whom policies do not apply; " + to + " may read it.", "ALTER VIEW " + view.sql + " SET (security_invoker = true);", out);
            if (view.filters && view.barrier) {
                found.level = Level::warning;
                found.detail += " It has a WHERE of its own behind a security barrier: check that it asks for the tenant.";
            }
            break;
        }
    }
}

void lint_materialized_view(const LintContext &context, const LintRule &rule, LintResult &out)
{
    const auto views = views_of(context);
    for (const View &view : context.around.views) {
        if (!view.materialized)
            continue;
        const std::set<TableId> beneath = tables_beneath(context, views, view.oid);
        if (beneath.empty())
            continue;
        const std::string to = context.given_on(view.oid, "SELECT");
        add_finding(rule, view.sql, "It copies " + context.tenanted(*beneath.begin())->table->sql + ", and no policy can stand on it; " + (to.empty() ? "no role of the application" : to) + " may read it.",
                    to.empty() ? "\\d+ " + view.sql : "REVOKE ALL ON " + view.sql + " FROM " + from_role(to) + ";", out)
            .level = to.empty() ? Level::info : Level::error;
    }
}

void lint_definer_search_path(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Function &function : context.around.functions) {
        if (!function.definer || function.of_extension || (context.given(function.grants, "EXECUTE").empty() && !function.trigger))
            continue;
        const bool last = function.search_path && function.search_path->find("pg_temp") != std::string::npos;
        if (function.search_path && (last || function.language == "c"))
            continue;
        add_finding(rule, function.sql, function.search_path ? "Its search_path does not name pg_temp, which then comes first: a temporary table of the caller stands in for any other." : "It looks names up where its caller says, and runs as " + function.owner + ".",
                    "ALTER FUNCTION " + function.sql + " SET search_path = pg_catalog, pg_temp;", out)
            .level = function.search_path ? Level::warning : Level::error;
    }
}

void lint_definer_bypasses(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Function &function : context.around.functions) {
        const std::string to = context.given(function.grants, "EXECUTE");
        if (function.definer && !function.of_extension && !function.trigger && !to.empty() && context.bypasses(function.owner))
            add_finding(rule, function.sql, to + " may call it, and it runs as " + function.owner + ", to whom policies do not apply.", "ALTER FUNCTION " + function.sql + " SECURITY INVOKER;", out);
    }
}

void lint_rule_on_table(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const OfTable &one : context.around.rules)
        if (const Tenanted *table = context.tenanted(one.table))
            add_finding(rule, one.sql + " ON " + table->table->sql, "A rule writes or reads elsewhere with the rights of the table's owner.", "DROP RULE " + one.sql + " ON " + table->table->sql + ";", out);
}

void lint_foreign_table(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables)
        if (const std::string to = context.given_on(table.table->oid, "SELECT"); table.table->kind == 'f' && !to.empty())
            add_finding(rule, table.table->sql, to + " may read it, and policies do not exist for foreign tables.", "REVOKE ALL ON " + table.table->sql + " FROM " + from_role(to) + ";", out);
}

void lint_foreign_server(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Granted &server : context.around.servers)
        if (const std::string to = context.given(server.grants, "USAGE"); !to.empty())
            add_finding(rule, server.sql, to + " may make foreign tables on it.", "REVOKE USAGE ON FOREIGN SERVER " + server.sql + " FROM " + from_role(to) + ";", out);
}

void lint_dblink_callable(const LintContext &context, const LintRule &rule, LintResult &out)
{
    if (!context.around.has_extension("dblink"))
        return;
    for (const Function &function : context.around.functions)
        if (const std::string to = context.given(function.grants, "EXECUTE"); function.of_extension && function.name == "dblink_connect" && !to.empty()) {
            add_finding(rule, "dblink", to + " may connect from inside the server, where no guard of this session holds.", "DROP EXTENSION dblink;", out);
            return;
        }
}

void lint_publication(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Publication &publication : context.around.publications)
        for (const Tenanted &table : context.tables) {
            const auto in = [](const auto &list, const auto &value) { return std::find(list.begin(), list.end(), value) != list.end(); };
            if (publication.all || in(publication.tables, table.table->oid) || in(publication.schemas, table.table->schema)) {
                add_finding(rule, publication.sql, "It publishes " + table.table->sql + " without a row filter.", "\\dRp+ " + publication.sql, out);
                break;
            }
        }
}

void lint_large_objects(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const LargeObjects &one : context.around.large_objects) {
        const bool own = context.reachable.count(one.owner) > 0;
        add_finding(rule, quoted_name(one.owner), std::to_string(one.count) + " large objects belong to it. They have an owner, and no tenant.", "SELECT oid FROM pg_largeobject_metadata WHERE lomowner = " + quoted_literal(one.owner) + "::regrole;", out)
            .level = own && !context.request.installed ? Level::warning : Level::info; // guarded sessions may not call their functions
    }
}

void lint_create_in_schema(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Granted &schema : context.around.schemas)
        if (const std::string to = context.given(schema.grants, "CREATE"); !to.empty())
            add_finding(rule, schema.sql, to + " may create tables and functions there: copies have no policies, and others may call what is put there.", "REVOKE CREATE ON SCHEMA " + schema.sql + " FROM " + from_role(to) + ";", out)
                .level = context.request.installed && to != "PUBLIC" ? Level::info : Level::warning;
}

void lint_temporary_tables(const LintContext &context, const LintRule &rule, LintResult &out)
{
    if (const std::string to = context.given(context.around.database_grants, "TEMPORARY"); !to.empty() && !context.reachable.empty())
        add_finding(rule, quoted_name(context.around.database), to + " may make temporary tables, which stay on a pooled connection and hide others of their name.", "REVOKE TEMPORARY ON DATABASE " + quoted_name(context.around.database) + " FROM " + from_role(to) + ";", out)
            .level = context.request.installed ? Level::info : Level::warning; // guards let them end with the transaction
}

void lint_untrusted_language(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Granted &language : context.around.languages)
        if (const std::string to = context.given(language.grants, "USAGE"); !to.empty())
            add_finding(rule, language.sql, to + " may use it.", "REVOKE USAGE ON LANGUAGE " + language.sql + " FROM " + from_role(to) + ";", out);
}

} // namespace tenancy::core
