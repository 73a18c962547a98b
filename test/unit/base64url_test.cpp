// Strict base64url, by the examples of RFC 4648 and everything near them: core/base64url.hpp.
#include "core/base64url.hpp"

#include "token_maker.hpp"

#include <random>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(base64url)

BOOST_AUTO_TEST_CASE(decodes)
{
    struct Row {
        const char *text, *bytes;
    };
    // RFC 4648 section 10 without its padding; the alphabet of section 5.
    for (const Row &row :
         {Row{"", ""}, Row{"Zg", "f"}, Row{"Zm8", "fo"}, Row{"Zm9v", "foo"}, Row{"Zm9vYg", "foob"},
          Row{"Zm9vYmE", "fooba"}, Row{"Zm9vYmFy", "foobar"}, Row{"-_-_", "\xfb\xff\xbf"}})
        BOOST_TEST(decode_base64url(row.text).value() == row.bytes, row.text);
    BOOST_TEST(decode_base64url("AA").value() == std::string(1, '\0'));
}

BOOST_AUTO_TEST_CASE(refuses)
{
    for (const char *text : {"Zg==", "Zg=", "=", "Z", "Zm9vY", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v+",
                             "+/+/", "Zm.v", "Zh", "Zv", "Zm9", "Zm-", "\xc3\xbcm9v"})
        BOOST_TEST(!decode_base64url(text).has_value(), text);
    BOOST_TEST(!decode_base64url(std::string_view("Zm9\0", 4)).has_value());
}

// Of all texts of two characters, and three with an A in front, those decode that bytes encode to.
BOOST_AUTO_TEST_CASE(one_text_for_each)
{
    for (int c = 0; c < 256; ++c)
        for (int d = 0; d < 256; ++d)
            for (const std::string prefix : {"", "A"}) {
                const std::string text = prefix + static_cast<char>(c) + static_cast<char>(d);
                const auto bytes = decode_base64url(text);
                if (bytes && token_maker::encode(*bytes) != text)
                    BOOST_ERROR("decodes but is not canonical: " + text);
            }
}

BOOST_AUTO_TEST_CASE(there_and_back)
{
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 600; ++size) {
        std::string bytes(size, '\0');
        for (char &c : bytes)
            c = static_cast<char>(random());
        BOOST_REQUIRE(decode_base64url(token_maker::encode(bytes)).value() == bytes);
    }
}

BOOST_AUTO_TEST_SUITE_END()
