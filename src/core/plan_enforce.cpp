// Enforcing a table for everybody, or first for some roles: a canary.
//
// A canary's restrictive policies name its roles. Where row-level security was off before, a permissive
// policy opens everything, so that those whom they do not name see what they saw. It comes after the
// restrictive ones, and goes before them: at no moment may it stand without them.

#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

bool ours(const Policy &policy)
{
    return policy.name == isolation_policy || policy.name == isolation_update_policy ||
           policy.name == isolation_delete_policy || policy.name == access_policy ||
           policy.name == unenforced_policy;
}

std::string enforce_call(const Table &table)
{
    return "SELECT tenancy.enforce(" + quoted_literal(table.sql) + ");";
}

std::vector<std::string> checked(const std::vector<CanaryRole> &roles)
{
    std::vector<std::string> out;
    for (const CanaryRole &role : roles) {
        if (!role.enrolled)
            throw Error("55000", "role " + role.name + " is not enrolled",
                        "Sessions of the roles for which a table is enforced are guarded.",
                        "SELECT tenancy.enroll(" + quoted_literal(role.name) + ");");
        out.push_back(role.name);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

void check_member(const Schema &schema, const Table &member)
{
    if (protection_of(schema, member).kind != Protection::Kind::none && !is_canary(member))
        throw Error("55000", "table " + member.sql + " is protected for everybody already",
                    "It cannot be enforced for some roles only.",
                    "SELECT tenancy.unprotect(" + quoted_literal(member.sql) + ");");
    if (member.force)
        throw Error("55000", "row-level security of " + member.sql + " is forced already",
                    "That is what tells a table that is enforced for everybody from one that is not.",
                    "ALTER TABLE " + member.sql + " NO FORCE ROW LEVEL SECURITY; -- or " + enforce_call(member));
    if (member.row_security && member.policy(unenforced_policy) == nullptr)
        return; // its own policies are awake
    for (const Policy &policy : member.policies)
        if (!ours(policy) && !policy.permissive)
            throw Error("55000", "policy " + policy.sql + " of " + member.sql + " would begin to act",
                        "Row-level security of the table is off, and restrictive policies act on "
                        "everybody once it is on.",
                        "DROP POLICY " + policy.sql + " ON " + member.sql + "; -- or " + enforce_call(member));
}

Plan plan_canary(const Schema &schema, const Target &target, const std::vector<std::string> &roles)
{
    const std::vector<const Table *> family = schema.family(target.table->oid);
    for (const Table *member : family)
        check_member(schema, *member);
    Plan plan;
    for (const Table *member : family) {
        plan_policy(*member, isolation_policy, false, '*', tenant_condition(schema, *member, target), "", plan,
                    roles);
        if (!member->row_security || member->policy(unenforced_policy) != nullptr)
            plan_policy(*member, unenforced_policy, true, '*', "true", "true", plan);
        plan_row_security(*member, plan, false);
    }
    plan_guards(schema, target, plan);
    if (std::any_of(family.begin(), family.end(), [](const Table *member) { return !member->row_security; }))
        plan.notes.push_back("COPY FROM into " + target.table->sql + " is refused by PostgreSQL for other roles "
                             "than its owner, as for every table under row-level security");
    return plan;
}

} // namespace

Plan plan_enforce(const Schema &schema, const ProtectRequest &request, const std::vector<CanaryRole> &roles)
{
    const Target target = resolve_target(schema, request, "enforced");
    if (roles.empty()) {
        Plan plan = plan_protect(schema, {request});
        plan_end_of_observation(schema, *target.table, plan);
        return plan;
    }
    const std::vector<std::string> names = checked(roles);
    if (target.column_missing)
        throw Error("42703", "column " + target.column_sql + " of " + target.table->sql + " does not exist", "",
                    "ALTER TABLE " + target.table->sql + " ADD COLUMN " + target.column_sql + " " +
                        key_type_name(schema.key_type) + ";");
    if (target.global_rows == GlobalRows::read)
        throw Error("0A000", "rows of the platform are not read while a table is enforced for some roles only", "",
                    "SELECT tenancy.protect(" + quoted_literal(target.table->sql) + ", global_rows => 'read');");
    return plan_canary(schema, target, names);
}

} // namespace tenancy::core
