// Rules about rights and stored settings.

#include "core/lint_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

void lint_privilege(const LintContext &context, const LintRule &rule, const char *privilege, const char *detail, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const std::string to = context.given_on(table.table->oid, {privilege});
        if (to.empty())
            continue;
        Finding &found = add_finding(rule, table.table->sql, to + " may " + privilege + ". " + detail, std::string("REVOKE ") + privilege + " ON " + table.table->sql + " FROM " + to + ";", out);
        if (table.protects) { // guarded sessions are refused all the same
            found.level = Level::info;
            found.detail += " Guards refuse it to sessions of enrolled roles.";
        }
    }
}

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return text;
}

// ALTER ... RESET, for whom it is stored.
std::string reset_command(const LintContext &context, const StoredSetting &setting)
{
    const std::string database = setting.database.empty() ? "" : "DATABASE " + quoted_name(setting.database);
    const std::string who = setting.role.empty() ? database : "ROLE " + context.role_sql(setting.role) + (database.empty() ? "" : " IN " + database);
    return "ALTER " + (who.empty() ? "ROLE ALL" : who) + " RESET " + setting.name + ";";
}

std::string whose(const LintContext &context, const StoredSetting &setting)
{
    return (setting.role.empty() ? "every role" : context.role_sql(setting.role)) + (setting.database.empty() ? "" : " in " + quoted_name(setting.database));
}

std::string stored(const LintContext &context, const StoredSetting &setting)
{
    return setting.name + " of " + whose(context, setting);
}

bool names_library(const std::string &list)
{
    for (std::size_t at = list.find("pg_tenancy"); at != std::string::npos; at = list.find("pg_tenancy", at + 1)) {
        const char before = at == 0 ? ',' : list[at - 1], behind = at + 10 == list.size() ? ',' : list[at + 10];
        if (std::string(", \"'/").find(before) != std::string::npos && std::string(", \"'.").find(behind) != std::string::npos)
            return true;
    }
    return false;
}

} // namespace

void lint_grant_truncate(const LintContext &context, const LintRule &rule, LintResult &out)
{
    lint_privilege(context, rule, "TRUNCATE", "It empties the table of all tenants.", out);
}

void lint_grant_references(const LintContext &context, const LintRule &rule, LintResult &out)
{
    lint_privilege(context, rule, "REFERENCES", "Who makes a foreign key to the table learns which keys exist, and can keep rows from being deleted.", out);
}

void lint_grant_trigger(const LintContext &context, const LintRule &rule, LintResult &out)
{
    lint_privilege(context, rule, "TRIGGER", "Its trigger would run with the rights of whoever writes next, and see his rows.", out);
}

void lint_grant_public(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const auto found = context.around.table_grants.find(table.table->oid);
        if (found == context.around.table_grants.end())
            continue;
        for (const Grant &grant : found->second)
            if (grant.to.empty())
                add_finding(rule, table.table->sql, "PUBLIC may " + grant.may + ".", "REVOKE ALL ON " + table.table->sql + " FROM PUBLIC;", out);
    }
}

void lint_stored_context(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const StoredSetting &setting : context.around.stored_settings)
        if (lower(setting.name) == lower(context.request.context_setting))
            add_finding(rule, stored(context, setting), "Sessions of " + whose(context, setting) + " that name no tenant work for the stored one.", reset_command(context, setting), out);
}

void lint_stored_secret(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const StoredSetting &setting : context.around.stored_settings) {
        const std::string name = lower(setting.name);
        if (name.find('.') == std::string::npos || name.find("_file") != std::string::npos || name.compare(0, 8, "tenancy.") == 0) // ours say how, not what
            continue;
        for (const char *word : {"secret", "password", "token", "key", "jwt"})
            if (name.find(word) != std::string::npos) {
                add_finding(rule, stored(context, setting), "Everybody can read pg_db_role_setting; this one is stored for " + whose(context, setting) + ".", reset_command(context, setting), out);
                break;
            }
    }
}

void lint_stored_row_security(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const StoredSetting &setting : context.around.stored_settings)
        if (lower(setting.name) == "row_security" && lower(setting.value) != "on")
            add_finding(rule, stored(context, setting), "Queries of " + whose(context, setting) + " fail where a policy would filter them, and see everything where none does.", reset_command(context, setting), out);
}

void lint_stored_enforcement(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const StoredSetting &setting : context.around.stored_settings) {
        if (!setting.role.empty() && context.applications.count(setting.role) == 0)
            continue;
        const std::string name = lower(setting.name), value = lower(setting.value);
        const bool off = value == "off" || value == "false" || value == "no" || value == "0" || value == "f" || value == "n";
        if (name == "tenancy.enforcement" && off)
            add_finding(rule, stored(context, setting), "Guards are off in sessions of " + whose(context, setting) + ": nothing keeps them to one tenant, or from what outlives it.", reset_command(context, setting), out);
        else if (name == "session_replication_role" && value == "replica")
            add_finding(rule, stored(context, setting), "Ordinary triggers and foreign keys are off in sessions of " + whose(context, setting) + ": rows may refer to those of other tenants.", reset_command(context, setting), out);
    }
}

void lint_parameter_granted(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Parameter &parameter : context.around.parameters) {
        if (!parameter.to.empty() && context.reachable.count(parameter.to) == 0)
            continue;
        const std::string to = parameter.to.empty() ? "PUBLIC" : context.role_sql(parameter.to);
        const bool triggers = parameter.name == "session_replication_role";
        add_finding(rule, parameter.may + " ON PARAMETER " + parameter.name + " TO " + to, to + " may " + parameter.may + " it." + (triggers ? " It turns triggers and foreign keys off." : ""), "REVOKE " + parameter.may + " ON PARAMETER " + parameter.name + " FROM " + to + ";", out)
            .level = triggers || parameter.may == "ALTER SYSTEM" ? Level::error : Level::warning;
    }
}

void lint_library_not_preloaded(const LintContext &context, const LintRule &rule, LintResult &out)
{
    if (!context.request.installed || !context.around.preload || names_library(*context.around.preload))
        return;
    for (const Role &role : context.around.roles) {
        if (!role.login || role.superuser || context.applications.count(role.name) == 0)
            continue; // stored settings are those of the role that logs in
        const auto &all = context.around.stored_settings;
        if (std::none_of(all.begin(), all.end(), [&](const StoredSetting &setting) {
                return setting.name == "session_preload_libraries" && (setting.role.empty() || setting.role == role.name) && names_library(setting.value);
            }))
            add_finding(rule, role.sql, "The library is loaded by the first call only; until then nothing refuses what only guards refuse.", "ALTER ROLE " + role.sql + " SET session_preload_libraries = 'pg_tenancy';", out);
    }
}

} // namespace tenancy::core
