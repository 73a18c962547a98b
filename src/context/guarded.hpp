// Is this session guarded? Decided here and nowhere else.
//
// A session is guarded when its session user, or the role taken by SET ROLE, is enrolled itself or
// is a member of an enrolled role. Membership alone never guards a platform role (superuser or
// BYPASSRLS): on 16 and later a CREATEROLE role is a member of what it creates, and a superuser of
// everything. SET ROLE to an enrolled role does guard. A role that was dropped while its session goes
// on is guarded, too: what it was is not known any more.
//
// guarded()        reads catalogs when the answer is stale, so: in a transaction.
// guarded_known()  the cached answer; true while unknown, so that a hook which may not look fails
//                  closed.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

bool guarded();
bool guarded_known() noexcept;
bool is_platform_role(Oid role); // superuser or BYPASSRLS
bool is_enrolled(Oid role);      // itself, not by membership
bool is_application_role(Oid role); // enrolled, or a member of an enrolled role and no platform role

// tenancy.enforcement, the superuser's kill switch: off, no session is guarded; what the catalog holds
// (policies, write guards, keys) stays. Switching it is a line in the log.
void define_enforcement();

} // namespace tenancy::context
