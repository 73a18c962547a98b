// Tables that are enforced for some roles only: their restrictive policy names these instead of PUBLIC, and
// row-level security is not FORCEd. A protected table whose policy was altered by mistake is no such table.
//
// A canary's guards look at sessions of these roles alone: those whose session user, or role taken by SET
// ROLE, is one of them or a member. All others are as if the table was not protected.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::guard {

enum class Enforced : std::uint8_t {
    on_all,     // no canary
    on_session, // a canary, and the session is of its roles
    on_others,  // a canary, and it is not
};

// REQUIRES: the relation is open, or locked by the caller.
Enforced enforced(Relation table);
Enforced enforced(Oid table);

// Is the policy for this user? Where it is for everybody, yes.
bool policy_is_for(Oid table, Oid user);

} // namespace tenancy::guard
