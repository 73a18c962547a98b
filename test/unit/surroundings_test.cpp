// What stands around tables, read from JSON: core/surroundings.hpp.
#include "core/surroundings.hpp"

#include "surroundings_text.hpp"

#include "core/error.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using nlohmann::json;

namespace {

std::string refusal(const std::string &text)
{
    try {
        read_surroundings(text);
    } catch (const Error &error) {
        return std::string(error.sqlstate()) + " " + error.what();
    }
    return "";
}

const std::string refused_text = "22023 not a description of surroundings";

} // namespace

BOOST_AUTO_TEST_SUITE(surroundings)

BOOST_AUTO_TEST_CASE(all_of_it_is_read)
{
    const Surroundings read = read_surroundings(surroundings_json().dump());
    BOOST_TEST(read.database == "shop");
    BOOST_TEST(read.database_owner == "postgres");
    BOOST_TEST(read.preload.value() == "pg_tenancy,");
    BOOST_TEST(read.has_extension("dblink"));
    BOOST_TEST(!read.has_extension("dblin"));
    BOOST_REQUIRE(read.role("App \"2\"") != nullptr);
    BOOST_TEST(read.role("App \"2\"")->sql == "\"App \"\"2\"\"\"");
    BOOST_TEST(read.role("App \"2\"")->bypassrls);
    BOOST_TEST(!read.role("App \"2\"")->superuser);
    BOOST_TEST(read.role("App \"2\"")->member_of.at(0) == "group");
    BOOST_TEST(read.role("App \"2\"")->reaches.size() == 2u);
    BOOST_TEST(read.role("nobody") == nullptr);
    BOOST_TEST(read.stored_settings.at(0).value == "a=b");
    BOOST_TEST(read.parameters.at(0).may == "ALTER SYSTEM");
    BOOST_TEST(read.schemas.at(0).name == "s");
    BOOST_TEST(read.servers.at(0).name == ""); // not given
    BOOST_TEST(read.languages.at(0).name == "c");
    BOOST_TEST(read.table_grants.at(16385).at(0).gives("SELECT"));
    BOOST_TEST(read.views.at(0).materialized);
    BOOST_TEST(read.views.at(0).reads.at(0) == 16385);
    BOOST_REQUIRE(read.function(95000) != nullptr);
    BOOST_TEST(read.function(95000)->volatility == 'i');
    BOOST_TEST(read.function(95000)->parsed);
    BOOST_TEST(!read.function(95000)->search_path.has_value());
    BOOST_TEST(read.function(1) == nullptr);
    BOOST_TEST(read.policy_uses.at(0).functions.at(0) == 95000);
    BOOST_TEST(read.publications.at(0).schemas.at(0) == "s");
    BOOST_TEST(read.large_objects.at(0).count == 7);
    BOOST_TEST(read.sequences.at(0).identity);
    BOOST_TEST(read.sequences.at(0).grants.at(0).to == "");
    BOOST_TEST(read.exclusions.at(0).columns.at(0) == "during");
    BOOST_TEST(read.rules.size() + read.statistics.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_may_be_unknown)
{
    json from = surroundings_json();
    from["preload"] = nullptr;
    from["functions"][0]["search_path"] = "pg_catalog, pg_temp";
    from["functions"][0]["volatility"] = "";
    const Surroundings read = read_surroundings(from.dump());
    BOOST_TEST(!read.preload.has_value());
    BOOST_TEST(read.functions.at(0).search_path.value() == "pg_catalog, pg_temp");
    BOOST_TEST(read.functions.at(0).volatility == ' ');
}

BOOST_AUTO_TEST_CASE(privileges_are_whole_words)
{
    const Grant grant{"app", "SELECT UPDATE"};
    BOOST_TEST(grant.gives("SELECT"));
    BOOST_TEST(grant.gives("UPDATE"));
    for (const char *other : {"", "SEL", "DATE", "SELECT UPDATE", "select", " "})
        BOOST_TEST(!grant.gives(other), other);
    BOOST_TEST(!Grant{}.gives("SELECT"));
}

BOOST_AUTO_TEST_CASE(what_is_no_description_is_refused)
{
    for (const char *text : {"", "{", "[]", "null", "1", "\"\"", "{}", "{\"database\": 1}", "\xff\xfe", "{\"database\": \"\xff\"}"})
        BOOST_TEST(refusal(text) == refused_text, text);
}

// Each key, at the top and in what the lists hold: missing, NULL where it may not be, or of another type.
BOOST_AUTO_TEST_CASE(what_lacks_a_part_or_has_a_wrong_one_is_refused)
{
    const json whole = surroundings_json();
    BOOST_TEST(refusal(whole.dump()) == "");
    for (const auto &[key, value] : whole.items()) {
        json from = whole;
        from.erase(key);
        BOOST_TEST(refusal(from.dump()) == refused_text, key);
        from[key] = 1.5;
        BOOST_TEST(refusal(from.dump()) == refused_text, key);
        if (!value.is_array())
            continue;
        from[key] = json::array({nullptr});
        BOOST_TEST(refusal(from.dump()) == refused_text, key);
        if (!value.front().is_object())
            continue;
        for (const auto &[part, unused] : value.front().items()) {
            from = whole;
            from[key][0][part] = json::object({{"no", "such"}});
            BOOST_TEST(refusal(from.dump()) == refused_text, key << "." << part);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
