// authenticate(): see token_context.hpp.

#include <openssl/evp.h>

#include "context/token_context.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "context/key_file.hpp"
#include "context/replay.hpp"
#include "context/revocation.hpp"
#include "context/session.hpp"
#include "context/setting.hpp"
#include "context/token_reader.hpp"
#include "context/token_refusal.hpp"
#include "pg/call_guard.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"
#include "pg/moment.hpp"

namespace tenancy::context {

int context_source = static_cast<int>(Source::setting);

namespace {

constexpr int most_leeway_s = 300;
bool single_use = false;
bool taking_tenant = false; // while the setting is given the token's tenant

// The token of a transaction.
struct Token {
    LocalTransactionId transaction; // invalid: none
    std::int64_t expires_us, issued_us; // since 1970
    std::uint64_t checked; // generations.tenants when it was last found not revoked
    bool has_tenant, has_subject;
    core::TenantKey tenant; // whatever becomes of the setting
    char subject[most_claim + 1];
} token = {InvalidLocalTransactionId, 0, 0, 0, false, false, {}, ""};

void use_once(const Said *said, std::int64_t now_us)
{
    if (!said->has_jti)
        refuse_token("no_jti", said->kid);
    char both[sizeof said->kid + sizeof said->jti];
    const std::size_t kid = strlen(said->kid) + 1; // with the zero between them
    memcpy(both, said->kid, kid);
    memcpy(both + kid, said->jti, strlen(said->jti));
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_Digest(both, kid + strlen(said->jti), digest, nullptr, EVP_sha256(), nullptr) != 1)
        refuse_token("digest", said->kid);
    const std::int64_t leeway_us = token_settings.leeway_s * USECS_PER_SEC;
    // The issuer's clock may be fast: a token was good before its own date.
    UsedOnce once = {{}, said->issued_us - leeway_us, said->expires_us + most_leeway_s * USECS_PER_SEC};
    memcpy(once.digest, digest, sizeof once.digest);
    switch (use_token(once, now_us)) {
    case Use::first:
        return;
    case Use::again:
        refuse_token("replayed", said->kid);
    case Use::full:
        refuse_token("too_many_tokens", said->kid);
    case Use::unknown:
        refuse_token("from_before_start", said->kid);
    default:
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("tokens cannot be used once only: the library was not loaded at server start"),
                        errhint("ALTER SYSTEM SET shared_preload_libraries = 'pg_tenancy'; and restart.")));
    }
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
    if (pg::unix_microseconds(GetCurrentTimestamp()) >=
        token.expires_us + token_settings.leeway_s * USECS_PER_SEC)
        refuse_token("expired", "");
    if (token.checked == generations.tenants)
        return;
    const std::uint64_t seen = generations.tenants;
    if (is_revoked(token.issued_us, token.has_subject ? token.subject : nullptr,
                   token.has_tenant ? &token.tenant : nullptr))
        refuse_token("revoked", "");
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
                               &token_settings.audience, "", PGC_SUSET, 0, nullptr, nullptr, nullptr);
    DefineCustomStringVariable("tenancy.token_tenant_claim", "The claim with the tenant's id.", nullptr,
                               &token_settings.tenant_claim, "tenant_id", PGC_SUSET, 0, nullptr,
                               nullptr, nullptr);
    DefineCustomIntVariable("tenancy.token_leeway", "How far clocks may differ.", nullptr,
                            &token_settings.leeway_s, 10, 0, most_leeway_s, PGC_SUSET, GUC_UNIT_S, nullptr,
                            nullptr, nullptr);
    DefineCustomIntVariable("tenancy.token_max_age", "How long a token may be good for; 0: any time.",
                            nullptr, &token_settings.max_age_s, 3600, 0, 31536000, PGC_SUSET,
                            GUC_UNIT_S, nullptr, nullptr, nullptr);
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
        refuse_token("null", "");
    const text *given = PG_GETARG_TEXT_PP(0);
    if (is_guarded)
        refuse_literal(given);
    const core::KeyRing *ring = key_ring();
    if (ring == nullptr)
        refuse_token("no_keys", "");
    const std::int64_t now_us = pg::unix_microseconds(GetCurrentTimestamp());
    Said said;
    TENANCY_FAULT_POINT("authenticate");
    read_token(given, ring, now_us, &said);
    if (said.refused != nullptr)
        refuse_token(said.refused, said.kid);
    // A transaction works for one user, as for one tenant; a fresh token of the same may follow.
    const bool is_second = token_is_current();
    if (is_second && !same_subject(&said))
        refuse_token("second_user", said.kid);
    Token taken = {current_transaction(), said.expires_us, Min(said.issued_us, now_us), 0,
                   said.has_tenant, said.has_subject, {}, ""};
    memcpy(taken.subject, said.subject, sizeof taken.subject);
    const Context *now = nullptr;
    if (said.has_tenant) {
        take_tenant(said.tenant);
        now = &require_context();
        taken.tenant = now->key;
    } else if (is_second) {
        // A token that names no tenant prolongs nothing: the tenant in force stays as short-lived, and
        // as revocable, as its own token.
        taken.expires_us = Min(taken.expires_us, token.expires_us);
        taken.issued_us = Min(taken.issued_us, token.issued_us);
        taken.has_tenant = token.has_tenant;
        taken.tenant = token.tenant;
    }
    // Read before what follows takes messages in.
    taken.checked = generations.tenants;
    if (is_revoked(taken.issued_us, taken.has_subject ? taken.subject : nullptr,
                   taken.has_tenant ? &taken.tenant : nullptr))
        refuse_token("revoked", said.kid);
    if (single_use)
        use_once(&said, now_us);
    token = taken; // nothing is remembered of a token that was not believed to the end
    if (now == nullptr)
        PG_RETURN_NULL();
    char canonical[core::key_text_size];
    core::format_key(taken.tenant, canonical);
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
