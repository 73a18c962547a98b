#include "guard/owners_update.hpp"

#include "context/guarded.hpp"
#include "pg/compat.hpp"
#include "pg/fault.hpp"
#include "pg/saved_plan.hpp"

namespace tenancy::guard {

namespace {

void refuse_rules(Relation table)
{
    const RuleLock *rules = table->rd_rules;
    for (int i = 0; rules != nullptr && i < rules->numLocks; ++i)
        if (rules->rules[i]->event == CMD_UPDATE)
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("table \"%s\" has a rule ON UPDATE",
                                   RelationGetRelationName(table)),
                            errdetail("Rows of soft-deleted tables are marked by UPDATE."),
                            errhint("DROP RULE ... ON %s;",
                                    quote_qualified_identifier(
                                        get_namespace_name(RelationGetNamespace(table)),
                                        RelationGetRelationName(table)))));
}

// The query names the table; a trigger of an earlier row may have given its name to another.
void refuse_other_table(const PlannedStmt *planned, Relation table)
{
    const ListCell *cell;
    foreach (cell, planned->resultRelations)
        if (rt_fetch(lfirst_int(cell), planned->rtable)->relid == RelationGetRelid(table))
            return;
    ereport(ERROR, (errcode(ERRCODE_OBJECT_IN_USE),
                    errmsg("table \"%s\" was renamed by the statement that deletes from it",
                           RelationGetRelationName(table)),
                    errhint("Rename it in a statement of its own.")));
}

ParamListInfo parameters_of(const OwnersUpdate &update)
{
    ParamListInfo out = makeParamList(update.count);
    for (int i = 0; i < update.count; ++i)
        out->params[i] = {update.values[i], false, PARAM_FLAG_CONST, update.types[i]};
    return out;
}

// As the owner, without policies: the plan and the permission check.
QueryDesc *start(const OwnersUpdate &update, bool own_triggers, CachedPlan **cached)
{
    SPIPlanPtr plan =
        pg::saved_plan(update.object, update.kind, update.query, update.count, update.types);
    *cached = SPI_plan_get_cached_plan(plan);
    if (*cached == nullptr || list_length((*cached)->stmt_list) != 1)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("\"%s\" is not one query", update.query)));
    refuse_other_table(linitial_node(PlannedStmt, (*cached)->stmt_list), update.table);
    QueryDesc *query = CreateQueryDesc(
        linitial_node(PlannedStmt, (*cached)->stmt_list), update.query, GetActiveSnapshot(),
        InvalidSnapshot, update.returning != nullptr ? update.returning : None_Receiver,
        parameters_of(update), nullptr, 0);
    ExecutorStart(query, own_triggers ? 0 : EXEC_FLAG_SKIP_TRIGGERS);
    // A row that the DELETE comes by a second time is one it has dealt with itself.
    if (update.within != nullptr)
        query->estate->es_output_cid = update.within->estate->es_output_cid;
    return query;
}

} // namespace

std::uint64_t update_as_owner(const OwnersUpdate &update)
{
    refuse_rules(update.table);
    Oid user = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&user, &security);
    const Oid owner = update.table->rd_rel->relowner;
    const bool lower = context::is_platform_role(user) && context::is_application_role(owner);
    SPI_connect();
    if (update.within == nullptr)
        CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
    // As PostgreSQL's own foreign-key queries; an error's end of (sub)transaction restores it.
    SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    TENANCY_FAULT_POINT("owners_update");
    CachedPlan *cached = nullptr;
    // AFTER triggers that the DELETE runs have its user.
    QueryDesc *query = start(update, update.within == nullptr || lower, &cached);
    if (lower)
        SetUserIdAndSecContext(owner, security | SECURITY_LOCAL_USERID_CHANGE);
    else
        SetUserIdAndSecContext(user, security);
    pg::run_query(query);
    const std::uint64_t rows = query->estate->es_processed;
    ExecutorFinish(query);
    SetUserIdAndSecContext(user, security);
    ExecutorEnd(query);
    FreeQueryDesc(query);
    PopActiveSnapshot();
    ReleaseCachedPlan(cached, CurrentResourceOwner);
    SPI_finish();
    return rows;
}

} // namespace tenancy::guard
