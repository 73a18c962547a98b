// What expressions of policies say: lint_expressions.cpp. The texts are as PostgreSQL 15 prints them.
#include "core/lint_parts.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

const std::string setting = "(current_setting('app.current_tenant_id'::text, true))::uuid";
const std::string once = "( SELECT (current_setting('app.t'::text))::uuid AS current_setting)";

} // namespace

BOOST_AUTO_TEST_SUITE(lint_expressions)

BOOST_AUTO_TEST_CASE(what_is_always_true)
{
    for (const char *text : {"true", "(true)", "(1 = 1)", "(NOT false)", "((true))", "('a'::text = 'a'::text)", "(tenant_id = tenant_id)", "(t.id = t.id)",
                             "(true OR (tenant_id = app.tenant()))", "((tenant_id = app.tenant()) OR true)"})
        BOOST_TEST(always_true(std::string(text)), text);
    for (const char *text : {"", "false", "(1 = 2)", "NOT", "=", "()", "(tenant_id = app.tenant())", "(note = 'true'::text)", "\"true\"", "(is_true = true)",
                             "(app.open() AND (x OR true))", "(t.id = u.id)", "(tenant_id = \"tenant_id \")", "(CASE WHEN x THEN false ELSE a OR true END)", "(NOT (a OR true))", "f(a, (b OR true))"})
        BOOST_TEST(!always_true(std::string(text)), text);
    BOOST_TEST(!always_true(std::nullopt));
}

BOOST_AUTO_TEST_CASE(names_are_words_and_not_parts_of_them_or_of_texts)
{
    for (const char *text : {"(tenant_id = 1)", "tenant_id", "(t.tenant_id = 1)", "(1=tenant_id)", "((tenant_id)::text = 'a'::text)"})
        BOOST_TEST(mentions(text, "tenant_id"), text);
    for (const char *text : {"", "(my_tenant_id = 1)", "(tenant_ids = 1)", "(note = 'tenant_id'::text)", "(note = 'it''s tenant_id'::text)", "(\"tenant_id \" = 1)", "(\xc3\xa4tenant_id = 1)", "(note = 'tenant_id"})
        BOOST_TEST(!mentions(text, "tenant_id"), text);
    BOOST_TEST(mentions("(\"Tenant \"\"Id\"\"\" = 1)", "\"Tenant \"\"Id\"\"\""));
    BOOST_TEST(!mentions("(\"Tenant Id\" = 1)", "\"Tenant\""));
    BOOST_TEST(!mentions("(tenant_id = 1)", ""));
}

BOOST_AUTO_TEST_CASE(settings_are_read)
{
    BOOST_TEST(reads_setting("(tenant_id = " + setting + ")"));
    BOOST_TEST(reads_setting("current_setting ( 'a' )"));
    BOOST_TEST(reads_setting("\n SELECT pg_catalog.current_setting('a')::uuid "));
    for (const char *text : {"", "(tenant_id = app.tenant())", "(note = 'current_setting('::text)", "(my_current_setting('a') = 1)", "(current_setting = 1)"})
        BOOST_TEST(!reads_setting(text), text);
}

BOOST_AUTO_TEST_CASE(settings_in_subselects_are_read_once)
{
    BOOST_TEST(reads_setting_in_subselect("(tenant_id = " + once + ")"));
    BOOST_TEST(reads_setting_in_subselect("((tenant_id = " + once + ") AND (x = " + once + "))"));
    BOOST_TEST(reads_setting_in_subselect("(tenant_id = ( SELECT (NULLIF(current_setting('a'::text, true), ''::text))::uuid AS \"nullif\"))"));
    BOOST_TEST(!reads_setting_in_subselect("(tenant_id = app.tenant())"));
    BOOST_TEST(!reads_setting_in_subselect("(tenant_id = " + setting + ")"));
    BOOST_TEST(!reads_setting_in_subselect("((tenant_id = " + once + ") OR (x = " + setting + "))"));
    // Of another table, or of the row: asked each time.
    BOOST_TEST(!reads_setting_in_subselect("(id IN ( SELECT m.id FROM members m WHERE (m.t = " + setting + ")))"));
    BOOST_TEST(!reads_setting_in_subselect("((EXISTS ( SELECT 1)) AND (tenant_id = " + setting + "))"));
    BOOST_TEST(!reads_setting_in_subselect("((note = '( SELECT '::text) AND (tenant_id = " + setting + "))"));
}

BOOST_AUTO_TEST_CASE(settings_are_put_into_subselects)
{
    BOOST_TEST(with_settings_in_subselects("(tenant_id = " + setting + ")") == "(tenant_id = ((SELECT current_setting('app.current_tenant_id'::text, true)))::uuid)");
    BOOST_TEST(with_settings_in_subselects("(a = current_setting('x') OR b = current_setting('y'))") == "(a = (SELECT current_setting('x')) OR b = (SELECT current_setting('y')))");
    BOOST_TEST(with_settings_in_subselects("(a = current_setting(current_setting('x')))") == "(a = (SELECT current_setting(current_setting('x'))))");
    BOOST_TEST(with_settings_in_subselects("(note = 'current_setting()')") == "(note = 'current_setting()')");
    const std::string done = "(tenant_id = " + once + ")";
    BOOST_TEST(with_settings_in_subselects(done) == done);
    BOOST_TEST(with_settings_in_subselects("") == "");
    const std::string again = with_settings_in_subselects("(tenant_id = " + setting + ")");
    BOOST_TEST(reads_setting_in_subselect(again));
}

BOOST_AUTO_TEST_CASE(what_opens_without_a_tenant)
{
    const std::string own = "(tenant_id = " + setting + ")";
    for (const std::string &text : {
             "((current_setting('a'::text, true) IS NULL) OR " + own + ")",
             "(" + own + " OR (current_setting('a'::text, true) IS NULL))",
             "((NULLIF(current_setting('a'::text, true), ''::text) IS NULL) OR " + own + ")",
             "((current_setting('a'::text, true) = ''::text) OR " + own + ")",
             "((COALESCE(current_setting('a'::text, true), ''::text) = ''::text) OR " + own + ")",
             "(((NULLIF(current_setting('a'::text, true), ''::text))::character varying IS NULL) OR " + own + ")",
             std::string("((app.tenant() IS NULL) OR (tenant_id = app.tenant()))"),
             std::string("(tenant_id = COALESCE(app.tenant(), tenant_id))"),
             std::string("(tenant_id = COALESCE((NULLIF(current_setting('a'::text, true), ''::text))::uuid, tenant_id))"),
             std::string("COALESCE((tenant_id = app.tenant()), true)"),
             std::string("CASE WHEN (app.tenant() IS NULL) THEN true ELSE (tenant_id = app.tenant()) END"),
         })
        BOOST_TEST(fails_open(text, "tenant_id"), text);
    for (const std::string &text : {
             own, std::string(), std::string("true"), std::string("(tenant_id = app.tenant())"),
             std::string("((tenant_id = app.tenant()) OR (tenant_id IS NULL))"),
             std::string("((tenant_id = app.tenant()) AND ((deleted_at IS NULL) OR (deleted_at > now())))"),
             std::string("((app.tenant() IS NOT NULL) AND ((a = 1) OR (tenant_id = app.tenant())))"),
             std::string("COALESCE((tenant_id = app.tenant()), false)"),
             std::string("(COALESCE(tenant_id, '00000000-0000-0000-0000-000000000000'::uuid) = app.tenant())"),
             std::string("(tenant_id = COALESCE(app.tenant(), '00000000-0000-0000-0000-000000000000'::uuid))"),
             std::string("CASE WHEN (app.tenant() IS NULL) THEN false ELSE (tenant_id = app.tenant()) END"),
             std::string("((note = 'app.tenant() IS NULL OR'::text) AND (tenant_id = app.tenant()))"),
             std::string("(tenant_id = NULLIF(app.tenant(), tenant_id))"),
         })
        BOOST_TEST(!fails_open(text, "tenant_id"), text);
    BOOST_TEST(fails_open("(\"Tenant Id\" = COALESCE(app.tenant(), \"Tenant Id\"))", "\"Tenant Id\""));
}

// What the server never prints must not do harm either.
BOOST_AUTO_TEST_CASE(no_text_is_too_odd)
{
    const std::string many(100000, '('), quotes(99999, '\''), names(100000, '"');
    for (const std::string &text : {std::string(), std::string("'"), std::string("\""), std::string("("), std::string(")"), std::string("())"), std::string("::"), std::string("COALESCE"), std::string("COALESCE("),
                                    std::string("COALESCE()"), std::string("COALESCE(,"), std::string("current_setting("), std::string("current_setting"), std::string("current_setting('a') OR"), std::string("a() IS"), std::string("a()"),
                                    std::string("( SELECT current_setting("), std::string("OR a() ::"), std::string("OR a() ,"), std::string("CASE WHEN a() IS NULL THEN"), std::string("\0x\xff\xfe", 4), many, quotes, names, many + "current_setting('a')"}) {
        (void)always_true(text);
        (void)mentions(text, text);
        (void)reads_setting_in_subselect(text);
        (void)with_settings_in_subselects(text);
        (void)fails_open(text, text);
    }
    BOOST_TEST(reads_setting("current_setting("));
}

BOOST_AUTO_TEST_SUITE_END()
