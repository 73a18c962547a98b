// Signatures of JWS (RFC 7518 section 3, RFC 8037), to verify, never to make: HS256, ES256, EdDSA
// with Ed25519. OpenSSL 3 does the work.
//
// A key belongs to one algorithm for ever; nothing that is verified can choose another. What can be
// done once is done when the key is made: an HS256 verification is two runs of SHA-256 and no key
// set-up. The bytes of an HMAC key are wiped when the VerifyingKey goes.
//
// verify() leaves nothing in OpenSSL's error queue. An ES256 signature can be turned into a second
// valid one by anybody; who remembers tokens remembers their jti, not their text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include <openssl/types.h>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

enum class Algorithm : std::uint8_t { hs256, es256, eddsa };

const char *algorithm_name(Algorithm algorithm) noexcept; // as in "alg"

inline constexpr std::size_t min_hmac_key_bytes = 32;

class VerifyingKey {
  public:
    // Nothing where the bytes are no such key: an HMAC key that is too short, coordinates that are
    // not 32 bytes each or no point of the curve, or an algorithm that this OpenSSL does not
    // provide.
    static std::optional<VerifyingKey> hs256(std::string_view secret);
    static std::optional<VerifyingKey> es256(std::string_view x, std::string_view y);
    static std::optional<VerifyingKey> eddsa(std::string_view x);

    Algorithm algorithm() const noexcept { return algorithm_; }
    // Throws std::bad_alloc only.
    bool verify(std::string_view message, std::string_view signature) const;

  private:
    struct FreeMac {
        void operator()(EVP_MAC_CTX *mac) const noexcept;
    };
    struct FreePublic {
        void operator()(EVP_PKEY *key) const noexcept;
    };
    explicit VerifyingKey(Algorithm algorithm) noexcept : algorithm_(algorithm) {}
    bool verify_mac(std::string_view message, std::string_view signature) const;
    bool verify_public(std::string_view message, std::string_view signature) const;

    Algorithm algorithm_;
    std::unique_ptr<EVP_MAC_CTX, FreeMac> mac_; // keyed, nothing hashed yet
    std::unique_ptr<EVP_PKEY, FreePublic> public_;
};

} // namespace tenancy::core
