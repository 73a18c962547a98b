// SELECTs of a UNION ALL keep a level of their own.

#include "adopt/observe_rows.hpp"
#include "adopt/observe_statement.hpp"
#include "adopt/observe_tables.hpp"
#include "pg/compat.hpp"

namespace tenancy::adopt {

namespace {

// A SELECT of UNION ALL that is one table and no condition becomes a part of an append without a level
// of its own: it is given a condition already, and stays one.
void prepare_leaf(Query *leaf)
{
    while (leaf->commandType == CMD_SELECT && leaf->jointree != nullptr && leaf->jointree->quals == nullptr &&
           list_length(leaf->jointree->fromlist) == 1 && IsA(linitial(leaf->jointree->fromlist), RangeTblRef)) {
        const int index = reinterpret_cast<RangeTblRef *>(linitial(leaf->jointree->fromlist))->rtindex;
        const RangeTblEntry *entry = rt_fetch(index, leaf->rtable);
        if (entry->rtekind == RTE_RELATION && OidIsValid(observed(entry->relid).root)) {
            const Observed table = observed(entry->relid);
            bytea *nothing = static_cast<bytea *>(palloc0(VARHDRSZ + offsetof(CountedLevel, of)));
            SET_VARSIZE(nothing, VARHDRSZ + offsetof(CountedLevel, of));
            List *values = list_make2(
                makeConst(BYTEAOID, -1, InvalidOid, -1, PointerGetDatum(nothing), false, false),
                reinterpret_cast<Node *>(makeVar(index, table.column, table.type, table.typmod, table.collation, 0)));
            leaf->jointree->quals = reinterpret_cast<Node *>(makeFuncExpr(
                counting_function(), BOOLOID, values, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL));
        }
        if (entry->rtekind != RTE_SUBQUERY)
            return;
        leaf = entry->subquery;
    }
}

bool prepare(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    if (!IsA(node, Query))
        return pg::walk_expression(node, prepare, context);
    Query *query = reinterpret_cast<Query *>(node);
    if (query->setOperations != nullptr) {
        ListCell *cell;
        foreach (cell, query->rtable) {
            const RangeTblEntry *entry = static_cast<const RangeTblEntry *>(lfirst(cell));
            if (entry->rtekind == RTE_SUBQUERY)
                prepare_leaf(entry->subquery);
        }
    }
    return pg::walk_query(query, prepare, context);
}

} // namespace

void keep_levels(Query *query)
{
    prepare(reinterpret_cast<Node *>(query), nullptr);
}

} // namespace tenancy::adopt
