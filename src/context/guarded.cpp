#include "context/guarded.hpp"

#include "context/installation.hpp"
#include "pg/fault.hpp"
#include "pg/lookup.hpp"

namespace tenancy::context {

namespace {

bool enforcement = true; // tenancy.enforcement

struct Answer {
    std::uint64_t generation; // 0: none
    Oid session_user;
    Oid role;
    bool guarded;
} answer = {0, InvalidOid, InvalidOid, true};

bool answer_current() noexcept
{
    return answer.generation == generations.roles && answer.session_user == GetSessionUserId() &&
           answer.role == GetCurrentRoleId();
}

// What it was a member of is gone with it. Background processes may have no role at all.
bool is_dropped(Oid role)
{
    return OidIsValid(role) && !SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role));
}

} // namespace

bool is_application_role(Oid user)
{
    if (!OidIsValid(user))
        return false;
    const bool platform = is_platform_role(user);
    bool found = false;
    pg::scan_table(installation().enrolled_roles,
                   [&found, user, platform](HeapTuple tuple, TupleDesc descriptor) {
                       bool null = false;
                       const Oid role = DatumGetObjectId(heap_getattr(tuple, 1, descriptor, &null));
                       found = role == user ||
                               (!platform && SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)) &&
                                is_member_of_role_nosuper(user, role));
                       return !found;
                   });
    return found;
}

bool is_platform_role(Oid role)
{
    HeapTuple tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
    if (!HeapTupleIsValid(tuple))
        return false;
    Form_pg_authid form = reinterpret_cast<Form_pg_authid>(GETSTRUCT(tuple));
    const bool platform = form->rolsuper || form->rolbypassrls;
    ReleaseSysCache(tuple);
    return platform;
}

bool is_enrolled(Oid role)
{
    bool found = false;
    pg::scan_table(installation().enrolled_roles,
                   [&found, role](HeapTuple tuple, TupleDesc descriptor) {
                       bool null = false;
                       found = DatumGetObjectId(heap_getattr(tuple, 1, descriptor, &null)) == role;
                       return !found;
                   });
    return found;
}

bool guarded()
{
    if (!enforcement)
        return false;
    if (answer_current())
        return answer.guarded;
    TENANCY_FAULT_POINT("guarded");
    if (!installation().installed)
        return false;
    const std::uint64_t generation = generations.roles;
    const Oid session_user = GetSessionUserId();
    const Oid role = GetCurrentRoleId();
    const bool found = is_dropped(session_user) || is_dropped(role) ||
                       is_application_role(session_user) || is_application_role(role);
    answer = {generation, session_user, role, found};
    return found;
}

bool guarded_known() noexcept
{
    if (!enforcement)
        return false;
    return answer_current() ? answer.guarded : true;
}

namespace {

// A session that starts with it off by ALTER DATABASE or ALTER ROLE is a line, too.
void note_enforcement(bool wanted, void *)
{
    if (wanted != enforcement && OidIsValid(MyDatabaseId))
        ereport(LOG_SERVER_ONLY, (errcode(ERRCODE_SUCCESSFUL_COMPLETION),
                                  errmsg("tenancy.enforcement is switched %s", wanted ? "on" : "off"),
                                  errdetail("Database oid %u, process %d.", MyDatabaseId, MyProcPid)));
}

} // namespace

void define_enforcement()
{
    DefineCustomBoolVariable("tenancy.enforcement",
                             "Off: no session is guarded. Policies and write guards stay.",
                             "For emergencies, when a refusal of the extension stands in the way of the "
                             "service.", &enforcement, true, PGC_SUSET, 0, nullptr, note_enforcement,
                             nullptr);
}

} // namespace tenancy::context
