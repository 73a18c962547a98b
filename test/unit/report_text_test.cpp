// Escaping: what strangers wrote is text, in ASCII, and nothing in it is hidden.
#include "core/report_text.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

using namespace tenancy::core;

namespace {

bool harmless(const std::string &html, bool lines)
{
    for (const char byte : html)
        if (byte == '<' || byte == '>' || byte == '"' || byte == '\'' || static_cast<unsigned char>(byte) > 0x7e || (static_cast<unsigned char>(byte) < 0x20 && !(lines && (byte == '\n' || byte == '\t'))))
            return false;
    return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_text)

BOOST_AUTO_TEST_CASE(markup_is_text)
{
    BOOST_TEST(html_text("<script>alert(\"1\")</script> & 'x'") == "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;");
    BOOST_TEST(html_text("&lt;") == "&amp;lt;");
    BOOST_TEST(html_text("") == "");
    BOOST_TEST(html_text("shop.orders") == "shop.orders");
}

BOOST_AUTO_TEST_CASE(other_letters_are_references)
{
    BOOST_TEST(html_text("\xc3\xa4") == "&#xE4;");
    BOOST_TEST(html_text("\xe6\x97\xa5") == "&#x65E5;");
    BOOST_TEST(html_text("\xf0\x9f\x98\x80") == "&#x1F600;");
    BOOST_TEST(html_text("\xd7\xa9") == "&#x5E9;"); // letters that run from right to left stay letters
}

BOOST_AUTO_TEST_CASE(what_is_not_seen_becomes_visible)
{
    BOOST_TEST(html_text("a\xe2\x80\xae" "b") == "a[U+202E]b");
    BOOST_TEST(html_text("\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\xc2\xad\xd8\x9c") == "[U+2066][U+200B][U+FEFF][U+00AD][U+061C]");
    BOOST_TEST(html_text("\n\r\t\x1b\x7f") == "[U+000A][U+000D][U+0009][U+001B][U+007F]");
    BOOST_TEST(html_text(std::string_view("a\0b", 3)) == "a[U+0000]b");
    BOOST_TEST(html_text("\xc2\x80\xc2\x9f") == "[U+0080][U+009F]"); // references to these would mean others
    BOOST_TEST(html_text("\xf3\xa0\x81\x81") == "[U+E0041]");
    BOOST_TEST(html_text("\xef\xbf\xbf\xf0\x9f\xbf\xbe") == "[U+FFFF][U+1FFFE]");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_replaced)
{
    const std::string bad = "&#xFFFD;";
    BOOST_TEST(html_text("\xff") == bad);
    BOOST_TEST(html_text("a\xe2\x82") == "a" + bad + bad);             // cut off
    BOOST_TEST(html_text("\xc0\xbc") == bad + bad);                     // overlong <
    BOOST_TEST(html_text("\xe0\x80\xbc") == bad + bad + bad);           // and longer
    BOOST_TEST(html_text("\xed\xa0\x80") == bad + bad + bad);           // a surrogate
    BOOST_TEST(html_text("\xf4\x90\x80\x80") == bad + bad + bad + bad); // past the last character
    BOOST_TEST(html_text("\xe2<b>") == bad + "&lt;b&gt;");              // swallows nothing
    BOOST_TEST(valid_utf8("a\xff") == "a\xef\xbf\xbd");
    BOOST_TEST(valid_utf8("\xf0\x9f\x98\x80 \xc3\xa4") == "\xf0\x9f\x98\x80 \xc3\xa4");
}

BOOST_AUTO_TEST_CASE(lines_stay_lines)
{
    BOOST_TEST(html_lines("a\n\tb\r</pre>") == "a\n\tb[U+000D]&lt;/pre&gt;");
    BOOST_TEST(html_lines("\na") == "\n\na"); // a parser drops the first
}

BOOST_AUTO_TEST_CASE(long_names_are_cut_between_characters)
{
    BOOST_TEST(cut_to("abc", 3) == "abc");
    BOOST_TEST(cut_to("abcd", 3) == "ab\xe2\x80\xa6");
    BOOST_TEST(cut_to("\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 3) == "\xc3\xa4\xc3\xa4\xe2\x80\xa6");
    BOOST_TEST(cut_to("", 3) == "");
}

BOOST_AUTO_TEST_CASE(random_bytes_are_harmless)
{
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        std::string bytes(random() % 24, ' ');
        for (char &byte : bytes)
            byte = static_cast<char>(random() % 3 == 0 ? "<>&\"'\n/"[random() % 7] : static_cast<int>(random() % 256));
        BOOST_REQUIRE(harmless(html_text(bytes), false));
        BOOST_REQUIRE(harmless(html_lines(bytes), true));
        BOOST_REQUIRE(valid_utf8(valid_utf8(bytes)) == valid_utf8(bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()
