// tenants_named(slug_or_domain) -> text[]: the ids of the tenants with this slug or domain, in tenancy.tenants or in
// the application's own tenant table, whether or not that is protected. A door (guard/door.hpp).
// Errors: 55000 where use_tenant_table() was not told how tenants are named.

#include "context/installation.hpp"
#include "guard/door.hpp"
#include "pg/entry.hpp"

using namespace tenancy;

namespace {

struct Names {
    Oid table;
    NameData id, slug, domain;
    bool has_slug, has_domain;
};

struct Found {
    AttrNumber id;
    Oid output;
    ArrayBuildState *ids;
};

Names how_tenants_are_named()
{
    const context::Installation &here = context::installation();
    Names names = {here.tenant_table, {}, {}, {}, true, true};
    namestrcpy(&names.id, "id");
    namestrcpy(&names.slug, "slug");
    namestrcpy(&names.domain, "primary_domain");
    if (here.own_table)
        return names;
    pg::scan_table(pg::relation_oid(here.schema, "configuration"), [&names](HeapTuple tuple, TupleDesc descriptor) {
        bool no_slug = false;
        bool no_domain = false;
        bool null = false;
        names.id = *DatumGetName(heap_getattr(tuple, 3, descriptor, &null));
        const Datum slug = heap_getattr(tuple, 4, descriptor, &no_slug);
        const Datum domain = heap_getattr(tuple, 5, descriptor, &no_domain);
        names.has_slug = !no_slug;
        names.has_domain = !no_domain;
        if (names.has_slug)
            names.slug = *DatumGetName(slug);
        if (names.has_domain)
            names.domain = *DatumGetName(domain);
        return false;
    });
    if (!names.has_slug && !names.has_domain)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("find_tenant() does not know how tenants are named in this database"),
                        errhint("SELECT tenancy.use_tenant_table('%s', '%s', slug_column => '...');",
                                quote_qualified_identifier(
                                    get_namespace_name(get_rel_namespace(names.table)),
                                    get_rel_name(names.table)),
                                NameStr(names.id))));
    return names;
}

bool keep(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
    Found *found = static_cast<Found *>(argument);
    bool null = false;
    const Datum id = heap_getattr(tuple, found->id, descriptor, &null);
    if (!null)
        found->ids = accumArrayResult(found->ids, CStringGetTextDatum(OidOutputFunctionCall(found->output, id)),
                                      false, TEXTOID, CurrentMemoryContext);
    return true;
}

} // namespace

TENANCY_FUNCTION(tenancy_tenants_named)
{
    const char *wanted = text_to_cstring(PG_GETARG_TEXT_PP(0));
    if (context::installation().broken)
        PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
    const Names names = how_tenants_are_named();
    Found found = {pg::column_number(names.table, NameStr(names.id)), InvalidOid,
                   initArrayResult(TEXTOID, CurrentMemoryContext, false)};
    bool varlena = false;
    getTypeOutputInfo(get_atttype(names.table, found.id), &found.output, &varlena);
    if (names.has_slug)
        guard::through_door(guard::Door::find_tenant, names.table, NameStr(names.slug), wanted, keep, &found);
    if (names.has_domain)
        guard::through_door(guard::Door::find_tenant, names.table, NameStr(names.domain),
                            str_tolower(wanted, strlen(wanted), DEFAULT_COLLATION_OID), keep, &found);
    PG_RETURN_DATUM(makeArrayResult(found.ids, CurrentMemoryContext));
}
