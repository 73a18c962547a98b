// Fuzz target of core/key_ring: a text is a ring, whose keys can be used, or an error that says
// why.
//
// Input: the text.
#include "core/key_ring.hpp"

#include "core/error.hpp"
#include "core/strict_json.hpp"

#include "fuzz.hpp"

using namespace tenancy::core;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    try {
        const KeyRing ring = parse_key_ring(text);
        JsonProblem problem;
        const auto set = parse_json_object(text, problem);
        require(set && set->at("keys").size() == ring.size(), "every key is taken");
        require(ring.size() <= max_ring_keys, "a ring is small");
        for (const auto &key : set->at("keys")) {
            const VerifyingKey *found = ring.find(key.at("kid").get<std::string>());
            require(found != nullptr, "a key is found by its id");
            require(key.at("alg") == algorithm_name(found->algorithm()),
                    "a key is for the algorithm it names");
            require(!found->verify("message", std::string(32, '\0')) &&
                        !found->verify("message", std::string(64, '\0')),
                    "zeros are no signature");
        }
    } catch (const Error &error) {
        require(error.sqlstate() == std::string_view("22023"), "a refused ring is 22023");
        require(!error.detail().empty(), "a refusal says why");
        for (const char c : error.detail())
            require(c >= 0x20 && c < 0x7f, "a refusal is plain text");
    }
    return 0;
}
