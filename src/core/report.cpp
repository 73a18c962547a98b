#include "core/report.hpp"

#include "core/error.hpp"
#include "core/report_parts.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_reasons = 12;

const char *word(Grade grade)
{
    return grade == Grade::error ? "Isolation is not assured" : grade == Grade::warning ? "Isolation holds, with warnings" : "Isolation holds";
}

const char *style(Grade grade)
{
    return grade == Grade::error ? "n" : grade == Grade::warning ? "w" : "y";
}

std::string verdict_box(const ReportVerdict &verdict)
{
    std::string out = std::string("<div class=\"verdict ") + grade_name(verdict.grade) + "\">\n<p class=\"sentence " + style(verdict.grade) + "\">" + html_text(verdict.sentence) + "</p>\n";
    if (verdict.reasons.empty())
        return out + "</div>\n";
    out += "<ul>\n";
    for (std::size_t i = 0; i < verdict.reasons.size() && i < most_reasons; ++i) {
        const ReportReason &reason = verdict.reasons[i];
        out += std::string("<li class=\"") + style(reason.grade) + "\"><a href=\"#" + reason.section + "\"><bdi>" + html_text(cut_to(reason.text, 300)) + "</bdi></a></li>\n";
    }
    if (verdict.reasons.size() > most_reasons)
        out += "<li class=\"i\">and " + std::to_string(verdict.reasons.size() - most_reasons) + " more reasons, below</li>\n";
    return out + "</ul>\n</div>\n";
}

std::string fact(const char *name, const std::string &value)
{
    return std::string("<div><dt>") + name + "</dt> <dd>" + value + "</dd></div>\n";
}

std::string facts_list(const ReportFacts &facts)
{
    return "<dl class=\"facts\">\n" + fact("Made", "<time datetime=\"" + html_text(facts.generated_at) + "\">" + html_text(facts.generated_at) + "</time>") + fact("Database", html_name(facts.database)) +
           fact("Server", "PostgreSQL " + html_text(facts.server_version)) + fact("Extension", "pg_tenancy " + html_text(facts.extension_version)) + fact("Rows examined", facts.data ? "yes" : "no") +
           fact("Proof", html_text(facts.proof_state)) + "</dl>\n";
}

constexpr const char *contents = "<nav aria-label=\"Contents\">\n<ul>\n<li><a href=\"#tables\">Tables</a></li>\n<li><a href=\"#lint\">Findings</a></li>\n<li><a href=\"#proof\">Proof</a></li>\n<li><a href=\"#roles\">Roles</a></li>\n"
                                 "<li><a href=\"#tenants\">Tenants</a></li>\n<li><a href=\"#status\">Status</a></li>\n</ul>\n</nav>\n";

std::string colophon(const ReportFacts &facts)
{
    return "<footer>\n<p>Made by <code>tenancy.report()</code> of pg_tenancy " + html_text(facts.extension_version) + " from the catalogs of one database, in one transaction. This page is one file; it loads nothing and runs nothing.</p>\n"
           "<p>It says nothing about superusers, the operating system, files and backups, other databases, or what an application does with rows it may read. Row counts of tables are the planner&#39;s estimates. "
           "Characters that cannot be seen, or that change the direction of text, are shown as <code>[U+202E]</code>; commands that hold such a name have to be typed.</p>\n</footer>\n";
}

Json verdict_json(const ReportVerdict &verdict)
{
    Json reasons = Json::array();
    for (const ReportReason &reason : verdict.reasons)
        reasons.push_back({{"grade", grade_name(reason.grade)}, {"text", reason.text}});
    return {{"grade", grade_name(verdict.grade)},
            {"holds", verdict.grade != Grade::error},
            {"sentence", verdict.sentence},
            {"reasons", reasons},
            {"tables", verdict.tables},
            {"tables_held", verdict.held},
            {"errors", verdict.errors},
            {"warnings", verdict.warnings},
            {"infos", verdict.infos},
            {"waived", verdict.waived},
            {"cells", verdict.cells},
            {"cells_held", verdict.cells_held},
            {"cells_crossed", verdict.cells_crossed},
            {"cells_missing", verdict.cells_missing},
            {"cells_left_out", verdict.cells_left_out}};
}

} // namespace

std::string report_as_json(std::string_view facts)
{
    const ReportFacts read = read_report_facts(facts);
    Json out = Json::parse(valid_utf8(facts));
    out["verdict"] = verdict_json(judge_report(read));
    return out.dump(1, ' ', true);
}

std::string report_as_html(std::string_view facts)
{
    const ReportFacts read = read_report_facts(facts);
    const ReportVerdict verdict = judge_report(read);
    const std::string database = html_text(cut_to(read.database, 100));
    std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" content=\"pg_tenancy\">\n";
    out += "<title>" + database + ": " + word(verdict.grade) + "</title>\n<style>" + report_style + "</style>\n</head>\n<body>\n<main>\n<h1>Isolation of tenants in " + html_name(read.database) + "</h1>\n";
    out += verdict_box(verdict) + facts_list(read) + contents;
    out += report_tables_section(read, verdict) + report_findings_section(read, verdict) + report_proof_section(read, verdict) + report_roles_section(read) + report_tenants_section(read) + report_status_section(read);
    return out + "</main>\n" + colophon(read) + "</body>\n</html>\n";
}

} // namespace tenancy::core
