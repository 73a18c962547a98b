#include "guard/running_query.hpp"

#include "pg/compat.hpp"

namespace tenancy::guard {

RunningQuery running_query = {};

namespace {

struct Writes {
    bool deletes;
    bool updates;
    bool moves; // an UPDATE names a column by which rows find their partition
};

bool writes_to(const ModifyTable *node, const List *range_table, Oid relation)
{
    const ListCell *cell;
    foreach (cell, node->resultRelations)
        if (rt_fetch(lfirst_int(cell), range_table)->relid == relation)
            return true;
    return false;
}

void add(CmdType operation, const ModifyTable *node, Writes *out)
{
    if (operation == CMD_DELETE)
        out->deletes = true;
    if (operation != CMD_UPDATE)
        return;
    out->updates = true;
    out->moves = out->moves || node->partColsUpdated;
}

// What changes tables is the top of the plan, or of a WITH clause's.
void look_at(const Plan *plan, const List *range_table, Oid relation, Writes *out)
{
    if (plan == nullptr || !IsA(plan, ModifyTable))
        return;
    const ModifyTable *node = reinterpret_cast<const ModifyTable *>(plan);
    if (!writes_to(node, range_table, relation))
        return;
    add(node->operation, node, out);
    const ListCell *list;
    const ListCell *cell;
    foreach (list, node->mergeActionLists)
        foreach (cell, static_cast<const List *>(lfirst(list)))
            add(static_cast<const MergeAction *>(lfirst(cell))->commandType, node, out);
}

} // namespace

RunningQuery enter_query(QueryDesc *query) noexcept
{
    const RunningQuery outer = running_query;
    running_query = {};
    running_query.query = query;
    return outer;
}

void leave_query(RunningQuery outer) noexcept
{
    running_query = outer;
}

void count_marked_rows() noexcept
{
    const QueryDesc *query = running_query.query;
    if (running_query.marked > 0 && query->operation == CMD_DELETE &&
        !query->plannedstmt->hasReturning && !query->plannedstmt->hasModifyingCTE)
        pg::add_processed(query->estate, running_query.marked);
    running_query.marked = 0;
}

bool deletes(Relation relation, const HeapTupleData *row)
{
    if (running_query.query == nullptr && IsLogicalWorker())
        return false;
    if (!relation->rd_rel->relispartition)
        return true;
    if (running_query.query == nullptr)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("the library of pg_tenancy was loaded in the middle of a statement that writes to \"%s\"",
                               RelationGetRelationName(relation)),
                        errdetail("It cannot tell rows that are deleted from those that move to another partition."),
                        errhint("Run the statement again; ALTER SYSTEM SET shared_preload_libraries = 'pg_tenancy'; and a restart avoid this.")));
    const PlannedStmt *planned = running_query.query->plannedstmt;
    Writes found = {false, false, false};
    look_at(planned->planTree, planned->rtable, RelationGetRelid(relation), &found);
    const ListCell *cell;
    foreach (cell, planned->subplans)
        look_at(static_cast<const Plan *>(lfirst(cell)), planned->rtable, RelationGetRelid(relation),
                &found);
    if (found.deletes && found.moves)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("a statement cannot delete rows of \"%s\" and move others to another partition",
                        RelationGetRelationName(relation)),
                 errdetail("Its rows are only marked by DELETE, and a row that moves is not to be."),
                 errhint("Run the DELETE and the UPDATE as two statements.")));
    // A trigger may have made an UPDATE move a row that the plan does not know of.
    const bool moves = running_query.updated_table == RelationGetRelid(relation) &&
                       ItemPointerEquals(&running_query.updated_row, const_cast<ItemPointer>(&row->t_self));
    return found.deletes ? !moves : !found.updates;
}

} // namespace tenancy::guard
