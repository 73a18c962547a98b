// Tokens whole: which are accepted, and the ways to make one that must not be: core/token.hpp.
#include "core/token.hpp"

#include "token_maker.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using token_maker::encode;

namespace {

const std::string claims = R"({"exp":1700003600,"sub":"ada","tenant_id":"acme"})";

std::string said(const std::string &token)
{
    static const KeyRing ring = parse_key_ring(token_maker::ring_text());
    Expectation expected;
    expected.now_us = 1'700'000'000'000'000;
    const Verdict verdict = verify_token(token, ring, expected);
    const Reason *reason = std::get_if<Reason>(&verdict);
    return reason == nullptr ? "ok, " + std::get<Claims>(verdict).kid : reason_name(*reason);
}

// Signed by h whatever the header.
std::string with_header(const std::string &header)
{
    return token_maker::token(Algorithm::hs256, header, claims);
}

std::string good(Algorithm algorithm, const std::string &text = claims)
{
    return token_maker::token(algorithm, token_maker::header(algorithm), text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(token)

BOOST_AUTO_TEST_CASE(good_ones)
{
    for (const Algorithm algorithm : token_maker::algorithms) {
        BOOST_TEST(said(good(algorithm)) == std::string("ok, ") + token_maker::kid(algorithm));
        BOOST_TEST(said(good(algorithm, R"({"exp":1700000000})")) == "expired");
        BOOST_TEST(said(good(algorithm, R"({"exp":"1700003600"})")) == "claims");
        BOOST_TEST(said(good(algorithm, "")) == "claims");
        BOOST_TEST(said(good(algorithm, R"({"exp":1700003600,"a":)" + std::string(4000, '['))) ==
                   "claims");
    }
}

BOOST_AUTO_TEST_CASE(headers)
{
    struct Row {
        std::string header, verdict;
    };
    const std::string start = R"({"alg":"HS256","kid":"h")";
    std::vector<Row> rows = {
        {start + R"(,"typ":"JWT"})", "ok, h"},
        {start + R"(,"typ":"jwt"})", "ok, h"},
        {start + R"(,"typ":"AT+jwt"})", "ok, h"},
        {start + R"(,"typ":"application/at+JWT"})", "ok, h"},
        {start + R"(,"typ":"application/application/jwt"})", "unsupported_header"},
        {start + R"(,"typ":"secevent+jwt"})", "unsupported_header"},
        {start + R"(,"typ":""})", "unsupported_header"},
        {start + R"(,"typ":null})", "unsupported_header"},
        {start + R"(,"cty":"x","x5t":"y","anything":{"a":1}})", "ok, h"},
        {R"( { "kid" : "h" , "alg" : "HS256" } )", "ok, h"},
        {R"({"alg":"HS256"})", "malformed"},
        {R"({"kid":"h"})", "malformed"},
        {R"({"alg":"HS256","kid":1})", "malformed"},
        {R"({"alg":["HS256"],"kid":"h"})", "malformed"},
        {R"({"alg":null,"kid":"h"})", "malformed"},
        {R"({"alg":"HS256","kid":"h","kid":"h"})", "malformed"},
        {R"({"alg":"none","alg":"HS256","kid":"h"})", "malformed"},
        {R"({"alg":"HS256","kid":"h","x":{"a":1,"a":2}})", "malformed"},
        {"[]", "malformed"},
        {"", "malformed"},
        {start, "malformed"},
        {start + "}{}", "malformed"},
        {start + R"(,"a":)" + std::string(300, '['), "malformed"},
        {R"({"alg":"HS256","kid":""})", "unknown_key"},
        {R"({"alg":"HS256","kid":"H"})", "unknown_key"},
        {R"({"alg":"HS256","kid":"h\u0000"})", "unknown_key"},
        {R"({"alg":"HS256","kid":"../../dev/null"})", "unknown_key"},
        {R"({"alg":"hs256","kid":"h"})", "algorithm"},
        {R"({"alg":"HS384","kid":"h"})", "algorithm"},
        {R"({"alg":"","kid":"h"})", "algorithm"},
        {R"({"alg":"HS256","kid":"e"})", "algorithm"},
        {R"({"alg":"HS256","kid":"o"})", "algorithm"},
        {R"({"alg":"ES256","kid":"h"})", "algorithm"},
        {R"({"alg":"ES256","kid":"e"})", "signature"},
        {R"({"alg":"EdDSA","kid":"o"})", "signature"},
    };
    for (const char *none : {"none", "None", "NONE", "nOnE"})
        rows.push_back({R"({"kid":"h","alg":")" + std::string(none) + "\"}", "algorithm"});
    for (const char *name : {"crit", "b64", "jwk", "jku", "x5u", "x5c"})
        for (const char *value : {"[]", "null", "true", R"(["b64"])", R"("https://example.com")"})
            rows.push_back({start + ",\"" + name + "\":" + value + "}", "unsupported_header"});
    for (const Row &row : rows)
        BOOST_TEST(said(with_header(row.header)) == row.verdict,
                   row.header << ": " << said(with_header(row.header)));
}

// A public key is known to everybody; as the secret of an HMAC it would open everything.
BOOST_AUTO_TEST_CASE(a_public_key_is_no_secret)
{
    const std::string x = token_maker::bytes(token_maker::es256_x),
                      y = token_maker::bytes(token_maker::es256_y),
                      ed = token_maker::bytes(token_maker::eddsa_x);
    for (const std::string &secret : {x, x + y, "\x04" + x + y, std::string(token_maker::es256_x),
                                      ed, std::string(token_maker::eddsa_x), std::string()})
        for (const char *kid : {"e", "o", "h"}) {
            const std::string text =
                encode(R"({"alg":"HS256","kid":")" + std::string(kid) + "\"}") + "." +
                encode(claims);
            BOOST_TEST(said(text + "." + encode(token_maker::hmac(secret, text))) ==
                       (*kid == 'h' ? "signature" : "algorithm"));
        }
}

BOOST_AUTO_TEST_CASE(shapes)
{
    for (const Algorithm algorithm : token_maker::algorithms) {
        const std::string token = good(algorithm);
        const std::size_t first = token.find('.'), second = token.find('.', first + 1);
        const std::string header = token.substr(0, first),
                          body = token.substr(first, second - first),
                          signature = token.substr(second + 1);
        for (const std::string &other :
             {header + body, header + body + ".", header + body + ".." + signature, token + ".",
              "." + token, header + "." + signature, body + "." + signature, std::string(),
              std::string("."), std::string(".."), std::string("..."), token + "=",
              token + "==", header + "=" + body + "." + signature, " " + token, token + " ",
              token + "\n", header + "\n" + body + "." + signature, "Bearer " + token, token + '\0',
              token.substr(0, first + 3) + " " + token.substr(first + 3), token + "." + signature,
              // JSON serialisation (RFC 7515 section 7.2)
              R"({"protected":")" + header + R"(","payload":")" + body.substr(1) +
                  R"(","signature":")" + signature + "\"}"})
            BOOST_TEST(said(other) == "malformed", other);
        BOOST_TEST(said(header + body + "." + signature.substr(4)) == "signature");
        BOOST_TEST(said(header + body + "." + signature + "AAAA") == "signature");
    }
}

// The last character of 32 and 64 bytes has 2 and 4 bits to spare: 3 and 15 more texts that a
// lenient decoder reads alike.
BOOST_AUTO_TEST_CASE(unused_bits)
{
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (const Algorithm algorithm : token_maker::algorithms) {
        const std::string token = good(algorithm);
        const std::size_t spare = algorithm == Algorithm::hs256 ? 4 : 16,
                          last = alphabet.find(token.back());
        BOOST_TEST(last % spare == 0U);
        for (std::size_t bits = 1; bits < spare; ++bits)
            BOOST_TEST(said(token.substr(0, token.size() - 1) + alphabet[last + bits]) ==
                       "malformed");
    }
}

// Parts of good tokens, put together anew.
BOOST_AUTO_TEST_CASE(swapped_parts)
{
    const std::string other = R"({"exp":1700003600,"sub":"ada","tenant_id":"beta"})";
    for (const Algorithm algorithm : token_maker::algorithms) {
        const std::string one = good(algorithm), two = good(algorithm, other);
        BOOST_TEST(said(one.substr(0, one.rfind('.')) + two.substr(two.rfind('.'))) == "signature");
        for (const Algorithm wrong : token_maker::algorithms)
            if (wrong != algorithm) {
                const std::string from = good(wrong);
                BOOST_TEST(said(from.substr(0, from.find('.')) + one.substr(one.find('.'))) ==
                           "signature");
            }
        // The boundary between header and claims is signed.
        std::string moved = one;
        moved.erase(one.find('.'), 1).insert(one.find('.') + 4, ".");
        BOOST_TEST(said(moved) == "malformed");
    }
}

BOOST_AUTO_TEST_CASE(sizes)
{
    // One more byte of claims is one or two of the token.
    const auto sized = [](Algorithm algorithm, std::size_t size) {
        for (const std::size_t header_padding : {0, 1, 2})
            for (std::size_t padding = 5600; padding < 6200; ++padding) {
                const std::string header =
                    token_maker::header(algorithm) + std::string(header_padding, ' ');
                const std::string text = claims + std::string(padding, ' ');
                const std::size_t signature = algorithm == Algorithm::hs256 ? 43 : 86;
                if (encode(header).size() + encode(text).size() + signature + 2 == size)
                    return token_maker::token(algorithm, header, text);
            }
        throw std::logic_error("no token has this size");
    };
    for (const Algorithm algorithm : token_maker::algorithms) {
        const std::string largest = sized(algorithm, 8192), too_large = sized(algorithm, 8193);
        BOOST_TEST(largest.size() == 8192U);
        BOOST_TEST(said(largest).starts_with("ok"));
        BOOST_TEST(too_large.size() == 8193U);
        BOOST_TEST(said(too_large) == "malformed");
    }
    const std::string header = token_maker::header(Algorithm::hs256);
    BOOST_TEST(said(with_header(header + std::string(512 - header.size(), ' '))) == "ok, h");
    BOOST_TEST(said(with_header(header + std::string(513 - header.size(), ' '))) == "malformed");
    BOOST_TEST(said(std::string(1'000'000, 'A')) == "malformed");
    BOOST_TEST(said(std::string(8192, '.')) == "malformed");
}

BOOST_AUTO_TEST_CASE(an_empty_ring_opens_nothing)
{
    const KeyRing none = parse_key_ring(R"({"keys":[]})");
    const Verdict verdict = verify_token(good(Algorithm::hs256), none, Expectation{});
    BOOST_TEST((std::get<Reason>(verdict) == Reason::unknown_key));
}

BOOST_AUTO_TEST_SUITE_END()
