#include "core/signature.hpp"

#include "core/ed25519_point.hpp"

#include <cstring>
#include <new>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace tenancy::core {

namespace {

template <auto function>
struct Free {
    template <typename T>
    void operator()(T *object) const noexcept
    {
        function(object);
    }
};
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

// The process has other users of OpenSSL, who look at the error queue after their own calls.
class ErrorQueue {
  public:
    ErrorQueue() { ERR_set_mark(); }
    ErrorQueue(const ErrorQueue &) = delete;
    ErrorQueue &operator=(const ErrorQueue &) = delete;
    ~ErrorQueue() { ERR_pop_to_mark(); }
};

template <typename T>
T must(T object)
{
    if (!object)
        throw std::bad_alloc();
    return object;
}

const unsigned char *raw(std::string_view bytes) noexcept
{
    return reinterpret_cast<const unsigned char *>(bytes.data());
}

constexpr std::size_t coordinate_bytes = 32, signature_bytes = 64;

// r||s (RFC 7518 section 3.4) as the SEQUENCE of two INTEGER that OpenSSL reads; its length.
// Room for 2 + 2 * (2 + 33) bytes.
struct DerSignature {
    unsigned char bytes[72];
    std::size_t size;
};
DerSignature der_signature(std::string_view signature)
{
    const int half = static_cast<int>(signature.size() / 2);
    Number r = must(Number(BN_bin2bn(raw(signature), half, nullptr)));
    Number s = must(Number(BN_bin2bn(raw(signature) + half, half, nullptr)));
    const auto both = must(std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>(ECDSA_SIG_new()));
    must(ECDSA_SIG_set0(both.get(), r.get(), s.get()) == 1);
    (void)r.release();
    (void)s.release();
    DerSignature out{};
    unsigned char *end = out.bytes;
    const int size = i2d_ECDSA_SIG(both.get(), &end);
    must(size > 0);
    out.size = static_cast<std::size_t>(size);
    return out;
}

} // namespace

const char *algorithm_name(Algorithm algorithm) noexcept
{
    switch (algorithm) {
    case Algorithm::hs256:
        return "HS256";
    case Algorithm::es256:
        return "ES256";
    case Algorithm::eddsa:
        break;
    }
    return "EdDSA";
}

void VerifyingKey::FreeMac::operator()(EVP_MAC_CTX *mac) const noexcept
{
    EVP_MAC_CTX_free(mac); // wipes the key
}

void VerifyingKey::FreePublic::operator()(EVP_PKEY *key) const noexcept
{
    EVP_PKEY_free(key);
}

std::optional<VerifyingKey> VerifyingKey::hs256(std::string_view secret)
{
    if (secret.size() < min_hmac_key_bytes)
        return {};
    const ErrorQueue errors;
    const std::unique_ptr<EVP_MAC, Free<EVP_MAC_free>> hmac(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    if (!hmac)
        return {};
    VerifyingKey out(Algorithm::hs256);
    out.mac_.reset(must(EVP_MAC_CTX_new(hmac.get())));
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    if (EVP_MAC_init(out.mac_.get(), raw(secret), secret.size(), parameters) != 1)
        return {};
    return out;
}

std::optional<VerifyingKey> VerifyingKey::es256(std::string_view x, std::string_view y)
{
    if (x.size() != coordinate_bytes || y.size() != coordinate_bytes)
        return {};
    const ErrorQueue errors;
    unsigned char point[1 + 2 * coordinate_bytes] = {POINT_CONVERSION_UNCOMPRESSED};
    std::memcpy(point + 1, x.data(), x.size());
    std::memcpy(point + 1 + x.size(), y.data(), y.size());
    char group[] = "P-256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end()};

    using Context = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
    const Context maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY *key = nullptr;
    if (!maker || EVP_PKEY_fromdata_init(maker.get()) != 1 ||
        EVP_PKEY_fromdata(maker.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        return {};
    VerifyingKey out(Algorithm::es256);
    out.public_.reset(key);
    const Context checker = must(Context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr)));
    if (EVP_PKEY_public_check(checker.get()) != 1)
        return {};
    return out;
}

std::optional<VerifyingKey> VerifyingKey::eddsa(std::string_view x)
{
    const ErrorQueue errors;
    if (!is_ed25519_key(x))
        return {};
    VerifyingKey out(Algorithm::eddsa);
    out.public_.reset(
        EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, raw(x), x.size()));
    if (!out.public_)
        return {};
    return out;
}

bool VerifyingKey::verify(std::string_view message, std::string_view signature) const
{
    const ErrorQueue errors;
    return algorithm_ == Algorithm::hs256 ? verify_mac(message, signature)
                                          : verify_public(message, signature);
}

bool VerifyingKey::verify_mac(std::string_view message, std::string_view signature) const
{
    // A copy. EVP_MAC_init() without a key starts nothing anew before OpenSSL 3.0.3.
    const auto mac = must(std::unique_ptr<EVP_MAC_CTX, FreeMac>(EVP_MAC_CTX_dup(mac_.get())));
    unsigned char expected[32];
    std::size_t size = 0;
    return EVP_MAC_update(mac.get(), raw(message), message.size()) == 1 &&
           EVP_MAC_final(mac.get(), expected, &size, sizeof expected) == 1 &&
           size == sizeof expected && signature.size() == size &&
           CRYPTO_memcmp(expected, signature.data(), size) == 0;
}

bool VerifyingKey::verify_public(std::string_view message, std::string_view signature) const
{
    if (signature.size() != signature_bytes)
        return false;
    const bool ecdsa = algorithm_ == Algorithm::es256;
    const Digest digest = must(Digest(EVP_MD_CTX_new()));
    if (EVP_DigestVerifyInit_ex(digest.get(), nullptr, ecdsa ? "SHA256" : nullptr, nullptr, nullptr,
                                public_.get(), nullptr) != 1)
        return false;
    if (!ecdsa)
        return EVP_DigestVerify(digest.get(), raw(signature), signature.size(), raw(message),
                                message.size()) == 1;
    const DerSignature der = der_signature(signature);
    return EVP_DigestVerify(digest.get(), der.bytes, der.size, raw(message), message.size()) == 1;
}

} // namespace tenancy::core
