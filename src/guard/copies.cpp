#include "guard/copies.hpp"

#include "context/installation.hpp"
#include "guard/protected_tables.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

// What was looked at already, and what is still to be looked at.
struct Search {
    List *relations;
    List *functions;
};

void note_dependencies(Oid catalog, Oid object, Search *search)
{
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(catalog));
    ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(object));
    Relation depend = table_open(DependRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(depend, DependDependerIndexId, true, nullptr, 2, keys);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
         tuple = systable_getnext(scan)) {
        const Form_pg_depend found = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
        if (found->refclassid == RelationRelationId)
            search->relations = list_append_unique_oid(search->relations, found->refobjid);
        else if (found->refclassid == ProcedureRelationId)
            search->functions = list_append_unique_oid(search->functions, found->refobjid);
        else if (found->refclassid == OperatorRelationId)
            search->functions = list_append_unique_oid(search->functions, get_opcode(found->refobjid));
    }
    systable_endscan(scan);
    table_close(depend, AccessShareLock);
}

// A view's definition is its rule.
void note_definition(Oid view, Search *search)
{
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_rewrite_ev_class, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(view));
    Relation rewrite = table_open(RewriteRelationId, AccessShareLock);
    SysScanDesc scan =
        systable_beginscan(rewrite, RewriteRelRulenameIndexId, true, nullptr, 1, &key);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
         tuple = systable_getnext(scan))
        note_dependencies(RewriteRelationId,
                          reinterpret_cast<Form_pg_rewrite>(GETSTRUCT(tuple))->oid, search);
    systable_endscan(scan);
    table_close(rewrite, AccessShareLock);
}

bool is_protected(Oid relation)
{
    const context::Installation &here = context::installation();
    const ProtectedTable table = protection_of(relation);
    return (table.protection == Protection::tenant && !table.canary) ||
           (here.own_table && relation == here.tenant_table);
}

} // namespace

bool copies_protected_rows(Oid materialized_view)
{
    TENANCY_FAULT_POINT("copies_protected_rows");
    Search search = {list_make1_oid(materialized_view), NIL};
    int function = 0;
    // Both lists grow while they are walked.
    for (int i = 0; i < list_length(search.relations); ++i) {
        const Oid relation = list_nth_oid(search.relations, i);
        const char kind = get_rel_relkind(relation);
        if (kind == RELKIND_VIEW || kind == RELKIND_MATVIEW)
            note_definition(relation, &search);
        else if (is_protected(relation))
            return true;
        for (; function < list_length(search.functions); ++function)
            note_dependencies(ProcedureRelationId, list_nth_oid(search.functions, function),
                              &search);
    }
    return false;
}

} // namespace tenancy::guard
