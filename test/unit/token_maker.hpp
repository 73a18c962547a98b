// Makes what src/core only verifies: tokens, by OpenSSL. For tests and fuzz targets.
//
// Keys of the examples in the RFCs, private halves included: hs256 and es256 of RFC 7515 A.1 and
// A.3, eddsa of RFC 8037 A.1. kid of each in the ring: "h", "e", "o".
#pragma once

#include "core/base64url.hpp"
#include "core/signature.hpp"

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace token_maker {

using tenancy::core::Algorithm;

inline constexpr Algorithm algorithms[] = {Algorithm::hs256, Algorithm::es256, Algorithm::eddsa};

inline constexpr char hs256_k[] = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"
                                  "PS4hcgUuTwjAzZr1Z9CAow",
                      es256_x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                      es256_y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                      es256_d[] = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
                      eddsa_x[] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                      eddsa_d[] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

inline std::string ring_text()
{
    return std::string(R"({"keys":[{"kid":"h","kty":"oct","alg":"HS256","k":")") + hs256_k +
           R"("},{"kid":"e","kty":"EC","alg":"ES256","crv":"P-256","x":")" + es256_x +
           R"(","y":")" + es256_y +
           R"("},{"kid":"o","kty":"OKP","alg":"EdDSA","crv":"Ed25519","x":")" + eddsa_x + R"("}]})";
}

inline const char *kid(Algorithm algorithm)
{
    return algorithm == Algorithm::hs256 ? "h" : algorithm == Algorithm::es256 ? "e" : "o";
}

inline void must(bool done)
{
    if (!done)
        throw std::runtime_error("OpenSSL cannot make a token");
}

inline std::string bytes(const char *base64url)
{
    return tenancy::core::decode_base64url(base64url).value();
}

inline const unsigned char *raw(std::string_view text)
{
    return reinterpret_cast<const unsigned char *>(text.data());
}

inline std::string encode(std::string_view plain)
{
    std::string out(plain.size() / 3 * 4 + 5, '\0');
    out.resize(
        static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char *>(out.data()),
                                                 raw(plain), static_cast<int>(plain.size()))));
    while (!out.empty() && out.back() == '=')
        out.pop_back();
    for (char &c : out)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
}

inline std::string hmac(std::string_view key, std::string_view message)
{
    std::string out(32, '\0');
    std::size_t size = 0;
    must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                   raw(message), message.size(), reinterpret_cast<unsigned char *>(out.data()),
                   out.size(), &size) != nullptr);
    return out;
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

inline Key es256_private()
{
    const std::string d = bytes(es256_d), point = "\x04" + bytes(es256_x) + bytes(es256_y);
    std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_bin2bn(raw(d), 32, nullptr), BN_free);
    std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(),
                                                                          OSSL_PARAM_BLD_free);
    must(OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1);
    must(OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                          point.size()) == 1);
    must(OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1);
    std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(
        OSSL_PARAM_BLD_to_param(build.get()), OSSL_PARAM_free);
    std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> maker(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY *key = nullptr;
    must(EVP_PKEY_fromdata_init(maker.get()) == 1 &&
         EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1);
    return {key, EVP_PKEY_free};
}

inline std::string digest_sign(EVP_PKEY *key, const char *digest, std::string_view message)
{
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                    EVP_MD_CTX_free);
    unsigned char out[80];
    std::size_t size = sizeof out;
    must(EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) ==
             1 &&
         EVP_DigestSign(context.get(), out, &size, raw(message), message.size()) == 1);
    return {reinterpret_cast<char *>(out), size};
}

inline std::string r_and_s(std::string_view der)
{
    const unsigned char *at = raw(der);
    std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
    unsigned char out[64];
    must(both && BN_bn2binpad(ECDSA_SIG_get0_r(both.get()), out, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(both.get()), out + 32, 32) == 32);
    return {reinterpret_cast<char *>(out), sizeof out};
}

inline std::string sign(Algorithm algorithm, std::string_view message)
{
    if (algorithm == Algorithm::hs256)
        return hmac(bytes(hs256_k), message);
    if (algorithm == Algorithm::es256) {
        static const Key key = es256_private();
        return r_and_s(digest_sign(key.get(), "SHA256", message));
    }
    static const Key key(
        EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, raw(bytes(eddsa_d)), 32),
        EVP_PKEY_free);
    return digest_sign(key.get(), nullptr, message);
}

inline std::string header(Algorithm algorithm)
{
    return std::string(R"({"alg":")") + algorithm_name(algorithm) + R"(","kid":")" +
           kid(algorithm) + R"("})";
}

// Signed with the algorithm's key, whatever the header says.
inline std::string token(Algorithm algorithm, std::string_view header, std::string_view claims)
{
    const std::string text = encode(header) + "." + encode(claims);
    return text + "." + encode(sign(algorithm, text));
}

} // namespace token_maker
