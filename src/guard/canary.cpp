#include "guard/canary.hpp"

namespace tenancy::guard {

namespace {

// The restrictive policy's roles where it is not for everybody, else nullptr.
const ArrayType *canary_roles(Relation table)
{
    if (table->rd_rsdesc == nullptr || table->rd_rel->relforcerowsecurity)
        return nullptr;
    ListCell *cell;
    foreach (cell, table->rd_rsdesc->policies) {
        const RowSecurityPolicy *policy = static_cast<const RowSecurityPolicy *>(lfirst(cell));
        if (policy->permissive || strcmp(policy->policy_name, "tenancy_isolation") != 0)
            continue;
        return *reinterpret_cast<Oid *>(ARR_DATA_PTR(policy->roles)) == ACL_ID_PUBLIC ? nullptr : policy->roles;
    }
    return nullptr;
}

template <typename Test> bool any_role(const ArrayType *roles, Test &&test)
{
    const Oid *all = reinterpret_cast<const Oid *>(ARR_DATA_PTR(roles));
    for (int i = 0; i < ARR_DIMS(roles)[0]; ++i)
        if (SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(all[i])) && test(all[i]))
            return true;
    return false;
}

} // namespace

Enforced enforced(Relation table)
{
    const ArrayType *roles = canary_roles(table);
    if (roles == nullptr)
        return Enforced::on_all;
    const Oid session_user = GetSessionUserId();
    const Oid role = GetCurrentRoleId();
    const bool found = any_role(roles, [session_user, role](Oid one) {
        return is_member_of_role_nosuper(session_user, one) ||
               (OidIsValid(role) && is_member_of_role_nosuper(role, one));
    });
    return found ? Enforced::on_session : Enforced::on_others;
}

Enforced enforced(Oid table)
{
    Relation open = RelationIdGetRelation(table);
    if (!RelationIsValid(open))
        return Enforced::on_all;
    const Enforced found = enforced(open);
    RelationClose(open);
    return found;
}

bool policy_is_for(Oid table, Oid user)
{
    Relation open = RelationIdGetRelation(table);
    if (!RelationIsValid(open))
        return false;
    const ArrayType *roles = canary_roles(open);
    const bool found = roles == nullptr || any_role(roles, [user](Oid one) { return has_privs_of_role(user, one); });
    RelationClose(open);
    return found;
}

} // namespace tenancy::guard
