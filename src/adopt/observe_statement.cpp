#include "adopt/observe_statement.hpp"

#include "adopt/observe_session.hpp"
#include "adopt/observe_tables.hpp"
#include "guard/foreign_key_scope.hpp"

namespace tenancy::adopt {

namespace {

const CopyStmt *copy = nullptr;

// ---- conditions to the end of each node's list ----

bool is_condition(const Node *node)
{
    return IsA(node, FuncExpr) && reinterpret_cast<const FuncExpr *>(node)->funcid == counting_function();
}

List *with_conditions_last(List *conditions)
{
    List *last = NIL;
    ListCell *cell;
    foreach (cell, conditions)
        if (is_condition(static_cast<Node *>(lfirst(cell)))) {
            last = lappend(last, lfirst(cell));
            conditions = foreach_delete_current(conditions, cell);
        }
    return list_concat(conditions, last);
}

void count_last(Plan *plan);

void count_last_in(const List *plans)
{
    const ListCell *cell;
    foreach (cell, plans)
        count_last(static_cast<Plan *>(lfirst(cell)));
}

void count_last(Plan *plan)
{
    if (plan == nullptr)
        return;
    check_stack_depth();
    plan->qual = with_conditions_last(plan->qual);
    switch (nodeTag(plan)) {
    case T_NestLoop:
    case T_MergeJoin:
    case T_HashJoin: {
        Join *join = reinterpret_cast<Join *>(plan);
        join->joinqual = with_conditions_last(join->joinqual);
        break;
    }
    case T_Append:
        count_last_in(reinterpret_cast<Append *>(plan)->appendplans);
        break;
    case T_MergeAppend:
        count_last_in(reinterpret_cast<MergeAppend *>(plan)->mergeplans);
        break;
    case T_SubqueryScan:
        count_last(reinterpret_cast<SubqueryScan *>(plan)->subplan);
        break;
    case T_CustomScan:
        count_last_in(reinterpret_cast<CustomScan *>(plan)->custom_plans);
        break;
    default:
        break;
    }
    count_last(plan->lefttree);
    count_last(plan->righttree);
}

// ---- statements ----

void count(const Observed &table, Kind kind, const Subject &subject)
{
    Counter &counter = (*table.counters)[kind];
    pg_atomic_fetch_add_u64(&counter.statements, 1);
    if (subject.counting == Counting::refusals)
        pg_atomic_fetch_add_u64(&counter.without_tenant, 1);
    pg_atomic_write_u64(&counter.last_seen, static_cast<std::uint64_t>(GetCurrentStatementStartTimestamp()));
}

} // namespace

void count_last(PlannedStmt *planned)
{
    count_last(planned->planTree);
    count_last_in(planned->subplans);
}

bool count_statement(const PlannedStmt *planned, Subject *subject)
{
    if (planned->relationOids == NIL || guard::in_foreign_key_query() || !counters_available())
        return false;
    const bool in_worker = IsParallelWorker(); // the leader has counted it
    List *seen = NIL;
    const ListCell *cell;
    foreach (cell, planned->rtable) {
        const RangeTblEntry *entry = static_cast<const RangeTblEntry *>(lfirst(cell));
        if (entry->rtekind != RTE_RELATION)
            continue;
        const Observed table = observed(entry->relid);
        if (!OidIsValid(table.root) || list_member_oid(seen, table.root))
            continue;
        if (seen == NIL)
            *subject = find_subject();
        seen = lappend_oid(seen, table.root);
        if (subject->counting != Counting::nothing && !in_worker)
            count(table, kind_of(planned->commandType), *subject);
    }
    return seen != NIL;
}

void count_copy(const CopyStmt *statement)
{
    copy = statement;
    if (statement == nullptr || statement->relation == nullptr || !counters_available())
        return;
    const Oid relation = RangeVarGetRelid(statement->relation, NoLock, true);
    const Observed table = OidIsValid(relation) ? observed(relation) : Observed{};
    if (!OidIsValid(table.root))
        return;
    const Subject subject = find_subject();
    if (subject.counting != Counting::nothing)
        count(table, Kind::copy, subject);
}

const CopyStmt *running_copy() noexcept
{
    return copy;
}

} // namespace tenancy::adopt
