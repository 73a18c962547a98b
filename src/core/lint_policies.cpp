// Rules about what policies say, and what they cost.

#include "core/lint_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

template <typename Do> void each_policy(const LintContext &context, Do visit)
{
    for (const Tenanted &table : context.tables)
        for (const Policy &policy : table.table->policies)
            if (!is_own_policy(table, policy))
                visit(table, policy);
}

std::string named(const Tenanted &table, const Policy &policy)
{
    return policy.sql + " ON " + table.table->sql;
}

// A restrictive policy for all commands that asks for the tenant: permissive ones cannot open more.
bool has_floor(const Tenanted &table)
{
    const auto &policies = table.table->policies;
    return std::any_of(policies.begin(), policies.end(), [&](const Policy &policy) {
        return !policy.permissive && policy.command == '*' && policy.to_public && policy.using_sql && mentions(*policy.using_sql, table.column->sql) && !always_true(policy.using_sql) &&
               !always_true(policy.check_sql) && (is_own_policy(table, policy) || !fails_open(*policy.using_sql, table.column->sql));
    });
}

// Can somebody of the application get at what the policy opens.
bool is_for_application(const LintContext &context, const Policy &policy)
{
    return policy.to_public || context.reachable.empty() ||
           std::any_of(context.reachable.begin(), context.reachable.end(), [&](const std::string &role) {
               return std::find(policy.roles.begin(), policy.roles.end(), context.role_sql(role)) != policy.roles.end();
           });
}

bool lacks_tenant(const std::optional<std::string> &expression, const Tenanted &table)
{
    return expression && !always_true(expression) && !mentions(*expression, table.column->sql);
}

std::string alter_command(const Tenanted &table, const Policy &policy)
{
    const std::string condition = " (" + table.column->sql + " = ...)";
    return "ALTER POLICY " + policy.sql + " ON " + table.table->sql + (policy.using_sql ? " USING" + condition : "") + (policy.check_sql ? " WITH CHECK" + condition : "") + ";";
}

template <typename Do> void each_function(const LintContext &context, Do visit)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const PolicyUses *uses = context.uses_of(*table.table, policy);
        if (uses == nullptr)
            return;
        for (const std::int64_t oid : uses->functions)
            if (const auto found = context.functions.find(oid); found != context.functions.end())
                visit(table, policy, *found->second);
    });
}

} // namespace

void lint_policy_for_some_roles(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        if (policy.to_public || (policy.permissive && (always_true(policy.using_sql) || always_true(policy.check_sql))))
            return;
        const bool opens = policy.permissive && !has_floor(table) && (lacks_tenant(policy.using_sql, table) || lacks_tenant(policy.check_sql, table)); // then not for everybody
        add_finding(rule, named(table, policy), policy.permissive ? "Which rows a role sees depends on its memberships, also in plans that are kept." : "Other roles have no floor; DROP OWNED BY can take a role out of it.",
                    opens ? alter_command(table, policy) : "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " TO PUBLIC;", out);
    });
}

void lint_policy_always_true(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const bool reads = always_true(policy.using_sql), writes = always_true(policy.check_sql);
        if (policy.permissive && (reads || writes) && !has_floor(table))
            add_finding(rule, named(table, policy), reads ? "USING is true: every tenant's rows are visible." : "WITH CHECK is true: rows can be written for every tenant.",
                        "DROP POLICY " + policy.sql + " ON " + table.table->sql + ";", out)
                .level = is_for_application(context, policy) ? Level::error : Level::info;
    });
}

void lint_policy_fails_open(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        for (const auto &expression : {policy.using_sql, policy.check_sql})
            if (expression && fails_open(*expression, table.column->sql) && !(policy.permissive && has_floor(table))) {
                add_finding(rule, named(table, policy), "Without a tenant it is true: " + *expression, alter_command(table, policy), out).level = is_for_application(context, policy) ? Level::error : Level::warning;
                return;
            }
    });
}

void lint_policy_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const PolicyUses *uses = context.uses_of(*table.table, policy);
        const bool through = uses != nullptr && !uses->relations.empty();
        const bool reads = lacks_tenant(policy.using_sql, table), writes = lacks_tenant(policy.check_sql, table);
        if (policy.permissive && !has_floor(table) && !through && (reads || writes))
            add_finding(rule, named(table, policy), "It does not mention " + table.column->sql + ": " + (reads ? *policy.using_sql : *policy.check_sql), alter_command(table, policy), out);
    });
}

void lint_policy_reads_table(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const PolicyUses *uses = context.uses_of(*table.table, policy);
        std::string read;
        if (uses != nullptr)
            for (const TableId oid : uses->relations)
                if (const Table *other = context.schema.table(oid))
                    read += (read.empty() ? "" : ", ") + other->sql;
        if (!read.empty())
            add_finding(rule, named(table, policy), "It reads " + read + ": a row that waited for a lock is not asked again, and each query pays for the other table.",
                        alter_command(table, policy), out);
    });
}

void lint_policy_function_immutable(const LintContext &context, const LintRule &rule, LintResult &out)
{
    std::set<std::int64_t> seen;
    each_function(context, [&](const Tenanted &table, const Policy &policy, const Function &function) {
        // Whose body cannot be read reads something else than its arguments where it has none.
        const bool reads = function.body.empty() ? function.sql.size() > 2 && function.sql.compare(function.sql.size() - 2, 2, "()") == 0 : reads_setting(function.body);
        if (function.volatility == 'i' && reads && seen.insert(function.oid).second)
            add_finding(rule, function.sql, "It is IMMUTABLE and policy " + named(table, policy) + " calls it: a prepared statement keeps the value of the tenant that planned it.", "ALTER ROUTINE " + function.sql + " STABLE;", out);
    });
}

void lint_function_leakproof(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Function &function : context.around.functions)
        if (function.leakproof && !function.of_extension)
            add_finding(rule, function.sql, "LEAKPROOF functions see rows before policies have hidden them; a message or an error of theirs tells what is in them.", "ALTER ROUTINE " + function.sql + " NOT LEAKPROOF;", out);
}

void lint_setting_per_row(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const auto per_row = [](const std::optional<std::string> &expression) { return expression && reads_setting(*expression) && !reads_setting_in_subselect(*expression); };
        if (!per_row(policy.using_sql))
            return; // rows that are written pay more for other things
        add_finding(rule, named(table, policy), "The setting is looked up and converted for each row that is read.",
                    "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " USING (" + with_settings_in_subselects(*policy.using_sql) + ")" +
                        (per_row(policy.check_sql) ? " WITH CHECK (" + with_settings_in_subselects(*policy.check_sql) + ")" : "") + ";",
                    out);
    });
}

void lint_setting_in_subselect(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        if (policy.using_sql && !table.protects && reads_setting_in_subselect(*policy.using_sql)) // what protects tells the planner
            add_finding(rule, named(table, policy), "A sub-select is evaluated once, but its value is unknown when the query is planned: large and small tenants get the same plan.",
                        protect_command(context, table, "EXPLAIN SELECT * FROM " + table.table->sql + ";"), out);
    });
}

void lint_policy_function_slow(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_function(context, [&](const Tenanted &table, const Policy &policy, const Function &function) {
        const bool inlined = function.language == "sql" && !function.definer && !function.search_path;
        if (policy.using_sql && function.language != "c" && function.language != "internal" && !inlined)
            add_finding(rule, named(table, policy), "It calls " + function.sql + ", written in " + function.language + ", for each row.", "\\sf " + function.sql, out);
    });
}

void lint_policy_function_serial(const LintContext &context, const LintRule &rule, LintResult &out)
{
    std::set<std::int64_t> seen;
    each_function(context, [&](const Tenanted &table, const Policy &policy, const Function &function) {
        if (function.parallel != 's' && seen.insert(function.oid).second)
            add_finding(rule, function.sql, "Policy " + named(table, policy) + " calls it, and it is not PARALLEL SAFE.", "ALTER ROUTINE " + function.sql + " PARALLEL SAFE;", out);
    });
}

} // namespace tenancy::core
