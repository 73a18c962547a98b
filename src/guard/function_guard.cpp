#include "guard/function_guard.hpp"

#include "context/guarded.hpp"
#include "guard/inspecting_functions.hpp"
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
constexpr char server[] = "It concerns the whole server.";
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
    {"pg_isolation_test_session_is_blocked", others, platform},
    {"currtid_", others, platform},
    {"pg_get_aios", others, platform},
    {"pg_backup_", outlives, platform},
    {"pg_read_file", server, platform},
    {"pg_read_binary_file", server, platform},
    {"pg_stat_file", server, platform},
    {"pg_ls_", server, platform},
    {"pg_current_logfile", server, platform},
    {"pg_reload_conf", server, platform},
    {"pg_rotate_logfile", server, platform},
    {"pg_switch_wal", server, platform},
    {"pg_create_restore_point", server, platform},
    {"pg_wal_replay_", server, platform},
    {"pg_promote", server, platform},
    {"pg_log_backend_memory_contexts", disturbs, platform},
    {"pg_log_standby_snapshot", disturbs, platform},
    {"pg_restore_", disturbs, platform},
    {"pg_clear_", disturbs, platform},
    {"setval", "The sequence is that of all tenants.", "SELECT nextval('...');"},
};
constexpr Family inspecting = {nullptr, "It looks at the server beneath row-level security.", platform};

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

} // namespace

bool may_be_refused(Oid function) noexcept
{
    if (function >= FirstNormalObjectId)
        return may_be_inspecting();
    return function < FirstGenbkiObjectId && (refused[function / 8] & (1U << (function % 8))) != 0;
}

void check_function(Oid function)
{
    if (!context::guarded())
        return;
    TENANCY_FAULT_POINT("check_function");
    const Family *family = &inspecting;
    if (function < FirstGenbkiObjectId)
        family = family_of(source_name(function));
    else if (!is_inspecting(function))
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
    initialize_inspecting_functions();
}

} // namespace tenancy::guard
