// Counting rows: count_hidden(), the condition that the planner's hook adds to statements, and
// observe_writes(), the trigger by which a table is observed.
//
// Neither changes anything, and neither raises for what a session has set.

#include "adopt/observe_rows.hpp"

#include "adopt/observe_session.hpp"
#include "adopt/observe_statement.hpp"
#include "adopt/observe_tables.hpp"
#include "context/installation.hpp"
#include "guard/foreign_key_scope.hpp"
#include "guard/running_query.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

using namespace tenancy;

namespace {

// ---- rows that are read ----

struct Level {
    adopt::Subject subject;
    const unsigned char *only_uuid; // set: one table whose tenant is a uuid and never NULL's business
    const adopt::CountedLevel *counted;
    adopt::Counters *counters[FLEXIBLE_ARRAY_MEMBER];
};

void decide(Level *level)
{
    level->subject = adopt::find_subject();
    const core::TenantKey &key = level->subject.now.key;
    level->only_uuid = level->subject.counting == adopt::Counting::rows && level->counted->tables == 1 &&
                               level->counted->of[0].type == UUIDOID && key.type == core::KeyType::uuid
                           ? key.bytes
                           : nullptr;
}

Level *begin_level(FunctionCallInfo fcinfo)
{
    const bytea *argument = PG_GETARG_BYTEA_P(0);
    MemoryContext caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    bytea *kept = static_cast<bytea *>(palloc(VARSIZE(argument)));
    memcpy(kept, argument, VARSIZE(argument));
    const adopt::CountedLevel *counted = reinterpret_cast<const adopt::CountedLevel *>(VARDATA(kept));
    Level *level = static_cast<Level *>(
        palloc0(offsetof(Level, counters) + counted->tables * sizeof(adopt::Counters *)));
    level->counted = counted;
    for (int i = 0; i < counted->tables; ++i)
        level->counters[i] = adopt::observed(counted->of[i].root).counters;
    MemoryContextSwitchTo(caller);
    decide(level);
    fcinfo->flinfo->fn_extra = level;
    return level;
}

bool is_hidden(FunctionCallInfo fcinfo, const adopt::CountedTable &table, const context::Context &now)
{
    if (!fcinfo->args[table.tenant].isnull)
        return !context::is_tenant(now, table.type, fcinfo->args[table.tenant].value);
    if (table.row == adopt::null_is_no_tenant)
        return true;
    return table.row != adopt::null_is_no_row && !fcinfo->args[table.row].isnull;
}

void count_row(FunctionCallInfo fcinfo)
{
    Level *level = static_cast<Level *>(fcinfo->flinfo->fn_extra);
    if (level == nullptr)
        level = begin_level(fcinfo);
    else if (level->subject.value != context::current_setting_value())
        decide(level);
    if (level->subject.counting != adopt::Counting::rows)
        return;
    for (int i = 0; i < level->counted->tables; ++i)
        if (level->counters[i] != nullptr && is_hidden(fcinfo, level->counted->of[i], level->subject.now))
            pg_atomic_fetch_add_u64(&(*level->counters[i])[level->counted->kind].hidden, 1);
}

// ---- rows that are written ----

struct Written {
    adopt::Observed table;
    adopt::Kind kind;
    bool counts;
    bool by_insert, by_update; // the command that runs
    bool gets_default;         // INSERT leaves the column out, and protect() would give it its default
    adopt::Subject subject;
};

bool names_column(const CopyStmt *copy, const char *column)
{
    if (copy == nullptr || copy->attlist == NIL)
        return true;
    ListCell *cell;
    foreach (cell, copy->attlist)
        if (strcmp(strVal(lfirst(cell)), column) == 0)
            return true;
    return false;
}

// Does an INSERT of this statement into the table leave its tenant column out?
bool leaves_out(const PlannedStmt *planned, Oid root, bool by_insert)
{
    ListCell *cell;
    foreach (cell, planned->resultRelations) {
        RangeTblEntry *entry = rt_fetch(lfirst_int(cell), planned->rtable);
        const adopt::Observed target = adopt::observed(entry->relid);
        if (target.root != root)
            continue;
        const Bitmapset *named = pg::inserted_columns(planned, entry);
        if (named == nullptr ? by_insert // DEFAULT VALUES
                             : !bms_is_member(target.column - FirstLowInvalidHeapAttributeNumber, named))
            return true;
    }
    return false;
}

Written *begin_writing(FunctionCallInfo fcinfo, const TriggerData *data)
{
    Written *out = static_cast<Written *>(MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Written)));
    fcinfo->flinfo->fn_extra = out;
    if (!context::installation().installed || !adopt::observing())
        return out;
    out->table = adopt::observed(RelationGetRelid(data->tg_relation));
    if (!OidIsValid(out->table.root) || guard::called_by_foreign_key())
        return out;
    out->subject = adopt::find_subject();
    out->counts = true;
    const QueryDesc *query = guard::running_query.query;
    out->kind = query == nullptr ? adopt::Kind::copy : adopt::kind_of(query->operation);
    out->by_insert = query == nullptr || query->operation == CMD_INSERT;
    out->by_update = query != nullptr && query->operation == CMD_UPDATE;
    const char *column =
        NameStr(TupleDescAttr(RelationGetDescr(data->tg_relation), out->table.column - 1)->attname);
    out->gets_default = !out->table.has_default &&
                        (query == nullptr ? !names_column(adopt::running_copy(), column)
                                          : leaves_out(query->plannedstmt, out->table.root, out->by_insert));
    return out;
}

enum class Whose { own, others, nobodys };

Whose whose(const TriggerData *data, HeapTuple tuple, const Written *now)
{
    bool null = false;
    const Datum value = heap_getattr(tuple, now->table.column, RelationGetDescr(data->tg_relation), &null);
    if (null)
        return Whose::nobodys;
    return context::is_tenant(now->subject.now, now->table.type, value) ? Whose::own : Whose::others;
}

// What the policies' WITH CHECK and the write guard would refuse. Rows that UPDATE and DELETE would not
// have seen are not among them, except for platform roles, which see all.
bool is_refused(const TriggerData *data, const Written *now)
{
    const bool platform = now->subject.counting == adopt::Counting::writes;
    if (TRIGGER_FIRED_BY_INSERT(data->tg_event)) {
        // An UPDATE's row that moves to another partition was counted as it left.
        if (now->by_update)
            return false;
        const Whose row = whose(data, data->tg_trigtuple, now);
        return row == Whose::others || (row == Whose::nobodys && !now->gets_default);
    }
    const bool own = whose(data, data->tg_trigtuple, now) == Whose::own;
    if (TRIGGER_FIRED_BY_DELETE(data->tg_event))
        return platform && !own && !now->by_update;
    if (!own) // ON CONFLICT DO UPDATE meets rows that it may not see
        return platform || now->by_insert;
    return whose(data, data->tg_newtuple, now) != Whose::own;
}

} // namespace

// The per-row path of a single uuid: no entry(), nothing there can throw or raise.
extern "C" {
PG_FUNCTION_INFO_V1(tenancy_count_hidden);
PGDLLEXPORT Datum tenancy_count_hidden(PG_FUNCTION_ARGS);
}
Datum tenancy_count_hidden(PG_FUNCTION_ARGS)
{
    const Level *level = static_cast<const Level *>(fcinfo->flinfo->fn_extra);
    if (likely(level != nullptr && level->only_uuid != nullptr && !fcinfo->args[1].isnull &&
               level->subject.value == context::current_setting_value() &&
               memcmp(DatumGetPointer(fcinfo->args[1].value), level->only_uuid, UUID_LEN) == 0))
        PG_RETURN_BOOL(true);
    pg::entry([fcinfo] { count_row(fcinfo); });
    PG_RETURN_BOOL(true);
}

// To the planner the condition is not there: every row passes, for nothing.
TENANCY_FUNCTION(tenancy_count_hidden_support)
{
    Node *request = reinterpret_cast<Node *>(PG_GETARG_POINTER(0));
    if (IsA(request, SupportRequestSelectivity))
        reinterpret_cast<SupportRequestSelectivity *>(request)->selectivity = 1.0;
    else if (IsA(request, SupportRequestCost)) {
        reinterpret_cast<SupportRequestCost *>(request)->startup = 0;
        reinterpret_cast<SupportRequestCost *>(request)->per_tuple = 0;
    } else
        PG_RETURN_POINTER(nullptr);
    PG_RETURN_POINTER(request);
}

TENANCY_FUNCTION(tenancy_observe_writes)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                        errmsg("observe_writes() is a trigger function"),
                        errhint("SELECT tenancy.observe('your_table');")));
    const TriggerData *data = reinterpret_cast<TriggerData *>(fcinfo->context);
    const TriggerEvent event = data->tg_event;
    HeapTuple result = TRIGGER_FIRED_BY_UPDATE(event) ? data->tg_newtuple : data->tg_trigtuple;
    if (!TRIGGER_FIRED_BEFORE(event) || !TRIGGER_FIRED_FOR_ROW(event))
        return PointerGetDatum(nullptr);
    Written *now = static_cast<Written *>(fcinfo->flinfo->fn_extra);
    if (now == nullptr)
        now = begin_writing(fcinfo, data);
    else if (now->counts && now->subject.value != context::current_setting_value())
        now->subject = adopt::find_subject();
    if (!now->counts || (now->subject.counting != adopt::Counting::rows &&
                         now->subject.counting != adopt::Counting::writes))
        return PointerGetDatum(result);
    if (is_refused(data, now))
        pg_atomic_fetch_add_u64(&(*now->table.counters)[now->kind].refused, 1);
    return PointerGetDatum(result);
}
