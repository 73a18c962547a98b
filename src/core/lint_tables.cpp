// Rules about tables: is row-level security on, for everybody, in every part, and are writes checked.

#include "core/lint_parts.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

bool is_reached(const LintContext &context, TableId table)
{
    return !context.given_on(table, row_privileges()).empty() || context.reachable.empty();
}

// Why writes are not checked; "" when they are. What runs after the write guard, plan_guards() knows, too.
std::string guard_problem(const Table &table)
{
    const Trigger *write = table.trigger_calling(write_guard_function), *truncate = table.trigger_calling(truncate_guard_function);
    if (write == nullptr || write->enabled != 'A')
        return write == nullptr ? "The write guard is missing." : "The write guard is not ENABLE ALWAYS.";
    if (truncate == nullptr || truncate->enabled != 'A')
        return truncate == nullptr ? "The truncate guard is missing." : "The truncate guard is not ENABLE ALWAYS.";
    if (write->narrowed || truncate->narrowed)
        return std::string(write->narrowed ? "The write" : "The truncate") + " guard is made for some rows or columns only.";
    constexpr int before_row = trigger_row | trigger_before;
    for (const Trigger &trigger : table.triggers)
        if (trigger.function != write_guard_function && trigger.enabled != 'D' && trigger.name > write->name && (trigger.type & before_row) == before_row &&
            (trigger.type & (trigger_insert | trigger_update)) != 0)
            return "Trigger " + trigger.sql + " runs after the write guard and can change the tenant.";
    return "";
}

const Table *open_parent(const LintContext &context, const Table &table)
{
    for (const TableId parent : table.parents)
        if (const Table *above = context.schema.table(parent); above != nullptr && above->row_security)
            return above;
    return nullptr;
}

} // namespace

void lint_rls_disabled(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const Table &at = *table.table;
        if (at.row_security || !at.policies.empty() || at.kind == 'f' || open_parent(context, at) != nullptr)
            continue;
        const bool reached = is_reached(context, at.oid);
        add_finding(rule, at.sql, "Whoever may read the table reads the rows of all tenants in it.", protect_command(context, table, "CREATE POLICY tenant ON " + at.sql + " USING (" + table.column->sql + " = (SELECT current_setting(" + quoted_literal(context.request.context_setting) + ")::" + table.column->type + ")); ALTER TABLE " + at.sql + " ENABLE ROW LEVEL SECURITY;"), out)
            .level = reached ? Level::error : Level::warning;
    }
}

void lint_rls_not_forced(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const Table &at = *table.table;
        if (!at.row_security || at.force || table.protection.canary)
            continue;
        add_finding(rule, at.sql, "Statements of " + at.owner + ", its owner, and of views and SECURITY DEFINER functions that belong to it see all tenants.",
                    protect_command(context, table, "ALTER TABLE " + at.sql + " FORCE ROW LEVEL SECURITY;"), out)
            .level = context.reachable.count(at.owner) > 0 ? Level::error : Level::warning;
    }
}

void lint_policies_without_rls(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const auto &[oid, table] : context.schema.tables)
        if (!table.row_security && !table.policies.empty() && !table.of_extension)
            add_finding(rule, table.sql, "Its " + std::to_string(table.policies.size()) + " policies do nothing.", "ALTER TABLE " + table.sql + " ENABLE ROW LEVEL SECURITY;", out);
}

void lint_partition_open(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const auto &[oid, table] : context.schema.tables) {
        const Table *above = open_parent(context, table);
        if (above == nullptr || table.row_security || !table.policies.empty() || table.kind == 'f')
            continue;
        const Tenanted *parent = context.tenanted(above->oid);
        const std::string enable = "ALTER TABLE " + table.sql + " ENABLE ROW LEVEL SECURITY;";
        add_finding(rule, table.sql, "Policies of " + above->sql + " do not hold where " + table.sql + " itself is named.", parent != nullptr && parent->protects ? protect_command(context, *parent, enable) : enable, out)
            .level = is_reached(context, oid) ? Level::error : Level::warning;
    }
}

void lint_no_policy(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables)
        if (table.table->row_security && std::none_of(table.table->policies.begin(), table.table->policies.end(), [](const Policy &policy) { return policy.permissive; }))
            add_finding(rule, table.table->sql, "Row-level security is on and no policy opens the table: only roles that bypass it see rows.",
                        context.request.installed ? "CREATE POLICY " + std::string(access_policy) + " ON " + table.table->sql + " USING (" + table.column->sql + " = " + accessor_sql(context.schema.key_type) + ") WITH CHECK (true);" +
                                                          (table.protects ? "" : " " + protect_command(context, table, ""))
                                                    : "CREATE POLICY tenant ON " + table.table->sql + " USING (" + table.column->sql + " = (SELECT current_setting(" + quoted_literal(context.request.context_setting) + ")::" + table.column->type + "));", out);
}

void lint_no_restrictive_policy(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const auto &policies = table.table->policies;
        if (table.table->row_security && !policies.empty() && std::all_of(policies.begin(), policies.end(), [](const Policy &policy) { return policy.permissive; }))
            add_finding(rule, table.table->sql, "Permissive policies add up: each one more shows more rows. A restrictive one is a floor.",
                        protect_command(context, table, "CREATE POLICY tenant_floor ON " + table.table->sql + " AS RESTRICTIVE USING (...);"), out);
    }
}

void lint_tenant_column_nullable(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables)
        if (!table.column->not_null && !table.part && table.table->kind != 'f' && !(table.protects && table.protection.global_rows == GlobalRows::read))
            add_finding(rule, table.table->sql, "Column " + table.column->sql + " may be NULL.", "ALTER TABLE " + table.table->sql + " ALTER COLUMN " + table.column->sql + " SET NOT NULL;", out);
}

void lint_tenant_column_loose(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const std::string &type = table.column->type;
        if (table.part || table.table->kind == 'f')
            continue;
        const bool padded = type == "character" || type == "bpchar", folded = type.find("citext") != std::string::npos;
        std::string before; // a column that a policy names keeps its type
        for (const Policy &policy : table.table->policies)
            before += "DROP POLICY " + policy.sql + " ON " + table.table->sql + "; ";
        if (padded || folded || !table.column->deterministic)
            add_finding(rule, table.table->sql,
                        "Column " + table.column->sql + " is of type " + type + (padded ? ": longer ids are cut, blanks at the end do not count." : folded ? ": ACME equals acme." : " and its collation takes different texts for equal."),
                        before + "ALTER TABLE " + table.table->sql + " ALTER COLUMN " + table.column->sql + " TYPE text COLLATE \"C\";" + (before.empty() ? "" : " CREATE POLICY ...;"), out);
    }
}

void lint_guard_missing(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        if (!table.protects || table.protection.canary)
            continue;
        if (const std::string problem = guard_problem(*table.table); !problem.empty())
            add_finding(rule, table.table->sql, problem, protect_command(context, table, ""), out);
    }
}

void lint_drift(const LintContext &context, const LintRule &rule, LintResult &out)
{
    std::vector<ProtectRequest> requests;
    for (const Tenanted &table : context.tables)
        if (table.protection.kind == Protection::Kind::tenant && !table.protection.canary && table.table->parents.empty() && !table.table->of_application)
            requests.push_back({{table.table->oid, table.table->sql, table.table->kind}, table.column->name, table.column->sql, std::nullopt});
    if (requests.empty())
        return;
    Plan plan;
    try {
        plan = plan_protect(context.schema, requests);
    } catch (const Error &problem) {
        add_finding(rule, "protect()", problem.what(), problem.hint(), out);
        return;
    }
    std::map<std::string, std::string> lacking; // by table
    for (const Step &step : plan.steps)
        if (step.kind != "trigger" && step.kind != "row_security" && step.kind != "force") // others' rules
            lacking[step.target] += (lacking[step.target].empty() ? "" : "; ") + step.sql;
    for (const Tenanted &table : context.tables)
        if (const auto found = lacking.find(table.table->sql); found != lacking.end())
            add_finding(rule, found->first, "protect() would run: " + found->second, protect_command(context, table, ""), out);
}

} // namespace tenancy::core
