// Key rings: what is taken, what is refused, and that no text quotes a key: core/key_ring.hpp.
#include "core/key_ring.hpp"

#include "core/error.hpp"

#include "token_maker.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

// The three keys of token_maker, to be changed.
const std::string oct = std::string(R"("kty":"oct","alg":"HS256","k":")") + token_maker::hs256_k +
                        '"',
                  ec = std::string(R"("kty":"EC","alg":"ES256","crv":"P-256","x":")") +
                       token_maker::es256_x + R"(","y":")" + token_maker::es256_y + '"',
                  okp = std::string(R"("kty":"OKP","alg":"EdDSA","crv":"Ed25519","x":")") +
                        token_maker::eddsa_x + '"';

std::string key(const std::string &kid, const std::string &members)
{
    return R"({"kid":")" + kid + "\"," + members + "}";
}

std::string ring(const std::string &keys)
{
    return R"({"keys":[)" + keys + "]}";
}

std::string replaced(std::string text, const std::string &what, const std::string &by)
{
    const std::size_t at = text.find(what);
    BOOST_REQUIRE(at != text.npos);
    return text.replace(at, what.size(), by);
}

// The detail of the refusal, "" if there is none.
std::string refusal(const std::string &text)
{
    try {
        parse_key_ring(text);
        return "";
    } catch (const Error &error) {
        BOOST_TEST(error.sqlstate() == std::string("22023"));
        BOOST_TEST(error.what() == std::string("invalid key ring"));
        for (const std::string &said : {error.detail(), error.hint()})
            for (const char *secret : {token_maker::hs256_k, token_maker::es256_x,
                                       token_maker::es256_d, token_maker::eddsa_x})
                BOOST_TEST(said.find(std::string(secret).substr(0, 6)) == std::string::npos);
        return error.detail();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_ring)

BOOST_AUTO_TEST_CASE(takes_three_kinds)
{
    const KeyRing keys = parse_key_ring(token_maker::ring_text());
    BOOST_TEST(keys.size() == 3U);
    for (const Algorithm algorithm : token_maker::algorithms) {
        const VerifyingKey *found = keys.find(token_maker::kid(algorithm));
        BOOST_REQUIRE(found != nullptr);
        BOOST_TEST((found->algorithm() == algorithm));
        BOOST_TEST(found->verify("message", token_maker::sign(algorithm, "message")));
    }
    for (const char *kid : {"", "H", "h ", "x", "he"})
        BOOST_TEST(keys.find(kid) == nullptr);
}

BOOST_AUTO_TEST_CASE(takes)
{
    for (const std::string &text : {
             ring(""),
             std::string(R"({"keys":[],"issuer":"x"})"),
             ring(key("a", oct + R"(,"use":"sig","key_ops":["sign","verify"],"more":{"a":[1]})")),
             ring(key("a", ec + R"(,"key_ops":["verify"],"x5c":["MII"])")),
             ring(key("a b~!", okp)),
             ring(key(std::string(128, 'k'), oct)),
             ring(key("a", oct) + "," + key("A", oct)),
         })
        BOOST_TEST(refusal(text) == "", text);
}

BOOST_AUTO_TEST_CASE(refuses_a_key)
{
    struct Row {
        std::string members, detail;
    };
    const std::string second = "Key 2 (\"k\"): ";
    for (const Row &row : {
             Row{R"("alg":"HS256")", R"(it needs a text "kty".)"},
             Row{R"("kty":1)", R"(it needs a text "kty".)"},
             Row{replaced(oct, "\"oct\"", "\"RSA\""),
                 R"(its kty is none of "oct", "EC" and "OKP".)"},
             Row{replaced(oct, "\"oct\"", "\"Oct\""),
                 R"(its kty is none of "oct", "EC" and "OKP".)"},
             Row{replaced(oct, "HS256", "HS512"), R"(a key of its kty needs "alg": "HS256".)"},
             Row{replaced(oct, "HS256", "none"), R"(a key of its kty needs "alg": "HS256".)"},
             Row{replaced(oct, "HS256", "ES256"), R"(a key of its kty needs "alg": "HS256".)"},
             Row{replaced(oct, R"("alg":"HS256",)", ""),
                 R"(a key of its kty needs "alg": "HS256".)"},
             Row{replaced(ec, "ES256", "HS256"), R"(a key of its kty needs "alg": "ES256".)"},
             Row{replaced(okp, "EdDSA", "ES256"), R"(a key of its kty needs "alg": "EdDSA".)"},
             Row{replaced(ec, "P-256", "P-384"), R"(its crv is not "P-256".)"},
             Row{replaced(ec, R"("crv":"P-256",)", ""), R"(it needs a text "crv".)"},
             Row{replaced(okp, "Ed25519", "X25519"), R"(its crv is not "Ed25519".)"},
             Row{R"("kty":"oct","alg":"HS256")", R"(it needs a text "k".)"},
             Row{R"("kty":"oct","alg":"HS256","k":"AAAA")", "its k has fewer than 32 bytes."},
             Row{R"("kty":"oct","alg":"HS256","k":"")", "its k has fewer than 32 bytes."},
             Row{oct.substr(0, oct.size() - 1) + "=\"", "its k is not base64url without padding."},
             Row{replaced(oct, "AyM1", "Ay+1"), "its k is not base64url without padding."},
             Row{replaced(ec, token_maker::es256_y, token_maker::es256_x),
                 "it is no point of its curve, or not one for keys."},
             Row{replaced(ec, R"("x":"f8)", R"("x":")"), "its x is not base64url without padding."},
             Row{replaced(ec, R"("x":"f83O)", R"("x":")"),
                 "it is no point of its curve, or not one for keys."},
             Row{replaced(okp, token_maker::eddsa_x, "AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                 "it is no point of its curve, or not one for keys."},
             Row{replaced(okp, token_maker::eddsa_x, "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                 "it is no point of its curve, or not one for keys."},
             Row{ec + R"(,"d":")" + token_maker::es256_d + '"', "it is a private key."},
             Row{okp + R"(,"d":null)", "it is a private key."},
             Row{oct + R"(,"use":"enc")", R"(its use is not "sig".)"},
             Row{ec + R"(,"use":["sig"])", R"(its use is not "sig".)"},
             Row{okp + R"(,"key_ops":["sign"])", R"(its key_ops lack "verify".)"},
             Row{oct + R"(,"key_ops":[])", R"(its key_ops lack "verify".)"},
             Row{oct + R"(,"key_ops":"verify")", R"(its key_ops lack "verify".)"},
             Row{oct + R"(,"key_ops":{"a":"verify"})", R"(its key_ops lack "verify".)"},
         })
        BOOST_TEST(refusal(ring(key("first", oct) + "," + key("k", row.members))) ==
                   second + row.detail);
}

BOOST_AUTO_TEST_CASE(refuses_names)
{
    const std::string kid = "Key 1: it needs a kid of 1 to 128 printable characters.";
    for (const std::string &name : {std::string(), std::string(129, 'k'), std::string("a\\n"),
                                    std::string("\xc3\xbc"), std::string("\\u0000")})
        BOOST_TEST(refusal(ring(key(name, oct))) == kid, name);
    BOOST_TEST(refusal(ring("{" + oct + "}")) == kid);
    BOOST_TEST(refusal(ring(R"({"kid":7,)" + oct + "}")) == kid);
    BOOST_TEST(refusal(ring("7")) == "Key 1: it is no object.");
    BOOST_TEST(refusal(ring(key("a", oct) + "," + key("b", okp) + "," + key("a", ec))) ==
               "Key 3 (\"a\"): its kid occurs twice.");
}

BOOST_AUTO_TEST_CASE(refuses_a_ring)
{
    const std::string no_keys = "It has no \"keys\", a list.";
    for (const char *text : {"{}", R"({"keys":{}})", R"({"keys":null})", R"({"Keys":[]})"})
        BOOST_TEST(refusal(text) == no_keys, text);
    BOOST_TEST(refusal("[]") == "It is not a JSON object.");
    BOOST_TEST(refusal("") == "It is not JSON. Look at byte 1.");
    BOOST_TEST(refusal(ring(key("a", oct)) + "x") ==
               "It is not JSON. Look at byte " + std::to_string(ring(key("a", oct)).size() + 1) +
                   ".");
    // The parser's own message would show the token it stands in, a key.
    BOOST_TEST(refusal(ring(key("a", oct.substr(0, oct.size() - 1) + "\n\"")))
                   .starts_with("It is not JSON. Look at byte "));
    BOOST_TEST(refusal(ring(key("a", oct + "," + oct))) ==
               "An object has two members of the same name.");
    BOOST_TEST(refusal(R"({"keys":[],"keys":[]})") ==
               "An object has two members of the same name.");
    BOOST_TEST(refusal(ring(std::string(10'000, '['))) == "It is nested too deeply.");
}

BOOST_AUTO_TEST_CASE(limits)
{
    std::string keys = key("0", oct);
    for (int i = 1; i < 64; ++i)
        keys += "," + key(std::to_string(i), i % 2 == 0 ? oct : okp);
    BOOST_TEST(parse_key_ring(ring(keys)).size() == 64U);
    BOOST_TEST(refusal(ring(keys + "," + key("64", oct))) == "It has more than 64 keys.");

    const std::string text = ring(key("a", oct));
    const std::string padding(max_ring_bytes - text.size(), ' ');
    BOOST_TEST(refusal(text + padding) == "");
    BOOST_TEST(refusal(text + padding + " ") == "It has more than 256 kB.");
}

BOOST_AUTO_TEST_CASE(moved_rings_verify)
{
    KeyRing keys = parse_key_ring(token_maker::ring_text());
    KeyRing other = std::move(keys);
    keys = parse_key_ring(ring(""));
    BOOST_TEST(keys.find("h") == nullptr);
    BOOST_TEST(other.find("h")->verify("m", token_maker::sign(Algorithm::hs256, "m")));
    other = parse_key_ring(ring(""));
    BOOST_TEST(other.find("h") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
