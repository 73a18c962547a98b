// The keys of whom this server believes, from a JWK Set (RFC 7517).
//
//   {"keys": [{"kid": "2026-01", "kty": "oct", "alg": "HS256", "k": "..."},
//             {"kid": "web", "kty": "EC", "crv": "P-256", "alg": "ES256", "x": "...", "y": "..."},
//             {"kid": "ops", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": "..."}]}
//
// kid (1 to 128 printable ASCII characters, once in the ring) and alg are required. The ring is
// taken whole or not at all: one key that is not as above is an error, and so is one that is not
// for verifying ("use", "key_ops"), and the private half of a pair, which has no business on a
// server that verifies: whoever reads it there could make tokens. Other members mean nothing. No
// keys at all is a ring too; it opens nothing.
//
// Error 22023; its texts name a key by position and kid and quote nothing else. Secrets are wiped
// from what is made of the text; not wiped are the parser's own buffers and the text, which is the
// caller's.
#pragma once

#include "core/signature.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

inline constexpr std::size_t max_ring_bytes = 256 * 1024, max_ring_keys = 64, max_kid_bytes = 128;

// Moved, never copied.
class KeyRing {
  public:
    // nullptr where no key has this id. Lives as long as the ring stays where it is.
    const VerifyingKey *find(std::string_view kid) const noexcept;
    // false where the kid is taken.
    bool add(std::string kid, VerifyingKey key);
    std::vector<std::string> ids() const;
    std::size_t size() const noexcept { return keys_.size(); }

  private:
    std::vector<std::pair<std::string, VerifyingKey>> keys_;
};

KeyRing parse_key_ring(std::string_view text);

} // namespace tenancy::core
