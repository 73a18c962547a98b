// A schema as the JSON that tenancy.schema_snapshot() gives: snapshot_of(schema).
#pragma once

#include "core/schema.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::core {

using Json = nlohmann::json;

inline Json optional_json(const std::optional<std::string> &from)
{
    return from ? Json(*from) : Json(nullptr);
}

inline Json table_json(const Table &from)
{
    Json out = {{"oid", from.oid},
                {"schema", from.schema},
                {"name", from.name},
                {"sql", from.sql},
                {"kind", std::string(1, from.kind)},
                {"persistence", std::string(1, from.persistence)},
                {"owner", from.owner},
                {"rows", from.rows},
                {"row_security", from.row_security},
                {"force", from.force},
                {"partition_columns", from.partition_columns},
                {"rules", from.rules}, {"planned_code", from.planned_code},
                {"partition", from.partition},
                {"of_extension", from.of_extension},
                {"of_application", from.of_application},
                {"parents", from.parents},
                {"columns", Json::array()},
                {"policies", Json::array()},
                {"triggers", Json::array()},
                {"indexes", Json::array()}};
    for (const Column &one : from.columns)
        out["columns"].push_back({{"name", one.name},
                                  {"sql", one.sql},
                                  {"type", one.type},
                                  {"not_null", one.not_null},
                                  {"generated", one.generated},
                                  {"identity", one.identity},
                                  {"deterministic", one.deterministic},
                                  {"default", optional_json(one.default_sql)}});
    for (const Policy &one : from.policies)
        out["policies"].push_back({{"name", one.name},
                                   {"sql", one.sql},
                                   {"command", std::string(1, one.command)},
                                   {"permissive", one.permissive},
                                   {"public", one.to_public},
                                   {"roles", one.roles},
                                   {"using", optional_json(one.using_sql)},
                                   {"check", optional_json(one.check_sql)}});
    for (const Trigger &one : from.triggers)
        out["triggers"].push_back(
            {{"name", one.name},
             {"sql", one.sql},
             {"function", one.function},
             {"enabled", std::string(1, one.enabled)},
             {"type", one.type},
             {"cloned", one.cloned},
             {"deferrable", one.deferrable},
             {"deferred", one.deferred},
             {"arguments", one.arguments.empty() ? Json(nullptr) : Json(one.arguments)}});
    for (const Index &one : from.indexes) {
        out["indexes"].push_back({{"name", one.name},
                                  {"unique", one.unique},
                                  {"primary", one.primary},
                                  {"valid", one.valid},
                                  {"partial", one.partial},
                                  {"nulls_equal", one.nulls_equal},
                                  {"columns", one.columns},
                                  {"key", nullptr}});
        const auto or_null = [](const std::string &given) { return given.empty() ? Json(nullptr) : Json(given); };
        if (one.key)
            out["indexes"].back()["key"] = {{"sql", one.key->sql},
                                            {"definition", one.key->definition},
                                            {"constraint", or_null(one.key->constraint)},
                                            {"replica_identity", one.key->replica_identity},
                                            {"inherited", one.key->inherited},
                                            {"options", or_null(one.key->options)},
                                            {"tablespace", or_null(one.key->tablespace)},
                                            {"comment", optional_json(one.key->comment)}};
    }
    return out;
}

inline Json foreign_key_json(const ForeignKey &from)
{
    return {
        {"name", from.name},
        {"sql", from.sql},
        {"child", from.child},
        {"parent", from.parent},
        {"child_columns", from.child_columns},
        {"parent_columns", from.parent_columns},
        {"parent_index", from.parent_index},
        {"delete_columns", from.delete_columns.empty() ? Json(nullptr) : Json(from.delete_columns)},
        {"on_delete", std::string(1, from.on_delete)},
        {"on_update", std::string(1, from.on_update)},
        {"match", std::string(1, from.match)},
        {"deferrable", from.deferrable},
        {"deferred", from.deferred},
        {"validated", from.validated},
        {"inherited", from.inherited},
        {"crossing", std::string(1, from.crossing)},
        {"enforced", true}};
}

inline Json snapshot_of(const Schema &from)
{
    const TenantTable &tenants = from.tenant_table;
    Json out = {{"server_version", from.server_version},
                {"key_type", key_type_name(from.key_type)},
                {"tenant_table",
                 {{"oid", tenants.oid},
                  {"sql", tenants.sql},
                  {"column", tenants.column},
                  {"column_sql", tenants.column_sql}}},
                {"tables", Json::array()},
                {"foreign_keys", Json::array()}};
    for (const auto &[oid, table] : from.tables)
        out["tables"].push_back(table_json(table));
    for (const ForeignKey &key : from.foreign_keys)
        out["foreign_keys"].push_back(foreign_key_json(key));
    return out;
}

} // namespace tenancy::core
