#include "context/tenant_cache.hpp"

#include "context/installation.hpp"
#include "pg/fault.hpp"
#include "pg/lookup.hpp"

namespace tenancy::context {

namespace {

constexpr long kept_entries = 4096;
HTAB *cache = nullptr;

const char *const status_names[] = {"missing",   "provisioning", "active",
                                    "suspended", "failed",       "deleted"};

uint32 hash_key(const void *key, Size)
{
    const core::TenantKey *tenant = static_cast<const core::TenantKey *>(key);
    return hash_bytes(tenant->bytes, tenant->length);
}

int compare_keys(const void *a, const void *b, Size)
{
    return *static_cast<const core::TenantKey *>(a) == *static_cast<const core::TenantKey *>(b) ? 0
                                                                                                : 1;
}

TenantStatus status_from_label(const char *label)
{
    for (std::size_t i = 1; i < lengthof(status_names); ++i)
        if (std::strcmp(label, status_names[i]) == 0)
            return static_cast<TenantStatus>(i);
    return TenantStatus::missing;
}

Oid equality_of(core::KeyType type)
{
    switch (type) {
    case core::KeyType::uuid:
        return F_UUID_EQ;
    case core::KeyType::bigint:
        return F_INT8EQ;
    case core::KeyType::integer:
        return F_INT4EQ;
    default:
        return F_TEXTEQ;
    }
}

struct Facts {
    TenantStatus status;
    TimestampTz tokens_valid_after;
};

// The facts in tenancy.tenants, or in the registry beside an application's own tenant table; of that
// table itself (ours false) only that there is a row.
Facts facts_in(Oid table, Oid index, AttrNumber key_column, bool ours, Oid equality, Oid collation,
               Datum value)
{
    Facts facts = {TenantStatus::missing, 0};
    const AttrNumber status = ours ? pg::column_number(table, "status") : InvalidAttrNumber;
    const AttrNumber after = ours ? pg::column_number(table, "tokens_valid_after") : InvalidAttrNumber;
    pg::scan_by_key(table, index, key_column, equality, collation, value,
                    [&facts, status, after](HeapTuple tuple, TupleDesc descriptor) {
                        bool null = false;
                        facts.status = TenantStatus::active;
                        if (status != InvalidAttrNumber)
                            facts.status = status_from_enum(DatumGetObjectId(
                                heap_getattr(tuple, status, descriptor, &null)));
                        if (after != InvalidAttrNumber) {
                            const Datum moment = heap_getattr(tuple, after, descriptor, &null);
                            facts.tokens_valid_after = null ? 0 : DatumGetTimestampTz(moment);
                        }
                        return false;
                    });
    return facts;
}

Facts look_up(const CachedTenant &tenant)
{
    TENANCY_FAULT_POINT("tenant_status");
    const Installation &here = installation();
    // An int4 column is scanned with int4's own equality.
    const Datum value = tenant.key.type == core::KeyType::integer
                            ? Int32GetDatum(static_cast<int32>(tenant.key.as_integer()))
                            : tenant.value;
    const Facts facts =
        facts_in(here.tenant_table, here.tenant_index, here.tenant_column, here.own_table,
                 equality_of(tenant.key.type), here.tenant_collation, value);
    if (here.own_table || facts.status == TenantStatus::missing)
        return facts;
    char text[core::key_text_size];
    core::format_key(tenant.key, text);
    const Facts registered =
        facts_in(here.registry, pg::unique_index_on(here.registry, 1), 1, true, F_TEXTEQ,
                 C_COLLATION_OID, CStringGetTextDatum(text));
    return registered.status == TenantStatus::missing ? facts : registered;
}

void fill_value(CachedTenant *tenant)
{
    switch (tenant->key.type) {
    case core::KeyType::uuid:
        std::memcpy(tenant->storage.uuid, tenant->key.bytes, UUID_LEN);
        tenant->value = PointerGetDatum(tenant->storage.uuid);
        break;
    case core::KeyType::bigint:
    case core::KeyType::integer:
        tenant->value = Int64GetDatum(tenant->key.as_integer());
        break;
    default:
        SET_VARSIZE(tenant->storage.text, VARHDRSZ + tenant->key.length);
        std::memcpy(tenant->storage.text + VARHDRSZ, tenant->key.bytes, tenant->key.length);
        tenant->value = PointerGetDatum(tenant->storage.text);
        break;
    }
}

void create_cache()
{
    HASHCTL control = {};
    control.keysize = sizeof(core::TenantKey);
    control.entrysize = sizeof(CachedTenant);
    control.hash = hash_key;
    control.match = compare_keys;
    control.hcxt = TopMemoryContext;
    cache = hash_create("pg_tenancy tenants", 64, &control,
                        HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

} // namespace

const CachedTenant &cached_tenant(const core::TenantKey &key, bool check_status)
{
    if (cache == nullptr)
        create_cache();
    bool found = false;
    CachedTenant *tenant =
        static_cast<CachedTenant *>(hash_search(cache, &key, HASH_ENTER, &found));
    if (!found) {
        tenant->generation = 0;
        tenant->status = TenantStatus::missing;
        tenant->tokens_valid_after = 0;
        fill_value(tenant);
    }
    if (check_status && tenant->generation != generations.tenants) {
        const std::uint64_t seen = generations.tenants;
        const Facts facts = look_up(*tenant);
        tenant->status = facts.status;
        tenant->tokens_valid_after = facts.tokens_valid_after;
        tenant->generation = seen;
    }
    return *tenant;
}

void trim_tenant_cache()
{
    // Within a procedure the statement goes on, with what it was handed.
    if (ActivePortal != nullptr || SPI_inside_nonatomic_context())
        return;
    if (cache != nullptr && hash_get_num_entries(cache) > kept_entries) {
        hash_destroy(cache);
        cache = nullptr;
    }
}

TenantStatus status_from_enum(Oid value)
{
    HeapTuple tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
    if (!HeapTupleIsValid(tuple))
        return TenantStatus::missing;
    const TenantStatus status = status_from_label(
        NameStr(reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->enumlabel));
    ReleaseSysCache(tuple);
    return status;
}

const char *tenant_status_name(TenantStatus status) noexcept
{
    return status_names[static_cast<int>(status)];
}

} // namespace tenancy::context
