#include "guard/foreign_key_scope.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/setting.hpp"
#include "pg/entry.hpp"

namespace tenancy::guard {

namespace {

needs_fmgr_hook_type previous_needs = nullptr;
fmgr_hook_type previous_hook = nullptr;

// No user at the top level, where deferred constraints are checked at COMMIT.
StatementScope scope = {InvalidOid, false, false, false, false};

// One level of code running beneath a foreign-key query.
struct Level {
    Level *outer;
    bool lifted;       // the suspension was lifted: the scope goes back at the end
    bool reset_plans;  // it was not: plans made here know no policies
    bool restore_user; // and so does the user; the function manager does it for a definer's function
    Oid user;
    int security;
    bool beneath;
    bool by_key; // what the scope of the caller says
    bool in_function;
    Datum chained;
};

bool is_definer(Oid function)
{
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    if (!HeapTupleIsValid(tuple))
        return false;
    const bool definer = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prosecdef;
    ReleaseSysCache(tuple);
    return definer;
}

bool needs_hook(Oid function)
{
    if (previous_needs != nullptr && previous_needs(function))
        return true;
    return InNoForceRLSOperation();
}

void lift_suspension(const FmgrInfo *function, Level *level)
{
    if (!context::installation().installed)
        return;
    if (!context::guarded() && context::current_setting_value() == nullptr) {
        level->reset_plans = true;
        return;
    }
    GetUserIdAndSecContext(&level->user, &level->security);
    Oid user = level->user;
    level->lifted = true;
    level->restore_user = !is_definer(function->fn_oid);
    const Oid statement = OidIsValid(scope.user) ? scope.user : GetOuterUserId();
    if (level->restore_user && context::is_platform_role(user) &&
        !context::is_platform_role(statement))
        user = statement;
    level->beneath = scope.beneath;
    scope.beneath = false;
    SetUserIdAndSecContext(user, level->security & ~SECURITY_NOFORCE_RLS);
}

// `state` belongs to the FmgrInfo, which a recursive call shares: a stack hangs from it.
void on_function(FmgrHookEventType event, FmgrInfo *function, Datum *state)
{
    Level *level = reinterpret_cast<Level *>(DatumGetPointer(*state));
    if (event == FHET_START) {
        Level *inner = static_cast<Level *>(
            MemoryContextAllocZero(CurTransactionContext, sizeof(Level)));
        inner->outer = level;
        inner->by_key = scope.by_key;
        inner->in_function = scope.in_function;
        if (InNoForceRLSOperation()) {
            scope.by_key = !scope.of_function;
            scope.in_function = true;
            lift_suspension(function, inner);
        }
        if (previous_hook != nullptr)
            previous_hook(event, function, &inner->chained);
        *state = PointerGetDatum(inner);
        return;
    }
    if (level == nullptr)
        return;
    *state = PointerGetDatum(level->outer);
    if (previous_hook != nullptr)
        previous_hook(event, function, &level->chained);
    if (level->lifted)
        scope.beneath = level->beneath;
    scope.by_key = level->by_key;
    scope.in_function = level->in_function;
    if (level->reset_plans)
        ResetPlanCache();
    // After an error the (sub)transaction's end restores the user.
    if (event == FHET_END && level->lifted && level->restore_user)
        SetUserIdAndSecContext(level->user, level->security);
    if (event == FHET_END)
        pfree(level);
}

} // namespace

bool in_foreign_key_query() noexcept
{
    return InNoForceRLSOperation() && !scope.beneath;
}

bool called_by_foreign_key() noexcept
{
    return scope.by_key;
}

StatementScope enter_statement() noexcept
{
    const StatementScope outer = scope;
    scope.by_key = false;
    if (InNoForceRLSOperation()) {
        scope.beneath = true;
        scope.of_function = scope.in_function;
        scope.in_function = false;
    } else {
        scope = {GetUserId(), false, false, false, false};
    }
    return outer;
}

void leave_statement(StatementScope outer) noexcept
{
    scope = outer;
}

void initialize_foreign_key_scope()
{
    previous_needs = needs_fmgr_hook;
    needs_fmgr_hook = needs_hook;
    previous_hook = fmgr_hook;
    fmgr_hook = on_function;
}

} // namespace tenancy::guard
