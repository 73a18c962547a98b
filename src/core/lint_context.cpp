// Whose isolation is looked at: tables whose rows belong to tenants, and roles of the application.

#include "core/lint_parts.hpp"

#include "core/derivation_text.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

const Column *referring_column(const Schema &schema, const Table &table)
{
    for (const ForeignKey &key : schema.foreign_keys)
        if (key.child == table.oid && schema.tenant_table.oid != 0 && key.parent == schema.tenant_table.oid && key.child_columns.size() == 1)
            return table.column(key.child_columns.front());
    return nullptr;
}

const Column *tenant_column(const Schema &schema, const Table &table, const Protection &protection, const std::string &asked)
{
    if (protection.kind == Protection::Kind::tenant)
        return table.column(protection.column);
    if (!asked.empty())
        return table.column(asked);
    if (const Column *referring = referring_column(schema, table))
        return referring;
    for (const Column &column : table.columns)
        if (simplified(column.name) == "tenantid")
            return &column;
    return nullptr;
}

bool is_looked_at(const Schema &schema, const Table &table)
{
    return !table.of_extension && table.persistence != 't' && table.oid != schema.tenant_table.oid && table.schema != "tenancy" && table.schema != "tenancy_archive";
}

void find_tables(LintContext &context)
{
    for (const auto &[oid, table] : context.schema.tables) {
        if (!is_looked_at(context.schema, table))
            continue;
        const Protection protection = protection_of(context.schema, table);
        if (protection.kind == Protection::Kind::shared)
            continue;
        const Column *column = tenant_column(context.schema, table, protection, context.request.tenant_column);
        if (column == nullptr)
            continue;
        const bool protects = protection.kind == Protection::Kind::tenant || (context.request.installed && table.policy(isolation_policy) != nullptr);
        context.by_oid[oid] = context.tables.size();
        context.tables.push_back({&table, column, protection, false, protects});
    }
    for (Tenanted &table : context.tables)
        table.part = std::any_of(table.table->parents.begin(), table.table->parents.end(), [&](TableId parent) { return context.by_oid.count(parent) > 0; });
}

// Enrolled, or named, and their members: what a member logs in as has the rights of both.
void find_roles(LintContext &context)
{
    std::set<std::string> applications;
    for (const Role &role : context.around.roles)
        if (role.application)
            applications.insert(role.name);
    const std::set<std::string> named = applications;
    for (const Role &role : context.around.roles)
        if (!role.superuser && !role.bypassrls && std::any_of(role.reaches.begin(), role.reaches.end(), [&](const std::string &name) { return named.count(name) > 0; }))
            applications.insert(role.name);
    context.reachable = applications;
    for (const Role &role : context.around.roles)
        if (applications.count(role.name) > 0)
            context.reachable.insert(role.reaches.begin(), role.reaches.end());
}

} // namespace

const Tenanted *LintContext::tenanted(TableId oid) const
{
    const auto found = by_oid.find(oid);
    return found == by_oid.end() ? nullptr : &tables[found->second];
}

std::string LintContext::given(const Grants &grants, std::string_view privilege) const
{
    for (const Grant &grant : grants)
        if ((grant.to.empty() || reachable.count(grant.to) > 0) && grant.gives(privilege))
            return grant.to.empty() ? "PUBLIC" : grant.to;
    return "";
}

std::string LintContext::given_on(TableId table, std::string_view privilege) const
{
    const auto found = around.table_grants.find(table);
    return found == around.table_grants.end() ? "" : given(found->second, privilege);
}

const PolicyUses *LintContext::uses_of(const Table &table, const Policy &policy) const
{
    const auto found = uses.find({table.oid, policy.name});
    return found == uses.end() ? nullptr : found->second;
}

bool LintContext::bypasses(const std::string &role) const
{
    const Role *found = around.role(role);
    return found != nullptr && (found->superuser || found->bypassrls);
}

bool LintContext::sees_all(const std::string &role, const Tenanted &table) const
{
    return bypasses(role) || !table.table->row_security || (table.table->owner == role && !table.table->force);
}

LintContext lint_context(const Schema &schema, const Surroundings &around, const LintRequest &request)
{
    LintContext out{schema, around, request, {}, {}, {}, {}, {}};
    find_tables(out);
    find_roles(out);
    for (const Function &function : around.functions)
        out.functions[function.oid] = &function;
    for (const PolicyUses &one : around.policy_uses)
        out.uses[{one.table, one.policy}] = &one;
    return out;
}

} // namespace tenancy::core
