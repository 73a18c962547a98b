#include "hooks.hpp"

#include "adopt/observe_statement.hpp"
#include "adopt/observe_tables.hpp"
#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "context/statement_texts.hpp"
#include "context/transaction_statements.hpp"
#include "guard/door.hpp"
#include "guard/explain_guard.hpp"
#include "guard/foreign_key_scope.hpp"
#include "guard/function_guard.hpp"
#include "guard/key_validation.hpp"
#include "guard/redaction.hpp"
#include "guard/running_query.hpp"
#include "guard/statement_guard.hpp"
#include "guard/utility_guard.hpp"
#include "pg/call_guard.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"

namespace tenancy {

namespace {

planner_hook_type previous_planner = nullptr;
ExecutorStart_hook_type previous_start = nullptr;
ExecutorRun_hook_type previous_run = nullptr;
ExecutorFinish_hook_type previous_finish = nullptr;
ExecutorCheckPerms_hook_type previous_permissions = nullptr;
ProcessUtility_hook_type previous_utility = nullptr;
object_access_hook_type previous_access = nullptr;
emit_log_hook_type previous_log = nullptr;

bool installed()
{
    return IsTransactionState() && context::installation().installed;
}

bool in_guarded_session()
{
    return installed() && context::guarded();
}

// Errors of a guarded session tell no rows.
template <typename Body, typename Undo> void run_redacted(bool guarded, Body &&body, Undo &&undo)
{
    pg::run_finally(
        body, undo, [guarded] { return guarded && guard::tells_rows(); }, guard::leave_rows_out);
}

// Runs body as a statement of the current user: triggers beneath foreign keys go back to it.
template <typename Body> void as_statement(bool guarded, const char *text, Body &&body)
{
    const guard::StatementScope outer = guard::enter_statement();
    const context::StatementText here = {text, context::statement_texts};
    context::statement_texts = &here;
    run_redacted(guarded, body, [outer, &here] {
        context::statement_texts = here.outer;
        guard::leave_statement(outer);
    });
}

// The same for a query of the executor.
template <typename Body> void as_query(bool guarded, QueryDesc *query, Body &&body)
{
    const guard::RunningQuery outer = guard::enter_query(query);
    const guard::StatementScope around = guard::enter_statement();
    const context::StatementText here = {query->sourceText, context::statement_texts};
    context::statement_texts = &here;
    run_redacted(guarded, body, [outer, around, &here] {
        context::statement_texts = here.outer;
        guard::leave_statement(around);
        guard::leave_query(outer);
    });
}

void keep_quiet()
{
    if (unlikely(client_min_messages < NOTICE))
        pg::entry([] {
            if (installed())
                guard::keep_quiet();
        });
}

bool observing()
{
    return installed() && adopt::observing();
}

PlannedStmt *on_plan(Query *query, const char *text, int options, ParamListInfo parameters)
{
    keep_quiet();
    const auto plan = [=] {
        return previous_planner != nullptr ? previous_planner(query, text, options, parameters)
                                           : standard_planner(query, text, options, parameters);
    };
    if (likely(!pg::entry(observing)))
        return plan();
    const adopt::Planning outer = pg::entry([query] { return adopt::enter_planning(query); });
    PlannedStmt *planned = nullptr;
    pg::run_finally([&] { planned = plan(); }, [outer] { adopt::leave_planning(outer); });
    pg::entry([planned] { adopt::count_last(planned); });
    return planned;
}

// The query that was started last and has not run: what runs otherwise is a cursor or portal that was
// opened by an earlier statement, perhaps by a session that was not guarded yet.
const QueryDesc *just_started = nullptr;

void on_start(QueryDesc *query, int flags)
{
    if (previous_start != nullptr)
        previous_start(query, flags);
    else
        standard_ExecutorStart(query, flags);
    just_started = query;
    if ((flags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
        pg::entry([query] {
            if (!observing())
                return;
            adopt::Subject subject;
            if (adopt::count_statement(query->plannedstmt, &subject))
                adopt::hasten(query->planstate, &subject);
        });
}

// Each statement comes here, and a cursor's FETCH too.
void on_run(TENANCY_EXECUTOR_RUN_ARGS)
{
    keep_quiet();
    const bool guarded = pg::entry([query] {
        context::statement_begins();
        const bool opened_earlier = query != just_started;
        just_started = nullptr;
        const bool is_guarded = in_guarded_session();
        if (opened_earlier && context::ran_unguarded() && is_guarded)
            guard::check_fetch(query->plannedstmt->rtable);
        return is_guarded;
    });
    as_query(guarded, query, [&] {
        if (previous_run != nullptr)
            previous_run(TENANCY_EXECUTOR_RUN_PASS);
        else
            standard_ExecutorRun(TENANCY_EXECUTOR_RUN_PASS);
        guard::count_marked_rows();
    });
    keep_quiet(); // what the query set acts on its own end, too
}

// AFTER triggers, and with them foreign keys, run here, and the rest of a WITH clause that writes.
void on_finish(QueryDesc *query)
{
    const bool guarded = pg::entry([] { return in_guarded_session(); });
    as_query(guarded, query, [&] {
        if (previous_finish != nullptr)
            previous_finish(query);
        else
            standard_ExecutorFinish(query);
    });
}

bool check_entries(List *entries, bool raise, bool (*check)(const pg::PermissionEntry &, bool))
{
    ListCell *cell;
    foreach (cell, entries) {
        pg::PermissionEntry entry;
        if (pg::permission_entry(lfirst(cell), &entry) && !check(entry, raise))
            return false;
    }
    return true;
}

bool on_permissions(TENANCY_CHECK_PERMS_ARGS)
{
    if (previous_permissions != nullptr && !previous_permissions(TENANCY_CHECK_PERMS_PASS))
        return false;
    return pg::entry([&] {
        guard::check_doors();
        if (!installed())
            return true;
        // A prepared statement that holds its locks already has seen no message since: an enrolment
        // must not have to wait for the statement after this one.
        AcceptInvalidationMessages();
        const bool guarded = context::guarded();
        if (!guarded)
            context::note_unguarded();
        const bool tenant = context::current_setting_value() != nullptr;
        if ((guarded && guard::in_foreign_key_query()) || (!guarded && !tenant))
            return true;
        return check_entries(TENANCY_CHECK_PERMS_LIST, raise,
                             guarded ? guard::check_statement : guard::check_write);
    });
}

// These may get at rows without a query that begins now: a portal may have its rows already.
bool reaches_rows(const Node *statement)
{
    return IsA(statement, FetchStmt) || IsA(statement, DoStmt) || IsA(statement, CallStmt);
}

void on_utility(PlannedStmt *planned, const char *text, bool read_only,
                ProcessUtilityContext context, ParamListInfo parameters,
                QueryEnvironment *environment, DestReceiver *receiver, QueryCompletion *completion)
{
    just_started = nullptr;
    bool guarded = false;
    PlannedStmt *statement = planned;
    keep_quiet();
    pg::entry([&] {
        if (!installed())
            return;
        guarded = context::guarded();
        if (!guarded)
            context::note_unguarded_utility();
        guard::check_utility(planned->utilityStmt, context == PROCESS_UTILITY_SUBCOMMAND);
        if (guarded && reaches_rows(planned->utilityStmt))
            context::statement_begins();
        if (guarded && IsA(planned->utilityStmt, PrepareStmt))
            context::note_prepare(castNode(PrepareStmt, planned->utilityStmt)->name);
        guard::check_key_validation(planned->utilityStmt);
        if (adopt::observing())
            adopt::count_copy(IsA(planned->utilityStmt, CopyStmt) ? castNode(CopyStmt, planned->utilityStmt) : nullptr);
        statement = guard::without_estimates(planned);
    });
    as_statement(guarded, text, [&] {
        if (previous_utility != nullptr)
            previous_utility(statement, text, read_only, context, parameters, environment, receiver,
                             completion);
        else
            standard_ProcessUtility(statement, text, read_only, context, parameters, environment,
                                    receiver, completion);
    });
    keep_quiet();
}

void on_access(ObjectAccessType access, Oid catalog, Oid object, int part, void *argument)
{
    if (previous_access != nullptr)
        previous_access(access, catalog, object, part, argument);
    if (access == OAT_FUNCTION_EXECUTE && guard::may_be_refused(object))
        pg::entry([object] {
            if (installed())
                guard::check_function(object);
        });
    if (access == OAT_TRUNCATE && catalog == RelationRelationId)
        pg::entry([object] {
            if (installed())
                guard::check_truncate(object);
        });
    if (access == OAT_POST_CREATE && catalog == ConstraintRelationId)
        pg::entry([object] {
            if (installed())
                guard::check_constraint(object);
        });
}

// A setting can be lowered beneath the hooks above, in an expression that no statement runs for.
void on_log(ErrorData *message)
{
    if (message->output_to_client && guard::is_kept_from_client(message->elevel))
        message->output_to_client = false;
    if (previous_log != nullptr)
        previous_log(message);
}

} // namespace

void install_hooks()
{
    previous_planner = planner_hook;
    planner_hook = on_plan;
    previous_start = ExecutorStart_hook;
    ExecutorStart_hook = on_start;
    previous_run = ExecutorRun_hook;
    ExecutorRun_hook = on_run;
    previous_finish = ExecutorFinish_hook;
    ExecutorFinish_hook = on_finish;
    previous_permissions = ExecutorCheckPerms_hook;
    ExecutorCheckPerms_hook = on_permissions;
    previous_utility = ProcessUtility_hook;
    ProcessUtility_hook = on_utility;
    previous_access = object_access_hook;
    object_access_hook = on_access;
    previous_log = emit_log_hook;
    emit_log_hook = on_log;
    guard::initialize_foreign_key_scope();
    adopt::install_observation();
}

} // namespace tenancy
