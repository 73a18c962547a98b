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

std::string both(const Policy &policy)
{
    return policy.using_sql.value_or("") + " " + policy.check_sql.value_or("");
}

// A restrictive policy for all commands that asks for the tenant: permissive ones cannot open more.
bool has_floor(const Tenanted &table)
{
    const auto &policies = table.table->policies;
    return std::any_of(policies.begin(), policies.end(), [&](const Policy &policy) {
        return !policy.permissive && policy.command == '*' && policy.to_public && policy.using_sql && mentions(*policy.using_sql, table.column->sql);
    });
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
        if (!policy.to_public)
            add_finding(rule, named(table, policy), policy.permissive ? "Which rows a role sees depends on its memberships, also in plans that are kept." : "Other roles have no floor; DROP OWNED BY can take a role out of it.",
                        "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " TO PUBLIC;", out);
    });
}

void lint_policy_always_true(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const bool reads = always_true(policy.using_sql), writes = always_true(policy.check_sql);
        if (policy.permissive && (reads || writes) && !has_floor(table))
            add_finding(rule, named(table, policy), reads ? "USING is true: every tenant's rows are visible." : "WITH CHECK is true: rows can be written for every tenant.",
                        "DROP POLICY " + policy.sql + " ON " + table.table->sql + ";", out);
    });
}

void lint_policy_fails_open(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        for (const auto &expression : {policy.using_sql, policy.check_sql})
            if (expression && fails_open(*expression, table.column->sql)) {
                add_finding(rule, named(table, policy), "Without a tenant it is true: " + *expression, "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " USING (" + table.column->sql + " = ...);", out);
                return;
            }
    });
}

void lint_policy_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        const PolicyUses *uses = context.uses_of(*table.table, policy);
        const bool through = uses != nullptr && !uses->relations.empty();
        if (policy.permissive && !has_floor(table) && !through && !always_true(policy.using_sql) && !always_true(policy.check_sql) && !mentions(both(policy), table.column->sql))
            add_finding(rule, named(table, policy), "It does not mention " + table.column->sql + ": " + both(policy), "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " USING (" + table.column->sql + " = ...);", out);
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
                        "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " USING (" + table.column->sql + " = ...);", out);
    });
}

void lint_policy_function_immutable(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_function(context, [&](const Tenanted &table, const Policy &policy, const Function &function) {
        if (function.volatility == 'i' && (reads_setting(function.body) || function.body.empty()))
            add_finding(rule, function.sql, "It is IMMUTABLE and policy " + named(table, policy) + " calls it: a prepared statement keeps the value of the tenant that planned it.", "ALTER FUNCTION " + function.sql + " STABLE;", out);
    });
}

void lint_function_leakproof(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Function &function : context.around.functions)
        if (function.leakproof && !function.of_extension)
            add_finding(rule, function.sql, "LEAKPROOF functions see rows before policies have hidden them; a message or an error of theirs tells what is in them.", "ALTER FUNCTION " + function.sql + " NOT LEAKPROOF;", out);
}

void lint_setting_per_row(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        if (reads_setting(both(policy)) && !reads_setting_in_subselect(both(policy)))
            add_finding(rule, named(table, policy), "The setting is looked up and converted for each row that is read.",
                        context.request.installed ? "SELECT tenancy.protect(" + quoted_literal(table.table->sql) + ", " + quoted_literal(table.column->name) + ");"
                                                  : "ALTER POLICY " + policy.sql + " ON " + table.table->sql + " USING (" + table.column->sql + " = (SELECT current_setting(" + quoted_literal(context.request.context_setting) + ")::" + table.column->type + "));",
                        out);
    });
}

void lint_setting_in_subselect(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_policy(context, [&](const Tenanted &table, const Policy &policy) {
        if (reads_setting_in_subselect(both(policy)))
            add_finding(rule, named(table, policy), "A sub-select is evaluated once, but its value is unknown when the query is planned: large and small tenants get the same plan.",
                        context.request.installed ? "SELECT tenancy.protect(" + quoted_literal(table.table->sql) + ", " + quoted_literal(table.column->name) + ");" : "EXPLAIN SELECT * FROM " + table.table->sql + ";", out);
    });
}

void lint_policy_function_slow(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_function(context, [&](const Tenanted &table, const Policy &policy, const Function &function) {
        const bool inlined = function.language == "sql" && !function.definer && !function.search_path;
        if (function.language != "c" && function.language != "internal" && !inlined)
            add_finding(rule, named(table, policy), "It calls " + function.sql + ", written in " + function.language + ", for each row.", "\\sf " + function.sql, out);
    });
}

void lint_policy_function_serial(const LintContext &context, const LintRule &rule, LintResult &out)
{
    each_function(context, [&](const Tenanted &table, const Policy &policy, const Function &function) {
        if (function.parallel != 's')
            add_finding(rule, function.sql, "Policy " + named(table, policy) + " calls it, and it is not PARALLEL SAFE.", "ALTER FUNCTION " + function.sql + " PARALLEL SAFE;", out);
    });
}

} // namespace tenancy::core
