// Adoption over the border: requests come in and plans, or scripts, go out as JSON.

#include "core/adoption_parts.hpp"
#include "core/adoption_script.hpp"
#include "core/error.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

AdoptionRequest read_request(const Json &from)
{
    AdoptionRequest out;
    out.schema_name = from.at("schema").get<std::string>();
    out.column = from.at("column").get<std::string>();
    out.column_sql = from.at("column_sql").get<std::string>();
    for (const Json &rule : from.at("rules").get_ref<const Json::array_t &>())
        out.rules.push_back({rule.at("target").get<TableId>(), rule.at("paths").get<std::vector<std::string>>()});
    for (const Json &fallback : from.at("fallbacks").get_ref<const Json::array_t &>())
        out.fallbacks[fallback.at("target").get<TableId>()] = fallback.at("tenant").get<std::string>();
    if (const Json &given = from.at("not_null"); !given.is_null())
        out.not_null = given.get<bool>();
    out.batch_size = from.at("batch_size").get<std::int64_t>();
    out.pause_ms = from.at("pause_ms").get<std::int64_t>();
    if (out.batch_size < 1 || out.batch_size > 1000000 || out.pause_ms < 0 || out.pause_ms > 3600000)
        throw Error("22023", "batch_size is " + std::to_string(out.batch_size) + " and pause_ms is " + std::to_string(out.pause_ms),
                    "A batch is of 1 to 1000000 rows, a pause of 0 to 3600000 ms.", "CALL tenancy.adopt('your_schema', batch_size => 10000, pause_ms => 0);");
    return out;
}

} // namespace

std::string adoption_as_json(std::string_view snapshot, std::string_view request)
{
    const Schema schema = read_schema(snapshot);
    try {
        return plan_text(plan_adoption(schema, read_request(Json::parse(request))));
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a request for an adoption", problem.what());
    }
}

std::string script_as_json(std::string_view plan, std::string_view format, std::string_view day)
{
    try {
        const Json given = Json::parse(plan);
        std::vector<ScriptStep> steps;
        for (const Json &step : given.at("steps").get_ref<const Json::array_t &>()) {
            ScriptStep one{step.at("transaction").get<int>(), step.at("phase").get<std::string>(), step.at("target").get<std::string>(),
                           step.at("kind").get<std::string>(), step.at("sql").get<std::string>(), step.at("alone").get<bool>(),
                           step.at("optional").get<bool>(), std::nullopt};
            if (const auto check = step.find("check"); check != step.end())
                one.check = Check{check->at("sql").get<std::string>(), check->at("message").get<std::string>(), check->at("hint").get<std::string>()};
            steps.push_back(std::move(one));
        }
        Json out = Json::array();
        for (const ScriptFile &file : script_files(steps, script_format(std::string(format)), std::string(day)))
            out.push_back({{"file", file.name}, {"content", file.content}});
        return out.dump();
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a plan", problem.what());
    }
}

} // namespace tenancy::core
