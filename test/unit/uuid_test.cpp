// Reading, writing and making uuids: core/uuid.hpp.
#include "core/uuid.hpp"

#include <algorithm>
#include <random>
#include <regex>
#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

constexpr char sample[] = "01890a5d-ac96-774b-bcce-b302099a8057";

bool parses(std::string_view text)
{
    Uuid id{};
    return parse_uuid(text, id);
}

std::string reformatted(std::string_view text)
{
    Uuid id{};
    return parse_uuid(text, id) ? format_uuid(id) : "(refused)";
}

Uuid random_uuid(std::mt19937_64 &random)
{
    Uuid id{};
    std::generate(id.begin(), id.end(), [&] { return static_cast<unsigned char>(random()); });
    return id;
}

} // namespace

BOOST_AUTO_TEST_SUITE(uuid)

BOOST_AUTO_TEST_CASE(parse_accepts_what_the_server_accepts)
{
    // The first five are the forms that the server's manual names for its type uuid.
    for (const char *text : {
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
             "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
             "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
             "a0eebc999c0b4ef8bb6d6bb9bd380a11",
             "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
             "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
             "{A0eeBC999c0b4ef8bb6d6bb9bd380a11}",
             "a0eebc999c0b4ef8bb6d6bb9bd38-0a11",
         })
        BOOST_TEST(reformatted(text) == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", text);
}

BOOST_AUTO_TEST_CASE(parse_refuses_everything_else)
{
    for (const char *text : {
             "",
             "{",
             "}",
             "{}",
             "-",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",     // a digit short
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",   // a digit long
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",   // hyphen at the end
             "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-}", //
             "-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",   // hyphen at the start
             "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",   // two hyphens
             "a0-eebc999c0b4ef8bb6d6bb9bd380a11",       // hyphen inside a group
             "a0eebc9-99c0b-4ef8-bb6d-6bb9bd380a11",    //
             "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",   // one brace
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",   //
             "{{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}}",
             " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", // no spaces
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ", //
             "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11} ",
             "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", // not a digit
             "0xeebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
             "+0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
             "a0eebc99_9c0b_4ef8_bb6d_6bb9bd380a11",
             "\3510eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
         })
        BOOST_TEST(!parses(text), text);

    const std::string with_nul = std::string(sample) + '\0';
    BOOST_TEST(!parses(with_nul));
    BOOST_TEST(!parses(std::string_view()));
}

BOOST_AUTO_TEST_CASE(every_byte_as_a_digit)
{
    const std::string_view digits = "0123456789abcdefABCDEF";
    std::string broken;
    for (int byte = 0; byte < 256; ++byte) {
        std::string text = sample;
        text[1] = static_cast<char>(byte);
        if (parses(text) != (digits.find(text[1]) != std::string_view::npos))
            broken = "byte " + std::to_string(byte);
    }
    BOOST_TEST(broken == "");
}

BOOST_AUTO_TEST_CASE(a_refused_text_leaves_the_result_alone)
{
    Uuid id{};
    BOOST_TEST_REQUIRE(parse_uuid(sample, id));
    BOOST_TEST(!parse_uuid("ffffffff-ffff-ffff-ffff-fffffffffffg", id));
    BOOST_TEST(format_uuid(id) == sample);
}

BOOST_AUTO_TEST_CASE(random_values_survive_the_round_trip)
{
    std::mt19937_64 random(1);
    std::string broken;
    for (int i = 0; i < 100'000; ++i) {
        const Uuid id = random_uuid(random);
        const std::string text = format_uuid(id);
        Uuid back{};
        if (text.size() != uuid_text_size || !parse_uuid(text, back) || back != id)
            broken = "no round trip: " + text;
    }
    BOOST_TEST(broken == "");
}

BOOST_AUTO_TEST_CASE(random_changes_are_judged_as_by_the_rule)
{
    // uuid_in's rule, written a second time.
    const std::string body = "([0-9a-fA-F]{4}-?){7}[0-9a-fA-F]{4}";
    const std::regex rule(body + "|\\{" + body + "\\}", std::regex::optimize);
    const std::string letters = "0aF-{}g_ ";
    std::mt19937_64 random(2);
    int accepted = 0;
    std::string broken;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = format_uuid(random_uuid(random));
        if (random() % 2 == 0)
            text.insert(0, 1, '{').push_back('}');
        for (std::uint64_t changes = random() % 3; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            const char letter = letters[random() % letters.size()];
            text.replace(at, random() % 2, random() % 2, letter);
        }
        const bool expected = std::regex_match(text, rule);
        accepted += expected ? 1 : 0;
        if (parses(text) != expected)
            broken = "judged wrongly: " + text;
    }
    BOOST_TEST(broken == "");
    BOOST_TEST(accepted > 5'000);
    BOOST_TEST(accepted < 15'000);
}

BOOST_AUTO_TEST_CASE(version_7_has_the_layout_of_the_rfc)
{
    // RFC 9562, appendix A.6: 2022-02-22 14:22:22 GMT-05:00, rand_a cc3, rand_b 18c4dc0c0c07398f.
    const unsigned char bits[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    BOOST_TEST(format_uuid(make_uuid_v7(0x017f22e279b0, bits)) ==
               "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    const unsigned char zeros[10] = {};
    BOOST_TEST(format_uuid(make_uuid_v7(0, zeros)) == "00000000-0000-7000-8000-000000000000");
    unsigned char ones[10];
    std::fill(std::begin(ones), std::end(ones), static_cast<unsigned char>(0xff));
    BOOST_TEST(format_uuid(make_uuid_v7(~std::uint64_t{0}, ones)) ==
               "ffffffff-ffff-7fff-bfff-ffffffffffff");
}

BOOST_AUTO_TEST_CASE(the_fraction_of_the_millisecond_follows_the_version)
{
    const unsigned char zeros[8] = {};
    const std::uint64_t start = 0x017f22e279b0ULL * 1'000'000;
    const auto at = [&](std::uint64_t ns) {
        V7Clock clock{};
        return format_uuid(next_uuid_v7(start + ns, zeros, clock));
    };
    BOOST_TEST(at(0) == "017f22e2-79b0-7000-8000-000000000000");
    BOOST_TEST(at(244) == "017f22e2-79b0-7000-8000-000000000000");
    BOOST_TEST(at(245) == "017f22e2-79b0-7001-8000-000000000000");
    BOOST_TEST(at(500'000) == "017f22e2-79b0-7800-8000-000000000000");
    BOOST_TEST(at(999'999) == "017f22e2-79b0-7fff-8000-000000000000");
    BOOST_TEST(at(1'000'000) == "017f22e2-79b1-7000-8000-000000000000");
}

BOOST_AUTO_TEST_CASE(a_clock_that_stands_or_goes_back_does_not_break_the_order)
{
    V7Clock clock{};
    unsigned char bits[8];
    std::fill(std::begin(bits), std::end(bits), static_cast<unsigned char>(0xff));
    const std::uint64_t now = 0x017f22e279b0ULL * 1'000'000 + 999'999;
    BOOST_TEST(format_uuid(next_uuid_v7(now, bits, clock)) ==
               "017f22e2-79b0-7fff-bfff-ffffffffffff");
    // Stands: the step is carried into the milliseconds.
    BOOST_TEST(format_uuid(next_uuid_v7(now, bits, clock)) ==
               "017f22e2-79b1-7000-bfff-ffffffffffff");
    // Back by an hour, and to its start.
    BOOST_TEST(format_uuid(next_uuid_v7(now - 3'600'000'000'000, bits, clock)) ==
               "017f22e2-79b1-7001-bfff-ffffffffffff");
    BOOST_TEST(format_uuid(next_uuid_v7(0, bits, clock)) == "017f22e2-79b1-7002-bfff-ffffffffffff");
    // Forward again: the wall clock is followed.
    BOOST_TEST(format_uuid(next_uuid_v7(now + 10'000'000, bits, clock)) ==
               "017f22e2-79ba-7fff-bfff-ffffffffffff");
}

BOOST_AUTO_TEST_CASE(a_jumping_clock_never_breaks_the_order)
{
    std::mt19937_64 random(3);
    V7Clock clock{};
    Uuid previous{};
    std::uint64_t now = 1'700'000'000'000'000'000;
    std::string broken;
    for (int i = 0; i < 100'000; ++i) {
        now = now - 2'000 + random() % 5'000;
        unsigned char bits[8];
        std::generate(std::begin(bits), std::end(bits),
                      [&] { return static_cast<unsigned char>(random()); });
        const Uuid id = next_uuid_v7(now, bits, clock);
        if (id <= previous || id[6] >> 4 != 7 || id[8] >> 6 != 2)
            broken = format_uuid(id) + " after " + format_uuid(previous);
        previous = id;
    }
    BOOST_TEST(broken == "");
}

BOOST_AUTO_TEST_SUITE_END()
