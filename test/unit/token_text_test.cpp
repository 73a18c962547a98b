// A token in the text of a statement is found, however a string constant may be written.
#include "core/token_text.hpp"

#include <cstdio>
#include <string>

#include <boost/test/unit_test.hpp>

using tenancy::core::text_holds_token;

namespace {

const std::string token = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDB9.A-b_0fU";

std::string escaped(const char *format)
{
    std::string out;
    for (const char c : token) {
        char one[16];
        std::snprintf(one, sizeof one, format, static_cast<unsigned>(c));
        out += one;
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_token_in_the_text_of_a_statement_is_found)
{
    const std::string call = "SELECT tenancy.authenticate(";
    const auto found = [&](const std::string &argument) { return text_holds_token(call + argument + ")", token); };
    BOOST_TEST(found("'" + token + "'"));
    BOOST_TEST(found("$a$" + token + "$a$"));
    BOOST_TEST(found("CAST('" + token + "' AS varchar)::text"));
    BOOST_TEST(found("'" + token.substr(0, 10) + "' || '" + token.substr(10) + "'"));
    BOOST_TEST(found("'" + token.substr(0, 10) + "'\n  '" + token.substr(10) + "'"));
    BOOST_TEST(found("E'" + escaped("\\x%02x") + "'"));
    BOOST_TEST(found("e'" + escaped("\\%03o") + "'"));
    BOOST_TEST(found("E'" + escaped("\\u%04X") + "'"));
    BOOST_TEST(found("E'" + escaped("\\U%08X") + "'"));
    BOOST_TEST(found("E'\\e" + token.substr(1) + "'")); // an escape that is none
    BOOST_TEST(found("U&'" + escaped("\\%04x") + "'"));
    BOOST_TEST(found("U&'" + escaped("\\+%06x") + "'"));
    BOOST_TEST(found("'x'); SELECT E'\\n', '" + token + "'"));
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_not_found)
{
    const auto found = [&](const std::string &text) { return text_holds_token(text, token); };
    BOOST_TEST(!found(""));
    BOOST_TEST(!found("SELECT tenancy.authenticate($1)"));
    BOOST_TEST(!found(token.substr(1)));
    BOOST_TEST(!found("'" + token.substr(0, token.size() - 1) + "', E'\\n' -- and more of a text"));
    BOOST_TEST(!found("E'" + token.substr(0, token.size() - 1) + "\\" )); // ends in a backslash
    BOOST_TEST(!text_holds_token("anything", ""));
}
