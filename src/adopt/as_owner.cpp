// tenancy.as_owner(target, statement, first, past): a statement of ours that writes rows of an application's table.
// $1 and $2 in it are first and past, of type tid. Returns the number of rows, as the statement would; deferred
// triggers run before it ends. tenancy.as_owner_returning(target, statement): the first value that it returns, as text.
// tenancy.answer(question): the value of one that reads, as text.
// Errors: see own_statement.hpp.

#include "adopt/own_statement.hpp"
#include "context/guarded.hpp"
#include "pg/compat.hpp"
#include "pg/entry.hpp"

using namespace tenancy;

namespace {

// The first value of the first row, printed as the caller; nullptr for NULL and for no row.
char *first_value(const adopt::OwnStatement *statement, List *columns, Snapshot snapshot)
{
    const TargetEntry *value = columns == NIL ? nullptr : linitial_node(TargetEntry, columns);
    if (value == nullptr || value->resjunk)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("the statement gives no column"), errhint("Give one SELECT, or RETURNING, of one value.")));
    const Oid type = exprType(reinterpret_cast<Node *>(value->expr));
    if (type != TEXTOID && type != INT4OID && type != INT8OID && type != JSONOID && type != JSONBOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH), errmsg("the value is of type %s", format_type_be(type)), errhint("Ask for integer, bigint, text, json or jsonb.")));
    Tuplestorestate *answers = tuplestore_begin_heap(false, false, work_mem);
    DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
    SetTuplestoreDestReceiverParams(receiver, answers, CurrentMemoryContext, true, nullptr, nullptr);
    adopt::run(statement, nullptr, snapshot, receiver);
    receiver->rDestroy(receiver);
    TupleTableSlot *row = MakeSingleTupleTableSlot(ExecCleanTypeFromTL(columns), &TTSOpsMinimalTuple);
    bool null = true;
    Datum answer = 0;
    if (tuplestore_gettupleslot(answers, true, false, row))
        answer = slot_getattr(row, 1, &null);
    if (null)
        return nullptr;
    Oid output = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(type, &output, &varlena);
    return OidOutputFunctionCall(output, answer);
}

} // namespace

TENANCY_FUNCTION(tenancy_as_owner)
{
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !OidIsValid(PG_GETARG_OID(0)))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the table or its statement is NULL"),
                        errhint("SELECT tenancy.as_owner('a_table', 'UPDATE a_table SET ...');")));
    const adopt::OwnStatement statement = adopt::parse_change(text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_OID(0));
    ParamListInfo parameters = makeParamList(2);
    for (int i = 0; i < 2; ++i)
        parameters->params[i] = {PG_GETARG_DATUM(i + 2), PG_ARGISNULL(i + 2), PARAM_FLAG_CONST, TIDOID};
    const std::uint64_t rows = adopt::run(&statement, parameters, GetTransactionSnapshot(), None_Receiver);
    CommandCounterIncrement();
    PG_RETURN_INT64(static_cast<int64>(rows));
}

TENANCY_FUNCTION(tenancy_as_owner_returning)
{
    const adopt::OwnStatement statement = adopt::parse_change(text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_OID(0));
    const char *value = first_value(&statement, statement.query->returningList, GetTransactionSnapshot());
    CommandCounterIncrement();
    if (value == nullptr)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(value));
}

TENANCY_FUNCTION(tenancy_answer)
{
    if (context::guarded())
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("answer() is not for sessions of an application"),
                        errhint("Connect as the owner of the tables or as a platform role.")));
    const adopt::OwnStatement statement = adopt::parse_question(text_to_cstring(PG_GETARG_TEXT_PP(0)));
    // The caller's snapshot, where it has one: questions of one function are answered as of one moment.
    const char *value = first_value(&statement, statement.query->targetList, GetActiveSnapshot());
    if (value == nullptr)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(value));
}
