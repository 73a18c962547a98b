#include "core/lint_parts.hpp"

#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <tuple>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

constexpr Level error = Level::error, warning = Level::warning, info = Level::info;

Json finding_json(const Finding &finding)
{
    Json metadata = Json::object();
    for (const auto &[name, value] : finding.metadata)
        metadata[name] = value;
    return {{"rule", finding.rule},     {"level", level_name(finding.level)},     {"object", finding.object}, {"title", finding.title},
            {"detail", finding.detail}, {"remediation", finding.remediation}, {"metadata", metadata}};
}

} // namespace

const char *level_name(Level level) noexcept
{
    return level == error ? "error" : level == warning ? "warning" : "info";
}

std::span<const LintRule> lint_rules()
{
    static constexpr LintRule rules[] = {
        {"rls_disabled", "rls", error, "row-level security is off", lint_rls_disabled},
        {"rls_not_forced", "rls", error, "the owner is not filtered", lint_rls_not_forced},
        {"policies_without_rls", "rls", error, "policies stand, but row-level security is off", lint_policies_without_rls},
        {"partition_open", "rls", error, "a part of the table can be read around it", lint_partition_open},
        {"no_policy", "rls", info, "nobody sees a row", lint_no_policy},
        {"no_restrictive_policy", "rls", warning, "the next permissive policy opens the table", lint_no_restrictive_policy},
        {"tenant_column_nullable", "rls", warning, "rows can belong to nobody", lint_tenant_column_nullable},
        {"tenant_column_loose", "rls", error, "different tenants can be equal", lint_tenant_column_loose},
        {"guard_missing", "rls", error, "writes are not checked", lint_guard_missing},
        {"drift", "rls", warning, "the table is not protected as protect() leaves it", lint_drift},
        {"policy_for_some_roles", "policies", warning, "a policy holds for some roles only", lint_policy_for_some_roles},
        {"policy_always_true", "policies", error, "a policy lets everything through", lint_policy_always_true},
        {"policy_fails_open", "policies", error, "a policy opens without a tenant", lint_policy_fails_open},
        {"policy_without_tenant", "policies", warning, "a policy does not ask for the tenant", lint_policy_without_tenant},
        {"policy_reads_table", "policies", warning, "a policy reads other tables", lint_policy_reads_table},
        {"policy_function_immutable", "policies", error, "a plan keeps the tenant it was made for", lint_policy_function_immutable},
        {"function_leakproof", "policies", error, "a function is asked before the policies", lint_function_leakproof},
        {"role_superuser", "roles", error, "policies do not hold for the application", lint_role_superuser},
        {"role_bypassrls", "roles", error, "policies do not hold for the application", lint_role_bypassrls},
        {"role_replication", "roles", error, "the application may read the log of all changes", lint_role_replication},
        {"role_createrole", "roles", error, "the application may make itself other roles", lint_role_createrole},
        {"role_owns_table", "roles", error, "the application owns its own fence", lint_role_owns_table},
        {"role_reaches_owner", "roles", error, "the application may become the owner", lint_role_reaches_owner},
        {"role_reaches_bypass", "roles", error, "the application may become a role without policies", lint_role_reaches_bypass},
        {"role_predefined", "roles", error, "the application holds a predefined role", lint_role_predefined},
        {"role_not_enrolled", "roles", warning, "a role reads protected tables and is not guarded", lint_role_not_enrolled},
        {"grant_truncate", "roles", error, "TRUNCATE ignores policies", lint_grant_truncate},
        {"grant_references", "roles", warning, "a foreign key tells which keys exist", lint_grant_references},
        {"grant_trigger", "roles", error, "the application may put triggers on the table", lint_grant_trigger},
        {"grant_public", "roles", warning, "everybody is granted something", lint_grant_public},
        {"stored_context", "roles", error, "sessions begin with a tenant", lint_stored_context},
        {"stored_secret", "roles", warning, "everybody can read a stored setting", lint_stored_secret},
        {"stored_row_security", "roles", warning, "sessions begin with row_security off", lint_stored_row_security},
        {"stored_enforcement", "roles", error, "sessions begin without guards", lint_stored_enforcement},
        {"parameter_granted", "roles", error, "the application may set a parameter of superusers", lint_parameter_granted},
        {"library_not_preloaded", "roles", error, "sessions of the application are not guarded from their start", lint_library_not_preloaded},
        {"view_of_owner", "routes", error, "a view shows rows of all tenants", lint_view_of_owner},
        {"materialized_view", "routes", error, "a materialized view holds rows of all tenants", lint_materialized_view},
        {"definer_search_path", "routes", error, "a SECURITY DEFINER function runs what its caller names", lint_definer_search_path},
        {"definer_bypasses", "routes", warning, "a SECURITY DEFINER function is not filtered", lint_definer_bypasses},
        {"rule_on_table", "routes", warning, "a rule changes statements", lint_rule_on_table},
        {"foreign_table", "routes", warning, "a foreign table cannot be filtered", lint_foreign_table},
        {"foreign_server", "routes", warning, "the application may use a foreign server", lint_foreign_server},
        {"dblink_callable", "routes", warning, "the application may open connections", lint_dblink_callable},
        {"publication", "routes", info, "subscribers receive rows of all tenants", lint_publication},
        {"large_objects", "routes", warning, "large objects know no tenants", lint_large_objects},
        {"create_in_schema", "routes", warning, "the application may create objects", lint_create_in_schema},
        {"temporary_tables", "routes", warning, "the application may create temporary tables", lint_temporary_tables},
        {"untrusted_language", "routes", error, "the application may write functions that the server does not confine", lint_untrusted_language},
        {"unique_without_tenant", "oracles", warning, "a unique key tells what other tenants have", lint_unique_without_tenant},
        {"exclusion_without_tenant", "oracles", warning, "an exclusion constraint tells what other tenants have", lint_exclusion_without_tenant},
        {"reference_without_tenant", "oracles", warning, "a reference may cross tenants", lint_reference_without_tenant},
        {"cascade_without_tenant", "oracles", error, "a cascade may change other tenants' rows", lint_cascade_without_tenant},
        {"sequence_granted", "oracles", warning, "a sequence tells how much others write", lint_sequence_granted},
        {"extended_statistics", "oracles", info, "statistics hold values of all tenants", lint_extended_statistics},
        {"index_without_tenant", "oracles", info, "an index leads through other tenants' rows", lint_index_without_tenant},
        {"tenant_null", "data", warning, "rows belong to nobody", lint_tenant_null},
        {"tenant_unknown", "data", warning, "rows belong to tenants that do not exist", lint_tenant_unknown},
        {"reference_crosses", "data", error, "rows refer to rows of other tenants", lint_reference_crosses},
        {"setting_per_row", "speed", warning, "a policy reads a setting for each row", lint_setting_per_row},
        {"setting_in_subselect", "speed", info, "the planner does not know the tenant", lint_setting_in_subselect},
        {"policy_function_slow", "speed", warning, "a policy calls an interpreted function for each row", lint_policy_function_slow},
        {"policy_function_serial", "speed", warning, "no query on the table runs in parallel", lint_policy_function_serial},
        {"no_tenant_index", "speed", warning, "a tenant's rows are found by reading all", lint_no_tenant_index},
        {"minor_version", "server", warning, "the server lacks fixes of row-level security", lint_minor_version},
    };
    return rules;
}

Finding &add_finding(const LintRule &rule, const std::string &object, const std::string &detail, const std::string &remediation, LintResult &out)
{
    return out.findings.emplace_back(Finding{rule.name, rule.level, object, rule.title, detail, remediation, {{"family", rule.family}}});
}

LintResult lint(const Schema &schema, const Surroundings &around, const LintRequest &request)
{
    const LintContext context = lint_context(schema, around, request);
    LintResult out;
    for (const LintRule &rule : lint_rules())
        rule.check(context, rule, out);
    std::stable_sort(out.findings.begin(), out.findings.end(), [](const Finding &a, const Finding &b) {
        return std::tuple(-static_cast<int>(a.level), a.rule, a.object) < std::tuple(-static_cast<int>(b.level), b.rule, b.object);
    });
    return out;
}

std::string lint_rules_as_json()
{
    Json out = Json::array();
    for (const LintRule &rule : lint_rules())
        out.push_back({{"rule", rule.name}, {"family", rule.family}, {"level", level_name(rule.level)}, {"title", rule.title}});
    return out.dump();
}

std::string lint_as_json(std::string_view snapshot, std::string_view surroundings, std::string_view request)
{
    LintRequest asked;
    try {
        const Json from = Json::parse(request);
        asked.tenant_column = from.at("tenant_column").is_null() ? "" : from.at("tenant_column").get<std::string>();
        asked.context_setting = from.at("context_setting").get<std::string>();
        asked.installed = from.at("installed").get<bool>();
        if (from.contains("enrolled"))
            asked.enrolled = from.at("enrolled").get<std::set<std::string>>();
    } catch (const Json::exception &problem) {
        throw Error("22023", "not a request to lint", problem.what(), "SELECT * FROM tenancy.lint();");
    }
    const LintResult result = lint(read_schema(snapshot), read_surroundings(surroundings), asked);
    Json findings = Json::array(), questions = Json::array();
    for (const Finding &finding : result.findings)
        findings.push_back(finding_json(finding));
    for (const RowQuestion &question : result.questions)
        questions.push_back({{"sql", question.sql}, {"finding", finding_json(question.finding)}});
    return Json{{"findings", findings}, {"questions", questions}}.dump();
}

} // namespace tenancy::core
