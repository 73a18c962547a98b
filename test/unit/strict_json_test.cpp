// JSON with one reading only: core/strict_json.hpp.
#include "core/strict_json.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

std::string repeat(const std::string &text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i)
        out += text;
    return out;
}

// What is wrong with a text, "" if nothing.
std::string problem_of(std::string_view text)
{
    JsonProblem problem;
    if (parse_json_object(text, problem))
        return "";
    return problem.text + (problem.byte == 0 ? "" : " " + std::to_string(problem.byte));
}

} // namespace

BOOST_AUTO_TEST_SUITE(strict_json)

BOOST_AUTO_TEST_CASE(takes)
{
    for (const char *text :
         {"{}", " {\"a\" : 1 }\n", R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})",
          R"({"a":[[[[[[[]]]]]]]})", R"({"a":1.7976931348623157e308,"b":-1e-400})",
          R"({"\u00fc":"\ud83d\ude00"})", R"({"a":[{},{"b":1}],"b":2})"})
        BOOST_TEST(problem_of(text) == "", text << ": " << problem_of(text));
    JsonProblem problem;
    BOOST_TEST(parse_json_object(R"({"b":[1,"x"],"a":null})", problem)->dump() ==
               R"({"a":null,"b":[1,"x"]})");
}

BOOST_AUTO_TEST_CASE(refuses)
{
    struct Row {
        std::string text, problem;
    };
    const std::string twice = "An object has two members of the same name.",
                      deep = "It is nested too deeply.", other = "It is not a JSON object.",
                      nul = "It contains a byte order mark or a NUL byte.";
    for (const Row &row : {
             Row{R"({"a":1,"a":1})", twice},
             Row{R"({"a":1,"\u0061":2})", twice},
             Row{R"({"x":{"b":[{"a":1,"c":{},"a":2}]}})", twice},
             Row{R"({"a":{},"a":{}})", twice},
             Row{R"({"":1,"":1})", twice},
             Row{R"({"a":[[[[[[[[]]]]]]]]})", deep},
             Row{repeat(R"({"a":)", 9) + "1" + repeat("}", 9), deep},
             Row{repeat("[", 10'000), deep},
             Row{repeat(R"({"a":)", 10'000), deep},
             Row{R"({"a":1e400})", "A number in it is too large."},
             Row{"[]", other},
             Row{"null", other},
             Row{"\"{}\"", other},
             Row{"", "It is not JSON. 1"},
             Row{"{} {}", "It is not JSON. 4"},
             Row{"{\"a\":1,}", "It is not JSON. 8"},
             Row{"{'a':1}", "It is not JSON. 2"},
             Row{"{\"a\":NaN}", "It is not JSON. 6"},
             Row{"{\"a\":01}", "It is not JSON. 7"},
             Row{"{\"a\":1 // b\n}", "It is not JSON. 8"},
             Row{"{\"a\":\"\xff\"}", "It is not JSON. 7"},
             Row{"{\"a\":\"\xc0\x80\"}", "It is not JSON. 7"},
             Row{R"({"a":"\ud800"})", "It is not JSON. 13"},
             Row{"{\"a\":\"\n\"}", "It is not JSON. 7"},
             Row{"\xef\xbb\xbf{}", nul},
             Row{std::string("{}\0", 3), nul},
             Row{std::string("{\"a\":1}\0{\"b\":1}", 15), nul},
         })
        BOOST_TEST(problem_of(row.text) == row.problem, row.text.substr(0, 60)
                                                            << ": " << problem_of(row.text));
}

BOOST_AUTO_TEST_SUITE_END()
