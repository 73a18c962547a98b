// The adoption worker: a background worker that runs an adoption's statements one after the other, each at top
// level, since CREATE INDEX CONCURRENTLY and procedures that commit run nowhere else.
//
// What to run, when to try again and when to stop is SQL's: tenancy.adoption_next() and tenancy.adoption_ended().
// Its session is that of the role that asked for the adoption. It ends with the adoption, when it is cancelled
// (SIGINT and the mark that cancel_adoption() leaves) or terminated; what it has not done is done by the next one.

#include "pg/call_guard.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"

using namespace tenancy;

namespace {

struct Order {
    Oid database, user, role;
    std::int64_t adoption;
};
static_assert(sizeof(Order) <= BGW_EXTRALEN);

MemoryContext statement_memory = nullptr;

// Runs one statement as if a client had sent it.
void run_statement(const char *sql)
{
    pgstat_report_activity(STATE_RUNNING, sql);
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    MemoryContextSwitchTo(statement_memory);
    List *parsed = pg_parse_query(sql);
    if (list_length(parsed) != 1)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("a step of an adoption is not one statement")));
    RawStmt *raw = linitial_node(RawStmt, parsed);
    PushActiveSnapshot(GetTransactionSnapshot());
    List *queries = pg_analyze_and_rewrite_fixedparams(raw, sql, nullptr, 0, nullptr);
    List *plans = pg_plan_queries(queries, sql, CURSOR_OPT_PARALLEL_OK, nullptr);
    PopActiveSnapshot();
    Portal portal = CreatePortal("", true, true);
    portal->visible = false;
    PortalDefineQuery(portal, nullptr, sql, CreateCommandTag(raw->stmt), plans, nullptr);
    PortalStart(portal, nullptr, 0, InvalidSnapshot);
    DestReceiver *nowhere = CreateDestReceiver(DestNone);
    QueryCompletion completion;
    pg::portal_run(portal, nowhere, &completion);
    nowhere->rDestroy(nowhere);
    PortalDrop(portal, false);
    CommitTransactionCommand();
    MemoryContextSwitchTo(statement_memory);
    pgstat_report_stat(true);
    pgstat_report_activity(STATE_IDLE, nullptr);
}

// The one value that a function of ours answers, as text in statement_memory; nullptr for NULL.
char *ask(const char *sql, int count, Oid *types, Datum *values, const char *nulls)
{
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
    if (SPI_execute_with_args(sql, count, types, values, nulls, false, 1) != SPI_OK_SELECT || SPI_processed != 1)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("%s did not answer", sql)));
    const char *value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
    char *out = value == nullptr ? nullptr : MemoryContextStrdup(statement_memory, value);
    SPI_finish();
    PopActiveSnapshot();
    CommitTransactionCommand();
    return out;
}

char *next_statement(std::int64_t adoption)
{
    Oid types[] = {INT8OID};
    Datum values[] = {Int64GetDatum(adoption)};
    return ask("SELECT tenancy.adoption_next($1)", 1, types, values, nullptr);
}

// How many milliseconds to wait before what comes next; -1: nothing does.
int note_end(std::int64_t adoption, const ErrorData *error)
{
    Oid types[] = {INT8OID, TEXTOID, TEXTOID, TEXTOID};
    Datum values[4] = {Int64GetDatum(adoption), 0, 0, 0};
    char nulls[5] = " nnn";
    const auto give = [&](int at, const char *text) {
        if (text != nullptr) {
            values[at] = CStringGetTextDatum(text);
            nulls[at] = ' ';
        }
    };
    if (error != nullptr) {
        give(1, unpack_sql_state(error->sqlerrcode));
        give(2, error->message);
        give(3, error->hint);
    }
    const char *answer = ask("SELECT tenancy.adoption_ended($1, $2, $3, $4)", 4, types, values, nulls);
    return answer == nullptr ? -1 : static_cast<int>(strtol(answer, nullptr, 10));
}

void work(const Order &order)
{
    for (;;) {
        MemoryContextReset(statement_memory);
        const char *sql = next_statement(order.adoption);
        if (sql == nullptr)
            return;
        MemoryContextSwitchTo(statement_memory);
        const ErrorData *error = pg::attempt([sql] { run_statement(sql); });
        const int pause = note_end(order.adoption, error);
        if (pause < 0)
            return;
        if (pause > 0) {
            (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, pause, PG_WAIT_EXTENSION);
            ResetLatch(MyLatch);
        }
        CHECK_FOR_INTERRUPTS();
    }
}

} // namespace

extern "C" {
PGDLLEXPORT void tenancy_adoption_worker(Datum);
}

void tenancy_adoption_worker(Datum)
{
    Order order;
    memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof order);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    BackgroundWorkerInitializeConnectionByOid(order.database, order.user, 0);
    statement_memory = AllocSetContextCreate(TopMemoryContext, "pg_tenancy adoption", ALLOCSET_DEFAULT_SIZES);
    pgstat_report_appname("pg_tenancy adoption");
    SetConfigOption("application_name", "pg_tenancy adoption", PGC_USERSET, PGC_S_SESSION);
    SetConfigOption("statement_timeout", "0", PGC_USERSET, PGC_S_SESSION);
    SetConfigOption("idle_in_transaction_session_timeout", "0", PGC_USERSET, PGC_S_SESSION);
    SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION);
    StartTransactionCommand();
    if (order.role != order.user)
        SetConfigOption("role", GetUserNameFromId(order.role, false), PGC_USERSET, PGC_S_SESSION);
    // Where it and the application wait for each other, it notices first and gives way.
    if (superuser())
        SetConfigOption("deadlock_timeout", "50ms", PGC_SUSET, PGC_S_SESSION);
    CommitTransactionCommand();
    pg::entry([&order] { work(order); });
}

// start_adoption_worker(adoption) -> pid. Errors: 53400 no background worker is free; 55000 inside a transaction.
TENANCY_FUNCTION(tenancy_start_adoption_worker)
{
    const Order order = {MyDatabaseId, GetSessionUserId(), GetUserId(), PG_GETARG_INT64(0)};
    BackgroundWorker worker = {};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_notify_pid = MyProcPid;
    strlcpy(worker.bgw_library_name, "pg_tenancy", BGW_MAXLEN);
    strlcpy(worker.bgw_function_name, "tenancy_adoption_worker", BGW_MAXLEN);
    strlcpy(worker.bgw_name, "pg_tenancy adoption", BGW_MAXLEN);
    strlcpy(worker.bgw_type, "pg_tenancy adoption", BGW_MAXLEN);
    memcpy(worker.bgw_extra, &order, sizeof order);
    BackgroundWorkerHandle *handle = nullptr;
    pid_t pid = 0;
    if (!RegisterDynamicBackgroundWorker(&worker, &handle) ||
        WaitForBackgroundWorkerStartup(handle, &pid) == BGWH_POSTMASTER_DIED)
        ereport(ERROR, (errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED), errmsg("no background worker is free"),
                        errhint("ALTER SYSTEM SET max_worker_processes = %d; and restart the server.", max_worker_processes + 1)));
    PG_RETURN_INT32(pid);
}

// An advisory lock of a kind that no SQL function takes, so that no session of an application can be in the way.
TENANCY_FUNCTION(tenancy_take_adoption_lock)
{
    (void)fcinfo;
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 1416914000, 1, 3);
    PG_RETURN_BOOL(LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL);
}

// Errors: 25001 inside a transaction, which a procedure that commits cannot be.
TENANCY_FUNCTION(tenancy_require_no_transaction)
{
    if (IsTransactionBlock())
        ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
                        errmsg("%s cannot run inside a transaction block", text_to_cstring(PG_GETARG_TEXT_PP(0))),
                        errhint("COMMIT; and call it by itself.")));
    PG_RETURN_VOID();
}
