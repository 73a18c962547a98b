#include "pg/foreign_key.hpp"

namespace tenancy::pg {

namespace {

int numbers_of(HeapTuple tuple, AttrNumber column, AttrNumber *out)
{
    bool null = false;
    const Datum value = SysCacheGetAttr(CONSTROID, tuple, column, &null);
    if (null)
        return 0;
    const ArrayType *array = DatumGetArrayTypeP(value);
    const int count = ARR_DIMS(array)[0];
    if (count < 0 || count > INDEX_MAX_KEYS)
        return 0;
    memcpy(out, ARR_DATA_PTR(array), static_cast<std::size_t>(count) * sizeof(int16));
    return count;
}

} // namespace

bool read_foreign_key(Oid table, const char *name, ForeignKeyColumns *out)
{
    *out = {};
    const Oid oid = get_relation_constraint_oid(table, name, true);
    HeapTuple tuple = OidIsValid(oid) ? SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid)) : nullptr;
    if (!HeapTupleIsValid(tuple))
        return false;
    const Form_pg_constraint form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    const bool foreign = form->contype == CONSTRAINT_FOREIGN;
    out->constraint = oid;
    out->referenced = form->confrelid;
    out->count = numbers_of(tuple, Anum_pg_constraint_conkey, out->here);
    const int there = numbers_of(tuple, Anum_pg_constraint_confkey, out->there);
    bool null = false;
    const Datum value = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conpfeqop, &null);
    const ArrayType *operators = null ? nullptr : DatumGetArrayTypeP(value);
    const bool whole = foreign && out->count > 0 && there == out->count && operators != nullptr &&
                       ARR_DIMS(operators)[0] == out->count;
    if (whole)
        memcpy(out->operators, ARR_DATA_PTR(operators),
               static_cast<std::size_t>(out->count) * sizeof(Oid));
    ReleaseSysCache(tuple);
    return whole;
}

void append_key_condition(StringInfo query, const ForeignKeyColumns &key, int column, int parameter)
{
    // As PostgreSQL's own foreign-key queries, with casts to what the operator takes: an operator of that name for
    // the very type of the referring column could be anybody's, and would run as the owner of the table.
    generate_operator_clause(query, quote_identifier(get_attname(key.referenced, key.there[column], false)),
                             get_atttype(key.referenced, key.there[column]), key.operators[column],
                             psprintf("$%d", parameter), InvalidOid);
}

Oid owner_of(Oid relation)
{
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("table %u does not exist", relation)));
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

} // namespace tenancy::pg
