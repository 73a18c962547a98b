// Facts of a report to start from: one protected table, one enrolled role, nothing wrong.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace report_test {

using Json = nlohmann::json;

inline Json table(const std::string &name, const std::string &schema = "shop")
{
    return {{"schema", schema}, {"name", name},      {"sql", schema + "." + name}, {"kind", "protected"},      {"part", false},     {"row_security", true}, {"forced", true},
            {"isolated", true}, {"guarded", true}, {"tenant_column", "tenant_id"},  {"nullable", false}, {"global_rows", nullptr}, {"rows", 1234567}};
}

inline Json open_table(const std::string &name)
{
    return {{"schema", "shop"}, {"name", name}, {"sql", "shop." + name}, {"tenant_column", "tenant_id"}, {"rows", nullptr}, {"next_command", "SELECT tenancy.protect('shop." + name + "');"}};
}

inline Json finding(const std::string &rule, const std::string &level, const std::string &object, const Json &metadata = {{"family", "rls"}})
{
    return {{"rule", rule}, {"level", level}, {"object", object}, {"title", "title of " + rule}, {"detail", "what is wrong"}, {"remediation", "ALTER " + object + ";"}, {"metadata", metadata}};
}

inline Json cell(const std::string &target, const std::string &operation, const std::string &outcome)
{
    return {{"target", target}, {"operation", operation}, {"statement", "SELECT 1"}, {"sqlstate", "42501"}, {"rows", 0}, {"outcome", outcome}, {"detail", nullptr}};
}

inline Json facts()
{
    return {{"generated_at", "2026-01-02T03:04:05Z"},
            {"database", "app"},
            {"server_version", "15.20"},
            {"extension_version", "0.1.0"},
            {"enforcement", true},
            {"data", true},
            {"lint_rules", 65},
            {"tables", Json::array({table("orders")})},
            {"open_tables", Json::array()},
            {"roles", Json::array({{{"name", "app"}, {"can_login", true}, {"preloaded", true}, {"powers", Json::array()}}})},
            {"lint", Json::array()},
            {"status", Json::array({{{"topic", "library"}, {"state", "ok"}, {"detail", "loaded at server start"}, {"next_command", nullptr}}})},
            {"tenants", {{"table", "tenancy.tenants"}, {"by_status", Json::array({{{"status", "active"}, {"tenants", 2}}})}, {"sizes", nullptr}, {"trouble", nullptr}}},
            {"proof_state", "not run"},
            {"proof", nullptr}};
}

inline Json sizes(int tenants)
{
    Json biggest = Json::array();
    for (int i = 0; i < tenants; ++i)
        biggest.push_back({{"tenant", std::to_string(i)}, {"name", "Tenant " + std::to_string(i)}, {"rows", 1000 - i}});
    return {{"biggest", biggest}, {"rest_tenants", 0}, {"rest_rows", 0}, {"rows_of_nobody", 0}};
}

inline bool has(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

inline std::size_t times(const std::string &text, const std::string &part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

} // namespace report_test
