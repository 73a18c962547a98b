// Every colour of text can be read on its ground, in light and in dark: 4.5:1 (WCAG AA).
#include "core/report_parts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>

using namespace tenancy::core;

namespace {

double luminance(const std::string &hex)
{
    const auto part = [&hex](std::size_t at) {
        const double value = static_cast<double>(std::stoi(hex.substr(at, 2), nullptr, 16)) / 255;
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4);
}

double contrast(const std::string &a, const std::string &b)
{
    const double first = luminance(a), second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

// The value of a colour in the block that begins at `from`.
std::string colour(const std::string &style, std::size_t from, const std::string &name)
{
    const std::size_t at = style.find("--" + name + ":#", from);
    BOOST_REQUIRE(at != std::string::npos);
    return style.substr(at + name.size() + 4, 6);
}

} // namespace

BOOST_AUTO_TEST_SUITE(report_style_)

BOOST_AUTO_TEST_CASE(colours_can_be_read)
{
    const std::string style = report_style;
    for (const std::size_t block : {style.find(":root{"), style.find("prefers-color-scheme:dark")}) {
        BOOST_REQUIRE(block != std::string::npos);
        for (const char *ground : {"ground", "raised"})
            for (const char *text : {"text", "dim", "link", "ok", "warning", "error", "info"})
                BOOST_TEST(contrast(colour(style, block, text), colour(style, block, ground)) >= 4.5, text << " on " << ground);
        BOOST_TEST(contrast(colour(style, block, "bar"), colour(style, block, "raised")) >= 3);
    }
}

BOOST_AUTO_TEST_CASE(it_loads_nothing)
{
    const std::string style = report_style;
    for (const char *part : {"url(", "@import", "@font-face", "<", "http"})
        BOOST_TEST(style.find(part) == std::string::npos, part);
    for (const char byte : style)
        BOOST_REQUIRE(static_cast<unsigned char>(byte) < 0x7f);
}

BOOST_AUTO_TEST_SUITE_END()
