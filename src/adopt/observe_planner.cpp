// The condition that counts, added while a query level is planned.
//
// At get_relation_info() for the first relation of a level, sub-selects in FROM and EXISTS are pulled up,
// views and functions are inlined, and join conditions are not distributed yet. What is added to WHERE
// there has one argument per observed table, and one of every other relation whose rows make up a joined
// row, so that it is evaluated at the top of the join. Relations beneath a semi- or anti-join are not part of
// a joined row: theirs is a condition of their side of that join.

#include "adopt/observe_rows.hpp"
#include "adopt/observe_statement.hpp"
#include "adopt/observe_tables.hpp"
#include "context/installation.hpp"
#include "guard/foreign_key_scope.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

namespace tenancy::adopt {

namespace {

Planning planning = {false, CMD_UNKNOWN, NIL};
get_relation_info_hook_type previous_info = nullptr;

// A relation whose columns a condition may name.
struct Visible {
    int index;           // in the range table
    Bitmapset *nulled_by; // outer joins that can make it NULL
    Expr *condition;      // of the hidden side of a semi- or anti-join: a column that its condition reads
};

struct Level {
    PlannerInfo *root;
    List *looked_at; // Vars of the target list and HAVING
    List *joined;    // Vars of conditions
};

Expr *var_of(const Visible &relation, AttrNumber column, Oid type, int32 typmod, Oid collation)
{
    Var *out = makeVar(relation.index, column, type, typmod, collation, 0);
    pg::set_nulling_joins(out, relation.nulled_by);
    return reinterpret_cast<Expr *>(out);
}

const Var *find_var(const List *vars, int index)
{
    const ListCell *cell;
    foreach (cell, vars) {
        const Var *var = static_cast<const Var *>(lfirst(cell));
        if (IsA(var, Var) && var->varno == index && var->varattno != 0 && var->varlevelsup == 0)
            return var;
    }
    return nullptr;
}

// A column that is read anyway; of an outer join's inner side only if somebody looks at it, so that
// joins that do nothing can still be left out.
Expr *any_column(const Level &level, const Visible &relation)
{
    const Var *var = find_var(level.looked_at, relation.index);
    if (var == nullptr && bms_is_empty(relation.nulled_by))
        var = find_var(level.joined, relation.index);
    if (var != nullptr)
        return var_of(relation, var->varattno, var->vartype, var->vartypmod, var->varcollid);
    const RangeTblEntry *entry = planner_rt_fetch(relation.index, level.root);
    if (!bms_is_empty(relation.nulled_by))
        return nullptr;
    if (entry->rtekind == RTE_RELATION)
        return var_of(relation, SelfItemPointerAttributeNumber, TIDOID, -1, InvalidOid);
    if (entry->rtekind == RTE_VALUES && entry->coltypes != NIL)
        return var_of(relation, 1, linitial_oid(entry->coltypes), linitial_int(entry->coltypmods),
                      linitial_oid(entry->colcollations));
    if (entry->rtekind == RTE_FUNCTION && list_length(entry->functions) >= 1) {
        Node *call = static_cast<RangeTblFunction *>(linitial(entry->functions))->funcexpr;
        if (get_typtype(exprType(call)) == TYPTYPE_BASE)
            return var_of(relation, 1, exprType(call), exprTypmod(call), exprCollation(call));
    }
    return nullptr;
}

// Of a relation that an outer join may have filled with NULLs: what is NULL only then.
Expr *row_column(const Visible &relation, Oid table)
{
    Relation open = RelationIdGetRelation(table);
    if (!RelationIsValid(open))
        return nullptr;
    const TupleDesc columns = RelationGetDescr(open);
    Expr *out = nullptr;
    for (int i = 0; i < columns->natts && out == nullptr; ++i) {
        const Form_pg_attribute column = TupleDescAttr(columns, i);
        if (column->attnotnull && !column->attisdropped)
            out = var_of(relation, column->attnum, column->atttypid, column->atttypmod, column->attcollation);
    }
    RelationClose(open);
    return out != nullptr ? out : var_of(relation, TableOidAttributeNumber, OIDOID, -1, InvalidOid);
}

// Observed tables of the list as an argument and those after it; nullptr when there are none.
FuncExpr *make_condition(const Level &level, const List *relations)
{
    bytea *argument = static_cast<bytea *>(
        palloc0(VARHDRSZ + offsetof(CountedLevel, of) + FUNC_MAX_ARGS * sizeof(CountedTable)));
    CountedLevel *counted = reinterpret_cast<CountedLevel *>(VARDATA(argument));
    counted->kind = kind_of(planning.command);
    List *values = NIL;
    List *others = NIL;
    const ListCell *cell;
    foreach (cell, relations) {
        const Visible *relation = static_cast<const Visible *>(lfirst(cell));
        if (relation->condition != nullptr) {
            others = lappend(others, const_cast<Visible *>(relation));
            continue;
        }
        const RangeTblEntry *entry = planner_rt_fetch(relation->index, level.root);
        const Observed table = entry->rtekind == RTE_RELATION ? observed(entry->relid) : Observed{};
        if (!OidIsValid(table.root) || list_length(values) > FUNC_MAX_ARGS / 2) {
            others = lappend(others, const_cast<Visible *>(relation));
            continue;
        }
        CountedTable *place = &counted->of[counted->tables++];
        values = lappend(values, var_of(*relation, table.column, table.type, table.typmod, table.collation));
        *place = {table.root, table.type, static_cast<std::int16_t>(list_length(values)), null_is_no_tenant};
        if (bms_is_empty(relation->nulled_by))
            continue;
        place->row = null_is_no_row;
        if (table.not_null)
            continue;
        values = lappend(values, row_column(*relation, entry->relid));
        place->row = static_cast<std::int16_t>(list_length(values));
    }
    if (counted->tables == 0)
        return nullptr;
    foreach (cell, others) {
        const Visible *relation = static_cast<const Visible *>(lfirst(cell));
        Expr *column = relation->condition != nullptr ? relation->condition : any_column(level, *relation);
        if (column != nullptr && list_length(values) < FUNC_MAX_ARGS - 1)
            values = lappend(values, column);
    }
    SET_VARSIZE(argument, VARHDRSZ + offsetof(CountedLevel, of) + counted->tables * sizeof(CountedTable));
    values = lcons(makeConst(BYTEAOID, -1, InvalidOid, -1, PointerGetDatum(argument), false, false), values);
    return makeFuncExpr(counting_function(), BOOLOID, values, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

bool is_condition(const Node *node)
{
    return node != nullptr && IsA(node, FuncExpr) &&
           reinterpret_cast<const FuncExpr *>(node)->funcid == counting_function();
}

// A condition over all relations makes every pair of them worth joining to the planner, whose search grows
// with 3 to the power of their number: a chain of eight took 47 ms to plan in place of half a one. In larger
// levels each table has a condition of its own, and counts as it is read.
constexpr int joined_at_most = 5;

// Conditions are lists by now, joined by AND.
void add_condition(const Level &level, List *relations, Node **conditions)
{
    if (list_length(relations) > joined_at_most) {
        ListCell *cell;
        foreach (cell, relations)
            add_condition(level, list_make1(lfirst(cell)), conditions);
        return;
    }
    FuncExpr *condition = make_condition(level, relations);
    if (condition != nullptr)
        *conditions = reinterpret_cast<Node *>(lappend(reinterpret_cast<List *>(*conditions), condition));
}

List *collect(const Level &level, Node *node, Bitmapset *nulled_by, List *found);

// The side of a join that has no columns above it. One of those that the join's condition reads becomes an
// argument above all the same, so that what is above is evaluated once the join is done; its value, any
// match's or NULL, does not matter.
List *collect_hidden(const Level &level, JoinExpr *join, List *found)
{
    List *hidden = collect(level, join->rarg, nullptr, NIL);
    const List *read = pull_var_clause(join->quals, PVC_RECURSE_PLACEHOLDERS);
    const ListCell *cell;
    foreach (cell, hidden) {
        const Visible *relation = static_cast<const Visible *>(lfirst(cell));
        const Var *var = relation->condition != nullptr ? nullptr : find_var(read, relation->index);
        if (var == nullptr)
            continue;
        Visible *one = static_cast<Visible *>(palloc(sizeof(Visible)));
        Bitmapset *nulled = join->rtindex == 0 ? relation->nulled_by
                                               : bms_add_member(bms_copy(relation->nulled_by), join->rtindex);
        *one = {relation->index, nulled,
                var_of({relation->index, nulled, nullptr}, var->varattno, var->vartype, var->vartypmod, var->varcollid)};
        found = lappend(found, one);
        break;
    }
    add_condition(level, hidden, &join->quals);
    return found;
}

// The visible relations beneath a node of the join tree; conditions of hidden sides are added meanwhile.
List *collect(const Level &level, Node *node, Bitmapset *nulled_by, List *found)
{
    if (IsA(node, RangeTblRef)) {
        Visible *one = static_cast<Visible *>(palloc(sizeof(Visible)));
        *one = {reinterpret_cast<RangeTblRef *>(node)->rtindex, nulled_by, nullptr};
        return lappend(found, one);
    }
    if (IsA(node, FromExpr)) {
        ListCell *cell;
        foreach (cell, reinterpret_cast<FromExpr *>(node)->fromlist)
            found = collect(level, static_cast<Node *>(lfirst(cell)), nulled_by, found);
        return found;
    }
    JoinExpr *join = reinterpret_cast<JoinExpr *>(node);
    const bool left = join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
    const bool right = join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL;
    // A semi-join need not have a number; no outer join is without one.
    Bitmapset *nulled = left || right ? bms_add_member(bms_copy(nulled_by), join->rtindex) : nulled_by;
    found = collect(level, join->larg, left ? nulled : nulled_by, found);
    if (join->jointype == JOIN_SEMI || join->jointype == JOIN_ANTI)
        return collect_hidden(level, join, found);
    return collect(level, join->rarg, right ? nulled : nulled_by, found);
}

// One that prepare() has added is made again with what is known now.
void drop_conditions(FromExpr *top)
{
    List *kept = NIL;
    ListCell *cell;
    foreach (cell, reinterpret_cast<List *>(top->quals))
        if (!is_condition(static_cast<Node *>(lfirst(cell))))
            kept = lappend(kept, lfirst(cell));
    top->quals = reinterpret_cast<Node *>(kept);
}

void add_conditions(PlannerInfo *root)
{
    FromExpr *top = root->parse->jointree;
    constexpr int inside = PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS;
    drop_conditions(top);
    const Level level = {root,
                         list_concat(pull_var_clause(reinterpret_cast<Node *>(root->processed_tlist), inside),
                                     pull_var_clause(root->parse->havingQual, inside)),
                         pull_var_clause(reinterpret_cast<Node *>(top), inside)};
    add_condition(level, collect(level, reinterpret_cast<Node *>(top), nullptr, NIL), &top->quals);
}

void on_relation_info(PlannerInfo *root, Oid relation, bool is_parent, RelOptInfo *out)
{
    if (previous_info != nullptr)
        previous_info(root, relation, is_parent, out);
    // Other callers than the planner (CLUSTER, CREATE INDEX) have no query.
    if (!planning.counts || root->parse == nullptr || root->parse->jointree == nullptr ||
        list_member_ptr(planning.levels, root))
        return;
    pg::entry([root] {
        planning.levels = lappend(planning.levels, root);
        add_conditions(root);
    });
}

} // namespace

Planning enter_planning(Query *query)
{
    TENANCY_FAULT_POINT("enter_planning");
    const Planning outer = planning;
    const bool counts = !guard::in_foreign_key_query() && counters_available();
    if (counts)
        keep_levels(query);
    planning = {counts, query->commandType, NIL};
    return outer;
}

void leave_planning(Planning outer) noexcept
{
    planning = outer;
}

void install_observation()
{
    previous_info = get_relation_info_hook;
    get_relation_info_hook = on_relation_info;
}

} // namespace tenancy::adopt
