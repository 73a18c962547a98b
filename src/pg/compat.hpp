// Every difference between the supported majors (15 to 18), each with its reason.
#pragma once

#include "pg/postgres.hpp"

extern "C" {
#include "nodes/pg_list.h"
}

namespace tenancy::pg {

// 17 moved the local transaction id into a struct of the virtual transaction id.
inline LocalTransactionId proc_lxid(const PGPROC *proc)
{
#if PG_VERSION_NUM >= 170000
    return proc->vxid.lxid;
#else
    return proc->lxid;
#endif
}

// 16 gave settings a memory context of their own; before, their values come from malloc.
inline void *guc_alloc(std::size_t size)
{
#if PG_VERSION_NUM >= 160000
    return guc_malloc(LOG, size);
#else
    return malloc(size);
#endif
}

inline void guc_release(void *pointer)
{
#if PG_VERSION_NUM >= 160000
    guc_free(pointer);
#else
    free(pointer);
#endif
}

// 16 changed what get_guc_variables() takes; both give the array of all settings.
inline struct config_generic *find_setting(const char *name)
{
    int count = 0;
#if PG_VERSION_NUM >= 160000
    struct config_generic **all = get_guc_variables(&count);
#else
    struct config_generic **all = get_guc_variables();
    count = GetNumConfigOptions();
#endif
    for (int i = 0; i < count; ++i)
        if (pg_strcasecmp(all[i]->name, name) == 0)
            return all[i];
    return nullptr;
}

// Since 16 a membership may come without the right to SET ROLE. Superusers can.
inline bool can_become(Oid who, Oid role)
{
#if PG_VERSION_NUM >= 160000
    return member_can_set_role(who, role);
#else
    return is_member_of_role(who, role);
#endif
}

// 18 dropped the mark that a portal runs once.
inline bool portal_run(Portal portal, DestReceiver *receiver, QueryCompletion *completion)
{
#if PG_VERSION_NUM >= 180000
    return PortalRun(portal, FETCH_ALL, true, receiver, receiver, completion);
#else
    return PortalRun(portal, FETCH_ALL, true, true, receiver, receiver, completion);
#endif
}

// 16 split the permission part off the range table entry.
struct PermissionEntry {
    Oid relation;
    Oid check_as_user; // InvalidOid: the current user
    bool writes;
};

#if PG_VERSION_NUM >= 160000
#define TENANCY_CHECK_PERMS_ARGS List *range_table, List *permissions, bool raise
#define TENANCY_CHECK_PERMS_PASS range_table, permissions, raise
#define TENANCY_CHECK_PERMS_LIST permissions
inline bool permission_entry(void *cell, PermissionEntry *out)
{
    RTEPermissionInfo *info = static_cast<RTEPermissionInfo *>(cell);
    *out = {info->relid, info->checkAsUser,
            (info->requiredPerms & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) != 0};
    return info->requiredPerms != 0;
}
#else
#define TENANCY_CHECK_PERMS_ARGS List *range_table, bool raise
#define TENANCY_CHECK_PERMS_PASS range_table, raise
#define TENANCY_CHECK_PERMS_LIST range_table
inline bool permission_entry(void *cell, PermissionEntry *out)
{
    RangeTblEntry *entry = static_cast<RangeTblEntry *>(cell);
    *out = {entry->relid, entry->checkAsUser,
            (entry->requiredPerms & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) != 0};
    return entry->rtekind == RTE_RELATION && entry->requiredPerms != 0;
}
#endif

// The columns an INSERT into the relation of this entry names; nullptr: it is not inserted into.
#if PG_VERSION_NUM >= 160000
inline const Bitmapset *inserted_columns(const PlannedStmt *planned, RangeTblEntry *entry)
{
    return entry->perminfoindex == 0 ? nullptr : getRTEPermissionInfo(planned->permInfos, entry)->insertedCols;
}
#else
inline const Bitmapset *inserted_columns(const PlannedStmt *, RangeTblEntry *entry)
{
    return entry->insertedCols;
}
#endif

// 16 also adds up the rows of all runs of a query.
inline void add_processed(EState *state, uint64 rows)
{
    state->es_processed += rows;
#if PG_VERSION_NUM >= 160000
    state->es_total_processed += rows;
#endif
}

// 16 gave stringToQualifiedNameList an error context.
#if PG_VERSION_NUM >= 160000
#define TENANCY_NO_ESCONTEXT , nullptr
#else
#define TENANCY_NO_ESCONTEXT
#endif

// Before 16 the walker's type has no arguments, which C++ takes literally.
inline bool walk_expression(Node *node, bool (*walker)(Node *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
    return expression_tree_walker(node, walker, context);
#else
    return expression_tree_walker(node, reinterpret_cast<bool (*)()>(
                                            reinterpret_cast<void (*)()>(walker)), context);
#endif
}

inline bool walk_query(Query *query, bool (*walker)(Node *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
    return query_tree_walker(query, walker, context, 0);
#else
    return query_tree_walker(query, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)),
                             context, 0);
#endif
}

inline bool walk_states(PlanState *node, bool (*walker)(PlanState *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
    return planstate_tree_walker(node, walker, context);
#else
    return planstate_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)), context);
#endif
}

// From 16 on a column says which outer joins may have made it NULL.
inline void set_nulling_joins([[maybe_unused]] Var *column, [[maybe_unused]] Bitmapset *joins)
{
#if PG_VERSION_NUM >= 160000
    column->varnullingrels = bms_copy(joins);
#endif
}

// 18 can declare a foreign key enforced, and checks the rows then: the constraint's name, or nullptr.
inline const char *enforced_constraint([[maybe_unused]] const AlterTableCmd *command)
{
#if PG_VERSION_NUM >= 180000
    if (command->subtype == AT_AlterConstraint) {
        const ATAlterConstraint *alter = reinterpret_cast<const ATAlterConstraint *>(command->def);
        return alter->alterEnforceability && alter->is_enforced ? alter->conname : nullptr;
    }
#endif
    return nullptr;
}

// 18 dropped the execute_once argument of ExecutorRun.
#if PG_VERSION_NUM >= 180000
#define TENANCY_EXECUTOR_RUN_ARGS QueryDesc *query, ScanDirection direction, uint64 count
#define TENANCY_EXECUTOR_RUN_PASS query, direction, count
inline void run_query(QueryDesc *query)
{
    ExecutorRun(query, ForwardScanDirection, 0);
}
#else
#define TENANCY_EXECUTOR_RUN_ARGS                                                                  \
    QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once
#define TENANCY_EXECUTOR_RUN_PASS query, direction, count, execute_once
inline void run_query(QueryDesc *query)
{
    ExecutorRun(query, ForwardScanDirection, 0, true);
}
#endif

} // namespace tenancy::pg
