#include "core/adoption_script.hpp"

#include "adoption_builder.hpp"
#include "snapshot_text.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(adoption_json)

namespace {

Json request()
{
    return {{"schema", "app"}, {"column", "tenant_id"}, {"column_sql", "tenant_id"}, {"rules", Json::array()}, {"fallbacks", Json::array()},
            {"not_null", nullptr}, {"batch_size", 10000}, {"pause_ms", 0}};
}

struct Small : AdoptionBuilder {
    TableBuilder users = direct("users", true), notes = plain("notes");
    Small() { refer(notes, "user_id", users); }
    Json answer(const Json &asked) const { return Json::parse(adoption_as_json(snapshot_of(schema).dump(), asked.dump())); }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_plan_comes_out)
{
    const Small small;
    const Json answer = small.answer(request());
    const Plan plan = small.plan();
    BOOST_REQUIRE(answer.at("steps").size() == plan.steps.size());
    int transaction = 0;
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Json &step = answer.at("steps")[i];
        BOOST_TEST(step.at("sql").get<std::string>() == plan.steps[i].sql);
        BOOST_TEST(step.at("step").get<std::size_t>() == i + 1);
        BOOST_TEST(step.at("alone").get<bool>() == plan.steps[i].alone);
        BOOST_TEST(step.at("optional").get<bool>() == plan.steps[i].optional);
        BOOST_TEST(step.contains("check") == plan.steps[i].check.has_value());
        transaction += plan.steps[i].joined ? 0 : 1;
        BOOST_TEST(step.at("transaction").get<int>() == transaction);
    }
    BOOST_TEST(answer.at("notes").size() == plan.notes.size());
}

BOOST_AUTO_TEST_CASE(the_request_is_read)
{
    const Small small;
    Json asked = request();
    asked["fallbacks"] = Json::array({{{"target", small.users.oid()}, {"tenant", "x"}}});
    asked["rules"] = Json::array({{{"target", small.notes.oid()}, {"paths", {"notes.user_id -> users.tenant_id"}}}});
    asked["not_null"] = false;
    asked["batch_size"] = 77;
    asked["pause_ms"] = 5;
    const std::string text = small.answer(asked).dump();
    BOOST_TEST(text.find("batch_size => 77, pause_ms => 5") != std::string::npos);
    BOOST_TEST(text.find("'agree', 'x'") != std::string::npos);
    BOOST_TEST(text.find("'first', ''") != std::string::npos);
    BOOST_TEST(text.find("SET NOT NULL") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sizes_that_make_no_sense)
{
    const Small small;
    const auto with = [&](const char *name, std::int64_t value) {
        Json asked = request();
        asked[name] = value;
        return refused("22023", [&] { (void)small.answer(asked); });
    };
    for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1000001}})
        BOOST_TEST(std::string(with("batch_size", size).what()).find("batch_size is " + std::to_string(size)) == 0u);
    for (const std::int64_t pause : {std::int64_t{-1}, std::int64_t{3600001}})
        BOOST_TEST(with("pause_ms", pause).hint().find("pause_ms => 0") != std::string::npos);
    for (const std::int64_t size : {1, 1000000}) {
        Json asked = request();
        asked["batch_size"] = size;
        asked["pause_ms"] = 3600000;
        (void)small.answer(asked);
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_request)
{
    const Small small;
    for (const char *name : {"schema", "column", "column_sql", "rules", "fallbacks", "not_null", "batch_size", "pause_ms"}) {
        Json asked = request();
        asked.erase(name);
        (void)refused("22023", [&] { (void)small.answer(asked); });
    }
    for (const std::string text : {"", "{", "[]", "null", "{\"schema\": 1}"})
        (void)refused("22023", [&] { (void)adoption_as_json(snapshot_of(small.schema).dump(), text); });
    (void)refused("22023", [&] { (void)adoption_as_json("nothing", request().dump()); });
}

BOOST_AUTO_TEST_CASE(a_plan_becomes_files)
{
    const Small small;
    const std::string plan = small.answer(request()).dump();
    for (const char *format : {"psql", "flyway", "rails", "prisma"}) {
        const Json files = Json::parse(script_as_json(plan, format, "20260102"));
        BOOST_TEST(files.size() >= static_cast<std::size_t>(transactions(small.plan()).back().first));
        for (const Json &file : files) {
            BOOST_TEST(!file.at("file").get<std::string>().empty());
            BOOST_TEST(!file.at("content").get<std::string>().empty());
        }
    }
    (void)refused("22023", [&] { (void)script_as_json(plan, "liquibase", "20260102"); });
    for (const std::string text : {"", "{}", "{\"steps\": 1}", "{\"steps\": [{}]}"})
        (void)refused("22023", [&] { (void)script_as_json(text, "psql", "20260102"); });
    BOOST_TEST(script_as_json("{\"steps\": []}", "psql", "20260102") == "[]");
}

BOOST_AUTO_TEST_SUITE_END()
