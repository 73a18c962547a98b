// Plans over the border: requests come in and plans go out as JSON.

#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

GlobalRows global_rows(const std::string &given)
{
    if (given == "none")
        return GlobalRows::none;
    if (given == "read")
        return GlobalRows::read;
    throw Error("22023", "global_rows is \"none\" or \"read\", not \"" + given + "\"",
                "'read': rows whose tenant is NULL belong to the platform and all tenants may read "
                "them.",
                "SELECT tenancy.protect('your_table', global_rows => 'read');");
}

TargetName read_name(const Json &from)
{
    const std::string kind = from.at("kind").get<std::string>();
    return {from.at("oid").get<TableId>(), from.at("name").get<std::string>(),
            kind.empty() ? ' ' : kind.front()};
}

std::optional<std::string> visible_when(const Json &request)
{
    const Json &given = request.at("visible_when");
    return given.is_null() ? std::nullopt : std::optional(given.get<std::string>());
}

ProtectRequest read_target(const Json &from)
{
    ProtectRequest out;
    out.target = read_name(from);
    out.column = from.at("column").get<std::string>();
    out.column_sql = from.at("column_sql").get<std::string>();
    if (const Json &global = from.at("global_rows"); !global.is_null())
        out.global_rows = global_rows(global.get<std::string>());
    return out;
}

std::vector<CanaryRole> canary_roles(const Json &request)
{
    std::vector<CanaryRole> out;
    for (const Json &role : request.at("roles").get_ref<const Json::array_t &>())
        out.push_back({role.at("name").get<std::string>(), role.at("enrolled").get<bool>()});
    return out;
}

Plan make_plan(const Schema &schema, const Json &request)
{
    const std::string action = request.at("action").get<std::string>();
    if (action == "share")
        return plan_share(schema, read_name(request.at("targets").at(0)),
                          visible_when(request));
    if (action == "unprotect")
        return plan_unprotect(schema, read_name(request.at("targets").at(0)));
    if (action == "soft_delete") {
        const Json &target = request.at("targets").at(0);
        return plan_soft_delete(schema, read_name(target), target.at("column").get<std::string>(),
                                target.at("column_sql").get<std::string>());
    }
    if (action == "rescope_unique" || action == "one_row_per_tenant") {
        const Json &target = request.at("targets").at(0);
        const std::string column = target.at("column").get<std::string>();
        return action == "one_row_per_tenant"
                   ? plan_one_row_per_tenant(schema, read_name(target), column)
                   : plan_rescope_unique(schema, read_name(target), request.at("key").get<std::string>(), column);
    }
    const auto column = [&request] {
        const Json &target = request.at("targets").at(0);
        return TargetColumn{target.at("column").get<std::string>(), target.at("column_sql").get<std::string>()};
    };
    if (action == "observe")
        return plan_observe(schema, read_name(request.at("targets").at(0)), column());
    if (action == "unobserve")
        return plan_unobserve(schema, read_name(request.at("targets").at(0)));
    if (action == "enforce")
        return plan_enforce(schema, read_target(request.at("targets").at(0)), canary_roles(request));
    if (action != "protect")
        throw Error("22023", "not a request for a plan", "There is no action \"" + action + "\".");
    std::vector<ProtectRequest> targets;
    for (const Json &target : request.at("targets").get_ref<const Json::array_t &>())
        targets.push_back(read_target(target));
    return plan_protect(schema, targets);
}

Json step_json(const Step &step, std::size_t number, int transaction)
{
    Json out = {{"step", number},          {"phase", step.phase},   {"transaction", transaction},
                {"target", step.target},   {"kind", step.kind},     {"sql", step.sql},
                {"lock_mode", step.lock_mode}, {"rows", step.rows}, {"reason", step.reason},
                {"alone", step.alone}, {"optional", step.optional}};
    if (step.check)
        out["check"] = {{"sql", step.check->sql},
                        {"message", step.check->message},
                        {"hint", step.check->hint}};
    return out;
}

const char *kind_name(const Protection &now)
{
    return now.kind == Protection::Kind::shared ? "shared" : now.canary ? "canary" : "protected";
}

} // namespace

std::vector<std::pair<int, const Step *>> transactions(const Plan &plan)
{
    std::vector<std::pair<int, const Step *>> out;
    for (const Step &step : plan.steps) {
        const int before = out.empty() ? 0 : out.back().first;
        const bool same = before > 0 && (!plan.online || step.joined);
        out.emplace_back(same ? before : before + 1, &step);
    }
    return out;
}

std::string plan_text(const Plan &plan)
{
    Json steps = Json::array();
    for (const auto &[transaction, step] : transactions(plan))
        steps.push_back(step_json(*step, steps.size() + 1, transaction));
    return Json{{"steps", steps}, {"notes", plan.notes}}.dump();
}

std::string plan_as_json(std::string_view snapshot, std::string_view request)
{
    const Schema schema = read_schema(snapshot);
    try {
        return plan_text(make_plan(schema, Json::parse(request)));
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a request for a plan", problem.what());
    }
}

std::string protections_as_json(std::string_view snapshot)
{
    const Schema schema = read_schema(snapshot);
    Json out = Json::array();
    for (const auto &[oid, table] : schema.tables) {
        const Protection now = protection_of(schema, table);
        if (now.kind == Protection::Kind::none)
            continue;
        out.push_back({{"oid", oid},
                       {"kind", kind_name(now)},
                       {"column", now.column},
                       {"part", !table.parents.empty()},
                       {"global_rows", now.global_rows == GlobalRows::read ? "read" : "none"}});
    }
    return out.dump();
}

} // namespace tenancy::core
