// Signatures, by the examples of RFC 7515 and RFC 8037: core/signature.hpp.
#include "core/signature.hpp"

#include "core/base64url.hpp"

#include "token_maker.hpp"

#include <openssl/err.h>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using token_maker::bytes;

namespace {

VerifyingKey key_of(Algorithm algorithm)
{
    switch (algorithm) {
    case Algorithm::hs256:
        return VerifyingKey::hs256(bytes(token_maker::hs256_k)).value();
    case Algorithm::es256:
        return VerifyingKey::es256(bytes(token_maker::es256_x), bytes(token_maker::es256_y))
            .value();
    case Algorithm::eddsa:
        break;
    }
    return VerifyingKey::eddsa(bytes(token_maker::eddsa_x)).value();
}

struct Example {
    Algorithm algorithm;
    const char *message, *signature;
};

constexpr Example examples[] = {
    // RFC 7515 appendix A.1, A.3; RFC 8037 appendix A.4
    {Algorithm::hs256,
     "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0"
     "dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
    {Algorithm::es256,
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNv"
     "bS9pc19yb290Ijp0cnVlfQ",
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    {Algorithm::eddsa, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(signature)

BOOST_AUTO_TEST_CASE(examples_of_the_rfcs)
{
    for (const Example &example : examples) {
        const VerifyingKey key = key_of(example.algorithm);
        const std::string signature = bytes(example.signature);
        for (int again = 0; again < 3; ++again) // the prepared key is not used up
            BOOST_TEST(key.verify(example.message, signature), example.message);
        BOOST_TEST(!key.verify(std::string(example.message) + "A", signature));
        BOOST_TEST(key.verify(example.message, signature));
    }
}

BOOST_AUTO_TEST_CASE(every_bit_counts)
{
    for (const Example &example : examples) {
        const VerifyingKey key = key_of(example.algorithm);
        std::string signature = bytes(example.signature);
        int accepted = 0;
        for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
            const auto flip = [&] {
                signature[bit / 8] = static_cast<char>(signature[bit / 8] ^ 1 << bit % 8);
            };
            flip();
            accepted += key.verify(example.message, signature);
            flip();
        }
        for (std::size_t size = 0; size < signature.size(); ++size)
            accepted += key.verify(example.message, signature.substr(0, size));
        accepted += key.verify(example.message, signature + '\0');
        accepted += key.verify(example.message, signature + signature);
        BOOST_TEST(accepted == 0, algorithm_name(example.algorithm));
    }
}

// No key takes the signature of another algorithm, nor trivial ones.
BOOST_AUTO_TEST_CASE(algorithms_do_not_mix)
{
    const std::string n = bytes("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE"); // order of P-256
    const std::string zero(32, '\0'), one = std::string(31, '\0') + '\1', all(32, '\xff');
    for (const Algorithm algorithm : token_maker::algorithms) {
        const VerifyingKey key = key_of(algorithm);
        BOOST_TEST((key.algorithm() == algorithm));
        for (const Example &example : examples)
            BOOST_TEST(key.verify(example.message, bytes(example.signature)) ==
                       (example.algorithm == algorithm));
        for (const std::string &r : {zero, one, n, all})
            for (const std::string &s : {zero, one, n, all})
                BOOST_TEST(!key.verify("message", r + s));
        BOOST_TEST(!key.verify("message", zero));
        BOOST_TEST(!key.verify("", ""));
    }
}

// DER is what OpenSSL reads and JWS does not allow.
BOOST_AUTO_TEST_CASE(no_der)
{
    const auto key = token_maker::es256_private();
    const std::string der = token_maker::digest_sign(key.get(), "SHA256", "message");
    BOOST_TEST(!key_of(Algorithm::es256).verify("message", der));
    BOOST_TEST(key_of(Algorithm::es256).verify("message", token_maker::r_and_s(der)));
}

// S plus the order of the group is the same number and another text.
BOOST_AUTO_TEST_CASE(eddsa_has_one_text)
{
    std::string signature = bytes(examples[2].signature);
    const std::string order = bytes("7dP1XBpjEljWnPei3vneFAAAAAAAAAAAAAAAAAAAABA");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry +=
            static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]);
        signature[32 + i] = static_cast<char>(carry);
        carry >>= 8;
    }
    BOOST_TEST(!key_of(Algorithm::eddsa).verify(examples[2].message, signature));
}

BOOST_AUTO_TEST_CASE(what_is_no_key)
{
    const std::string x = bytes(token_maker::es256_x), y = bytes(token_maker::es256_y);
    BOOST_TEST(!VerifyingKey::hs256(std::string(31, 'k')).has_value());
    BOOST_TEST(VerifyingKey::hs256(std::string(32, 'k')).has_value());
    BOOST_TEST(VerifyingKey::hs256(std::string(4096, 'k')).has_value());
    BOOST_TEST(!VerifyingKey::es256(y, x).has_value());
    BOOST_TEST(!VerifyingKey::es256(x, x).has_value());
    BOOST_TEST(!VerifyingKey::es256(std::string(32, '\0'), std::string(32, '\0')).has_value());
    BOOST_TEST(!VerifyingKey::es256(std::string(32, '\xff'), y).has_value());
    BOOST_TEST(!VerifyingKey::es256(x, y.substr(1)).has_value());
    BOOST_TEST(!VerifyingKey::es256(x + y, "").has_value());
    BOOST_TEST(!VerifyingKey::eddsa(x + y).has_value());
    BOOST_TEST(!VerifyingKey::eddsa(std::string(32, '\0')).has_value());
    BOOST_TEST(!VerifyingKey::eddsa("\2" + std::string(31, '\0')).has_value());
}

// Whoever uses OpenSSL in the same process finds their own errors in its queue and no others.
BOOST_AUTO_TEST_CASE(leaves_no_errors)
{
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 7);
    for (const Algorithm algorithm : token_maker::algorithms) {
        BOOST_TEST(!key_of(algorithm).verify("message", std::string(64, '\0')));
        BOOST_TEST(!key_of(algorithm).verify("message", std::string(64, '\xff')));
    }
    BOOST_TEST(!VerifyingKey::es256(std::string(32, 'x'), std::string(32, 'y')).has_value());
    BOOST_TEST(!VerifyingKey::eddsa("\2" + std::string(31, '\0')).has_value());
    BOOST_TEST(ERR_GET_REASON(ERR_get_error()) == 7);
    BOOST_TEST(ERR_get_error() == 0U);
}

BOOST_AUTO_TEST_CASE(moved_keys_verify)
{
    for (const Example &example : examples) {
        VerifyingKey key = key_of(example.algorithm);
        const VerifyingKey other = std::move(key);
        BOOST_TEST(other.verify(example.message, bytes(example.signature)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
