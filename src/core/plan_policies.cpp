// Policies: a restrictive floor that nothing can widen, and, only where the table has none of its
// own, a permissive one that opens the tenant's rows.
//
// The expression stays the bare `column = accessor()`: anything around it hides the tenant from the
// planner. The permissive policy repeats it in USING, where the planner folds both into one filter,
// and says true in WITH CHECK, where both would be evaluated.

#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

const char *command_name(char command)
{
    switch (command) {
    case 'r':
        return "SELECT";
    case 'a':
        return "INSERT";
    case 'w':
        return "UPDATE";
    case 'd':
        return "DELETE";
    default:
        return "ALL";
    }
}

// Not one of ours, also where somebody made one of ours permissive: that one is replaced.
bool of_its_own(const Policy &policy)
{
    return policy.permissive && policy.name != access_policy && policy.name != isolation_policy &&
           policy.name != isolation_update_policy && policy.name != isolation_delete_policy &&
           policy.name != unenforced_policy;
}

bool has_permissive_of_its_own(const Table &table)
{
    return std::any_of(table.policies.begin(), table.policies.end(), of_its_own);
}

void list_own_policies(const Table &table, Plan &plan)
{
    for (const Policy &policy : table.policies)
        if (of_its_own(policy))
            plan.notes.push_back("policy " + policy.sql + " of " + table.sql + " stays: FOR " +
                                 command_name(policy.command) +
                                 (policy.using_sql ? " USING " + *policy.using_sql : ""));
}

std::string to_roles(const std::vector<std::string> &roles)
{
    std::string out;
    for (const std::string &role : roles)
        out += (out.empty() ? "" : ", ") + role;
    return out.empty() ? "PUBLIC" : out;
}

} // namespace

std::string tenant_condition(const Schema &schema, const Table &table, const Target &target)
{
    const Column *column = table.column(target.column);
    const bool varchar = column != nullptr && column->type == "character varying";
    return (varchar ? target.column_sql + "::text" : target.column_sql) + " = " +
           accessor_sql(schema.key_type);
}

void plan_policy(const Table &table, const char *name, bool permissive, char command,
                 const std::string &using_sql, const std::string &check_sql, Plan &plan,
                 const std::vector<std::string> &roles)
{
    if (const Policy *now = table.policy(name)) {
        const bool same_check =
            check_sql.empty() ? !now->check_sql.has_value() : same_expression(now->check_sql, check_sql);
        if (now->permissive == permissive && now->command == command &&
            same_expression(now->using_sql, using_sql) && same_check) {
            if (roles.empty() ? now->to_public : !now->to_public && now->roles == roles)
                return;
            plan.steps.push_back({"policies", table.sql, "policy",
                                  "ALTER POLICY " + now->sql + " ON " + table.sql + " TO " + to_roles(roles),
                                  "ACCESS EXCLUSIVE", "the policy is for others than it should be", 0,
                                  std::nullopt});
            return;
        }
        plan.steps.push_back({"policies", table.sql, "policy",
                              "DROP POLICY " + now->sql + " ON " + table.sql, "ACCESS EXCLUSIVE",
                              "the policy is not what it should be", 0, std::nullopt});
    }
    std::string sql = std::string("CREATE POLICY ") + name + " ON " + table.sql + " AS " +
                      (permissive ? "PERMISSIVE" : "RESTRICTIVE") + " FOR " + command_name(command) +
                      " TO " + to_roles(roles) + " USING (" + using_sql + ")";
    if (!check_sql.empty())
        sql += " WITH CHECK (" + check_sql + ")";
    plan.steps.push_back({"policies", table.sql, "policy", sql, "ACCESS EXCLUSIVE",
                          permissive ? "opens what the restrictive policy allows"
                                     : "no statement sees or writes beyond this",
                          0, std::nullopt});
}

void plan_row_security(const Table &table, Plan &plan, bool force)
{
    if (!table.row_security)
        plan.steps.push_back({"policies", table.sql, "row_security",
                              "ALTER TABLE " + table.sql + " ENABLE ROW LEVEL SECURITY",
                              "ACCESS EXCLUSIVE", "policies apply", 0, std::nullopt});
    if (force && !table.force)
        plan.steps.push_back({"policies", table.sql, "force",
                              "ALTER TABLE " + table.sql + " FORCE ROW LEVEL SECURITY",
                              "ACCESS EXCLUSIVE", "policies apply to the owner too", 0,
                              std::nullopt});
}

void plan_policies(const Schema &schema, const Target &target, Plan &plan)
{
    for (const Table *member : schema.family(target.table->oid)) {
        const std::string own = tenant_condition(schema, *member, target);
        const std::string visible = target.global_rows == GlobalRows::read
                                        ? own + " OR " + target.column_sql + " IS NULL"
                                        : own;
        const bool global = target.global_rows == GlobalRows::read;
        // Restrictive first: at no moment may a permissive policy stand alone.
        plan_policy(*member, isolation_policy, false, '*', visible, global ? own : "", plan);
        const std::pair<const char *, char> strict[] = {{isolation_update_policy, 'w'},
                                                        {isolation_delete_policy, 'd'}};
        for (const auto &[name, command] : strict) {
            if (global)
                plan_policy(*member, name, false, command, own, "", plan);
            else if (const Policy *left = member->policy(name))
                plan.steps.push_back({"policies", member->sql, "policy",
                                      "DROP POLICY " + left->sql + " ON " + member->sql,
                                      "ACCESS EXCLUSIVE", "no rows of the platform any more", 0,
                                      std::nullopt});
        }
        list_own_policies(*member, plan);
        const Policy *unenforced = member->policy(unenforced_policy);
        const bool closed = member->row_security && unenforced == nullptr &&
                            member->policy(access_policy) == nullptr &&
                            !has_permissive_of_its_own(*member);
        if (closed)
            plan.notes.push_back("table " + member->sql +
                                 " had row-level security without a permissive policy and stays "
                                 "closed; open it with CREATE POLICY " + access_policy + " ON " +
                                 member->sql + " USING (" + visible + ")");
        else if (!has_permissive_of_its_own(*member))
            plan_policy(*member, access_policy, true, '*', visible, "true", plan);
        if (unenforced != nullptr)
            plan.steps.push_back({"policies", member->sql, "policy",
                                  "DROP POLICY " + unenforced->sql + " ON " + member->sql, "ACCESS EXCLUSIVE",
                                  "enforced for everybody now", 0, std::nullopt});
        plan_row_security(*member, plan);
    }
}

} // namespace tenancy::core
