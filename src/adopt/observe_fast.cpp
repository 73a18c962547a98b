// The condition of a scan that has no other, without the expression interpreter: rows of a tenant are found to be
// the own one's, or counted, by one comparison. All else goes to the condition as the executor has made it.

#include "adopt/observe_rows.hpp"
#include "adopt/observe_session.hpp"
#include "adopt/observe_statement.hpp"
#include "adopt/observe_tables.hpp"
#include "pg/compat.hpp"

namespace tenancy::adopt {

namespace {

struct Fast {
    ExprState *original;
    const context::SettingValue *value; // what was decided on
    bool counts;
    AttrNumber column;
    pg_atomic_uint64 *hidden;
    unsigned char own[UUID_LEN];
};

// False where the row has no tenant.
bool count_tenants_row(const Fast *fast, TupleTableSlot *slot)
{
    bool null = false;
    Datum value;
    // As little of the row as possible is taken apart.
    if (TTS_IS_BUFFERTUPLE(slot) && slot->tts_nvalid < fast->column)
        value = heap_getattr(reinterpret_cast<BufferHeapTupleTableSlot *>(slot)->base.tuple, fast->column,
                             slot->tts_tupleDescriptor, &null);
    else
        value = slot_getattr(slot, fast->column, &null);
    if (null)
        return false;
    if (memcmp(DatumGetPointer(value), fast->own, UUID_LEN) != 0)
        pg_atomic_fetch_add_u64(fast->hidden, 1);
    return true;
}

Datum on_row(ExprState *state, ExprContext *context, bool *null)
{
    const Fast *fast = static_cast<const Fast *>(state->evalfunc_private);
    if (likely(fast->value == context::current_setting_value() &&
               (!fast->counts || count_tenants_row(fast, context->ecxt_scantuple)))) {
        *null = false;
        return BoolGetDatum(true);
    }
    return fast->original->evalfunc(fast->original, context, null);
}

// The tenant column where the scan's only condition counts one table whose tenants are uuids, else 0.
AttrNumber counted_column(const Plan *plan)
{
    if (list_length(plan->qual) != 1 || !IsA(linitial(plan->qual), FuncExpr))
        return InvalidAttrNumber;
    const FuncExpr *condition = linitial_node(FuncExpr, plan->qual);
    if (condition->funcid != counting_function() || list_length(condition->args) != 2 || !IsA(lsecond(condition->args), Var))
        return InvalidAttrNumber;
    const Var *tenant = lsecond_node(Var, condition->args);
    return tenant->vartype == UUIDOID && tenant->varno > 0 && !IS_SPECIAL_VARNO(tenant->varno) ? tenant->varattno
                                                                                              : InvalidAttrNumber;
}

// Where hidden rows of the condition's one table are counted.
pg_atomic_uint64 *hidden_rows(const Plan *plan)
{
    const Const *argument = linitial_node(Const, linitial_node(FuncExpr, plan->qual)->args);
    const CountedLevel *level = reinterpret_cast<const CountedLevel *>(VARDATA(DatumGetPointer(argument->constvalue)));
    Counters *counters = level->tables == 1 ? observed(level->of[0].root).counters : nullptr;
    return counters == nullptr ? nullptr : &(*counters)[level->kind].hidden;
}

void replace(PlanState *scan, AttrNumber column, const Subject &subject)
{
    const bool counts = subject.counting == Counting::rows;
    if (counts && subject.now.key.type != core::KeyType::uuid)
        return;
    pg_atomic_uint64 *hidden = hidden_rows(scan->plan);
    if (hidden == nullptr)
        return;
    MemoryContext caller = MemoryContextSwitchTo(scan->state->es_query_cxt);
    Fast *fast = static_cast<Fast *>(palloc0(sizeof(Fast)));
    fast->original = scan->qual;
    fast->value = subject.value;
    fast->counts = counts;
    fast->column = column;
    fast->hidden = hidden;
    memcpy(fast->own, subject.now.key.bytes, UUID_LEN);
    ExprState *state = makeNode(ExprState);
    *state = *scan->qual;
    state->evalfunc = on_row;
    state->evalfunc_private = fast;
    scan->qual = state;
    MemoryContextSwitchTo(caller);
}

bool look_for_scans(PlanState *node, void *subject)
{
    if (node == nullptr)
        return false;
    if (node->qual != nullptr &&
        (IsA(node, SeqScanState) || IsA(node, IndexScanState) || IsA(node, BitmapHeapScanState))) {
        const AttrNumber column = counted_column(node->plan);
        if (column != InvalidAttrNumber)
            replace(node, column, *static_cast<const Subject *>(subject));
    }
    return pg::walk_states(node, look_for_scans, subject);
}

} // namespace

void hasten(PlanState *top, Subject *subject)
{
    look_for_scans(top, subject);
}

} // namespace tenancy::adopt
