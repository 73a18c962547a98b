#include "guard/canary.hpp"
#include "guard/utility_guard.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "context/setting.hpp"
#include "context/token_context.hpp"
#include "guard/own_temporary.hpp"
#include "guard/protected_tables.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

struct Refusal {
    const char *detail; // the channel it would open
    const char *hint; // nullptr: how a tenant is entered
    const char *message = nullptr; // instead of "COMMAND TAG is not for ..."
};

constexpr Refusal unknown = {"The statement is not known to keep within one tenant.",
                             "Run it as a platform role."};
constexpr Refusal two_phase = {
    "A prepared transaction and its locks outlive the session and its tenant.", "COMMIT;"};
constexpr Refusal holds = {"Its rows would outlive the transaction and its tenant.",
                           "DECLARE the cursor without WITH HOLD.",
                           "a cursor WITH HOLD is refused"};
constexpr Refusal plain = {"A plain SET would outlive the transaction and reach the next user of a "
                           "pooled connection.",
                           nullptr,
                           "a tenant is set for one transaction"};
constexpr Refusal file = {"The server's files and programs belong to no tenant.",
                          "COPY ... FROM STDIN or TO STDOUT; in psql: \\copy",
                          "COPY with a file or program is not for sessions of an application"};
constexpr Refusal table = {"A table outlives the transaction and its tenant.",
                           "CREATE TEMP TABLE ... ON COMMIT DROP; or create it as the owner of "
                           "the schema."};
constexpr Refusal object = {"It acts in the sessions of all tenants.",
                            "Run it as the owner of what it concerns."};
constexpr Refusal code = {"It would run in the sessions of all tenants.",
                          "Create it as the owner of the schema."};
constexpr Refusal trigger = {"A trigger runs in the sessions of all tenants.",
                             "Create it as the owner of the table."};
constexpr Refusal rights = {"It changes what other sessions may do.",
                            "Run it as the owner of what it concerns."};
constexpr Refusal remark = {"All tenants could read what it says.",
                            "Run it as the owner of what it concerns."};
constexpr Refusal upkeep = {"It works on the rows of all tenants.",
                            "Run it as the owner of the table."};
constexpr Refusal message = {"Notifications reach the sessions of all tenants.",
                             "Leave messages in a protected table."};
constexpr Refusal lock = {"It would hold up the sessions of all tenants.",
                          "LOCK TABLE ... IN ROW EXCLUSIVE MODE; or SELECT ... FOR UPDATE"};
constexpr Refusal prepares = {"It would outlive the transaction and reach the next user of a pooled connection.",
                              "PREPARE it in the transaction that EXECUTEs it, or let the driver prepare it.",
                              "PREPARE outside of a transaction is not for sessions of an application"};
constexpr Refusal empties = {"It waits for locks on tables that refer to this one, and holds up all tenants.",
                             "DELETE FROM ...;",
                             "TRUNCATE ... CASCADE is not for sessions of an application"};
constexpr Refusal server = {"It concerns the whole server.", "Run it as a superuser."};

bool one_phase(const Node *statement)
{
    const TransactionStmtKind kind = reinterpret_cast<const TransactionStmt *>(statement)->kind;
    return kind != TRANS_STMT_PREPARE && kind != TRANS_STMT_COMMIT_PREPARED &&
           kind != TRANS_STMT_ROLLBACK_PREPARED;
}

bool without_hold(const Node *statement)
{
    return (reinterpret_cast<const DeclareCursorStmt *>(statement)->options & CURSOR_OPT_HOLD) == 0;
}

bool with_client(const Node *statement)
{
    const CopyStmt *copy = reinterpret_cast<const CopyStmt *>(statement);
    return !copy->is_program && copy->filename == nullptr;
}

// Foreign keys of other tables would wait for its lock.
bool is_referred_to(Oid relation)
{
    Relation opened = RelationIdGetRelation(relation);
    if (!RelationIsValid(opened))
        return true;
    bool found = false;
    const TriggerDesc *triggers = opened->trigdesc;
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i)
        found = found || RI_FKey_trigger_type(triggers->triggers[i].tgfoid) == RI_TRIGGER_PK;
    RelationClose(opened);
    return found;
}

// Tables that only this application uses, and what this transaction made.
bool may_lock(const RangeVar *name)
{
    const Oid relation = RangeVarGetRelid(name, NoLock, true);
    if (!OidIsValid(relation))
        return false;
    const char kind = get_rel_relkind(relation);
    const context::Installation &here = context::installation();
    return (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE) &&
           !IsCatalogRelationOid(relation) && get_rel_namespace(relation) != here.schema &&
           relation != here.tenant_table &&
           (protection_of(relation).protection == Protection::none || enforced(relation) == Enforced::on_others) &&
           !is_referred_to(relation);
}

bool locks_weakly(const Node *statement)
{
    const LockStmt *wanted = reinterpret_cast<const LockStmt *>(statement);
    if (wanted->mode <= RowExclusiveLock)
        return true;
    const ListCell *cell;
    foreach (cell, wanted->relations)
        if (!may_lock(static_cast<const RangeVar *>(lfirst(cell))))
            return false;
    return true;
}

bool empties_nothing_else(const Node *statement)
{
    const TruncateStmt *truncate = reinterpret_cast<const TruncateStmt *>(statement);
    return truncate->behavior != DROP_CASCADE || all_own(truncate->relations);
}

bool prepares_for_transaction(const Node *)
{
    return IsTransactionBlock() || !context::has_met_tenant() ||
           context::context_scope == static_cast<int>(context::Scope::session);
}

bool sets_for_transaction(const Node *statement)
{
    const VariableSetStmt *set = reinterpret_cast<const VariableSetStmt *>(statement);
    const bool lasts = set->name != nullptr && !set->is_local &&
                       (set->kind == VAR_SET_VALUE || set->kind == VAR_SET_CURRENT) &&
                       context::context_scope == static_cast<int>(context::Scope::transaction);
    return !lasts || pg_strcasecmp(set->name, context::tenant_setting_name) != 0;
}

struct Rule {
    NodeTag statement;
    const Refusal *refusal;                 // nullptr: allowed
    bool (*unless)(const Node *) = nullptr; // allowed where it says so
};

// Not listed: refused as `unknown`.
constexpr Rule rules[] = {
    // Ends with the transaction, or is the session's own business
    {T_TransactionStmt, &two_phase, one_phase},
    {T_VariableSetStmt, &plain, sets_for_transaction},
    {T_VariableShowStmt, nullptr},
    {T_PrepareStmt, &prepares, prepares_for_transaction}, // and context/transaction_statements
    {T_ExecuteStmt, nullptr},
    {T_DeallocateStmt, nullptr},
    {T_DeclareCursorStmt, &holds, without_hold},
    {T_FetchStmt, nullptr},
    {T_ClosePortalStmt, nullptr},
    {T_ExplainStmt, nullptr}, // and guard/explain_guard
    {T_CopyStmt, &file, with_client},
    {T_CallStmt, nullptr},
    {T_DoStmt, nullptr},
    {T_ConstraintsSetStmt, nullptr},
    {T_DiscardStmt, nullptr},
    {T_UnlistenStmt, nullptr},
    {T_TruncateStmt, &empties, empties_nothing_else}, // and check_truncate
    {T_LockStmt, &lock, locks_weakly},
    // Tables that end with the transaction
    {T_CreateStmt, &table, makes_own},
    {T_CreateTableAsStmt, &table, makes_own},
    {T_IndexStmt, &object, alters_own},
    {T_AlterTableStmt, &object, alters_own},
    {T_RenameStmt, &object, alters_own},
    {T_DropStmt, &object, alters_own},
    {T_CommentStmt, &remark, alters_own},
    {T_VacuumStmt, &upkeep, alters_own},
    // Acts in other sessions
    {T_CreateTrigStmt, &trigger},
    {T_CreateEventTrigStmt, &trigger},
    {T_ViewStmt, &code},
    {T_RuleStmt, &code},
    {T_CreateFunctionStmt, &code},
    {T_CreateCastStmt, &code},
    {T_DefineStmt, &code},
    {T_CreateDomainStmt, &object},
    {T_CreateEnumStmt, &object},
    {T_AlterEnumStmt, &object},
    {T_CompositeTypeStmt, &object},
    {T_CreateSchemaStmt, &object},
    {T_CreateSeqStmt, &object},
    {T_AlterSeqStmt, &object},
    {T_AlterFunctionStmt, &object},
    {T_AlterOwnerStmt, &object},
    {T_AlterObjectSchemaStmt, &object},
    {T_AlterObjectDependsStmt, &object},
    {T_CreateStatsStmt, &object},
    {T_CreateExtensionStmt, &object},
    {T_CreateForeignTableStmt, &object},
    {T_ImportForeignSchemaStmt, &object},
    {T_CreatePublicationStmt, &object},
    {T_CreateSubscriptionStmt, &object},
    {T_DropOwnedStmt, &object},
    {T_ReassignOwnedStmt, &object},
    {T_CreatePolicyStmt, &rights},
    {T_AlterPolicyStmt, &rights},
    {T_GrantStmt, &rights},
    {T_GrantRoleStmt, &rights},
    {T_AlterDefaultPrivilegesStmt, &rights},
    {T_CreateRoleStmt, &rights},
    {T_AlterRoleStmt, &rights},
    {T_AlterRoleSetStmt, &rights},
    {T_DropRoleStmt, &rights},
    {T_SecLabelStmt, &remark},
    {T_ReindexStmt, &upkeep},
    {T_ClusterStmt, &upkeep},
    {T_RefreshMatViewStmt, &upkeep},
    {T_ListenStmt, &message},
    {T_NotifyStmt, &message},
    {T_LoadStmt, &server},
    {T_CheckPointStmt, &server},
    {T_AlterSystemStmt, &server},
};

const Refusal *judge(const Node *statement)
{
    for (const Rule &rule : rules)
        if (rule.statement == nodeTag(statement))
            return rule.unless != nullptr && rule.unless(statement) ? nullptr : rule.refusal;
    return &unknown;
}

[[noreturn]] void refuse(Node *statement, const Refusal *why)
{
    const char *said = why->message != nullptr
                           ? why->message
                           : psprintf("%s is not for sessions of an application",
                                      CreateCommandName(statement));
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("%s", said),
                    errdetail("%s", why->detail),
                    why->hint != nullptr ? errhint("%s", why->hint)
                                         : errhint("BEGIN; %s", context::entering())));
    pg_unreachable();
}

} // namespace

void check_utility(Node *statement, bool part)
{
    if (IsA(statement, VariableSetStmt))
        context::installation(); // the setting's hook may not look into catalogs: warm what it reads
    if (!context::guarded())
        return;
    TENANCY_FAULT_POINT("check_utility");
    const Refusal *why = part ? nullptr : judge(statement);
    if (why != nullptr)
        refuse(statement, why);
    const char *shadowed = shadowed_type(statement);
    if (shadowed != nullptr)
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                 errmsg("a temporary table may not take the name of a lasting table or type: \"%s\"",
                        shadowed),
                 errdetail("Functions would take it for the other one, also for the next user of a "
                           "pooled connection."),
                 errhint("CREATE TEMP TABLE another_name ... ON COMMIT DROP;")));
    if (part || !IsA(statement, ExplainStmt))
        return;
    // EXPLAIN (ANALYZE) CREATE TABLE ... AS runs what it explains.
    const Query *query =
        reinterpret_cast<const Query *>(reinterpret_cast<const ExplainStmt *>(statement)->query);
    if (IsA(query, Query) && query->commandType == CMD_UTILITY)
        check_utility(query->utilityStmt, false);
}

} // namespace tenancy::guard
