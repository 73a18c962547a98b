#include "bin/options.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::command;
using tenancy::core::Level;

BOOST_AUTO_TEST_SUITE(command_options)

namespace {

std::string refusal(const std::vector<std::string> &arguments)
{
    try {
        parse_options(arguments);
        return "none";
    } catch (const Usage &problem) {
        return problem.what();
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(defaults)
{
    const Options out = parse_options({"lint"});
    BOOST_TEST((out.verb == Options::Verb::lint));
    BOOST_TEST(out.connection == "");
    BOOST_TEST(out.tenant_column == "");
    BOOST_TEST(out.context_setting == "app.current_tenant_id");
    BOOST_TEST(out.roles.empty());
    BOOST_TEST((out.level == Level::warning));
    BOOST_TEST((out.format == Format::text));
    BOOST_TEST(out.baseline == "");
    BOOST_TEST(!out.data);
    BOOST_TEST(!out.write_baseline);
}

BOOST_AUTO_TEST_CASE(everything_in_both_spellings)
{
    for (const auto &arguments : {std::vector<std::string>{"lint", "shop", "--data", "--schema-column", "company", "--setting", "my.tenant", "--role", "a", "--role", "b=c", "--level", "info",
                                                           "--format", "json", "--baseline", "known.json", "--write-baseline"},
                                  std::vector<std::string>{"--data", "--schema-column=company", "--setting=my.tenant", "lint", "--role=a", "--role=b=c", "--level=info", "--format=json",
                                                           "--baseline=known.json", "--write-baseline", "--", "shop"}}) {
        const Options out = parse_options(arguments);
        BOOST_TEST(out.connection == "shop");
        BOOST_TEST(out.data);
        BOOST_TEST(out.tenant_column == "company");
        BOOST_TEST(out.context_setting == "my.tenant");
        BOOST_TEST(out.roles == (std::vector<std::string>{"a", "b=c"}), boost::test_tools::per_element());
        BOOST_TEST((out.level == Level::info));
        BOOST_TEST((out.format == Format::json));
        BOOST_TEST(out.baseline == "known.json");
        BOOST_TEST(out.write_baseline);
    }
}

BOOST_AUTO_TEST_CASE(connections)
{
    BOOST_TEST(parse_options({"lint", "host=/tmp", "dbname=shop"}).connection == "host=/tmp dbname=shop");
    BOOST_TEST(parse_options({"lint", "postgresql://me@host/shop?sslmode=require"}).connection == "postgresql://me@host/shop?sslmode=require");
    BOOST_TEST(parse_options({"lint", "--", "--data"}).connection == "--data");
    BOOST_TEST(parse_options({"lint", "lint"}).connection == "lint");
    BOOST_TEST(refusal({"lint", "shop", "desk"}) == "\"desk\" is one argument too many");
    BOOST_TEST(refusal({"lint", "host=/tmp", "desk"}) == "\"desk\" is one argument too many");
}

BOOST_AUTO_TEST_CASE(help_and_version_win)
{
    BOOST_TEST((parse_options({"--help"}).verb == Options::Verb::help));
    BOOST_TEST((parse_options({"lint", "-h", "--level", "nonsense"}).verb == Options::Verb::help));
    BOOST_TEST((parse_options({"--version"}).verb == Options::Verb::version));
    BOOST_TEST((parse_options({"lint", "--version"}).verb == Options::Verb::version));
}

BOOST_AUTO_TEST_CASE(mistakes)
{
    BOOST_TEST(refusal({}) == "what should be done?");
    BOOST_TEST(refusal({"--data"}) == "what should be done?");
    BOOST_TEST(refusal({"fix"}) == "there is no command \"fix\"");
    BOOST_TEST(refusal({"lint", "--dat"}) == "there is no option --dat");
    BOOST_TEST(refusal({"lint", "--data=yes"}) == "--data takes no value");
    BOOST_TEST(refusal({"lint", "--role"}) == "--role needs a value");
    BOOST_TEST(refusal({"lint", "--role="}) == "--role needs a value");
    BOOST_TEST(refusal({"lint", "--role", ""}) == "--role needs a value");
    BOOST_TEST(refusal({"lint", "--level", "fatal"}) == "--level is error, warning or info, not \"fatal\"");
    BOOST_TEST(refusal({"lint", "--format=xml"}) == "--format is text or json, not \"xml\"");
    BOOST_TEST(refusal({"lint", "--write-baseline"}) == "--write-baseline needs --baseline FILE");
}

BOOST_AUTO_TEST_CASE(names_of_settings)
{
    for (const char *good : {"app.tenant", "_a.b", "a.b.c", "A1$.b_2"})
        BOOST_TEST(parse_options({"lint", "--setting", good}).context_setting == good);
    for (const char *bad : {"tenant", ".a", "a.", "a..b", "1a.b", "a.1b", "a.b'", "a b.c", "a.b\n"})
        BOOST_TEST(refusal({"lint", "--setting", bad}) == "\"" + std::string(bad) + "\" is not the name of a setting of an application");
}

BOOST_AUTO_TEST_SUITE_END()
