// SQL functions for ids: tenancy.uuid_v7(), typeid(), typeid_uuid(), typeid_prefix().
//
// Errors: 22P02 for a text that is not a TypeID, 22023 for a bad prefix (raised by the core),
// XX000 when the server has no random bytes. typeid() runs once a row in generated columns, so it
// writes into a stack buffer and allocates its result alone.
#include "core/typeid.hpp"
#include "core/uuid.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/postgres.hpp"

namespace {

namespace core = tenancy::core;

// Ids of one session sort in the order they were made; a parallel worker has a clock of its own.
constinit core::V7Clock v7_clock{};

std::uint64_t unix_nanoseconds() noexcept
{
    using namespace std::chrono;
    const auto now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
    // A clock set before 1970 must not become one far in the future.
    return static_cast<std::uint64_t>(std::max<decltype(now)>(now, 0));
}

std::string_view view_of(const text *value) noexcept
{
    return {VARDATA_ANY(value), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))};
}

Datum uuid_datum(const core::Uuid &id)
{
    pg_uuid_t *copied = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
    std::memcpy(copied->data, id.data(), sizeof copied->data);
    return UUIDPGetDatum(copied);
}

// Quotes no more than a TypeID can be long, cut between characters by the server's left().
[[noreturn]] void raise_invalid_typeid(text *value)
{
    constexpr int32 quoted = core::max_typeid_size;
    const Datum start =
        DirectFunctionCall2(text_left, PointerGetDatum(value), Int32GetDatum(quoted));
    const char *shown = TextDatumGetCString(start);
    const bool cut = std::strlen(shown) < view_of(value).size();
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid TypeID: \"%s%s\"", shown, cut ? "..." : ""),
                    errhint("A TypeID is a prefix of a-z and underscores, an underscore, and 26 "
                            "characters of 0-9 and a-z without i, l, o and u, the first at most 7; "
                            "tenancy.typeid(prefix, id) makes one.")));
    pg_unreachable();
}

// The two parts of a TypeID; prefix refers into value.
void decode_or_raise(text *value, std::string_view *prefix, core::Uuid *id)
{
    if (!core::decode_typeid(view_of(value), *prefix, *id))
        raise_invalid_typeid(value);
}

} // namespace

TENANCY_FUNCTION(tenancy_uuid_v7)
{
    unsigned char random[8];
    if (!pg_strong_random(random, sizeof random))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("could not generate random values for a uuid")));
    return uuid_datum(core::next_uuid_v7(unix_nanoseconds(), random, v7_clock));
}

TENANCY_FUNCTION(tenancy_typeid)
{
    const std::string_view prefix = view_of(PG_GETARG_TEXT_PP(0));
    core::check_typeid_prefix(prefix);
    core::Uuid id;
    std::memcpy(id.data(), PG_GETARG_UUID_P(1)->data, id.size());
    char written[core::max_typeid_size];
    const std::size_t size = core::write_typeid(prefix, id, written);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(written, static_cast<int>(size)));
}

TENANCY_FUNCTION(tenancy_typeid_uuid)
{
    std::string_view prefix;
    core::Uuid id;
    decode_or_raise(PG_GETARG_TEXT_PP(0), &prefix, &id);
    return uuid_datum(id);
}

TENANCY_FUNCTION(tenancy_typeid_prefix)
{
    std::string_view prefix;
    core::Uuid id;
    decode_or_raise(PG_GETARG_TEXT_PP(0), &prefix, &id);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(prefix.data(), static_cast<int>(prefix.size())));
}

TENANCY_FUNCTION(tenancy_parse_id)
{
    text *prefix = PG_GETARG_TEXT_PP(0);
    text *given = PG_GETARG_TEXT_PP(1);
    std::string_view found;
    core::Uuid id;
    if (core::parse_uuid(view_of(given), id) ||
        (core::decode_typeid(view_of(given), found, id) && found == view_of(prefix)))
        return uuid_datum(id);
    constexpr int32 quoted = core::max_typeid_size;
    const Datum start = DirectFunctionCall2(text_left, PointerGetDatum(given), Int32GetDatum(quoted));
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("not an id of this kind: \"%s\"", TextDatumGetCString(start)),
                    errhint("Give a uuid or an id that begins with %s_.", text_to_cstring(prefix))));
    pg_unreachable();
}
