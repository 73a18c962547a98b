// authenticate(): see token_context.hpp.

#include <openssl/evp.h>

#include "core/token_text.hpp"

#include "context/token_context.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/key_file.hpp"
#include "context/replay.hpp"
#include "context/session.hpp"
#include "context/setting.hpp"
#include "context/statement_texts.hpp"
#include "context/tenant_cache.hpp"
#include "pg/call_guard.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/lookup.hpp"

namespace tenancy::context {

int context_source = static_cast<int>(Source::setting);
const StatementText *statement_texts = nullptr;

namespace {

constexpr std::size_t most_text = 256; // of core/claims.hpp

char *audience = nullptr;
char *tenant_claim = nullptr;
int leeway_s = 10;
int max_age_s = 3600;
bool single_use = false;

bool taking_tenant = false; // while the setting is given the token's tenant

// The token of a transaction.
struct Token {
    LocalTransactionId transaction; // invalid: none
    std::int64_t expires_us, issued_us; // since 1970
    std::uint64_t checked; // generations.tenants when it was last found not revoked
    bool has_subject;
    char subject[most_text + 1];
} token = {InvalidLocalTransactionId, 0, 0, 0, false, ""};

// What a verified token says, as plain bytes.
struct Said {
    core::Reason refused; // when not good
    bool good, has_tenant, has_subject, has_jti;
    std::int64_t expires_us, issued_us;
    char tenant[core::max_key_bytes + 1], subject[most_text + 1], jti[most_text + 1];
    char kid[core::max_kid_bytes + 1];
};

// One error for all: what was wrong is in the log, with nothing of the token that could be used.
[[noreturn]] void refuse(const char *reason, const char *kid)
{
    ereport(LOG, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
                  errmsg("tenancy token refused: reason=%s kid=\"%s\" role=\"%s\" database=\"%s\"", reason,
                         kid, GetUserNameFromId(GetSessionUserId(), false),
                         get_database_name(MyDatabaseId)),
                  errhidestmt(true), errhidecontext(true)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION), errmsg("the token is refused"),
                    errhint("SELECT tenancy.authenticate($1); with a token that is valid here and now."),
                    errhidestmt(true), errhidecontext(true)));
    pg_unreachable();
}

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
    *out = {};
    if (const core::Reason *reason = std::get_if<core::Reason>(&verdict)) {
        out->refused = *reason;
        return;
    }
    const core::Claims &claims = std::get<core::Claims>(verdict);
    out->good = true;
    out->expires_us = claims.expires_us;
    out->issued_us = claims.issued_us;
    out->has_tenant = keep(claims.tenant, out->tenant);
    out->has_subject = keep(claims.subject, out->subject);
    out->has_jti = keep(claims.jti, out->jti);
    keep(std::optional<std::string>(claims.kid), out->kid);
    // Never less than the token says.
    out->good = out->has_tenant == claims.tenant.has_value() &&
                out->has_subject == claims.subject.has_value() &&
                out->has_jti == claims.jti.has_value();
    out->refused = core::Reason::claims;
}

core::Expectation expectation(std::int64_t now_us)
{
    core::Expectation expected;
    expected.now_us = now_us;
    expected.leeway_s = leeway_s;
    expected.max_age_s = max_age_s;
    expected.audience = audience == nullptr ? "" : audience;
    expected.database = get_database_name(MyDatabaseId);
    expected.role = GetUserNameFromId(GetSessionUserId(), false);
    expected.tenant_claim = tenant_claim;
    return expected;
}

void use_once(const Said *said, std::int64_t now_us)
{
    if (!said->has_jti)
        refuse("no_jti", said->kid);
    char both[sizeof said->kid + sizeof said->jti];
    const std::size_t kid = strlen(said->kid) + 1; // with the zero between them
    memcpy(both, said->kid, kid);
    memcpy(both + kid, said->jti, strlen(said->jti));
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(both, kid + strlen(said->jti), digest, nullptr, EVP_sha256(), nullptr) != 1)
        refuse("digest", said->kid);
    const std::int64_t leeway_us = leeway_s * USECS_PER_SEC;
    // The issuer's clock may be fast: a token was good before its own date.
    UsedOnce once = {{}, said->issued_us - leeway_us, said->expires_us + leeway_us};
    memcpy(once.digest, digest, sizeof once.digest);
    switch (use_token(once, now_us)) {
    case Use::first:
        return;
    case Use::again:
        refuse("replayed", said->kid);
    case Use::full:
        refuse("too_many_tokens", said->kid);
    case Use::unknown:
        refuse("from_before_start", said->kid);
    default:
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("tokens cannot be used once only: the library was not loaded at server start"),
                        errhint("ALTER SYSTEM SET shared_preload_libraries = 'pg_tenancy'; and restart.")));
    }
}

// Were all tokens of this user from before a moment revoked? In microseconds since 1970; 0: never.
std::int64_t subject_valid_after(const char *subject)
{
    const Oid table = pg::relation_oid(installation().schema, "revoked_users");
    std::int64_t after = 0;
    if (OidIsValid(table))
        pg::scan_by_key(table, pg::unique_index_on(table, 1), 1, F_TEXTEQ, C_COLLATION_OID,
                        CStringGetTextDatum(subject), [&after](HeapTuple tuple, TupleDesc descriptor) {
                            bool null = false;
                            after = unix_microseconds(DatumGetTimestampTz(heap_getattr(tuple, 2, descriptor, &null)));
                            return false;
                        });
    return after;
}

bool revoked(std::int64_t issued_us, const char *subject, const Context *now)
{
    if (subject != nullptr && issued_us < subject_valid_after(subject))
        return true;
    if (now == nullptr)
        return false;
    const TimestampTz after = cached_tenant(now->key, true).tokens_valid_after;
    return after != 0 && issued_us < unix_microseconds(after);
}

bool token_is_current() noexcept
{
    return token.transaction != InvalidLocalTransactionId &&
           token.transaction == current_transaction();
}

bool same_subject(const Said *said) noexcept
{
    return said->has_subject == token.has_subject && strcmp(said->subject, token.subject) == 0;
}

void take_tenant(const char *tenant)
{
    taking_tenant = true;
    pg::run_finally([tenant] { assign_setting(tenant); }, [] { taking_tenant = false; });
}

bool stands_in(const char *statement, const text *given)
{
    return statement != nullptr &&
           core::text_holds_token(statement, {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))});
}

// Is it in the text that the client sent, or in one of the statements that run beneath?
bool stands_in_statements(const text *given)
{
    if (stands_in(debug_query_string, given))
        return true;
    for (const StatementText *each = statement_texts; each != nullptr; each = each->outer)
        if (stands_in(each->text, given))
            return true;
    return false;
}

// It would be in pg_stat_activity, pg_stat_statements and the log.
void refuse_literal(const text *given)
{
    if (pg::entry([given] { return stands_in_statements(given); }))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the token is a part of the statement's text"),
                        errdetail("Others could read it in pg_stat_activity and in the log."),
                        errhint("SELECT tenancy.authenticate($1); with the token as a parameter."),
                        errhidestmt(true), errhidecontext(true)));
}

} // namespace

bool setting_from_token() noexcept
{
    return taking_tenant;
}

const char *current_user() noexcept
{
    const char *user = user_setting();
    if (token_is_current())
        user = token.has_subject ? token.subject : "";
    else if (context_source == static_cast<int>(Source::token) && guarded_known())
        user = "";
    return *user == '\0' ? nullptr : user;
}

void check_token()
{
    if (!token_is_current())
        return;
    if (unix_microseconds(GetCurrentTimestamp()) >= token.expires_us + leeway_s * USECS_PER_SEC)
        refuse("expired", "");
    if (token.checked == generations.tenants)
        return;
    const std::uint64_t seen = generations.tenants;
    if (revoked(token.issued_us, token.has_subject ? token.subject : nullptr, find_context()))
        refuse("revoked", "");
    token.checked = seen;
}

void define_token_settings()
{
    static const config_enum_entry sources[] = {{"setting", static_cast<int>(Source::setting), false},
                                                {"token", static_cast<int>(Source::token), false},
                                                {nullptr, 0, false}};
    DefineCustomEnumVariable("tenancy.context_source", "Where a guarded session's tenant comes from.",
                             "'setting': app.current_tenant_id and set_tenant(). 'token': "
                             "authenticate() alone.", &context_source,
                             static_cast<int>(Source::setting), sources, PGC_SUSET, 0, nullptr,
                             nullptr, nullptr);
    DefineCustomStringVariable("tenancy.token_audience", "The audience that tokens must name.", nullptr,
                               &audience, "", PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("tenancy.token_tenant_claim", "The claim with the tenant's id.", nullptr,
                               &tenant_claim, "tenant_id", PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("tenancy.token_leeway", "How far clocks may differ.", nullptr, &leeway_s, 10,
                            0, 300, PGC_SUSET, GUC_UNIT_S, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("tenancy.token_max_age", "How long a token may be good for; 0: any time.",
                            nullptr, &max_age_s, 3600, 0, 31536000, PGC_SUSET, GUC_UNIT_S, nullptr,
                            nullptr, nullptr);
    DefineCustomBoolVariable("tenancy.token_single_use", "A token is good for one transaction.",
                             "Tokens need a jti, and the library must be loaded at server start.",
                             &single_use, false, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    define_key_file();
}

} // namespace tenancy::context

using namespace tenancy;
using namespace tenancy::context;

// authenticate(token text) -> the canonical tenant id, NULL when the token names none. Errors: 28000 for every
// token that is not believed; 22023 for one that stands in the statement; then as set_tenant().
TENANCY_FUNCTION(tenancy_authenticate)
{
    installation(); // warm, for the setting's hook
    const bool is_guarded = guarded();
    if (PG_ARGISNULL(0))
        refuse("null", "");
    const core::KeyRing *ring = key_ring();
    if (ring == nullptr)
        refuse("no_keys", "");
    const std::int64_t now_us = unix_microseconds(GetCurrentTimestamp());
    const core::Expectation expected = expectation(now_us);
    const text *given = PG_GETARG_TEXT_PP(0);
    Said said;
    TENANCY_FAULT_POINT("authenticate");
    pg::entry([&] { verify(given, ring, expected, &said); });
    if (!said.good)
        refuse(core::reason_name(said.refused), said.kid);
    if (is_guarded)
        refuse_literal(given);
    // A transaction works for one user, as for one tenant; a fresh token of the same may follow.
    if (token_is_current() && !same_subject(&said))
        refuse("second_user", said.kid);
    const Context *now = nullptr;
    if (said.has_tenant) {
        take_tenant(said.tenant);
        now = &require_context();
    }
    if (revoked(said.issued_us, said.has_subject ? said.subject : nullptr, now))
        refuse("revoked", said.kid);
    if (single_use)
        use_once(&said, now_us);
    // A token that names no tenant prolongs nothing: the tenant in force stays as short-lived, and as
    // revocable, as its own token.
    if (token_is_current() && !said.has_tenant) {
        said.expires_us = Min(said.expires_us, token.expires_us);
        said.issued_us = Min(said.issued_us, token.issued_us);
    }
    // Nothing is remembered of a token that was not believed to the end.
    token = {current_transaction(), said.expires_us, said.issued_us, generations.tenants,
             said.has_subject, ""};
    memcpy(token.subject, said.subject, sizeof token.subject);
    if (now == nullptr)
        PG_RETURN_NULL();
    char canonical[core::key_text_size];
    core::format_key(now->key, canonical);
    PG_RETURN_TEXT_P(cstring_to_text(canonical));
}

// current_user_id() -> the user of the token; without tokens what app.current_user_id says; NULL when none.
TENANCY_FUNCTION(tenancy_current_user_id)
{
    const char *user = current_user();
    if (user == nullptr)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(user));
}
