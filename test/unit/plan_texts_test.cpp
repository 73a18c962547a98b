// Texts of SQL: what core/plan_parts.hpp quotes and compares.
#include "core/plan_parts.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(plan_texts)

BOOST_AUTO_TEST_CASE(texts_are_quoted_as_literals)
{
    BOOST_TEST(quoted_literal("plain") == "'plain'");
    BOOST_TEST(quoted_literal("it's") == "'it''s'");
    BOOST_TEST(quoted_literal("back\\slash's") == "E'back\\\\slash''s'");
    BOOST_TEST(quoted_literal("") == "''");
}

BOOST_AUTO_TEST_CASE(names_are_quoted_and_cut_as_the_server_does)
{
    BOOST_TEST(quoted_name("a \"b\"") == "\"a \"\"b\"\"\"");
    BOOST_TEST(quoted_name(std::string(70, 'x')) == "\"" + std::string(63, 'x') + "\"");
    // Not in the middle of a character.
    BOOST_TEST(quoted_name(std::string(62, 'x') + "ü") == "\"" + std::string(62, 'x') + "\"");
    BOOST_TEST(quoted_name(std::string(61, 'x') + "ü") == "\"" + std::string(61, 'x') + "ü\"");
}

BOOST_AUTO_TEST_CASE(accessors_follow_the_key_type)
{
    BOOST_TEST(accessor_sql(KeyType::uuid) == "tenancy.current_tenant_id()");
    BOOST_TEST(accessor_sql(KeyType::bigint) == "tenancy.current_tenant_bigint()");
    BOOST_TEST(accessor_sql(KeyType::integer) == "tenancy.current_tenant_bigint()");
    BOOST_TEST(accessor_sql(KeyType::text) == "tenancy.current_tenant_text()");
}

BOOST_AUTO_TEST_CASE(expressions_are_compared_as_the_server_prints_them)
{
    const std::pair<const char *, const char *> same[] = {
        {"(a = f())", "a = f()"},
        {"((a = f()) OR (a IS NULL))", "a = f() OR a IS NULL"},
        {"((a)::text = f())", "a::text = f()"},
        {"((\"a-b or\" = f()) OR (\"a-b or\" IS NULL))", "\"a-b or\" = f() OR \"a-b or\" IS NULL"},
        {"true", "true"},
        {"(a - (b - c) > 0)", "a - (b - c) > 0"}};
    for (const auto &[printed, wanted] : same)
        BOOST_TEST(same_expression(printed, wanted), wanted);
    const std::pair<const char *, const char *> different[] = {
        {"(a OR (b AND c))", "(a OR b) AND c"},
        {"((a OR b) AND c)", "a OR b AND c"},
        {"((NOT a) AND b)", "NOT (a AND b)"},
        {"(name = 'a b')", "name = 'ab'"},
        {"(\"a b\" = f())", "\"ab\" = f()"},
        {"((a - b) - c)", "a - (b - c)"},
        {"(a = g())", "a = f()"}};
    for (const auto &[printed, wanted] : different)
        BOOST_TEST(!same_expression(printed, wanted), wanted);
    BOOST_TEST(!same_expression(std::nullopt, ""));
}

BOOST_AUTO_TEST_SUITE_END()
