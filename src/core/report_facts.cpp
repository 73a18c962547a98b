// The facts of a report over the border.

#include "core/error.hpp"
#include "core/report.hpp"
#include "core/report_text.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

// NULL is "".
std::string text(const Json &from, const char *name)
{
    const Json &given = from.at(name);
    return given.is_null() ? std::string() : given.get<std::string>();
}

bool flag(const Json &from, const char *name)
{
    const Json &given = from.at(name);
    return !given.is_null() && given.get<bool>();
}

std::int64_t number(const Json &from, const char *name)
{
    const Json &given = from.at(name);
    return given.is_null() ? -1 : given.get<std::int64_t>();
}

// Of an object that others write: what is no text is shown as JSON.
std::string metadata(const Json &from, const char *name)
{
    const auto found = from.find(name);
    if (found == from.end() || found->is_null())
        return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

template <typename Made, typename Read> std::vector<Made> all(const Json &from, const char *name, const Read &read)
{
    std::vector<Made> out;
    for (const Json &one : from.at(name).get_ref<const Json::array_t &>())
        out.push_back(read(one));
    return out;
}

ReportTable read_table(const Json &from)
{
    ReportTable out;
    out.schema = text(from, "schema");
    out.name = text(from, "name");
    out.sql = text(from, "sql");
    out.kind = text(from, "kind");
    out.column = text(from, "tenant_column");
    out.global_rows = text(from, "global_rows");
    out.part = flag(from, "part");
    out.row_security = flag(from, "row_security");
    out.forced = flag(from, "forced");
    out.isolated = flag(from, "isolated");
    out.guarded = flag(from, "guarded");
    out.nullable = flag(from, "nullable");
    out.rows = number(from, "rows");
    return out;
}

ReportFinding read_finding(const Json &from)
{
    const Json &more = from.at("metadata");
    ReportFinding out;
    out.rule = text(from, "rule");
    out.family = metadata(more, "family");
    out.object = text(from, "object");
    out.title = text(from, "title");
    out.detail = text(from, "detail");
    out.remediation = text(from, "remediation");
    out.level = text(from, "level");
    out.worst = metadata(more, "level");
    if (out.worst.empty())
        out.worst = out.level;
    out.reason = metadata(more, "waived");
    out.waived_by = metadata(more, "waived_by");
    out.until = metadata(more, "until");
    out.ended = metadata(more, "waiver_ended");
    return out;
}

ProofCell read_cell(const Json &from)
{
    ProofCell out{text(from, "target"), text(from, "operation"), text(from, "statement"), text(from, "sqlstate"), text(from, "detail"), text(from, "outcome"), std::nullopt};
    if (const Json &rows = from.at("rows"); !rows.is_null())
        out.rows = rows.get<std::int64_t>();
    return out;
}

ReportTenants read_tenants(const Json &from)
{
    ReportTenants out;
    out.table = text(from, "table");
    for (const Json &one : from.at("by_status").get_ref<const Json::array_t &>())
        out.by_status.emplace_back(text(one, "status"), number(one, "tenants"));
    const Json &sizes = from.at("sizes");
    out.trouble = text(from, "trouble");
    out.counted = !sizes.is_null();
    if (!out.counted)
        return out;
    out.biggest = all<TenantSize>(sizes, "biggest", [](const Json &one) { return TenantSize{text(one, "tenant"), text(one, "name"), number(one, "rows")}; });
    out.rest_tenants = number(sizes, "rest_tenants");
    out.rest_rows = number(sizes, "rest_rows");
    out.nobodys_rows = number(sizes, "rows_of_nobody");
    return out;
}

ReportFacts read(const Json &from)
{
    ReportFacts out;
    out.generated_at = text(from, "generated_at");
    out.database = text(from, "database");
    out.server_version = text(from, "server_version");
    out.extension_version = text(from, "extension_version");
    out.enforcement = flag(from, "enforcement");
    out.data = flag(from, "data");
    out.rules = from.at("lint_rules").get<std::size_t>();
    out.tables = all<ReportTable>(from, "tables", read_table);
    out.open_tables = all<OpenTable>(from, "open_tables", [](const Json &one) {
        return OpenTable{text(one, "schema"), text(one, "name"), text(one, "sql"), text(one, "tenant_column"), text(one, "next_command"), number(one, "rows")};
    });
    out.roles = all<ReportRole>(from, "roles", [](const Json &one) {
        return ReportRole{text(one, "name"), flag(one, "can_login"), flag(one, "preloaded"), one.at("powers").get<std::vector<std::string>>()};
    });
    out.findings = all<ReportFinding>(from, "lint", read_finding);
    out.status = all<ReportStatus>(from, "status", [](const Json &one) { return ReportStatus{text(one, "topic"), text(one, "state"), text(one, "detail"), text(one, "next_command")}; });
    out.tenants = read_tenants(from.at("tenants"));
    out.proof_state = text(from, "proof_state");
    if (!from.at("proof").is_null())
        out.proof = all<ProofCell>(from, "proof", read_cell);
    return out;
}

} // namespace

ReportFacts read_report_facts(std::string_view facts)
{
    try {
        return read(Json::parse(valid_utf8(facts)));
    } catch (const Json::exception &problem) {
        throw Error("22023", "not the facts of a report", problem.what(), "SELECT tenancy.report();");
    }
}

} // namespace tenancy::core
