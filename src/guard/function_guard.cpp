#include "guard/function_guard.hpp"

#include "context/guarded.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

struct Family {
    const char *prefix; // of the name in the server's source
    const char *detail;
    const char *hint;
};

constexpr char others[] = "It tells what the sessions of other tenants do.";
constexpr char disturbs[] = "It disturbs the sessions of other tenants.";
constexpr char outlives[] = "What it does outlives the transaction and its tenant.";
constexpr char platform[] = "Call it as a platform role.";

constexpr Family families[] = {
    {"pg_stat_get_", others, platform},
    {"pg_stat_reset", disturbs, platform},
    {"pg_lock_status", others, platform},
    {"pg_blocking_pids", others, platform},
    {"pg_safe_snapshot_blocking_pids", others, platform},
    {"pg_prepared_xact", others, platform},
    {"be_lo", "Large objects belong to no tenant.", "Keep it in a bytea column of a protected table."},
    {"pg_notify", "Notifications reach the sessions of all tenants.",
     "Leave messages in a protected table."},
    {"pg_advisory_lock_", outlives, "SELECT pg_advisory_xact_lock(...);"},
    {"pg_try_advisory_lock_", outlives, "SELECT pg_try_advisory_xact_lock(...);"},
    {"pg_advisory_unlock_int", outlives, "SELECT pg_advisory_xact_lock(...); ends by itself."},
    {"pg_advisory_unlock_shared_", outlives, "SELECT pg_advisory_xact_lock_shared(...); ends by itself."},
    {"pg_cancel_backend", disturbs, platform},
    {"pg_terminate_backend", disturbs, platform},
    {"pg_export_snapshot", outlives, platform},
    {"pg_logical_", others, platform},
    {"pg_replication_", disturbs, platform},
    {"pg_create_physical_replication_", outlives, platform},
    {"pg_create_logical_replication_", outlives, platform},
    {"pg_copy_physical_replication_", outlives, platform},
    {"pg_copy_logical_replication_", outlives, platform},
    {"pg_drop_replication_", disturbs, platform},
    {"pg_sync_replication_", disturbs, platform},
    {"pg_get_replication_", others, platform},
    {"pg_show_replication_", others, platform},
    {"setval", "The sequence is that of all tenants.", "SELECT nextval('...');"},
};
constexpr Family statements = {nullptr, "It tells what other tenants' statements are.", platform};

// One bit for every oid of a built-in function.
unsigned char refused[FirstGenbkiObjectId / 8];

const Family *family_of(const char *name) noexcept
{
    for (const Family &family : families)
        if (strncmp(name, family.prefix, strlen(family.prefix)) == 0)
            return &family;
    return nullptr;
}

const char *source_name(Oid function)
{
    for (int i = 0; i < fmgr_nbuiltins; ++i)
        if (fmgr_builtins[i].foid == function)
            return fmgr_builtins[i].funcName;
    return "";
}

// The functions of pg_stat_statements, as long as no function of the database changes.
constexpr int most_statement_functions = 8;
Oid statement_functions[most_statement_functions];
int statement_function_count = 0;
bool statement_functions_known = false;

void on_function_change(Datum, int, uint32)
{
    statement_functions_known = false;
}

void find_statement_functions()
{
    static constexpr const char *names[] = {"pg_stat_statements", "pg_stat_statements_info",
                                            "pg_stat_statements_reset"};
    statement_functions_known = true; // an invalidation meanwhile says otherwise
    statement_function_count = 0;
    const Oid extension = get_extension_oid("pg_stat_statements", true);
    if (!OidIsValid(extension))
        return;
    for (const char *name : names) {
        CatCList *found = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
        for (int i = 0; i < found->n_members; ++i) {
            const Oid function =
                reinterpret_cast<Form_pg_proc>(GETSTRUCT(&found->members[i]->tuple))->oid;
            if (statement_function_count < most_statement_functions &&
                getExtensionOfObject(ProcedureRelationId, function) == extension)
                statement_functions[statement_function_count++] = function;
        }
        ReleaseCatCacheList(found);
    }
}

bool is_statement_function(Oid function)
{
    if (!statement_functions_known)
        find_statement_functions();
    for (int i = 0; i < statement_function_count; ++i)
        if (statement_functions[i] == function)
            return true;
    return false;
}

} // namespace

bool may_be_refused(Oid function) noexcept
{
    if (function >= FirstNormalObjectId)
        return !statement_functions_known || statement_function_count > 0;
    return function < FirstGenbkiObjectId && (refused[function / 8] & (1U << (function % 8))) != 0;
}

void check_function(Oid function)
{
    if (!context::guarded())
        return;
    TENANCY_FAULT_POINT("check_function");
    const Family *family = &statements;
    if (function < FirstGenbkiObjectId)
        family = family_of(source_name(function));
    else if (!is_statement_function(function))
        return;
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("function %s is not for sessions of an application",
                           format_procedure(function)),
                    errdetail("%s", family->detail), errhint("%s", family->hint)));
}

void initialize_function_guard()
{
    for (int i = 0; i < fmgr_nbuiltins; ++i) {
        const Oid function = fmgr_builtins[i].foid;
        if (function < FirstGenbkiObjectId && family_of(fmgr_builtins[i].funcName) != nullptr)
            refused[function / 8] |= static_cast<unsigned char>(1U << (function % 8));
    }
    CacheRegisterSyscacheCallback(PROCOID, on_function_change, static_cast<Datum>(0));
}

} // namespace tenancy::guard
