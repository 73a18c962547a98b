#include "context/revocation.hpp"

#include "context/installation.hpp"
#include "context/tenant_cache.hpp"
#include "pg/lookup.hpp"
#include "pg/moment.hpp"

namespace tenancy::context {

namespace {

// In microseconds since 1970; 0: never.
std::int64_t subject_valid_after(const char *subject)
{
    const Oid table = pg::relation_oid(installation().schema, "revoked_users");
    std::int64_t after = 0;
    if (OidIsValid(table))
        pg::scan_by_key(table, pg::unique_index_on(table, 1), 1, F_TEXTEQ, C_COLLATION_OID,
                        CStringGetTextDatum(subject), [&after](HeapTuple tuple, TupleDesc descriptor) {
                            bool null = false;
                            after = pg::unix_microseconds(DatumGetTimestampTz(heap_getattr(tuple, 2, descriptor, &null)));
                            return false;
                        });
    return after;
}

} // namespace

bool is_revoked(std::int64_t issued_us, const char *subject, const core::TenantKey *tenant)
{
    if (subject != nullptr && issued_us < subject_valid_after(subject))
        return true;
    if (tenant == nullptr)
        return false;
    const TimestampTz after = cached_tenant(*tenant, true).tokens_valid_after;
    return after != 0 && issued_us < pg::unix_microseconds(after);
}

} // namespace tenancy::context
