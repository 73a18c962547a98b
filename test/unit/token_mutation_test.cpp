// Tokens that were changed on the way: none is good but those that were made.
//
// TENANCY_MUTATIONS of them, 100,000 without it; the same ones every time, but for the ES256
// signatures.
#include "core/token.hpp"

#include "token_maker.hpp"

#include <cstdlib>
#include <random>
#include <set>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

using Texts = std::vector<std::string>;

Texts good_tokens()
{
    Texts out;
    for (const Algorithm algorithm : token_maker::algorithms)
        for (
            const char *members :
            {"", R"(,"tenant_id":"acme")", R"(,"tenant_id":42,"sub":"ada","jti":"1")",
             R"(,"tenant_id":"beta","iat":1700000000,"nbf":1700000000.5,"database":"","role":"")"}) {
            const std::string header = token_maker::header(algorithm),
                              claims = R"({"exp":1700003600)" + std::string(members) + "}";
            out.push_back(token_maker::token(algorithm, header, claims));
            out.push_back(token_maker::token(
                algorithm, header.substr(0, header.size() - 1) + R"(,"typ":"JWT"})", claims));
        }
    return out;
}

class Mutator {
  public:
    explicit Mutator(const Texts &good) : good_(good) {}

    std::string next()
    {
        std::string token = any();
        for (std::size_t changes = 1 + below(3); changes > 0 && !token.empty(); --changes)
            change(token);
        return token;
    }

  private:
    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }
    const std::string &any() { return good_[below(good_.size())]; }

    void change(std::string &token)
    {
        static constexpr char alphabet[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
        const std::size_t at = below(token.size());
        switch (below(8)) {
        case 0: // a bit
            token[at] = static_cast<char>(token[at] ^ 1 << below(8));
            break;
        case 1: // a character that means something
        case 2:
            token[at] = alphabet[below(sizeof alphabet - 1)];
            break;
        case 3: // the end
            token.resize(at);
            break;
        case 4: // a piece less
            token.erase(at, 1 + below(6));
            break;
        case 5: // a character more
            token.insert(at, 1, alphabet[below(sizeof alphabet - 1)]);
            break;
        case 6: { // begins as one, ends as another
            const std::string &other = any();
            token = token.substr(0, at) + other.substr(below(other.size()));
            break;
        }
        default: // parts of others
            swap_part(token, any());
        }
    }

    void swap_part(std::string &token, const std::string &other)
    {
        const std::size_t dot = token.find('.'), other_dot = other.find('.'),
                          last = token.rfind('.'), other_last = other.rfind('.');
        if (dot == last || dot == token.npos)
            return;
        const std::string header = token.substr(0, dot), body = token.substr(dot, last - dot);
        switch (below(3)) {
        case 0:
            token = other.substr(0, other_dot) + token.substr(dot);
            break;
        case 1:
            token = header + other.substr(other_dot, other_last - other_dot) + token.substr(last);
            break;
        default:
            token = header + body + other.substr(other_last);
        }
    }

    const Texts &good_;
    std::mt19937_64 random_{1};
};

} // namespace

BOOST_AUTO_TEST_SUITE(token_mutation)

BOOST_AUTO_TEST_CASE(only_what_was_made_is_accepted)
{
    const char *set = std::getenv("TENANCY_MUTATIONS");
    const long count = set == nullptr ? 100'000 : std::atol(set);
    BOOST_TEST_REQUIRE(count > 0);

    const KeyRing ring = parse_key_ring(token_maker::ring_text());
    Expectation expected;
    expected.now_us = 1'700'000'001'000'000;
    const auto accepted = [&](const std::string &token) {
        return std::holds_alternative<Claims>(verify_token(token, ring, expected));
    };
    const Texts good = good_tokens();
    const std::set<std::string> made(good.begin(), good.end());
    for (const std::string &token : good)
        BOOST_TEST(accepted(token), token);

    Mutator mutator(good);
    long changed = 0, wrong = 0;
    for (long i = 0; i < count; ++i) {
        const std::string token = mutator.next();
        const bool original = made.contains(token);
        changed += !original;
        if (accepted(token) != original && ++wrong < 10)
            BOOST_ERROR("judged wrongly: " + token);
    }
    BOOST_TEST(wrong == 0);
    BOOST_TEST(changed > count / 2);
}

BOOST_AUTO_TEST_SUITE_END()
