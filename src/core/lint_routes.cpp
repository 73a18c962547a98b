// Rules about routes around the policies: views, functions, copies, other servers, objects of one's own.

#include "core/lint_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

using Views = std::map<TableId, const View *>;
using Read = std::pair<TableId, std::string>; // as whom; "": as whoever reads the view on top

// What a view reads, through other views too, but not what stands behind materialized ones.
std::set<Read> read_by(const Views &views, const View &top)
{
    std::set<Read> out;
    std::vector<Read> waiting;
    const auto look_into = [&](const View &view, const std::string &reader) {
        for (const TableId oid : view.reads)
            if (const Read read = {oid, view.invoker ? reader : view.owner}; out.insert(read).second)
                waiting.push_back(read);
    };
    look_into(top, "");
    while (!waiting.empty()) {
        const Read read = waiting.back();
        waiting.pop_back();
        if (const auto view = views.find(read.first); view != views.end() && !view->second->materialized)
            look_into(*view->second, read.second);
    }
    return out;
}

const Table *tenants_copied(const LintContext &context, const Views &views, const View &copy)
{
    std::set<TableId> seen;
    std::vector<const View *> waiting = {&copy};
    while (!waiting.empty()) {
        const View *view = waiting.back();
        waiting.pop_back();
        for (const Read &read : read_by(views, *view)) {
            if (const Tenanted *table = context.tenanted(read.first))
                return table->table;
            if (const auto other = views.find(read.first); other != views.end() && seen.insert(read.first).second)
                waiting.push_back(other->second);
        }
    }
    return nullptr;
}

Views views_of(const LintContext &context)
{
    Views out;
    for (const View &view : context.around.views)
        out[view.oid] = &view;
    return out;
}

// pg_temp is looked into first, unless it is named: then where it is named.
bool ends_with_temporary(std::string path)
{
    path.erase(std::remove_if(path.begin(), path.end(), [](char c) { return c == ' ' || c == '"'; }), path.end());
    return path.size() >= 8 && path.compare(path.size() - 8, 8, ",pg_temp") == 0;
}

bool connects(const std::string &name) // of dblink
{
    return name == "dblink" || name == "dblink_connect" || name == "dblink_connect_u" || name == "dblink_exec";
}

bool gives_everybody(const Grants &grants, std::string_view privilege)
{
    return std::any_of(grants.begin(), grants.end(), [&](const Grant &grant) { return grant.to.empty() && grant.gives(privilege); });
}

} // namespace

void lint_view_of_owner(const LintContext &context, const LintRule &rule, LintResult &out)
{
    const auto views = views_of(context);
    for (const View &view : context.around.views) {
        if (view.materialized || view.invoker || view.of_extension)
            continue;
        const std::string to = context.given_on(view.oid, row_privileges());
        if (to.empty())
            continue;
        for (const auto &[oid, reader] : read_by(views, view)) {
            const Tenanted *table = context.tenanted(oid);
            if (table == nullptr || !table->table->row_security || !context.sees_all(reader, *table))
                continue; // without row-level security the table has a finding of its own
            const std::string inner = "It reads " + table->table->sql + " as " + context.role_sql(reader) + ", to whom policies do not apply; " + to + " may use it.";
            Finding &found = add_finding(rule, view.sql, inner, "ALTER VIEW " + view.sql + " SET (security_invoker = true);", out);
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
        const Table *copied = tenants_copied(context, views, view);
        if (copied == nullptr)
            continue;
        std::string through = view.sql, to = context.given_on(view.oid, {"SELECT"});
        for (const View &other : context.around.views)
            if (to.empty() && !other.materialized && !other.invoker)
                for (const auto &[oid, reader] : read_by(views, other))
                    if (oid == view.oid && to.empty()) {
                        through = other.sql;
                        to = context.given_on(other.oid, {"SELECT"});
                    }
        add_finding(rule, view.sql, "It copies " + copied->sql + ", and no policy can stand on it; " + (to.empty() ? "no role of the application may read it." : to + " may read " + (through == view.sql ? "it." : "it through " + through + ".")),
                    to.empty() ? "\\d+ " + view.sql : "REVOKE ALL ON " + through + " FROM " + to + ";", out)
            .level = to.empty() ? Level::info : Level::error;
    }
}

void lint_definer_search_path(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Function &function : context.around.functions) {
        if (!function.definer || function.of_extension || function.parsed || (context.given(function.grants, {"EXECUTE"}).empty() && !function.trigger))
            continue;
        if (function.search_path && (ends_with_temporary(*function.search_path) || function.language == "c"))
            continue;
        add_finding(rule, function.sql, function.search_path ? "Its search_path does not end with pg_temp, which comes first where it is not named: a temporary table of the caller stands in for any other." : "It looks names up where its caller says, and runs as " + context.role_sql(function.owner) + ".",
                    "ALTER ROUTINE " + function.sql + " SET search_path = pg_catalog, pg_temp;", out)
            .level = function.search_path ? Level::warning : Level::error;
    }
}

void lint_definer_bypasses(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Function &function : context.around.functions) {
        const std::string to = context.given(function.grants, {"EXECUTE"});
        if (function.definer && !function.of_extension && !function.trigger && !to.empty() && context.bypasses(function.owner))
            add_finding(rule, function.sql, to + " may call it, and it runs as " + context.role_sql(function.owner) + ", to whom policies do not apply.", "ALTER ROUTINE " + function.sql + " SECURITY INVOKER;", out);
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
        if (const std::string to = context.given_on(table.table->oid, row_privileges()); table.table->kind == 'f' && !to.empty())
            add_finding(rule, table.table->sql, to + " may use it, and policies do not exist for foreign tables.", "REVOKE ALL ON " + table.table->sql + " FROM " + to + ";", out);
}

void lint_foreign_server(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Granted &server : context.around.servers)
        if (const std::string to = context.given(server.grants, {"USAGE"}); !to.empty())
            add_finding(rule, server.sql, to + " may make foreign tables on it.", "REVOKE USAGE ON FOREIGN SERVER " + server.sql + " FROM " + to + ";", out);
}

void lint_dblink_callable(const LintContext &context, const LintRule &rule, LintResult &out)
{
    if (!context.around.has_extension("dblink"))
        return;
    for (const Function &function : context.around.functions)
        if (const std::string to = context.given(function.grants, {"EXECUTE"}); function.of_extension && connects(function.name) && !to.empty()) {
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
        add_finding(rule, context.role_sql(one.owner), std::to_string(one.count) + (one.count == 1 ? " large object belongs" : " large objects belong") + " to it. They have an owner, and no tenant.", "SELECT oid FROM pg_largeobject_metadata WHERE lomowner = " + quoted_literal(context.role_sql(one.owner)) + "::regrole;", out)
            .level = own && !context.request.installed ? Level::warning : Level::info; // guarded sessions may not call their functions
    }
}

void lint_create_in_schema(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Granted &schema : context.around.schemas) {
        const std::string &owner = schema.owner == "pg_database_owner" ? context.around.database_owner : schema.owner;
        const bool owns = context.reachable.count(owner) > 0;
        const std::string given = context.given(schema.grants, {"CREATE"}), to = owns ? context.role_sql(owner) : given;
        if (!to.empty())
            add_finding(rule, schema.sql, to + (owns ? " owns it, and may" : " may") + " create tables and functions there: copies have no policies, and others may call what is put there.",
                        owns ? "ALTER SCHEMA " + schema.sql + " OWNER TO a_role_that_does_not_log_in;" : "REVOKE CREATE ON SCHEMA " + schema.sql + " FROM " + to + ";", out)
                .level = context.request.installed && !gives_everybody(schema.grants, "CREATE") ? Level::info : Level::warning;
    }
}

void lint_temporary_tables(const LintContext &context, const LintRule &rule, LintResult &out)
{
    if (const std::string to = context.given(context.around.database_grants, {"TEMPORARY"}); !to.empty() && !context.reachable.empty())
        add_finding(rule, quoted_name(context.around.database), to + " may make temporary tables, which stay on a pooled connection and hide others of their name.", "REVOKE TEMPORARY ON DATABASE " + quoted_name(context.around.database) + " FROM " + to + ";", out)
            .level = context.request.installed ? Level::info : Level::warning; // guards let them end with the transaction
}

void lint_untrusted_language(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Granted &language : context.around.languages)
        if (const std::string to = context.given(language.grants, {"USAGE"}); !to.empty())
            add_finding(rule, language.sql, "Somebody has marked it as trusted, and " + to + " may use it.", "UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = " + quoted_literal(language.name) + ";", out);
}

} // namespace tenancy::core
