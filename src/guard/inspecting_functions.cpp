#include "guard/inspecting_functions.hpp"

namespace tenancy::guard {

namespace {

constexpr const char *extensions[] = {
    "adminpack",   "amcheck",     "pageinspect",        "pg_buffercache", "pg_freespacemap",
    "pg_prewarm",  "pg_surgery",  "pg_stat_statements", "pg_visibility",  "pg_walinspect",
    "pgrowlocks",  "pgstattuple",
};

// Ordered by oid, in TopMemoryContext.
Oid *functions = nullptr;
int count = 0;
bool known = false;
std::uint64_t changes = 0;

int by_oid(const void *a, const void *b)
{
    const Oid left = *static_cast<const Oid *>(a);
    const Oid right = *static_cast<const Oid *>(b);
    return left < right ? -1 : left > right;
}

void on_function_change(Datum, int, uint32)
{
    known = false;
    ++changes;
}

// Members of the extension are those that depend on it as such.
List *members_of(Oid extension, List *found)
{
    ScanKeyData keys[2];
    ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(ExtensionRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(extension));
    Relation depend = table_open(DependRelationId, AccessShareLock);
    SysScanDesc scan = systable_beginscan(depend, DependReferenceIndexId, true, nullptr, 2, keys);
    for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
         tuple = systable_getnext(scan)) {
        const Form_pg_depend member = reinterpret_cast<Form_pg_depend>(GETSTRUCT(tuple));
        if (member->classid == ProcedureRelationId && member->deptype == DEPENDENCY_EXTENSION)
            found = lappend_oid(found, member->objid);
    }
    systable_endscan(scan);
    table_close(depend, AccessShareLock);
    return found;
}

void find_functions()
{
    const std::uint64_t seen = changes;
    List *found = NIL;
    for (const char *name : extensions) {
        const Oid extension = get_extension_oid(name, true);
        if (OidIsValid(extension))
            found = members_of(extension, found);
    }
    const Size size = sizeof(Oid) * static_cast<Size>(Max(list_length(found), 1));
    functions = static_cast<Oid *>(functions == nullptr ? MemoryContextAlloc(TopMemoryContext, size)
                                                        : repalloc(functions, size));
    count = 0;
    const ListCell *cell;
    foreach (cell, found)
        functions[count++] = lfirst_oid(cell);
    qsort(functions, static_cast<std::size_t>(count), sizeof(Oid), by_oid);
    list_free(found);
    known = seen == changes; // else again at the next call
}

} // namespace

bool may_be_inspecting() noexcept
{
    return !known || count > 0;
}

bool is_inspecting(Oid function)
{
    if (!known)
        find_functions();
    return count > 0 && bsearch(&function, functions, static_cast<std::size_t>(count), sizeof(Oid),
                                by_oid) != nullptr;
}

void initialize_inspecting_functions()
{
    CacheRegisterSyscacheCallback(PROCOID, on_function_change, static_cast<Datum>(0));
}

} // namespace tenancy::guard
