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

} // namespace

Subject find_subject()
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

} // namespace tenancy::adopt
