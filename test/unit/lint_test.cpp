// The rules together, and lint over JSON: core/lint.hpp.
#include "core/lint.hpp"

#include "lint_builder.hpp"
#include "snapshot_text.hpp"
#include "surroundings_text.hpp"

using namespace tenancy::core;

namespace {

const std::string asked = R"({"tenant_column": null, "context_setting": "app.current_tenant_id", "installed": true})";

// Names as an enemy would choose them, and what breaks careless code.
const Texts odd_names = {"", "\"", "'", "\"\"", "'; DROP TABLE s.t; --", "a\nb", "\\", "a\\'b", "%s", "{}", "\xc3\xa4\xe2\x82\xac", "\xff", std::string(5000, 'x'), std::string(70, '"'), "( SELECT", "PUBLIC", "true"};

// Everything has the name, and nothing is as it should be.
struct Mess : LintFixture {
    explicit Mess(const std::string &name)
    {
        request.tenant_column = name;
        request.context_setting = name;
        around.database = around.database_owner = name;
        around.preload = name;
        around.extensions = {name, "dblink"};
        const Grants all = {{"", "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER CREATE TEMPORARY USAGE EXECUTE"}, {name, "SELECT UPDATE USAGE CREATE"}};
        around.database_grants = all;
        Role mess;
        mess.name = mess.sql = name;
        mess.bypassrls = mess.replication = mess.createrole = mess.login = mess.application = true;
        mess.member_of = mess.reaches = {name, "postgres", "owner", "pg_monitor"};
        around.roles.push_back(mess);
        for (const char kind : {'r', 'p', 'f'}) {
            TableBuilder made = built.table(name, name, kind).column(name, name).column("x", name).key({"x"}).index({""}).policy(name, true, '*', name, name).policy("open", true, 'r', "true");
            made->owner = name;
            made->row_security = kind == 'r';
            made.trigger(name, name, 127, {name}, 'O');
            if (kind != 'r') {
                made->parents = {made.oid(), made.oid() - 1};
                made->partition = true;
            }
            built.reference(made, {"x"}, made, {"x"}).on_delete = 'c';
            around.table_grants[made.oid()] = all;
            around.policy_uses.push_back({made.oid(), name, {95000, 1}, {made.oid(), 1}});
            around.rules.push_back({made.oid(), name, false, {}, {}});
            around.statistics.push_back({made.oid(), name, false, {}, {}});
            around.sequences.push_back({made.oid(), name, false, {}, all});
            around.exclusions.push_back({made.oid(), name, false, {name}, {}});
            around.publications.push_back({name, true, {}, {}});
            around.views.push_back({made.oid() + 1000, name, name, "postgres", kind == 'p', false, false, false, false, {made.oid(), made.oid() + 1000}});
            around.table_grants[made.oid() + 1000] = all;
        }
        Function &called = function(name);
        called.definer = called.leakproof = true;
        called.volatility = 'i';
        called.parallel = 'u';
        called.language = called.owner = name;
        around.stored_settings = {{name, name, name, name}, {"", "", name, ""}, {"", "", "row_security", name}};
        around.parameters = {{name, name, name}, {name, "", name}};
        around.schemas = around.servers = around.languages = {{name, name, name, all}};
        around.large_objects = {{name, 1}};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lints, LintFixture)

BOOST_AUTO_TEST_CASE(rules_have_names_families_and_titles_of_their_own)
{
    const std::set<std::string> families = {"rls", "policies", "roles", "routes", "oracles", "data", "speed", "server"};
    std::set<std::string> names, titles;
    for (const LintRule &rule : lint_rules()) {
        BOOST_TEST(names.insert(rule.name).second, rule.name);
        BOOST_TEST(families.count(rule.family) == 1u, rule.name);
        BOOST_TEST(std::string(rule.name).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos, rule.name);
        BOOST_TEST(!std::string(rule.title).empty());
    }
    BOOST_TEST(names.size() == 65u);
    BOOST_TEST(Json::parse(lint_rules_as_json()).size() == 65u);
    BOOST_TEST(Json::parse(lint_rules_as_json()).at(0) == Json({{"rule", "rls_disabled"}, {"family", "rls"}, {"level", "error"}, {"title", "row-level security is off"}}));
}

BOOST_AUTO_TEST_CASE(what_is_empty_has_no_findings)
{
    CHECK_TEXTS(found(), {});
    const LintResult nothing = lint(Schema{}, Surroundings{}, LintRequest{});
    BOOST_TEST(nothing.questions.empty());
    BOOST_REQUIRE(nothing.findings.size() == 1u); // of no version
    BOOST_TEST(nothing.findings[0].rule == "minor_version");
}

BOOST_AUTO_TEST_CASE(findings_stand_by_level_rule_and_object)
{
    table("b")->force = false;
    table("a")->force = false;
    bare("c");
    table("d").index({"note"});
    table("e")->indexes.clear();
    CHECK_TEXTS(found(), {"rls_disabled error s.c", "no_tenant_index warning s.e", "rls_not_forced warning s.a", "rls_not_forced warning s.b", "index_without_tenant info s.d"});
}

// Whatever the names: no crash, findings of every kind, none twice, none worse than its rule says, and good JSON.
BOOST_AUTO_TEST_CASE(no_name_is_too_odd)
{
    for (const bool installed : {true, false})
        for (const std::string &name : odd_names) {
            Mess mess(name);
            mess.request.installed = installed;
            const LintResult result = mess.run();
            std::set<std::string> rules;
            for (const Finding &one : result.findings) {
                rules.insert(one.rule);
                const auto rule = std::find_if(lint_rules().begin(), lint_rules().end(), [&](const LintRule &other) { return other.name == one.rule; });
                BOOST_REQUIRE(rule != lint_rules().end());
                BOOST_TEST(static_cast<int>(one.level) <= static_cast<int>(rule->level), one.rule);
                BOOST_TEST(!one.detail.empty(), one.rule);
                BOOST_TEST(one.title == rule->title);
                BOOST_TEST((one.metadata == std::vector<std::pair<std::string, std::string>>{{"family", rule->family}}), one.rule);
            }
            BOOST_TEST(rules.size() >= (name.empty() ? 10u : 25u), name << " has findings of " << rules.size());
        }
}

BOOST_AUTO_TEST_CASE(a_rule_names_an_object_once)
{
    TableBuilder made = bare("t");
    role("app").createrole = true;
    for (const char *name : {"pg_monitor", "pg_read_all_data", "owner", "postgres"})
        grant(name, "app");
    Function &called = function("f");
    called.volatility = 'i';
    called.parallel = 'u';
    called.body = "SELECT current_setting('a')";
    made.policy("a", true, '*', "(tenant_id = s.f())").policy("b", true, '*', "(tenant_id = s.f())");
    uses(made, "a", {called.oid, called.oid});
    uses(made, "b", {called.oid});
    around.stored_settings = {{"app", "", "app.token", "1"}, {"app", "shop", "app.token", "1"}, {"", "", "app.token", "1"}};
    around.parameters = {{"work_mem", "app", "SET"}, {"work_mem", "app", "ALTER SYSTEM"}, {"work_mem", "", "SET"}};
    std::set<std::pair<std::string, std::string>> all;
    for (const Finding &one : run().findings)
        BOOST_TEST(all.emplace(one.rule, one.object).second, one.rule << " " << one.object);
    BOOST_TEST(all.size() > 12u);
}

BOOST_AUTO_TEST_CASE(json_in_json_out)
{
    bare("t")->columns[0].not_null = false;
    const Json out = Json::parse(lint_as_json(snapshot_of(built.schema).dump(), surroundings_json().dump(), asked));
    BOOST_REQUIRE(!out.at("findings").empty());
    const Json &first = out.at("findings").at(0);
    for (const char *key : {"rule", "level", "object", "title", "detail", "remediation"})
        BOOST_TEST(first.at(key).is_string(), key);
    BOOST_TEST(first.at("metadata").at("family").is_string());
    BOOST_REQUIRE(out.at("questions").size() == 2u);
    BOOST_TEST(out.at("questions").at(0).at("sql") == "SELECT count(*) FROM s.t AS t WHERE t.tenant_id IS NULL");
    BOOST_TEST(out.at("questions").at(0).at("finding").at("rule") == "tenant_null");
}

BOOST_AUTO_TEST_CASE(requests_that_are_none_are_refused)
{
    const std::string snapshot = snapshot_of(built.schema).dump(), surroundings = surroundings_json().dump();
    for (const char *text : {"", "[]", "{}", "null", R"({"tenant_column": 1, "context_setting": "a", "installed": true})", R"({"tenant_column": null, "context_setting": null, "installed": true})",
                             R"({"tenant_column": null, "context_setting": "a"})", R"({"tenant_column": null, "context_setting": "a", "installed": true, "enrolled": null})", R"({"tenant_column": null, "context_setting": "a", "installed": true, "enrolled": [1]})"})
        refused("22023", [&] { lint_as_json(snapshot, surroundings, text); });
    refused("22023", [&] { lint_as_json("{}", surroundings, asked); });
    refused("22023", [&] { lint_as_json(snapshot, "{}", asked); });
    lint_as_json(snapshot, surroundings, R"({"tenant_column": "x", "context_setting": "a", "installed": false, "enrolled": ["app"]})");
}

BOOST_AUTO_TEST_SUITE_END()
