// Rules about roles of the application: what they are, and what they may become.

#include "core/lint_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

template <typename Do> void each_application(const LintContext &context, Do visit)
{
    for (const Role &role : context.around.roles)
        if (context.applications.count(role.name) > 0)
            visit(role);
}

// "a, b, c and 4 more"
std::string some_of(const std::vector<std::string> &names)
{
    std::string out;
    for (std::size_t i = 0; i < names.size() && i < 3; ++i)
        out += (i == 0 ? "" : ", ") + names[i];
    return names.size() > 3 ? out + " and " + std::to_string(names.size() - 3) + " more" : out;
}

bool reaches(const Role &role, const std::string &name)
{
    return std::find(role.reaches.begin(), role.reaches.end(), name) != role.reaches.end();
}

std::vector<std::string> owned_by(const LintContext &context, const std::string &owner)
{
    std::vector<std::string> out;
    for (const Tenanted &table : context.tables)
        if (table.table->owner == owner)
            out.push_back(table.table->sql);
    return out;
}

// Takes the membership away where it is given: to the role, or to others that it is a member of.
std::string revoke_command(const LintContext &context, const Role &role, const std::string &name)
{
    std::string from;
    for (const Role &other : context.around.roles)
        if ((other.name == role.name || reaches(role, other.name)) && std::find(other.member_of.begin(), other.member_of.end(), name) != other.member_of.end())
            from += (from.empty() ? "" : ", ") + other.sql;
    return "REVOKE " + context.role_sql(name) + " FROM " + (from.empty() ? role.sql : from) + ";";
}

bool gives_rows(const Grant &grant)
{
    const std::vector<std::string> all = row_privileges();
    return std::any_of(all.begin(), all.end(), [&](const std::string &one) { return grant.gives(one); });
}

std::string membership(const LintContext &context, const Role &role, const std::string &name)
{
    return context.role_sql(name) + " TO " + role.sql;
}

} // namespace

void lint_role_superuser(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        if (role.superuser)
            add_finding(rule, role.sql, "Nothing in the database holds for a superuser.", "ALTER ROLE " + role.sql + " NOSUPERUSER;", out);
    });
}

void lint_role_bypassrls(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        if (role.bypassrls && !role.superuser)
            add_finding(rule, role.sql, "Policies do not hold for roles with BYPASSRLS.", "ALTER ROLE " + role.sql + " NOBYPASSRLS;", out);
    });
}

void lint_role_replication(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        if (role.replication && !role.superuser)
            add_finding(rule, role.sql, "The log of changes knows no policies: its slots and output plugins give every tenant's.", "ALTER ROLE " + role.sql + " NOREPLICATION;", out);
    });
}

void lint_role_createrole(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        if (role.createrole && !role.superuser)
            add_finding(rule, role.sql, context.schema.server_version < 160000 ? "Before PostgreSQL 16 it can make itself a member of every role that is no superuser." : "It can make roles that are not guarded, and log in as them.",
                        "ALTER ROLE " + role.sql + " NOCREATEROLE;", out)
                .level = context.schema.server_version < 160000 ? Level::error : Level::warning;
    });
}

void lint_role_owns_table(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        const std::vector<std::string> owned = owned_by(context, role.name);
        if (!owned.empty() && !role.superuser)
            add_finding(rule, role.sql, "An owner can switch row-level security off, drop policies and triggers: " + some_of(owned) + ".", "REASSIGN OWNED BY " + role.sql + " TO a_role_that_does_not_log_in;", out);
    });
}

void lint_role_reaches_owner(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        for (const std::string &name : role.reaches) {
            const Role *other = context.around.role(name);
            const std::vector<std::string> owned = owned_by(context, name);
            if (!role.superuser && !owned.empty() && other != nullptr && !other->superuser && !other->bypassrls && !other->application)
                add_finding(rule, membership(context, role, name), "SET ROLE " + other->sql + " makes it the owner of " + some_of(owned) + ".", revoke_command(context, role, name), out);
        }
    });
}

void lint_role_reaches_bypass(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_application(context, [&](const Role &role) {
        for (const std::string &name : role.reaches)
            if (!role.superuser && !role.bypassrls && context.bypasses(name))
                add_finding(rule, membership(context, role, name), "SET ROLE " + context.role_sql(name) + " makes it a role to which policies do not apply.", revoke_command(context, role, name), out);
    });
}

void lint_role_predefined(const LintContext &context, const LintRule &rule, LintResult &out)
{
    struct Power {
        const char *name;
        Level level;
        const char *what;
    };
    static constexpr Power powers[] = {
        {"pg_read_server_files", Level::error, "It reads the server's files."},
        {"pg_write_server_files", Level::error, "It writes the server's files."},
        {"pg_execute_server_program", Level::error, "It runs programs as the server."},
        {"pg_write_all_data", Level::warning, "It writes every table, those without policies too."},
        {"pg_read_all_data", Level::warning, "It reads every table, those without policies too."},
        {"pg_monitor", Level::warning, "It reads statements and statistics of all tenants."},
        {"pg_read_all_stats", Level::warning, "It reads statements and statistics of all tenants."},
        {"pg_stat_scan_tables", Level::warning, "Its functions look into tables past their policies."},
        {"pg_maintain", Level::warning, "It locks and rewrites every table."},
        {"pg_signal_backend", Level::warning, "It ends sessions of other tenants."},
        {"pg_create_subscription", Level::warning, "It lets the server open connections."},
    };
    each_application(context, [&](const Role &role) {
        for (const auto &[power, level, what] : powers)
            if (const std::string name = power; !role.superuser && reaches(role, name) && !((name == "pg_read_all_stats" || name == "pg_stat_scan_tables") && reaches(role, "pg_monitor")))
                add_finding(rule, membership(context, role, name), what, revoke_command(context, role, name), out).level = level;
    });
}

void lint_role_not_enrolled(const LintContext &context, const LintRule &rule, LintResult &out)
{
    if (!context.request.installed)
        return;
    for (const Role &role : context.around.roles) {
        if (!role.login || role.superuser || context.guarded.count(role.name) > 0)
            continue;
        for (const Tenanted &table : context.tables) {
            if (!table.protects || table.table->owner == role.name)
                continue;
            const auto found = context.around.table_grants.find(table.table->oid);
            const bool uses = found != context.around.table_grants.end() && std::any_of(found->second.begin(), found->second.end(), [&](const Grant &grant) {
                return !grant.to.empty() && (grant.to == role.name || reaches(role, grant.to)) && gives_rows(grant);
            });
            if (!uses)
                continue;
            if (role.bypassrls)
                add_finding(rule, role.sql, "It may use " + table.table->sql + ", and policies do not hold for it: right for roles of the platform alone.", "ALTER ROLE " + role.sql + " NOBYPASSRLS;", out).level = Level::info;
            else
                add_finding(rule, role.sql, "It may use " + table.table->sql + ". Policies hold for it; the guards of sessions do not.", "SELECT tenancy.enroll(" + quoted_literal(role.sql) + ");", out);
            break;
        }
    }
}

} // namespace tenancy::core
