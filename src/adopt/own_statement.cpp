// Parsed as the caller, run as the owner: see the header. As in VACUUM, REINDEX and the apply worker of logical
// replication (since PostgreSQL 16, run_as_owner = false). Settings made meanwhile end with it.

#include "adopt/own_statement.hpp"

#include "pg/compat.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

namespace tenancy::adopt {

namespace {

struct Relations {
    Oid target; // InvalidOid: nothing is written
    bool found;
    List *others;
};

const char *name_of(Oid relation)
{
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
}

[[noreturn]] void refuse(Oid relation, const char *why)
{
    const char *name = name_of(relation);
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s %s", name, why),
                    errdetail("A statement for its rows would execute more than itself."), errhint("\\d %s", name)));
    pg_unreachable();
}

// Ours, where a decision is kept.
bool in_own_schema(Oid table)
{
    const char *schema = get_namespace_name(get_rel_namespace(table));
    return schema != nullptr && (strcmp(schema, "tenancy") == 0 || strcmp(schema, "tenancy_archive") == 0);
}

void check_relation(const RangeTblEntry *entry, bool result, Relations *seen)
{
    if (entry->rtekind != RTE_RELATION)
        return;
    seen->found = seen->found || entry->relid == seen->target;
    if (result && entry->relid != seen->target && !in_own_schema(entry->relid))
        refuse(entry->relid, "is not the table that is meant");
    if (entry->relkind != RELKIND_RELATION && entry->relkind != RELKIND_PARTITIONED_TABLE)
        refuse(entry->relid, "is not a table");
    Relation table = relation_open(entry->relid, NoLock); // the parser's lock holds
    const bool rules = table->rd_rules != nullptr;
    relation_close(table, NoLock);
    if (rules && result)
        refuse(entry->relid, "has rules");
    if (!in_own_schema(entry->relid))
        seen->others = list_concat_unique_oid(
            seen->others, entry->inh ? find_all_inheritors(entry->relid, AccessShareLock, nullptr) : list_make1_oid(entry->relid));
}

bool check_queries(Node *node, void *context)
{
    if (node == nullptr)
        return false;
    if (!IsA(node, Query))
        return pg::walk_expression(node, check_queries, context);
    Query *query = castNode(Query, node);
    for (int i = 1; i <= list_length(query->rtable); ++i)
        check_relation(rt_fetch(i, query->rtable), i == query->resultRelation, static_cast<Relations *>(context));
    return pg::walk_query(query, check_queries, context);
}

// As the caller: names, rights, policies.
OwnStatement parse(const char *source, Oid target)
{
    const char *kind = OidIsValid(target) ? "Give one UPDATE, INSERT or DELETE." : "Give one SELECT.";
    List *statements = pg_parse_query(source);
    if (list_length(statements) != 1)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("not one statement: \"%s\"", source), errhint("%s", kind)));
    Oid types[2] = {TIDOID, TIDOID};
    Query *query = parse_analyze_fixedparams(linitial_node(RawStmt, statements), source, types, OidIsValid(target) ? 2 : 0, nullptr);
    const bool reads = query->commandType == CMD_SELECT && !query->hasModifyingCTE;
    if (query->commandType == CMD_UTILITY || reads == OidIsValid(target))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("not a statement that %s rows: \"%s\"", OidIsValid(target) ? "writes" : "only reads", source), errhint("%s", kind)));
    Relations relations = {target, false, NIL};
    check_queries(reinterpret_cast<Node *>(query), &relations);
    if (OidIsValid(target) && !relations.found)
        refuse(target, "does not occur in the statement");
    List *rewritten = QueryRewrite(query);
    query = linitial_node(Query, rewritten);
    setRuleCheckAsUser(reinterpret_cast<Node *>(query), GetUserId());
    return {source, query, relations.others, GetUserId(), GetUserId()};
}

Oid owner_of(Oid table)
{
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the table does not exist any more"), errhint("\\dt")));
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

void require_rights(const OwnStatement &statement)
{
    const ListCell *cell;
    foreach (cell, statement.relations) {
        const Oid relation = lfirst_oid(cell);
        const Oid owner = owner_of(relation);
        if (owner != statement.caller && !pg::can_become(owner, statement.runner))
            ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                            errmsg("table %s belongs to role \"%s\", whose code would run as role \"%s\"", name_of(relation),
                                   GetUserNameFromId(owner, false), GetUserNameFromId(statement.runner, false)),
                            errdetail("One statement reads and writes tables of both."),
                            errhint("ALTER TABLE %s OWNER TO %s;", name_of(relation), quote_identifier(GetUserNameFromId(statement.runner, false)))));
        if (owner == statement.runner && !pg::can_become(statement.caller, owner))
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("you are not a member of role \"%s\", which owns table \"%s\"", GetUserNameFromId(owner, false), get_rel_name(relation)),
                            errdetail("Its constraints and triggers must not run as you."),
                            errhint("GRANT %s TO %s;", quote_identifier(GetUserNameFromId(owner, false)), quote_identifier(GetUserNameFromId(statement.caller, false)))));
    }
}

// Triggers that wait for the end of the transaction would run as the caller (before PostgreSQL 18).
void defer_nothing()
{
    ConstraintsSetStmt *all = makeNode(ConstraintsSetStmt);
    AfterTriggerSetState(all);
}

std::uint64_t execute(const OwnStatement *statement, ParamListInfo parameters, Snapshot snapshot, DestReceiver *receiver)
{
    PlannedStmt *planned = pg_plan_query(statement->query, statement->source, CURSOR_OPT_PARALLEL_OK, parameters);
    QueryDesc *running = CreateQueryDesc(planned, statement->source, snapshot, InvalidSnapshot, receiver, parameters, nullptr, 0);
    ExecutorStart(running, 0);
    pg::run_query(running);
    const std::uint64_t rows = running->estate->es_processed;
    ExecutorFinish(running);
    ExecutorEnd(running);
    FreeQueryDesc(running);
    return rows;
}

} // namespace

char *open_cursors(MemoryContext where)
{
    SPI_connect();
    if (SPI_execute("SELECT pg_catalog.string_agg(c::text, '' ORDER BY c.name) FROM pg_catalog.pg_cursor() AS c", true, 1) != SPI_OK_SELECT)
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("the cursors of the session cannot be read")));
    const char *found = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
    char *kept = MemoryContextStrdup(where, found == nullptr ? "" : found);
    SPI_finish();
    return kept;
}

OwnStatement parse_change(const char *source, Oid target)
{
    OwnStatement statement = parse(source, target);
    // Not before the statement's lock: from here on it stays who it is.
    statement.runner = owner_of(target);
    require_rights(statement);
    return statement;
}

OwnStatement parse_question(const char *source)
{
    OwnStatement statement = parse(source, InvalidOid);
    const ListCell *cell;
    foreach (cell, statement.relations) {
        const Oid owner = owner_of(lfirst_oid(cell));
        // Of two it is the one that the other could become.
        if (owner != statement.caller && !superuser_arg(owner) &&
            (statement.runner == statement.caller || pg::can_become(statement.runner, owner)))
            statement.runner = owner;
    }
    require_rights(statement);
    return statement;
}

std::uint64_t run(const OwnStatement *statement, ParamListInfo parameters, Snapshot snapshot, DestReceiver *receiver)
{
    PushActiveSnapshot(snapshot);
    std::uint64_t rows = 0;
    if (statement->runner == statement->caller) {
        rows = execute(statement, parameters, GetActiveSnapshot(), receiver);
    } else {
        defer_nothing();
        const char *cursors = open_cursors(CurrentMemoryContext);
        Oid caller = InvalidOid;
        int security = 0;
        GetUserIdAndSecContext(&caller, &security);
        const int settings = NewGUCNestLevel();
        // An error's end of (sub)transaction restores it.
        SetUserIdAndSecContext(statement->runner, security | SECURITY_RESTRICTED_OPERATION);
        TENANCY_FAULT_POINT("as_owner");
        rows = execute(statement, parameters, GetActiveSnapshot(), receiver);
        SetUserIdAndSecContext(caller, security);
        AtEOXact_GUC(false, settings);
        if (strcmp(cursors, open_cursors(CurrentMemoryContext)) != 0)
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("code of role \"%s\" opened or closed a cursor of this session", GetUserNameFromId(statement->runner, false)),
                            errdetail("A FETCH would run as you what it left behind."), errhint("SELECT * FROM pg_cursors;")));
    }
    PopActiveSnapshot();
    return rows;
}

} // namespace tenancy::adopt
