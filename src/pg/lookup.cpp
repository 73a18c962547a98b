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

Oid unique_index_on(Oid relation, AttrNumber column)
{
    TENANCY_FAULT_POINT("unique_index_on");
    Oid found = InvalidOid;
    Relation table = table_open(relation, AccessShareLock);
    List *indexes = RelationGetIndexList(table);
    ListCell *cell;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        Form_pg_index form = index->rd_index;
        if (form->indisunique && form->indisvalid && form->indnkeyatts == 1 &&
            form->indkey.values[0] == column && index->rd_rel->relam == BTREE_AM_OID &&
            heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr))
            found = RelationGetRelid(index);
        index_close(index, AccessShareLock);
        if (OidIsValid(found))
            break;
    }
    list_free(indexes);
    table_close(table, AccessShareLock);
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
