// Shared tables: read by all tenants, written by the platform. And the way back from both kinds.

#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

bool ours(const Policy &policy)
{
    return policy.name == isolation_policy || policy.name == isolation_update_policy ||
           policy.name == isolation_delete_policy || policy.name == access_policy ||
           policy.name == not_deleted_policy || policy.name == unenforced_policy;
}

bool ours(const Trigger &trigger)
{
    return trigger.function == write_guard_function || trigger.function == truncate_guard_function ||
           trigger.function == shared_guard_function ||
           trigger.function == reference_guard_function || trigger.function == soft_delete_function;
}

} // namespace

namespace {

// What is visible where the caller does not say: what was, and everything for a table that is new here.
std::string visible_rows(const Table &table, Protection::Kind kind)
{
    const Policy *now = table.policy(isolation_policy);
    if (now != nullptr && now->using_sql && kind == Protection::Kind::shared)
        return *now->using_sql;
    if (kind == Protection::Kind::shared)
        throw Error("55000", "the policy of shared table " + table.sql + " is gone",
                    "Which of its rows tenants may see is not known any more.",
                    "SELECT tenancy.share(" + quoted_literal(table.sql) + ", 'true');");
    return "true";
}

} // namespace

Plan plan_share(const Schema &schema, const TargetName &target,
                const std::optional<std::string> &wanted)
{
    const Table &table = require_table(schema, target, "shared");
    if (protection_of(schema, table).kind == Protection::Kind::tenant)
        throw Error("55000", "table " + table.sql + " is protected: its rows belong to tenants", "",
                    "SELECT tenancy.unprotect(" + quoted_literal(table.sql) + ");");
    const std::string visible_when =
        wanted ? *wanted : visible_rows(table, protection_of(schema, table).kind);
    Plan plan;
    for (const Table *member : schema.family(table.oid)) {
        if (protection_of(schema, *member).kind == Protection::Kind::tenant)
            throw Error("55000",
                        "table " + member->sql + ", a part of " + table.sql +
                            ", is protected: its rows belong to tenants",
                        "A table is treated together with all that inherits from it.",
                        member->partition
                            ? "ALTER TABLE " + table.sql + " DETACH PARTITION " + member->sql + ";"
                            : "ALTER TABLE " + member->sql + " NO INHERIT " + table.sql + ";");
        plan_policy(*member, isolation_policy, false, 'r', visible_when, "", plan);
        const bool own = std::any_of(
            member->policies.begin(), member->policies.end(), [](const Policy &policy) {
                return policy.permissive && !ours(policy);
            });
        if (!own)
            plan_policy(*member, access_policy, true, 'r', "true", "", plan);
        plan_row_security(*member, plan);
        plan_statement_trigger(*member, "tenancy_shared_guard", shared_guard_function,
                               "INSERT OR UPDATE OR DELETE",
                               trigger_before | trigger_insert | trigger_update | trigger_delete,
                               plan);
        plan_statement_trigger(*member, "tenancy_truncate_guard", truncate_guard_function,
                               "TRUNCATE", trigger_before | trigger_truncate, plan);
    }
    return plan;
}

namespace {

void step_back(const Table &table, const char *kind, const std::string &sql, const char *reason,
               Plan &plan)
{
    plan.steps.push_back({"unprotect", table.sql, kind, sql, "ACCESS EXCLUSIVE", reason, 0,
                          std::nullopt});
}

void unprotect_table(const Schema &schema, const Table &table, const std::string &column, Plan &plan)
{
    const std::string alter = "ALTER TABLE " + table.sql;
    for (const Trigger &trigger : table.triggers)
        if (ours(trigger) && !trigger.cloned)
            step_back(table, "trigger", "DROP TRIGGER " + trigger.sql + " ON " + table.sql,
                      "no guard any more", plan);
    // What slept before a canary sleeps again.
    const bool others = table.policy(unenforced_policy) == nullptr &&
                        !std::all_of(table.policies.begin(), table.policies.end(),
                                     [](const Policy &policy) { return ours(policy); });
    // Permissive ones first: none may stand alone.
    for (const bool permissive : {true, false})
        for (const Policy &policy : table.policies)
            if (ours(policy) && policy.permissive == permissive)
                step_back(table, "policy", "DROP POLICY " + policy.sql + " ON " + table.sql,
                          "no isolation any more", plan);
    if (table.policy(not_deleted_policy) != nullptr)
        plan.notes.push_back("rows of " + table.sql +
                             " that are marked as deleted are there for all to see again");
    if (others)
        plan.notes.push_back("row-level security of " + table.sql +
                             " stays on for its own policies; without ours they decide alone");
    else {
        if (table.force)
            step_back(table, "force", alter + " NO FORCE ROW LEVEL SECURITY", "as before", plan);
        if (table.row_security)
            step_back(table, "row_security", alter + " DISABLE ROW LEVEL SECURITY", "as before", plan);
    }
    for (const ForeignKey &key : schema.foreign_keys)
        if (const Table *child = schema.table(key.child);
            child != nullptr && key.parent == table.oid && key.child != table.oid)
            for (const Trigger &trigger : child->triggers)
                if (trigger.function == reference_guard_function && !trigger.cloned &&
                    !trigger.arguments.empty() && trigger.arguments.front() == key.name)
                    step_back(*child, "trigger", "DROP TRIGGER " + trigger.sql + " ON " + child->sql,
                              "what it refers to has no tenants any more", plan);
    const Column *tenant = table.column(column);
    if (tenant != nullptr && same_expression(tenant->default_sql, accessor_sql(schema.key_type)))
        step_back(table, "default", "ALTER TABLE ONLY " + table.sql + " ALTER COLUMN " + tenant->sql + " DROP DEFAULT",
                  "rows name their tenant themselves", plan);
    // Only where the tenant table is the extension's, which could not be dropped otherwise, and as protect makes it;
    // to a table of the application it may be the application's own.
    for (const ForeignKey &key : schema.foreign_keys)
        if (schema.tenant_table.sql == "tenancy.tenants" && key.child == table.oid && !key.inherited && key.parent == schema.tenant_table.oid &&
            key.child_columns == std::vector<std::string>{column} && key.on_delete == 'a' &&
            key.on_update == 'a' && key.match == 's' && !key.deferrable && key.validated)
            step_back(table, "tenant_reference", alter + " DROP CONSTRAINT " + key.sql,
                      "made again by protect", plan);
}

} // namespace

Plan plan_unprotect(const Schema &schema, const TargetName &target)
{
    const Table &table = require_table(schema, target, "unprotected");
    const Protection now = protection_of(schema, table);
    if (now.kind == Protection::Kind::none)
        throw Error("55000", "table " + table.sql + " is neither protected nor shared", "",
                    "SELECT * FROM tenancy.protected;");
    Plan plan;
    for (const Table *member : schema.family(table.oid))
        unprotect_table(schema, *member, now.column, plan);
    plan.notes.push_back("table " + table.sql + " is open to whoever may read it; its tenant column, "
                         "indexes and references stay");
    return plan;
}

} // namespace tenancy::core
