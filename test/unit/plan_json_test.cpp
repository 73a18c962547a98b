// Plans over the border: plan_as_json and protections_as_json of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"
#include "snapshot_text.hpp"

using namespace tenancy::core;

namespace {

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").column("Tenant", "uuid");
    const TableId oid = table.oid();

    Json target(const Json &global_rows = nullptr)
    {
        return {{"oid", oid},
                {"name", "s.t"},
                {"kind", "r"},
                {"column", "Tenant"},
                {"column_sql", "\"Tenant\""},
                {"global_rows", global_rows}};
    }
    Json asked(const Json &global_rows = nullptr)
    {
        return {{"action", "protect"}, {"targets", {target(global_rows)}}};
    }
    Json answer(const Json &request)
    {
        return Json::parse(plan_as_json(snapshot_of(built.schema).dump(), request.dump()));
    }
    Error bad(const std::string &request)
    {
        BOOST_TEST_INFO(request);
        return refused("22023", [&] { plan_as_json(snapshot_of(built.schema).dump(), request); });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_json, Fixture)

BOOST_AUTO_TEST_CASE(a_plan_says_what_the_core_planned)
{
    table->rows = 5;
    table.policy("own \"one\"", true, '*', "true");
    const Plan plan = protect(built.schema, {"s.t"}, "Tenant");
    const Json found = answer(asked());
    BOOST_TEST(found.at("notes").get<Texts>() == plan.notes, boost::test_tools::per_element());
    BOOST_REQUIRE(found.at("steps").size() == plan.steps.size());
    for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const Step &step = plan.steps[i];
        Json wanted = {{"step", i + 1},
                       {"transaction", 1},
                       {"phase", step.phase},
                       {"target", step.target},
                       {"kind", step.kind},
                       {"sql", step.sql},
                       {"lock_mode", step.lock_mode},
                       {"rows", step.rows},
                       {"reason", step.reason},
                       {"alone", step.alone},
                       {"optional", step.optional}};
        if (step.check)
            wanted["check"] = {{"sql", step.check->sql},
                               {"message", step.check->message},
                               {"hint", step.check->hint}};
        BOOST_TEST(found.at("steps").at(i).dump() == wanted.dump());
    }
}

BOOST_AUTO_TEST_CASE(the_other_actions)
{
    Json request = {{"action", "share"}, {"targets", {target()}}, {"visible_when", "a AND b"}};
    BOOST_TEST(answer(request).at("steps").at(0).at("sql").get<std::string>().find(
                   "USING (a AND b)") != std::string::npos);
    built.schema = run(built.schema, protect(built.schema, {"s.t"}, "Tenant"));
    request = {{"action", "soft_delete"}, {"targets", {target()}}};
    request.at("targets").at(0).at("column") = "Gone";
    request.at("targets").at(0).at("column_sql") = "\"Gone\"";
    BOOST_TEST(answer(request).at("steps").at(0).at("sql") ==
               "ALTER TABLE s.t ADD COLUMN \"Gone\" timestamp with time zone");
    request = {{"action", "unprotect"}, {"targets", {target()}}};
    BOOST_TEST(answer(request).at("steps").at(0).at("phase") == "unprotect");
    // The core's own errors come through.
    built.schema.tables.erase(oid);
    refused("42809", [&] { answer(request); });
}

BOOST_AUTO_TEST_CASE(global_rows_are_none_read_or_as_they_are)
{
    const auto policies = [this](const Json &global_rows) {
        std::size_t count = 0;
        const Json plan = answer(asked(global_rows));
        for (const Json &step : plan.at("steps"))
            count += step.at("kind") == "policy" ? 1u : 0u;
        return count;
    };
    BOOST_TEST(policies(nullptr) == 2u);
    BOOST_TEST(policies("none") == 2u);
    BOOST_TEST(policies("read") == 4u);
    for (const char *other : {"", "write", "READ"})
        BOOST_TEST(!bad(asked(other).dump()).hint().empty());
}

BOOST_AUTO_TEST_CASE(no_targets_are_no_steps)
{
    BOOST_TEST(answer({{"action", "protect"}, {"targets", Json::array()}}).at("steps").empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_refused)
{
    for (const char *text : {"",
                             "{",
                             "null",
                             "[]",
                             "1",
                             "\"protect\"",
                             "{}",
                             "\xff",
                             R"({"action": null})",
                             R"({"action": 1, "targets": []})",
                             R"({"action": "protect"})",
                             R"({"action": "protect", "targets": null})",
                             R"({"action": "protect", "targets": {}})",
                             R"({"action": "protect", "targets": "s.t"})",
                             R"({"action": "protect", "targets": [1]})",
                             R"({"action": "share", "targets": [], "visible_when": "true"})",
                             R"({"action": "unprotect", "targets": null})",
                             R"({"action": "unprotect", "targets": {}})",
                             R"({"action": "", "targets": []})",
                             R"({"action": "PROTECT", "targets": []})",
                             R"({"action": "destroy", "targets": []})"})
        bad(text);
    for (const char *member : {"oid", "name", "kind", "column", "column_sql", "global_rows"}) {
        Json broken = asked();
        broken["targets"][0].erase(member);
        bad(broken.dump());
        broken["targets"][0][member] = Json::array({1});
        bad(broken.dump());
    }
    for (const Json &condition : {Json(1), Json(true), Json::array()})
        bad(Json({{"action", "share"}, {"targets", {target()}}, {"visible_when", condition}})
                .dump());
}

BOOST_AUTO_TEST_CASE(a_bad_snapshot_is_refused_in_both)
{
    refused("22023", [&] { plan_as_json("{}", asked().dump()); });
    refused("22023", [&] { protections_as_json("{}"); });
}

BOOST_AUTO_TEST_CASE(protections_of_all_kinds)
{
    table->columns.front().name = "tenant_id";
    table.secured();
    TableBuilder part = built.table("s", "part").partition_of(table).secured("it's");
    part.policy("tenancy_isolation_update", false, 'w', "true");
    built.table("s", "shared")
        .trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    built.table("s", "plain")
        .trigger("own", "app.write_guard", write_guard_bits)
        .policy("tenancy_isolation", false, '*', "true");
    const Json found = Json::parse(protections_as_json(snapshot_of(built.schema).dump()));
    const Json wanted = {{{"oid", table.oid()},
                          {"kind", "protected"},
                          {"column", "tenant_id"},
                          {"part", false},
                          {"global_rows", "none"}},
                         {{"oid", part.oid()},
                          {"kind", "protected"},
                          {"column", "it's"},
                          {"part", true},
                          {"global_rows", "read"}},
                         {{"oid", part.oid() + 1},
                          {"kind", "shared"},
                          {"column", ""},
                          {"part", false},
                          {"global_rows", "none"}}};
    BOOST_TEST(found.dump() == wanted.dump());
}

BOOST_AUTO_TEST_SUITE_END()
