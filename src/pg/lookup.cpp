#include "pg/fault.hpp"
#include "pg/lookup.hpp"

namespace tenancy::pg {

Oid function_oid(Oid schema, const char *name, int arguments, const Oid *types)
{
    oidvector *signature = buildoidvector(types, arguments);
    const Oid found = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                                      PointerGetDatum(signature), ObjectIdGetDatum(schema));
    pfree(signature);
    return found;
}

Oid relation_oid(Oid schema, const char *name)
{
    TENANCY_FAULT_POINT("relation_oid");
    return get_relname_relid(name, schema);
}

AttrNumber column_number(Oid relation, const char *column)
{
    return get_attnum(relation, column);
}

static bool is_btree(Oid index)
{
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(index));
    if (!HeapTupleIsValid(tuple))
        return false;
    const bool btree = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relam == BTREE_AM_OID;
    ReleaseSysCache(tuple);
    return btree;
}

// Another order finds other rows.
static bool has_collation_of_column(HeapTuple index, TupleDesc descriptor, Oid relation,
                                    AttrNumber column)
{
    Oid type = InvalidOid;
    Oid collation = InvalidOid;
    int32 modifier = -1;
    get_atttypetypmodcoll(relation, column, &type, &modifier, &collation);
    bool null = false;
    const Datum collations = heap_getattr(index, Anum_pg_index_indcollation, descriptor, &null);
    return !null &&
           reinterpret_cast<const oidvector *>(DatumGetPointer(collations))->values[0] == collation;
}

// From the catalog, without opening the table: whoever alters it must not stop every statement of
// the database.
Oid unique_index_on(Oid relation, AttrNumber column)
{
    TENANCY_FAULT_POINT("unique_index_on");
    Oid found = InvalidOid;
    Relation indexes = table_open(IndexRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(relation));
    SysScanDesc scan = systable_beginscan(indexes, IndexIndrelidIndexId, true, nullptr, 1, &key);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple) && !OidIsValid(found);
         tuple = systable_getnext(scan)) {
        const Form_pg_index form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
        if (form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
            form->indkey.values[0] == column &&
            heap_attisnull(tuple, Anum_pg_index_indpred, nullptr) &&
            has_collation_of_column(tuple, RelationGetDescr(indexes), relation, column) &&
            is_btree(form->indexrelid))
            found = form->indexrelid;
    }
    systable_endscan(scan);
    table_close(indexes, AccessShareLock);
    return found;
}

void scan_keys(Oid relation, Oid index, ScanKeyData *keys, int count,
               bool (*visit)(HeapTuple, TupleDesc, void *), void *argument)
{
    TENANCY_FAULT_POINT("scan");
    Relation table = table_open(relation, AccessShareLock);
    SysScanDesc scan =
        systable_beginscan(table, index, OidIsValid(index), nullptr, count, keys);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
         tuple = systable_getnext(scan))
        if (!visit(tuple, RelationGetDescr(table), argument))
            break;
    systable_endscan(scan);
    table_close(table, AccessShareLock);
}

} // namespace tenancy::pg
