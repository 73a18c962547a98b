#include "guard/key_validation.hpp"

#include "guard/protected_tables.hpp"
#include "pg/compat.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

bool is_filtered(Oid relation)
{
    return OidIsValid(relation) && protection_of(relation).protection != Protection::none &&
           check_enable_rls(relation, InvalidOid, true) == RLS_ENABLED;
}

const char *name_of(Oid relation)
{
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
                                      get_rel_name(relation));
}

void refuse_filtered(Oid referring, Oid referenced)
{
    const bool here = is_filtered(referring);
    if (!here && !is_filtered(referenced))
        return;
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
             errmsg("a foreign key of %s cannot be validated: row-level security is in force",
                    name_of(referring)),
             here ? errdetail("Rows of %s that you do not see would not be checked.",
                              name_of(referring))
                  : errdetail("Rows of %s that you do not see would count as missing.",
                              name_of(referenced)),
             errhint("Run it as a platform role; ADD FOREIGN KEY ... NOT VALID is allowed.")));
}

void check_added(Oid table, const Constraint *added)
{
    if (added->contype == CONSTR_FOREIGN && !added->skip_validation)
        refuse_filtered(table, RangeVarGetRelid(added->pktable, NoLock, true));
}

// A new column's key is checked only where rows get a value for it.
void check_column(Oid table, const ColumnDef *column)
{
    bool filled = column->raw_default != nullptr;
    const ListCell *cell;
    foreach (cell, column->constraints) {
        const ConstrType type = static_cast<const Constraint *>(lfirst(cell))->contype;
        filled = filled || type == CONSTR_DEFAULT || type == CONSTR_IDENTITY ||
                 type == CONSTR_GENERATED;
    }
    if (!filled)
        return;
    foreach (cell, column->constraints)
        check_added(table, static_cast<const Constraint *>(lfirst(cell)));
}

void check_validated(Oid table, const char *name)
{
    const Oid constraint = get_relation_constraint_oid(table, name, true);
    HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (!HeapTupleIsValid(tuple))
        return;
    const Form_pg_constraint form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
    const bool pending = form->contype == CONSTRAINT_FOREIGN && !form->convalidated;
    const Oid referenced = form->confrelid;
    ReleaseSysCache(tuple);
    if (pending)
        refuse_filtered(table, referenced);
}

bool has_foreign_key(Oid table)
{
    Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(table));
    SysScanDesc scan = systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true,
                                          nullptr, 1, &key);
    bool found = false;
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple) && !found;
         tuple = systable_getnext(scan))
        found = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->contype ==
                CONSTRAINT_FOREIGN;
    systable_endscan(scan);
    table_close(constraints, AccessShareLock);
    return found;
}

// The keys of the whole are validated for the rows of the new part.
void check_attached(Oid table, const RangeVar *name)
{
    const Oid part = RangeVarGetRelid(name, NoLock, true);
    if (is_filtered(part) && has_foreign_key(table))
        refuse_filtered(part, table);
}

} // namespace

void check_key_validation(const Node *statement)
{
    if (!IsA(statement, AlterTableStmt))
        return;
    TENANCY_FAULT_POINT("check_key_validation");
    const AlterTableStmt *alter = reinterpret_cast<const AlterTableStmt *>(statement);
    const Oid table = RangeVarGetRelid(alter->relation, NoLock, true);
    if (!OidIsValid(table))
        return;
    const ListCell *cell;
    foreach (cell, alter->cmds) {
        const AlterTableCmd *command = static_cast<const AlterTableCmd *>(lfirst(cell));
        if (command->subtype == AT_AddConstraint)
            check_added(table, reinterpret_cast<const Constraint *>(command->def));
        else if (command->subtype == AT_AddColumn)
            check_column(table, reinterpret_cast<const ColumnDef *>(command->def));
        else if (command->subtype == AT_ValidateConstraint)
            check_validated(table, command->name);
        else if (command->subtype == AT_AttachPartition)
            check_attached(table, reinterpret_cast<const PartitionCmd *>(command->def)->name);
        else if (pg::enforced_constraint(command) != nullptr)
            check_validated(table, pg::enforced_constraint(command));
    }
}

} // namespace tenancy::guard
