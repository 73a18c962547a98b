// What the sections share: numbers, names, commands, tables, bars.
#include "core/report_parts.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

BOOST_AUTO_TEST_SUITE(report_parts)

BOOST_AUTO_TEST_CASE(numbers)
{
    BOOST_TEST(html_number(0) == "0");
    BOOST_TEST(html_number(999) == "999");
    BOOST_TEST(html_number(1234567) == "1&#x202F;234&#x202F;567");
    BOOST_TEST(has(html_number(-1), "not known"));
}

BOOST_AUTO_TEST_CASE(names)
{
    BOOST_TEST(html_name("<b>") == "<bdi class=\"c\">&lt;b&gt;</bdi>");
    const std::string cut = html_name(std::string(300, '"'));
    BOOST_TEST(times(cut, "&quot;") == 199U + 300U);
    BOOST_TEST(has(cut, "title=\"&quot;"));
}

BOOST_AUTO_TEST_CASE(commands)
{
    BOOST_TEST(html_command("") == "");
    BOOST_TEST(html_command("SELECT '</pre>';\n") == "<pre dir=\"ltr\">SELECT &#39;&lt;/pre&gt;&#39;;\n</pre>\n");
}

BOOST_AUTO_TEST_CASE(tables)
{
    BOOST_TEST(html_header({"a<", "b"}) == "<tr><th scope=\"col\">a&lt;</th><th scope=\"col\">b</th></tr>\n");
    BOOST_TEST(times(html_table("x", "", "<tr></tr>"), "<tbody>") == 1U);
    BOOST_TEST(times(html_table("x", "", "<tbody>\n</tbody>\n"), "<tbody>") == 1U);
    BOOST_TEST(has(html_table("\"x\"", "", ""), "aria-label=\"&quot;x&quot;\""));
}

BOOST_AUTO_TEST_CASE(bars)
{
    const std::string chart = html_bars("id", "Title <", "Text \"", {{std::string(100, 'x'), "10", {{"error", 5}, {"info", 5}}}, {"</svg>", "5", {{"error", 5}}}, {"none", "0", {}}});
    BOOST_TEST(has(chart, "<title id=\"id-t\">Title &lt;</title>"));
    BOOST_TEST(has(chart, "<desc id=\"id-d\">Text &quot;</desc>"));
    BOOST_TEST(has(chart, "class=\"error\" x=\"0.00%\" y=\"20\" width=\"50.00%\""));
    BOOST_TEST(has(chart, "class=\"info\" x=\"50.00%\" y=\"20\" width=\"50.00%\""));
    BOOST_TEST(has(chart, "class=\"error\" x=\"0.00%\" y=\"56\" width=\"50.00%\""));
    BOOST_TEST(has(chart, "<title>" + std::string(100, 'x') + "</title>"));
    BOOST_TEST(has(chart, std::string(33, 'x') + "&#x2026;"));
    BOOST_TEST(times(chart, "</svg>") == 1U);
    BOOST_TEST(times(chart, "class=\"track\"") == 2U);
    BOOST_TEST(has(html_bars("id", "t", "d", {{"a", "0", {{"error", 0}}}}), "<text"));
}

BOOST_AUTO_TEST_SUITE_END()
