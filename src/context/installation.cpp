#include "context/installation.hpp"

#include "pg/fault.hpp"
#include "pg/lookup.hpp"

namespace tenancy::context {

int context_scope = static_cast<int>(Scope::transaction);
int missing_context = static_cast<int>(Missing::error);
Generations generations = {1, 1, 1};

namespace {

Installation current;
bool current_valid = false;
// Oids whose invalidation matters; kept apart from `current`, which may be half-built.
Oid configuration_table = InvalidOid;

void on_relation_change(Datum, Oid relation)
{
    const bool all = !OidIsValid(relation);
    ++generations.relations;
    if (all || relation == current.tenant_table || relation == current.registry ||
        relation == current.revoked_users)
        ++generations.tenants;
    if (all || relation == current.enrolled_roles)
        ++generations.roles;
    if (all || relation == configuration_table || relation == current.tenant_table)
        current_valid = false;
}

void on_schema_change(Datum, int, uint32)
{
    current_valid = false;
    ++generations.tenants;
    ++generations.roles;
    ++generations.relations;
}

void on_role_change(Datum, int, uint32)
{
    ++generations.roles;
}

core::KeyType key_type_of(Oid type)
{
    switch (type) {
    case UUIDOID:
        return core::KeyType::uuid;
    case INT8OID:
        return core::KeyType::bigint;
    case INT4OID:
        return core::KeyType::integer;
    case TEXTOID:
    case VARCHAROID:
        return core::KeyType::text;
    default:
        return core::KeyType::unknown;
    }
}

// The row of tenancy.configuration, if any, replaces tenancy.tenants by the application's table.
void read_configuration(Installation *out)
{
    struct Row {
        Oid table;
        NameData column;
        bool found;
    } row = {InvalidOid, {}, false};

    pg::scan_table(configuration_table, [&row](HeapTuple tuple, TupleDesc descriptor) {
        bool null_table = false;
        bool null_column = false;
        const Datum table = heap_getattr(tuple, 2, descriptor, &null_table);
        const Datum column = heap_getattr(tuple, 3, descriptor, &null_column);
        if (!null_table && !null_column) {
            row.table = DatumGetObjectId(table);
            row.column = *DatumGetName(column);
            row.found = true;
        }
        return false;
    });
    if (!row.found)
        return;
    out->own_table = false;
    out->tenant_table = row.table;
    out->tenant_column = pg::column_number(row.table, NameStr(row.column));
    out->broken = out->tenant_column == InvalidAttrNumber;
}

void load(Installation *out)
{
    TENANCY_FAULT_POINT("installation");
    *out = {};
    out->schema = get_namespace_oid("tenancy", true);
    if (!OidIsValid(out->schema) || !OidIsValid(get_extension_oid("pg_tenancy", true)))
        return;
    configuration_table = pg::relation_oid(out->schema, "configuration");
    out->registry = pg::relation_oid(out->schema, "tenant_registry");
    out->revoked_users = pg::relation_oid(out->schema, "revoked_users");
    const Oid no_arguments[1] = {InvalidOid};
    out->accessors[0] = pg::function_oid(out->schema, "current_tenant_id", 0, no_arguments);
    out->accessors[1] = pg::function_oid(out->schema, "current_tenant_bigint", 0, no_arguments);
    out->accessors[2] = pg::function_oid(out->schema, "current_tenant_text", 0, no_arguments);
    out->enrolled_roles = pg::relation_oid(out->schema, "enrolled_roles");
    out->write_guard = pg::function_oid(out->schema, "write_guard", 0, nullptr);
    out->truncate_guard = pg::function_oid(out->schema, "truncate_guard", 0, nullptr);
    out->shared_guard = pg::function_oid(out->schema, "shared_guard", 0, nullptr);
    out->soft_delete = pg::function_oid(out->schema, "soft_delete_row", 0, nullptr);
    out->own_table = true;
    out->tenant_table = pg::relation_oid(out->schema, "tenants");
    out->tenant_column = 1;
    // While CREATE or DROP EXTENSION runs, parts are missing: not installed yet, or no longer.
    if (!OidIsValid(configuration_table) || !OidIsValid(out->registry) ||
        !OidIsValid(out->revoked_users) ||
        !OidIsValid(out->enrolled_roles) || !OidIsValid(out->write_guard) ||
        !OidIsValid(out->truncate_guard) || !OidIsValid(out->shared_guard) ||
        !OidIsValid(out->tenant_table))
        return;
    read_configuration(out);

    out->installed = true;
    if (out->broken)
        return;
    Oid type = InvalidOid;
    int32 typmod = -1;
    get_atttypetypmodcoll(out->tenant_table, out->tenant_column, &type, &typmod,
                          &out->tenant_collation);
    out->key_type = key_type_of(type);
    out->tenant_index = pg::unique_index_on(out->tenant_table, out->tenant_column);
    out->broken = out->key_type == core::KeyType::unknown;
}

} // namespace

const Installation &installation()
{
    // A message that arrives while the catalogs are read makes the answer stale at once; an
    // error in load() leaves the old answer marked stale.
    for (int attempt = 0; !current_valid && attempt < 3; ++attempt) {
        Installation fresh;
        const std::uint64_t seen = generations.relations;
        load(&fresh);
        current = fresh;
        // A schema without all of its parts is an extension being created: look again next time.
        const bool settled = fresh.installed || !OidIsValid(fresh.schema);
        current_valid = settled && (seen == generations.relations || attempt == 2);
    }
    return current;
}

const Installation *installation_known() noexcept
{
    return current_valid ? &current : nullptr;
}

void initialize_installation()
{
    CacheRegisterRelcacheCallback(on_relation_change, static_cast<Datum>(0));
    CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema_change, static_cast<Datum>(0));
    CacheRegisterSyscacheCallback(AUTHOID, on_role_change, static_cast<Datum>(0));
    CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, on_role_change, static_cast<Datum>(0));
}

} // namespace tenancy::context
