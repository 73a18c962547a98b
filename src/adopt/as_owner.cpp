// tenancy.as_owner(target, statement, first, past): a statement of ours that writes rows of an application's table.
//
// What it reads and writes is decided by the caller's rights; what it executes on the way - CHECK constraints,
// expressions of indexes, generated columns, casts, triggers - is code of the table's owner and has the owner's,
// as in VACUUM, REINDEX and the apply worker of logical replication (since PostgreSQL 16, run_as_owner = false):
// parsed as the caller, its relations checked there, then planned and executed as the owner in a
// security-restricted operation. Settings made meanwhile end with it, and deferred triggers run before it ends.
// $1 and $2 in the statement are first and past, of type tid. Returns the number of rows, as the statement would.
// Errors: 42501 the caller could not become the owner; 55000 one of its relations is not a plain table, has rules,
// or another than the target is written (names may have changed hands since the statement was made); 42601 it is
// not one statement; those of the statement.

#include "context/guarded.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

using namespace tenancy;

namespace {

struct Relations {
    Oid target;
    bool found;
};

[[noreturn]] void refuse(Oid relation, const char *why)
{
    const char *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
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
Query *parsed(const char *source, Oid target)
{
    List *statements = pg_parse_query(source);
    if (list_length(statements) != 1)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("not one statement: \"%s\"", source), errhint("Give one UPDATE, INSERT or DELETE.")));
    Oid types[2] = {TIDOID, TIDOID};
    Query *query = parse_analyze_fixedparams(linitial_node(RawStmt, statements), source, types, 2, nullptr);
    if (query->commandType == CMD_UTILITY || (query->commandType == CMD_SELECT && !query->hasModifyingCTE))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("not a statement that writes rows: \"%s\"", source), errhint("Give one UPDATE, INSERT or DELETE.")));
    Relations relations = {target, false};
    check_queries(reinterpret_cast<Node *>(query), &relations);
    if (!relations.found)
        refuse(target, "does not occur in the statement");
    List *rewritten = QueryRewrite(query);
    query = linitial_node(Query, rewritten);
    setRuleCheckAsUser(reinterpret_cast<Node *>(query), GetUserId());
    return query;
}

// Triggers that wait for the end of the transaction would run as the caller (before PostgreSQL 18).
void defer_nothing()
{
    ConstraintsSetStmt *all = makeNode(ConstraintsSetStmt);
    AfterTriggerSetState(all);
}

std::uint64_t execute(Query *query, const char *source, ParamListInfo parameters)
{
    PlannedStmt *planned = pg_plan_query(query, source, CURSOR_OPT_PARALLEL_OK, parameters);
    QueryDesc *running = CreateQueryDesc(planned, source, GetActiveSnapshot(), InvalidSnapshot, None_Receiver, parameters, nullptr, 0);
    ExecutorStart(running, 0);
    pg::run_query(running);
    const std::uint64_t rows = running->estate->es_processed;
    ExecutorFinish(running);
    ExecutorEnd(running);
    FreeQueryDesc(running);
    return rows;
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

} // namespace

TENANCY_FUNCTION(tenancy_as_owner)
{
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the table or its statement is NULL"),
                        errhint("SELECT tenancy.as_owner('a_table', 'UPDATE a_table SET ...');")));
    const Oid target = PG_GETARG_OID(0);
    const char *source = text_to_cstring(PG_GETARG_TEXT_PP(1));
    ParamListInfo parameters = makeParamList(2);
    for (int i = 0; i < 2; ++i)
        parameters->params[i] = {PG_GETARG_DATUM(i + 2), PG_ARGISNULL(i + 2), PARAM_FLAG_CONST, TIDOID};
    Query *query = parsed(source, target);
    // Not before the statement's lock: from here on it stays who it is.
    const Oid owner = owner_of(target);
    Oid caller = InvalidOid;
    int security = 0;
    GetUserIdAndSecContext(&caller, &security);
    if (!is_member_of_role(caller, owner))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("you are not a member of role \"%s\", which owns table \"%s\"", GetUserNameFromId(owner, false), get_rel_name(target)),
                        errdetail("Its constraints and triggers must not run as you."),
                        errhint("GRANT %s TO %s;", quote_identifier(GetUserNameFromId(owner, false)), quote_identifier(GetUserNameFromId(caller, false)))));
    PushActiveSnapshot(GetTransactionSnapshot());
    std::uint64_t rows = 0;
    if (owner == caller) {
        rows = execute(query, source, parameters);
    } else {
        defer_nothing();
        const int settings = NewGUCNestLevel();
        // An error's end of (sub)transaction restores it.
        SetUserIdAndSecContext(owner, security | SECURITY_RESTRICTED_OPERATION);
        TENANCY_FAULT_POINT("as_owner");
        rows = execute(query, source, parameters);
        SetUserIdAndSecContext(caller, security);
        AtEOXact_GUC(false, settings);
    }
    PopActiveSnapshot();
    CommandCounterIncrement();
    PG_RETURN_INT64(static_cast<int64>(rows));
}
