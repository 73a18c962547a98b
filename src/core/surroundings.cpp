#include "core/surroundings.hpp"

#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

const Json::array_t &items(const Json &from, const char *key)
{
    return from.at(key).get_ref<const Json::array_t &>();
}

template <typename Read> auto list(const Json &from, const char *key, Read read)
{
    std::vector<decltype(read(from))> out;
    for (const Json &item : items(from, key))
        out.push_back(read(item));
    return out;
}

std::string text(const Json &from, const char *key)
{
    return from.at(key).get<std::string>();
}

bool flag(const Json &from, const char *key)
{
    return from.at(key).get<bool>();
}

char letter(const Json &from, const char *key)
{
    const std::string value = text(from, key);
    return value.empty() ? ' ' : value.front();
}

std::vector<std::string> texts(const Json &from, const char *key)
{
    return from.at(key).get<std::vector<std::string>>();
}

std::vector<TableId> oids(const Json &from, const char *key)
{
    return from.at(key).get<std::vector<TableId>>();
}

Grants grants(const Json &from, const char *key)
{
    return list(from, key, [](const Json &item) { return Grant{text(item, "to"), text(item, "may")}; });
}

Role read_role(const Json &from)
{
    Role out;
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.superuser = flag(from, "superuser");
    out.bypassrls = flag(from, "bypassrls");
    out.replication = flag(from, "replication");
    out.createrole = flag(from, "createrole");
    out.createdb = flag(from, "createdb");
    out.login = flag(from, "login");
    out.application = flag(from, "application");
    out.granted = flag(from, "granted");
    out.member_of = texts(from, "member_of");
    out.reaches = texts(from, "reaches");
    return out;
}

View read_view(const Json &from)
{
    View out;
    out.oid = from.at("oid").get<TableId>();
    out.schema = text(from, "schema");
    out.sql = text(from, "sql");
    out.owner = text(from, "owner");
    out.materialized = flag(from, "materialized");
    out.invoker = flag(from, "invoker");
    out.barrier = flag(from, "barrier");
    out.filters = flag(from, "filters");
    out.of_extension = flag(from, "of_extension");
    out.reads = oids(from, "reads");
    return out;
}

Function read_function(const Json &from)
{
    Function out;
    out.oid = from.at("oid").get<std::int64_t>();
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.owner = text(from, "owner");
    out.language = text(from, "language");
    out.body = text(from, "body");
    out.definer = flag(from, "definer");
    out.leakproof = flag(from, "leakproof");
    out.trigger = flag(from, "trigger");
    out.parsed = flag(from, "parsed");
    out.of_extension = flag(from, "of_extension");
    out.volatility = letter(from, "volatility");
    out.parallel = letter(from, "parallel");
    if (!from.at("search_path").is_null())
        out.search_path = text(from, "search_path");
    out.grants = grants(from, "grants");
    return out;
}

Granted read_granted(const Json &from)
{
    return {from.value("name", std::string()), text(from, "sql"), text(from, "owner"), grants(from, "grants")};
}

OfTable read_of_table(const Json &from)
{
    OfTable out;
    out.table = from.at("table").get<TableId>();
    out.sql = text(from, "sql");
    out.identity = from.value("identity", false);
    if (from.contains("columns"))
        out.columns = texts(from, "columns");
    if (from.contains("grants"))
        out.grants = grants(from, "grants");
    return out;
}

Surroundings read(const Json &from)
{
    Surroundings out;
    out.database = text(from, "database");
    out.database_owner = text(from, "database_owner");
    if (!from.at("preload").is_null())
        out.preload = text(from, "preload");
    out.extensions = texts(from, "extensions");
    out.database_grants = grants(from, "database_grants");
    out.roles = list(from, "roles", read_role);
    out.stored_settings = list(from, "stored_settings", [](const Json &item) {
        return StoredSetting{text(item, "role"), text(item, "database"), text(item, "name"), text(item, "value")};
    });
    out.parameters = list(from, "parameters", [](const Json &item) {
        return Parameter{text(item, "name"), text(item, "to"), text(item, "may")};
    });
    out.schemas = list(from, "schemas", read_granted);
    out.servers = list(from, "servers", read_granted);
    out.languages = list(from, "languages", read_granted);
    for (const Json &item : items(from, "table_grants"))
        out.table_grants[item.at("oid").get<TableId>()] = grants(item, "grants");
    out.views = list(from, "views", read_view);
    out.functions = list(from, "functions", read_function);
    out.policy_uses = list(from, "policy_uses", [](const Json &item) {
        return PolicyUses{item.at("table").get<TableId>(), text(item, "policy"), oids(item, "functions"), oids(item, "relations")};
    });
    out.publications = list(from, "publications", [](const Json &item) {
        return Publication{text(item, "sql"), flag(item, "all"), oids(item, "tables"), texts(item, "schemas")};
    });
    out.large_objects = list(from, "large_objects", [](const Json &item) {
        return LargeObjects{text(item, "owner"), item.at("count").get<std::int64_t>()};
    });
    out.rules = list(from, "rules", read_of_table);
    out.statistics = list(from, "statistics", read_of_table);
    out.sequences = list(from, "sequences", read_of_table);
    out.exclusions = list(from, "exclusions", read_of_table);
    return out;
}

} // namespace

bool Grant::gives(std::string_view privilege) const
{
    for (std::size_t at = 0; at < may.size();) {
        const std::size_t end = std::min(may.find(' ', at), may.size());
        if (std::string_view(may).substr(at, end - at) == privilege)
            return true;
        at = end + 1;
    }
    return false;
}

const Role *Surroundings::role(std::string_view name) const
{
    const auto found = std::find_if(roles.begin(), roles.end(), [&](const Role &role) { return role.name == name; });
    return found == roles.end() ? nullptr : &*found;
}

const Function *Surroundings::function(std::int64_t oid) const
{
    const auto found = std::find_if(functions.begin(), functions.end(), [&](const Function &one) { return one.oid == oid; });
    return found == functions.end() ? nullptr : &*found;
}

bool Surroundings::has_extension(std::string_view name) const
{
    return std::find(extensions.begin(), extensions.end(), name) != extensions.end();
}

Surroundings read_surroundings(std::string_view json)
{
    try {
        return read(Json::parse(json));
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a description of surroundings", problem.what(), "SELECT tenancy.surroundings('{}');");
    }
}

} // namespace tenancy::core
