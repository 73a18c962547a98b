// tenancy.probe(role, tenant, replica, confined, statement): one attempt, made as an application would make it.
//
// In a subtransaction the setting of the tenant and the role are set, the statement runs, and both are put back, as
// at the end of a function with SET clauses: the caller is who he was. What the statement did stays for the caller to
// look at, and to undo. Deferred constraints are checked at once.
// confined: in a security-restricted operation, so that code of a table that the statement executes cannot go back to
// the caller's role. A cursor of the session that it opened or closed is an error.
// Returns sqlstate (00000: none), message, constraint, and how many rows it returned or changed.
// Errors: 57014 and 57P01 go on (somebody wants this to end); everything else is an answer.

#include "adopt/own_statement.hpp"
#include "pg/call_guard.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

using namespace tenancy;

namespace {

struct Attempt {
    const char *role, *tenant; // nullptr: the caller's, none
    bool replica, confined;
    const char *statement;
};

void set_for_now(const char *name, const char *value)
{
    (void)set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

std::uint64_t run(const Attempt &attempt)
{
    const char *cursors = adopt::open_cursors(CurrentMemoryContext);
    const int settings = NewGUCNestLevel();
    ConstraintsSetStmt *all = makeNode(ConstraintsSetStmt);
    AfterTriggerSetState(all);
    if (attempt.replica)
        set_for_now("session_replication_role", "replica");
    set_for_now("tenancy.context_source", "setting");
    set_for_now("row_security", "on");
    set_for_now("app.current_tenant_id", attempt.tenant == nullptr ? "" : attempt.tenant);
    if (attempt.role != nullptr)
        set_for_now("role", attempt.role);
    Oid user = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&user, &security);
    if (attempt.confined) // an error's end of the subtransaction restores it
        SetUserIdAndSecContext(user, security | SECURITY_RESTRICTED_OPERATION);
    TENANCY_FAULT_POINT("probe");
    const int result = SPI_execute(attempt.statement, false, 0);
    if (result < 0)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("%s: %s", attempt.statement, SPI_result_code_string(result))));
    const std::uint64_t rows = SPI_processed;
    SPI_freetuptable(SPI_tuptable);
    SetUserIdAndSecContext(user, security);
    AtEOXact_GUC(false, settings);
    // Not 42501, which says that an attack was refused.
    if (strcmp(cursors, adopt::open_cursors(CurrentMemoryContext)) != 0)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("code that the statement executes opened or closed a cursor of this session"),
                        errdetail("A FETCH would run as you what it left behind."), errhint("SELECT * FROM pg_cursors;")));
    return rows;
}

char *argument(FunctionCallInfo fcinfo, int number)
{
    return PG_ARGISNULL(number) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

Datum as_text(const char *value)
{
    return value == nullptr ? static_cast<Datum>(0) : CStringGetTextDatum(value);
}

} // namespace

TENANCY_FUNCTION(tenancy_probe)
{
    const Attempt attempt = {argument(fcinfo, 0), argument(fcinfo, 1), !PG_ARGISNULL(2) && PG_GETARG_BOOL(2), PG_ARGISNULL(3) || PG_GETARG_BOOL(3), argument(fcinfo, 4)};
    if (attempt.statement == nullptr)
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the statement is NULL"), errhint("SELECT * FROM tenancy.prove();")));
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("probe() gives a record"), errhint("SELECT * FROM tenancy.probe(...);")));
    descriptor = BlessTupleDesc(descriptor);
    std::uint64_t rows = 0;
    const ErrorData *error = pg::attempt_within([&] {
        SPI_connect();
        rows = run(attempt);
        SPI_finish();
    });
    if (error != nullptr && (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN))
        ReThrowError(const_cast<ErrorData *>(error));
    Datum values[4] = {as_text(error == nullptr ? "00000" : unpack_sql_state(error->sqlerrcode)), Int64GetDatum(static_cast<int64>(rows)),
                       as_text(error == nullptr ? nullptr : error->message), as_text(error == nullptr ? nullptr : error->constraint_name)};
    bool nulls[4] = {false, false, error == nullptr, error == nullptr || error->constraint_name == nullptr};
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}
