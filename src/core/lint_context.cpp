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

// Names under which tables of this database have their tenant: protected ones, and those that refer to the tenants.
std::set<std::string> used_names(const Schema &schema)
{
    std::set<std::string> out;
    for (const auto &[oid, table] : schema.tables) {
        if (const Protection protection = protection_of(schema, table); protection.kind == Protection::Kind::tenant)
            out.insert(protection.column);
        else if (const Column *referring = referring_column(schema, table))
            out.insert(referring->name);
    }
    return out;
}

const Column *tenant_column(const Schema &schema, const Table &table, const Protection &protection, const std::string &asked, const std::set<std::string> &used)
{
    if (protection.kind == Protection::Kind::tenant)
        return table.column(protection.column);
    if (!asked.empty())
        return table.column(asked);
    if (const Column *referring = referring_column(schema, table))
        return referring;
    for (const Column &column : table.columns)
        if (simplified(column.name) == "tenantid" || (used.count(column.name) > 0 && comparable(schema.key_type, column.type)))
            return &column;
    return nullptr;
}

bool is_looked_at(const Schema &schema, const Table &table)
{
    return !table.of_extension && table.persistence != 't' && table.oid != schema.tenant_table.oid && table.schema != "tenancy" && table.schema != "tenancy_archive";
}

void find_tables(LintContext &context)
{
    const std::set<std::string> used = used_names(context.schema);
    for (const auto &[oid, table] : context.schema.tables) {
        if (!is_looked_at(context.schema, table))
            continue;
        const Protection protection = protection_of(context.schema, table);
        if (protection.kind == Protection::Kind::shared)
            continue;
        const Column *column = tenant_column(context.schema, table, protection, context.request.tenant_column, used);
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
    std::set<std::string> &applications = context.applications;
    for (const Role &role : context.around.roles)
        if (role.application)
            applications.insert(role.name);
    const std::set<std::string> named = applications;
    for (const Role &role : context.around.roles)
        if (!role.superuser && !role.bypassrls && std::any_of(role.reaches.begin(), role.reaches.end(), [&](const std::string &name) { return named.count(name) > 0; }))
            applications.insert(role.name);
    context.reachable = applications;
    context.guarded = applications;
    if (context.request.enrolled) {
        const std::set<std::string> &enrolled = *context.request.enrolled;
        context.guarded = enrolled;
        for (const Role &role : context.around.roles)
            if (!role.superuser && std::any_of(role.reaches.begin(), role.reaches.end(), [&](const std::string &name) { return enrolled.count(name) > 0; }))
                context.guarded.insert(role.name);
    }
    for (const Role &role : context.around.roles)
        if (applications.count(role.name) > 0)
            context.reachable.insert(role.reaches.begin(), role.reaches.end());
}

} // namespace

std::vector<std::string> row_privileges()
{
    return {"SELECT", "INSERT", "UPDATE", "DELETE"};
}

const Tenanted *LintContext::tenanted(TableId oid) const
{
    const auto found = by_oid.find(oid);
    return found == by_oid.end() ? nullptr : &tables[found->second];
}

std::string LintContext::role_sql(const std::string &name) const
{
    const Role *found = around.role(name);
    return found == nullptr ? quoted_name(name) : found->sql;
}

std::string LintContext::given(const Grants &grants, const std::vector<std::string> &privileges) const
{
    std::string out;
    for (const Grant &grant : grants)
        if ((grant.to.empty() || reachable.count(grant.to) > 0) && std::any_of(privileges.begin(), privileges.end(), [&](const std::string &one) { return grant.gives(one); }))
            out += (out.empty() ? "" : ", ") + (grant.to.empty() ? std::string("PUBLIC") : role_sql(grant.to));
    return out;
}

std::string LintContext::given_on(TableId table, const std::vector<std::string> &privileges) const
{
    const auto found = around.table_grants.find(table);
    return found == around.table_grants.end() ? "" : given(found->second, privileges);
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

const Table &root_of(const Schema &schema, const Table &table)
{
    const Table *root = &table;
    for (std::size_t steps = 0; root->partition && !root->parents.empty() && steps <= schema.tables.size(); ++steps)
        if (const Table *above = schema.table(root->parents.front()))
            root = above;
        else
            break;
    return *root;
}

std::string protect_command(const LintContext &context, const Tenanted &table, const std::string &otherwise)
{
    if (!context.request.installed)
        return otherwise;
    return "SELECT tenancy.protect(" + quoted_literal(root_of(context.schema, *table.table).sql) + (table.column->name == "tenant_id" ? "" : ", " + quoted_literal(table.column->name)) + ");";
}

LintContext lint_context(const Schema &schema, const Surroundings &around, const LintRequest &request)
{
    LintContext out{schema, around, request, {}, {}, {}, {}, {}, {}, {}};
    find_tables(out);
    find_roles(out);
    for (const Function &function : around.functions)
        out.functions[function.oid] = &function;
    for (const PolicyUses &one : around.policy_uses)
        out.uses[{one.table, one.policy}] = &one;
    return out;
}

} // namespace tenancy::core
