// TypeIDs, by the examples of the specification 0.3.0 and by its rule: core/typeid.hpp.
#include "core/typeid.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <random>
#include <regex>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

struct Valid {
    const char *name;
    const char *text;
    const char *prefix;
    const char *uuid;
};

// spec/valid.yml of the specification, all of it.
constexpr Valid valid[] = {
    {"nil", "00000000000000000000000000", "", "00000000-0000-0000-0000-000000000000"},
    {"one", "00000000000000000000000001", "", "00000000-0000-0000-0000-000000000001"},
    {"ten", "0000000000000000000000000a", "", "00000000-0000-0000-0000-00000000000a"},
    {"sixteen", "0000000000000000000000000g", "", "00000000-0000-0000-0000-000000000010"},
    {"thirty-two", "00000000000000000000000010", "", "00000000-0000-0000-0000-000000000020"},
    {"max-valid", "7zzzzzzzzzzzzzzzzzzzzzzzzz", "", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
    {"valid-alphabet", "prefix_0123456789abcdefghjkmnpqrs", "prefix",
     "0110c853-1d09-52d8-d73e-1194e95b5f19"},
    {"valid-uuidv7", "prefix_01h455vb4pex5vsknk084sn02q", "prefix",
     "01890a5d-ac96-774b-bcce-b302099a8057"},
    {"prefix-underscore", "pre_fix_00000000000000000000000000", "pre_fix",
     "00000000-0000-0000-0000-000000000000"},
};

struct Invalid {
    const char *name;
    const char *text;
};

// spec/invalid.yml of the specification, all of it.
constexpr Invalid invalid[] = {
    {"prefix-uppercase", "PREFIX_00000000000000000000000000"},
    {"prefix-numeric", "12345_00000000000000000000000000"},
    {"prefix-period", "pre.fix_00000000000000000000000000"},
    {"prefix-non-ascii", "pr\303\251fix_00000000000000000000000000"},
    {"prefix-spaces", "  prefix_00000000000000000000000000"},
    {"prefix-64-chars", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_"
                        "00000000000000000000000000"},
    {"separator-empty-prefix", "_00000000000000000000000000"},
    {"separator-empty", "_"},
    {"suffix-short", "prefix_1234567890123456789012345"},
    {"suffix-long", "prefix_123456789012345678901234567"},
    {"suffix-spaces", "prefix_1234567890123456789012345 "},
    {"suffix-uppercase", "prefix_0123456789ABCDEFGHJKMNPQRS"},
    {"suffix-hyphens", "prefix_123456789-123456789-123456"},
    {"suffix-wrong-alphabet", "prefix_ooooooiiiiiiuuuuuuulllllll"},
    {"suffix-ambiguous-crockford", "prefix_i23456789ol23456789oi23456"},
    {"suffix-hyphens-crockford", "prefix_123456789-0123456789-0123456"},
    {"suffix-overflow", "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz"},
    {"prefix-underscore-start", "_prefix_00000000000000000000000000"},
    {"prefix-underscore-end", "prefix__00000000000000000000000000"},
    {"empty", ""},
    {"prefix-empty", "prefix_"},
};

Uuid uuid_of(const char *text)
{
    Uuid id{};
    BOOST_TEST_REQUIRE(parse_uuid(text, id));
    return id;
}

bool decodes(std::string_view text)
{
    std::string_view prefix;
    Uuid id{};
    return decode_typeid(text, prefix, id);
}

std::string random_prefix(std::mt19937_64 &random)
{
    std::string prefix(random() % (max_typeid_prefix + 1), 'a');
    for (char &c : prefix)
        c = "abcdefghijklmnopqrstuvwxyz_"[random() % 27];
    if (!prefix.empty() && prefix.front() == '_')
        prefix.front() = 'x';
    if (!prefix.empty() && prefix.back() == '_')
        prefix.back() = 'x';
    return prefix;
}

Uuid random_uuid(std::mt19937_64 &random)
{
    Uuid id{};
    std::generate(id.begin(), id.end(), [&] { return static_cast<unsigned char>(random()); });
    return id;
}

} // namespace

// `typeid` is a word of C++.
BOOST_AUTO_TEST_SUITE(type_id)

BOOST_AUTO_TEST_CASE(valid_examples_both_ways)
{
    for (const Valid &example : valid)
        BOOST_TEST_CONTEXT(example.name)
        {
            std::string_view prefix = "untouched";
            Uuid id{};
            BOOST_TEST(decode_typeid(example.text, prefix, id));
            BOOST_TEST(prefix == example.prefix);
            BOOST_TEST(format_uuid(id) == example.uuid);
            BOOST_TEST(encode_typeid(example.prefix, uuid_of(example.uuid)) == example.text);
        }
}

BOOST_AUTO_TEST_CASE(invalid_examples)
{
    for (const Invalid &example : invalid)
        BOOST_TEST_CONTEXT(example.name)
        {
            const Uuid before = uuid_of("01890a5d-ac96-774b-bcce-b302099a8057");
            std::string_view prefix = "untouched";
            Uuid id = before;
            BOOST_TEST(!decode_typeid(example.text, prefix, id));
            BOOST_TEST(prefix == "untouched");
            BOOST_TEST((id == before));
        }
}

BOOST_AUTO_TEST_CASE(every_byte_at_every_place_of_the_suffix)
{
    const std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    const std::string good = "a_01h455vb4pex5vsknk084sn02q";
    std::string broken;
    for (std::size_t place = 2; place < good.size(); ++place)
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = good;
            text[place] = static_cast<char>(byte);
            const bool digit = alphabet.find(text[place]) != std::string_view::npos;
            const bool expected = digit && (place > 2 || text[place] <= '7');
            if (decodes(text) != expected)
                broken = "place " + std::to_string(place) + ", byte " + std::to_string(byte);
        }
    BOOST_TEST(broken == "");
}

BOOST_AUTO_TEST_CASE(prefixes)
{
    const std::string longest(63, 'a');
    for (const std::string &prefix : {std::string(), std::string("a"), std::string("order"),
                                      std::string("a_b"), std::string("my__type"), longest}) {
        BOOST_TEST(valid_typeid_prefix(prefix), prefix);
        BOOST_CHECK_NO_THROW(check_typeid_prefix(prefix));
    }
    for (const std::string &prefix :
         {std::string("_"), std::string("__"), std::string("_a"), std::string("a_"),
          std::string("A"), std::string("a1"), std::string("a-b"), std::string(" a"),
          std::string("a\0", 2), std::string("\xc3\xa9"), longest + 'a'}) {
        BOOST_TEST(!valid_typeid_prefix(prefix), prefix);
        BOOST_CHECK_THROW(check_typeid_prefix(prefix), Error);
        BOOST_CHECK_THROW(encode_typeid(prefix, Uuid{}), Error);
    }
}

BOOST_AUTO_TEST_CASE(a_bad_prefix_names_the_rule)
{
    const auto error_of = [](const std::string &prefix) {
        try {
            check_typeid_prefix(prefix);
        } catch (const Error &error) {
            return std::string(error.sqlstate()) + ' ' + error.what() + " / " + error.hint();
        }
        return std::string("accepted");
    };
    const std::string hint = " / Use at most 63 lower-case letters (a-z) and underscores, with no "
                             "underscore at either end.";
    BOOST_TEST(error_of("Order") == "22023 invalid TypeID prefix: \"Order\"" + hint);
    BOOST_TEST(error_of(std::string(64, 'a')) ==
               "22023 TypeID prefix is too long: 64 bytes" + hint);
}

BOOST_AUTO_TEST_CASE(random_values_survive_the_round_trip)
{
    std::mt19937_64 random(1);
    std::string broken;
    for (int i = 0; i < 100'000; ++i) {
        const std::string prefix = random_prefix(random);
        const Uuid id = random_uuid(random);
        const std::string text = encode_typeid(prefix, id);
        std::string_view prefix_back;
        Uuid back{};
        if (text.size() > max_typeid_size || !decode_typeid(text, prefix_back, back) ||
            prefix_back != prefix || back != id)
            broken = "no round trip: " + text;
    }
    BOOST_TEST(broken == "");
}

BOOST_AUTO_TEST_CASE(random_texts_sort_as_their_uuids)
{
    std::mt19937_64 random(2);
    std::string broken;
    for (int i = 0; i < 10'000; ++i) {
        const Uuid a = random_uuid(random);
        const Uuid b = random_uuid(random);
        if ((a < b) != (encode_typeid("t", a) < encode_typeid("t", b)))
            broken = format_uuid(a) + " and " + format_uuid(b);
    }
    BOOST_TEST(broken == "");
}

BOOST_AUTO_TEST_CASE(random_changes_are_judged_as_by_the_rule)
{
    // The specification's rule for the prefix, and the alphabet, as one expression.
    const std::regex rule("([a-z]([a-z_]{0,61}[a-z])?_)?[0-7][0-9a-hjkmnp-tv-z]{25}",
                          std::regex::optimize);
    const std::string letters = "a_z07A9ilou- ";
    std::mt19937_64 random(3);
    int accepted = 0;
    std::string broken;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = encode_typeid(random_prefix(random), random_uuid(random));
        for (std::uint64_t changes = random() % 3; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            const char letter = letters[random() % letters.size()];
            text.replace(at, random() % 2, random() % 2, letter);
        }
        const bool expected = std::regex_match(text, rule);
        accepted += expected ? 1 : 0;
        if (decodes(text) != expected)
            broken = "judged wrongly: " + text;
    }
    BOOST_TEST(broken == "");
    BOOST_TEST(accepted > 5'000);
    BOOST_TEST(accepted < 15'000);
}

BOOST_AUTO_TEST_SUITE_END()
