#include "guard/statement_guard.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/session.hpp"
#include "guard/canary.hpp"
#include "guard/protected_tables.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

const char *name_of(Oid relation)
{
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
                                      get_rel_name(relation));
}

bool refuse_unfiltered(Oid relation, bool raise)
{
    if (raise)
        ereport(ERROR,
                (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                 errmsg("%s is not accessible this way: row-level security is not in force",
                        name_of(relation)),
                 errdetail("The statement reaches it through a view, function, partition or role "
                           "to which its policies do not apply."),
                 errhint("A platform role finds out more: SELECT * FROM tenancy.status(); a view needs ALTER VIEW ... SET (security_invoker = true);")));
    return false;
}

bool refuse_copy(Oid relation, bool raise)
{
    if (raise)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("%s is not accessible: it holds rows of all tenants",
                               name_of(relation)),
                        errdetail("A materialized view is filled as its owner, and has no policies."),
                        errhint("Make it a view WITH (security_invoker = true), or a table and "
                                "SELECT tenancy.protect('%s');", name_of(relation))));
    return false;
}

// PostgreSQL hides the statistics of tables under row-level security, and of nothing made from them;
// a role that may read everything reads TOAST tables past the policies of their owners.
bool refuse_closed(Oid relation, bool raise)
{
    if (raise)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("%s is not for sessions of an application", name_of(relation)),
                        errdetail("What it holds comes from the rows of all tenants, or is secret."),
                        errhint("Look at it, and at the views over it, as a platform role.")));
    return false;
}

bool refuse_own(Oid relation, bool raise)
{
    if (raise)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("%s is written by the platform only", name_of(relation)),
                        errhint("Call the functions of schema %s as a platform role.",
                                quote_identifier(get_namespace_name(get_rel_namespace(relation))))));
    return false;
}

} // namespace

bool check_statement(const pg::PermissionEntry &entry, bool raise)
{
    TENANCY_FAULT_POINT("check_statement");
    const ProtectedTable table = protection_of(entry.relation);
    if (table.closed == Closed::always ||
        (table.closed == Closed::direct && !OidIsValid(entry.check_as_user)))
        return refuse_closed(entry.relation, raise);
    if (table.own && entry.writes)
        return refuse_own(entry.relation, raise);
    if (table.copies)
        return refuse_copy(entry.relation, raise);
    if (table.protection == Protection::none)
        return true;
    if (table.canary && enforced(entry.relation) == Enforced::on_others)
        return true;
    const Oid user = OidIsValid(entry.check_as_user) ? entry.check_as_user : GetUserId();
    if (!table.intact || check_enable_rls(entry.relation, user, true) != RLS_ENABLED ||
        (table.canary && !policy_is_for(entry.relation, user)))
        return refuse_unfiltered(entry.relation, raise);
    if (table.protection == Protection::tenant &&
        context::missing_context == static_cast<int>(context::Missing::error) &&
        context::find_context() == nullptr) {
        if (raise)
            context::raise_no_tenant();
        return false;
    }
    return true;
}

bool check_write(const pg::PermissionEntry &entry, bool raise)
{
    if (!entry.writes)
        return true;
    const ProtectedTable table = protection_of(entry.relation);
    if (table.protection == Protection::none || (table.own_guard && !table.unguarded_child))
        return true;
    if (raise)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("write to %s refused: it or a table beneath it has no write guard",
                               name_of(entry.relation)),
                        errhint("SELECT tenancy.protect('%s');", name_of(entry.relation))));
    return false;
}

void check_fetch(const List *range_table)
{
    const ListCell *cell;
    foreach (cell, range_table) {
        const RangeTblEntry *entry = static_cast<const RangeTblEntry *>(lfirst(cell));
        if (entry->rtekind != RTE_RELATION || entry->relkind == RELKIND_VIEW)
            continue;
        const ProtectedTable table = protection_of(entry->relid);
        if (table.protection != Protection::none || table.copies || table.closed != Closed::no)
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("a cursor on %s was opened before the session was guarded",
                                   name_of(entry->relid)),
                            errhint("CLOSE the cursor and open it again.")));
    }
}

void check_truncate(Oid relation)
{
    const bool guarded = context::guarded();
    const ProtectedTable table = protection_of(relation);
    if (table.canary && enforced(relation) == Enforced::on_others)
        return;
    if ((guarded || context::find_context() != nullptr) && table.protection != Protection::none)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("TRUNCATE of %s refused: it concerns all tenants", name_of(relation)),
                        guarded ? errhint("DELETE FROM %s; removes the rows of this tenant. TRUNCATE by a platform role removes those of all tenants.", name_of(relation))
                                : errhint("SELECT tenancy.clear_tenant(); and run it again.")));
}

void check_constraint(Oid constraint)
{
    if (!context::guarded())
        return;
    Oid referenced = InvalidOid;
    // Not visible to the catalog cache yet.
    Relation constraints = table_open(ConstraintRelationId, AccessShareLock);
    ScanKeyData key;
    ScanKeyInit(&key, Anum_pg_constraint_oid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(constraint));
    SysScanDesc scan =
        systable_beginscan(constraints, ConstraintOidIndexId, true, SnapshotSelf, 1, &key);
    HeapTuple tuple = systable_getnext(scan);
    if (HeapTupleIsValid(tuple)) {
        const Form_pg_constraint form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
        if (form->contype == CONSTRAINT_FOREIGN)
            referenced = form->confrelid;
    }
    systable_endscan(scan);
    table_close(constraints, AccessShareLock);
    const context::Installation &here = context::installation();
    if (OidIsValid(referenced) && (referenced == here.tenant_table ||
                                   protection_of(referenced).protection != Protection::none))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("a foreign key to %s is not for sessions of an application",
                               name_of(referenced)),
                        errdetail("It would act in the sessions of all tenants."),
                        errhint("Create it as the owner of the table.")));
}

} // namespace tenancy::guard
