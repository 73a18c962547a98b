// Tokens that another library made and judged: test/unit/data/token_vectors.json, made by
// test/tools/make_token_vectors.py with PyJWT 2.6.0 and cryptography 38.0.4 (Debian 12).
#include "core/token.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using Json = nlohmann::json;

namespace {

std::optional<std::string> text(const Json &claims, const char *name)
{
    if (!claims.contains(name))
        return {};
    const Json &value = claims.at(name);
    return value.is_string() ? value.get<std::string>() : value.dump();
}

void check_claims_read(const Claims &claims, const Json &given)
{
    BOOST_TEST((claims.tenant == text(given, "tenant_id")));
    BOOST_TEST((claims.subject == text(given, "sub")));
    BOOST_TEST((claims.jti == text(given, "jti")));
    BOOST_TEST(claims.expires_us == static_cast<std::int64_t>(given.at("exp").get<double>() * 1e6));
    BOOST_TEST(claims.issued_us == given.value("iat", std::int64_t{0}) * 1'000'000);
}

} // namespace

BOOST_AUTO_TEST_SUITE(token_vectors)

BOOST_AUTO_TEST_CASE(of_a_stock_library)
{
    std::ifstream in(TENANCY_TEST_DATA "/token_vectors.json");
    const Json file = Json::parse(in);
    const KeyRing ring = parse_key_ring(file.at("ring").dump());
    Expectation expected;
    expected.now_us = file.at("now").get<std::int64_t>() * 1'000'000;

    int good = 0, bad = 0;
    for (const Json &vector : file.at("tokens")) {
        BOOST_TEST_CONTEXT(vector.at("name").get<std::string>())
        {
            const std::string wanted = vector.at("verdict");
            const Verdict verdict =
                verify_token(vector.at("token").get_ref<const std::string &>(), ring, expected);
            const Claims *claims = std::get_if<Claims>(&verdict);
            BOOST_TEST((claims != nullptr ? "ok" : reason_name(std::get<Reason>(verdict))) ==
                       wanted);
            if (claims != nullptr) {
                BOOST_TEST(claims->kid == vector.at("kid").get<std::string>());
                check_claims_read(*claims, vector.at("claims"));
            }
            (claims != nullptr ? good : bad) += 1;
            // Where the two differ in what they ask for, we are the stricter.
            if (wanted != "malformed")
                BOOST_TEST(vector.at("stock_takes_signature").get<bool>() ==
                           (wanted != "signature"));
        }
    }
    BOOST_TEST(good == 24);
    BOOST_TEST(bad == 42);
}

BOOST_AUTO_TEST_SUITE_END()
