// Fuzz target of core/token: nobody without a key makes a token, and what is accepted keeps its
// promises.
//
// Input: the first byte says what the rest is. 'c': claims, signed here. 'h': header and claims, a
// line each, signed here. Anything else: a token.
#include "core/token.hpp"

#include "../unit/token_maker.hpp"
#include "fuzz.hpp"

#include <algorithm>

using namespace tenancy::core;
using fuzz::require;

namespace {

constexpr std::int64_t now = 1'700'000'000'000'000;

bool is_plain(const std::string &text)
{
    return std::none_of(text.begin(), text.end(),
                        [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void check(const Claims &claims, const Expectation &expected)
{
    const std::int64_t leeway = expected.leeway_s * std::int64_t{1'000'000};
    require(claims.kid == "h", "only the key that signed is named");
    require(claims.expires_us + leeway > now, "what is over is refused");
    require(claims.issued_us >= 0 && claims.issued_us <= now + leeway, "it has been issued");
    require(!claims.tenant || (!claims.tenant->empty() && claims.tenant->size() <= 128 &&
                               is_plain(*claims.tenant)),
            "a tenant is a short text");
    for (const auto &text : {claims.subject, claims.jti})
        require(!text || (text->size() <= 256 && is_plain(*text)), "texts are short");
    if (expected.max_age_s != 0)
        require(claims.expires_us - now <= (expected.max_age_s * std::int64_t{1'000'000}) + leeway,
                "what was issued lately and lives shortly is over soon");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const KeyRing ring = parse_key_ring(token_maker::ring_text());
    std::string_view text = fuzz::text(data, size);
    const char kind = text.empty() ? ' ' : text.front();
    std::string token(text), header = token_maker::header(Algorithm::hs256);
    const bool made = kind == 'c' || kind == 'h';
    if (made) {
        text.remove_prefix(1);
        if (kind == 'h') {
            header = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(text.size(), header.size() + 1));
        }
        token = token_maker::token(Algorithm::hs256, header, text);
    }
    Expectation expected;
    expected.now_us = now;
    for (const int leeway : {0, 60})
        for (const int max_age : {0, 3600})
            for (const std::string_view audience : {"", "db"}) {
                expected.leeway_s = leeway;
                expected.max_age_s = max_age;
                expected.audience = audience;
                const Verdict verdict = verify_token(token, ring, expected);
                if (const Claims *claims = std::get_if<Claims>(&verdict)) {
                    require(made, "nobody else makes a token");
                    check(*claims, expected);
                } else
                    require(made || std::get<Reason>(verdict) < Reason::claims,
                            "nothing is read that is not signed");
            }
    return 0;
}
