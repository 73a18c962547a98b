#include "context/token_reader.hpp"

#include "pg/entry.hpp"

namespace tenancy::context {

TokenSettings token_settings = {nullptr, nullptr, 10, 3600};

namespace {

// No JSON text has this byte, so no claim equals it.
constexpr char never_said[] = "\xff";

template <std::size_t size> bool keep(const std::optional<std::string> &from, char (&to)[size])
{
    if (!from || from->size() >= size)
        return false;
    std::memcpy(to, from->c_str(), from->size() + 1);
    return true;
}

void verify(const text *given, const core::KeyRing *ring, const core::Expectation &expected, Said *out)
{
    const core::Verdict verdict = core::verify_token(
        {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))}, *ring, expected);
    if (const core::Reason *reason = std::get_if<core::Reason>(&verdict)) {
        out->refused = core::reason_name(*reason);
        return;
    }
    const core::Claims &claims = std::get<core::Claims>(verdict);
    out->expires_us = claims.expires_us;
    out->issued_us = claims.issued_us;
    out->has_tenant = keep(claims.tenant, out->tenant);
    out->has_subject = keep(claims.subject, out->subject);
    out->has_jti = keep(claims.jti, out->jti);
    keep(std::optional<std::string>(claims.kid), out->kid);
    // Never less than the token says.
    if (out->has_tenant != claims.tenant.has_value() ||
        out->has_subject != claims.subject.has_value() || out->has_jti != claims.jti.has_value())
        out->refused = core::reason_name(core::Reason::claims);
}

bool is_ascii(const char *text)
{
    while (*text != '\0' && !IS_HIGHBIT_SET(*text))
        ++text;
    return *text == '\0';
}

// nullptr where the other encoding has no such text. The server's own conversions, whatever the
// search path says: the session chooses that. ASCII is the same in all of a server's encodings.
const char *converted(const char *text, int from, int to)
{
    if (from == to || GetDatabaseEncoding() == PG_SQL_ASCII || is_ascii(text))
        return text;
    const Oid conversion = FindDefaultConversion(PG_CATALOG_NAMESPACE, from, to);
    if (!OidIsValid(conversion))
        return nullptr;
    const int length = static_cast<int>(strlen(text));
    const int room = length * MAX_CONVERSION_GROWTH + 1;
    unsigned char *out = static_cast<unsigned char *>(palloc(static_cast<Size>(room)));
    unsigned char *in = reinterpret_cast<unsigned char *>(const_cast<char *>(text));
    const bool whole =
        pg_do_encoding_conversion_buf(conversion, from, to, in, length, out, room, true) == length;
    return whole ? reinterpret_cast<const char *>(out) : nullptr;
}

const char *in_utf8(const char *own)
{
    const char *text = own == nullptr ? nullptr : converted(own, GetDatabaseEncoding(), PG_UTF8);
    return text == nullptr ? never_said : text;
}

template <std::size_t size> bool take_over(char (&text)[size])
{
    const char *own = converted(text, PG_UTF8, GetDatabaseEncoding());
    if (own == nullptr || strlen(own) >= size)
        return false;
    memmove(text, own, strlen(own) + 1);
    return true;
}

core::Expectation expectation(std::int64_t now_us)
{
    core::Expectation expected;
    expected.now_us = now_us;
    expected.leeway_s = token_settings.leeway_s;
    expected.max_age_s = token_settings.max_age_s;
    expected.audience = in_utf8(token_settings.audience == nullptr ? "" : token_settings.audience);
    expected.database = in_utf8(get_database_name(MyDatabaseId));
    expected.role = in_utf8(GetUserNameFromId(GetSessionUserId(), true));
    expected.tenant_claim = in_utf8(token_settings.tenant_claim);
    return expected;
}

} // namespace

void read_token(const text *given, const core::KeyRing *ring, std::int64_t now_us, Said *out)
{
    const core::Expectation expected = expectation(now_us);
    *out = {};
    pg::entry([&] { verify(given, ring, expected, out); });
    if (out->refused == nullptr && (!take_over(out->tenant) || !take_over(out->subject)))
        out->refused = "encoding";
}

} // namespace tenancy::context
