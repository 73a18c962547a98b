// Requests and answers as they cross the border: core/classification.hpp, classification_json.cpp.
#include "core/classification.hpp"

#include "derivation_builder.hpp"
#include "snapshot_text.hpp"

using namespace tenancy::core;

namespace {

struct Desk : DerivationBuilder {
    TableBuilder users = direct("users", true), notes = plain("notes");
    Desk() { refer(notes, "user_id", users); }

    Json ask(const Json &changes = Json::object()) const
    {
        Json request = {{"schema", "app"}, {"column", "tenant_id"}, {"column_sql", "tenant_id"}, {"rules", Json::array()},
                        {"only", 0},       {"max_rows", 5},         {"answers", nullptr},        {"questions", true}};
        request.update(changes);
        return Json::parse(classification_as_json(snapshot_of(schema).dump(), request.dump()));
    }
    Json rule(const Json &paths, const Json &column = nullptr) const
    {
        const Json request = {{"target", {{"oid", notes.oid()}, {"name", "app.notes"}, {"kind", "r"}}}, {"column", column}, {"paths", paths}};
        return Json::parse(rule_as_json(snapshot_of(schema).dump(), request.dump()));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(classification_json)

BOOST_AUTO_TEST_CASE(questions_then_verdicts)
{
    const Desk desk;
    const Json asked = desk.ask();
    BOOST_TEST(asked.at("tables").size() == 3u);
    const Json &notes = asked.at("tables").at(0);
    BOOST_TEST(notes.at("kind") == "derived");
    BOOST_TEST(notes.at("column").is_null());
    BOOST_TEST(notes.at("counts").is_null());
    BOOST_TEST(notes.at("count_sql").get<std::string>().find("FROM app.notes AS t") != std::string::npos);
    BOOST_TEST(!desk.ask({{"questions", false}}).at("tables").at(0).contains("count_sql"));

    const Json counts = {{"rows", 9}, {"null_tenants", 9}, {"derivable", 5}, {"conflicting", 0}, {"orphans", 4}, {"waiting", 3}, {"crossing", 0}};
    const Json told = desk.ask({{"answers", {{{"oid", desk.notes.oid()}, {"counts", counts}, {"trouble", nullptr}}}}}).at("tables").at(0);
    BOOST_TEST(told.at("counts").at("derivable") == 5);
    BOOST_TEST(!told.at("counts").contains("waiting"));
    std::string lacks;
    for (const Json &lack : told.at("lacks"))
        lacks += lack.at("reason").get<std::string>() + " " + lack.at("rows").dump() + ";";
    BOOST_TEST(lacks == "derivable 5;parents have no tenant yet 3;parents are NULL 1;");
    Json more = counts;
    more.update({{"taken", 2}, {"unknown", 1}});
    lacks.clear();
    const Json again = desk.ask({{"answers", {{{"oid", desk.notes.oid()}, {"counts", more}, {"trouble", nullptr}}}}}).at("tables").at(0);
    for (const Json &lack : again.at("lacks"))
        lacks += lack.at("reason").get<std::string>() + " " + lack.at("rows").dump() + ";";
    BOOST_TEST(lacks == "tenant does not exist 1;derivable 3;key is taken 2;parents have no tenant yet 3;parents are NULL 1;");
    const Json failed = desk.ask({{"answers", {{{"oid", desk.notes.oid()}, {"counts", nullptr}, {"trouble", "no operator"}}}}}).at("tables").at(0);
    BOOST_TEST(failed.at("reason").get<std::string>().find("; not counted: no operator") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows_answer_as_well)
{
    const Desk desk;
    const Json asked = desk.ask();
    BOOST_TEST(asked.at("reads").size() == 3u);
    BOOST_TEST(asked.at("tables").at(0).at("needs").size() == 3u);
    const std::string notes = std::to_string(desk.notes.oid()), users = std::to_string(desk.users.oid()),
                      tenants = std::to_string(desk.schema.tenant_table.oid);
    const auto told = [&](const Json &rows) {
        return desk.ask({{"answers", Json::array()}, {"rows", rows}}).at("tables").at(0);
    };
    const auto rows = [](const std::string &table, const std::string &json) { return "\"" + table + "\":" + json; };
    const Json all = Json::parse("{" + rows(notes, R"([["u1"],["u2"],[null]])") + "," + rows(users, R"([["u1","A"],["u2",null]])") + "," +
                                 rows(tenants, R"([["A"]])") + "," + rows("x", "[]") + "}");
    BOOST_TEST(told(all).at("counts").at("derivable") == 1);
    BOOST_TEST(told(all).at("counts").at("orphans") == 2);
    BOOST_TEST(!told(all).contains("count_sql"));
    BOOST_TEST(told(Json::parse("{" + rows(notes, R"([["u1"]])") + "}")).at("counts").is_null());
    BOOST_TEST(told(Json::parse("{" + rows(notes, "[]") + "}")).at("counts").at("rows") == 0);
    for (const char *wrong : {"[[]]", R"([["u1","u2"]])", "[[1]]", "7", R"([{"a":["u1"]}])"})
        refused("22023", [&] { told(Json::parse("{" + rows(notes, wrong) + "}")); });
}

BOOST_AUTO_TEST_CASE(one_table_with_its_conflicts)
{
    const Desk desk;
    const Json found = desk.ask({{"only", desk.users.oid()}});
    BOOST_TEST(found.at("tables").size() == 1u);
    BOOST_TEST(found.at("conflicts_sql").get<std::string>().find("WHERE false") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rules_are_kept_as_they_are_printed)
{
    const Desk desk;
    BOOST_TEST(desk.rule({"APP.notes.user_id->app.users.tenant_id"}).dump() == "[\"notes.user_id -> users.tenant_id\"]");
    BOOST_TEST(desk.rule(Json::array()).dump() == "[]");
    refused("22023", [&] { desk.rule({"user_id -> users.tenant_id", "notes.user_id -> users.tenant_id"}); });
    refused("22004", [&] { desk.rule({nullptr}); });
    refused("22023", [&] { desk.rule({"user_id -> users.id"}); });
    BOOST_TEST(desk.rule({"user_id -> users.id"}, "id").dump() == "[\"notes.user_id -> users.id\"]");
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_refused)
{
    const Desk desk;
    refused("22023", [&] { classification_as_json(snapshot_of(desk.schema).dump(), "{}"); });
    refused("22023", [&] { classification_as_json(snapshot_of(desk.schema).dump(), "[1"); });
    refused("22023", [&] { classification_as_json("{}", "{}"); });
    refused("22023", [&] { rule_as_json(snapshot_of(desk.schema).dump(), "{}"); });
}

BOOST_AUTO_TEST_SUITE_END()
