#include "adopt/observe_session.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "context/tenant_cache.hpp"
#include "pg/fault.hpp"

namespace tenancy::adopt {

namespace {

// As find_context() does it, but for the errors.
bool may_be_entered(const context::SettingValue &value, bool guarded, core::TenantKey *key)
{
    const context::Installation &here = context::installation();
    if (here.broken)
        return false;
    *key = value.key;
    if (value.key.type == core::KeyType::unknown &&
        core::parse_key(value.key.as_text(), here.key_type, *key) != nullptr)
        return false;
    const context::TenantStatus status = context::cached_tenant(*key, true).status;
    return guarded ? status == context::TenantStatus::active : status != context::TenantStatus::missing;
}

Subject decide()
{
    TENANCY_FAULT_POINT("find_subject");
    const bool guarded = context::guarded();
    // In guarded sessions what runs as a platform role is refused or filtered like everything else.
    const bool platform = !guarded && context::is_platform_role(GetUserId());
    Subject out = {Counting::nothing, context::current_setting_value(), {}};
    if (out.value == nullptr || !context::value_is_live(*out.value, guarded))
        out.counting = platform ? Counting::nothing : Counting::refusals;
    else if (!may_be_entered(*out.value, guarded, &out.now.key))
        out.counting = Counting::refusals;
    else
        out.counting = platform ? Counting::writes : Counting::rows;
    return out;
}

// What the last answer was decided on. A value of the setting may be freed and another stand in its place:
// hence its key and stamp as well.
struct Basis {
    context::Generations generations; // 0: none
    const context::SettingValue *value;
    context::SettingValue content;
    LocalTransactionId transaction;
    Oid user, session_user, role;
    bool guarded, live; // settings decide, too
} basis = {};
Subject answer;

bool is_current(const context::SettingValue *value, bool guarded, bool live)
{
    return basis.generations.tenants == context::generations.tenants &&
           basis.generations.roles == context::generations.roles &&
           basis.generations.relations == context::generations.relations && basis.value == value &&
           basis.user == GetUserId() && basis.session_user == GetSessionUserId() &&
           basis.role == GetCurrentRoleId() && basis.guarded == guarded && basis.live == live &&
           (value == nullptr || (basis.content.stamp == value->stamp && basis.content.from_token == value->from_token &&
                                 basis.content.key == value->key && basis.transaction == context::current_transaction()));
}

} // namespace

Subject find_subject()
{
    const context::SettingValue *value = context::current_setting_value();
    const bool guarded = context::guarded();
    const bool live = value != nullptr && context::value_is_live(*value, guarded);
    if (is_current(value, guarded, live))
        return answer;
    const context::Generations before = context::generations;
    basis = {};
    answer = decide();
    basis = {before, value, value == nullptr ? context::SettingValue{} : *value, context::current_transaction(),
             GetUserId(), GetSessionUserId(), GetCurrentRoleId(), guarded, live};
    return answer;
}

} // namespace tenancy::adopt
