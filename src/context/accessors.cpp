// current_tenant_id(), current_tenant_bigint(), current_tenant_text(): what policies and defaults
// call. Per row they return a value that was parsed and checked once; no string work, no look-up.

#include "context/installation.hpp"
#include "context/session.hpp"
#include "pg/entry.hpp"

namespace tenancy::context {

namespace {

const char *accessor_for(core::KeyType type)
{
    switch (type) {
    case core::KeyType::uuid:
        return "tenancy.current_tenant_id()";
    case core::KeyType::bigint:
    case core::KeyType::integer:
        return "tenancy.current_tenant_bigint()";
    default:
        return "tenancy.current_tenant_text()";
    }
}

// The context for an accessor, or nullptr where missing_context = 'empty' asks for no rows.
const Context *context_for_accessor()
{
    const Context *found = find_context();
    if (found == nullptr && missing_context == static_cast<int>(Missing::error))
        raise_no_tenant();
    return found;
}

[[noreturn]] void raise_wrong_type(core::KeyType type)
{
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("tenant ids of this database are of type %s", core::key_type_name(type)),
                    errhint("SELECT %s;", accessor_for(type))));
    pg_unreachable();
}

bool is_integer(core::KeyType type)
{
    return type == core::KeyType::bigint || type == core::KeyType::integer;
}

} // namespace

} // namespace tenancy::context

using namespace tenancy;

// A policy calls these for every row: a value that is ready is returned before anything else, entry()
// included, which is not inlined (26 instructions a row, bench/). Nothing there can throw or raise.
#define TENANCY_ACCESSOR(name, is_of_type)                                                         \
    extern "C" {                                                                                   \
    PG_FUNCTION_INFO_V1(name);                                                                     \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                      \
    }                                                                                              \
    static Datum name##_slow(FunctionCallInfo fcinfo);                                             \
    Datum name(PG_FUNCTION_ARGS)                                                                   \
    {                                                                                              \
        const context::Context *now = context::ready_context;                                     \
        if (likely(now != nullptr && (is_of_type)))                                                \
            return now->value;                                                                     \
        return pg::entry([fcinfo] { return name##_slow(fcinfo); });                                \
    }                                                                                              \
    static Datum name##_slow(FunctionCallInfo fcinfo)

TENANCY_ACCESSOR(tenancy_current_tenant_id, now->key.type == core::KeyType::uuid)
{
    const context::Context *now = context::context_for_accessor();
    if (now == nullptr)
        PG_RETURN_NULL();
    if (now->key.type != core::KeyType::uuid)
        context::raise_wrong_type(now->key.type);
    return now->value;
}

TENANCY_ACCESSOR(tenancy_current_tenant_bigint, context::is_integer(now->key.type))
{
    const context::Context *now = context::context_for_accessor();
    if (now == nullptr)
        PG_RETURN_NULL();
    if (!context::is_integer(now->key.type))
        context::raise_wrong_type(now->key.type);
    return now->value;
}

// The key as text, whatever its type: for text keys the value itself, else its canonical form.
TENANCY_ACCESSOR(tenancy_current_tenant_text, now->key.type == core::KeyType::text)
{
    const context::Context *now = context::context_for_accessor();
    if (now == nullptr)
        PG_RETURN_NULL();
    if (now->key.type == core::KeyType::text)
        return now->value;
    char canonical[core::key_text_size];
    core::format_key(now->key, canonical);
    PG_RETURN_TEXT_P(cstring_to_text(canonical));
}
