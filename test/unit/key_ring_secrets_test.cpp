// The bytes of a secret are in memory as long as its ring and no longer: core/key_ring.hpp.
#include "core/key_ring.hpp"

#include "core/error.hpp"

#include "token_maker.hpp"

#include <openssl/crypto.h>

#include <cstdint>
#include <fstream>
#include <random>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__) // a sanitizer's heap is elsewhere
namespace {

// Whether heap or stack contain the bytes. They are given with every one changed (^ 0x5a), so as
// not to be found where they are given.
bool in_memory(const std::vector<unsigned char> &masked)
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (!line.ends_with("[heap]") && !line.ends_with("[stack]"))
            continue;
        std::size_t dash = 0;
        const std::uintptr_t start = std::stoull(line, &dash, 16);
        const std::uintptr_t end = std::stoull(line.substr(dash + 1), nullptr, 16);
        for (std::uintptr_t at = start; at + masked.size() <= end; ++at) {
            const auto *here = reinterpret_cast<const volatile unsigned char *>(at);
            std::size_t same = 0;
            while (same < masked.size() && (here[same] ^ 0x5a) == masked[same])
                ++same;
            if (same == masked.size())
                return true;
        }
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_ring_secrets)

BOOST_AUTO_TEST_CASE(secrets_are_wiped)
{
    std::mt19937 random(7);
    std::vector<unsigned char> masked(48);
    std::string secret(masked.size(), '\0');
    for (std::size_t i = 0; i < masked.size(); ++i) {
        masked[i] = static_cast<unsigned char>(random());
        secret[i] = static_cast<char>(masked[i] ^ 0x5a);
    }
    const std::string start = R"({"keys":[{"kid":"a","kty":"oct","alg":"HS256","k":")" +
                              token_maker::encode(secret) + "\"",
                      text = start + "}]}", refused = start + R"(},{"kid":"b"}]})";
    OPENSSL_cleanse(secret.data(), secret.size());
    BOOST_TEST(!in_memory(masked));
    {
        const KeyRing keys = parse_key_ring(text);
        BOOST_TEST(!keys.find("a")->verify("message", std::string(32, '\0')));
        BOOST_TEST(in_memory(masked)); // or the test looks in the wrong place
    }
    BOOST_TEST(!in_memory(masked));
    BOOST_CHECK_THROW(parse_key_ring(refused), Error);
    BOOST_TEST(!in_memory(masked));
}

BOOST_AUTO_TEST_SUITE_END()
#endif
