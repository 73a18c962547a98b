// What lint() found: by level, and beneath that by rule.

#include "core/report_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

struct Group {
    std::string rule, title;
    std::vector<const ReportFinding *> findings;
};

std::vector<Group> of_level(const ReportFacts &facts, std::string_view level)
{
    std::vector<Group> out;
    for (const ReportFinding &finding : facts.findings) {
        if (finding.level != level)
            continue;
        if (out.empty() || out.back().rule != finding.rule)
            out.push_back({finding.rule, finding.title, {}});
        out.back().findings.push_back(&finding);
    }
    return out;
}

// All commands of a rule in one block; what occurs twice is said once.
std::string commands(const Group &group)
{
    std::vector<std::string_view> said;
    std::string out;
    for (const ReportFinding *finding : group.findings) {
        if (finding->remediation.empty() || (!said.empty() && said.back() == finding->remediation))
            continue;
        said.push_back(finding->remediation);
        out += (out.empty() ? "" : "\n") + finding->remediation;
    }
    return html_command(out);
}

std::string body(const Group &group, bool waived)
{
    std::string rows;
    for (const ReportFinding *finding : group.findings) {
        rows += "<tr><th scope=\"row\">" + html_name(finding->object) + "</th><td><bdi>" + html_text(finding->detail) + "</bdi>";
        if (!finding->ended.empty())
            rows += " <span class=\"dim\">Its waiver ended at " + html_text(finding->ended) + ".</span>";
        rows += "</td>";
        if (waived) {
            rows += "<td>" + html_text(finding->worst) + "</td><td><bdi>" + html_text(finding->reason) + "</bdi></td><td>" + (finding->until.empty() ? "until taken back" : html_text(finding->until)) + "</td><td>" +
                    html_name(finding->waived_by) + "</td>";
        }
        rows += "</tr>\n";
    }
    const std::string header = waived ? html_header({"Object", "Finding", "Level without it", "Reason", "Until", "By"}) : html_header({"Object", "Finding"});
    std::string table = html_table(group.title, header, rows);
    if (!waived)
        table.replace(table.find("<table>"), 7, "<table class=\"plain\">");
    return table + commands(group);
}

std::string level_part(const ReportFacts &facts, const char *id, const char *heading, std::string_view level, std::size_t count, const char *style)
{
    std::string out = std::string("<h3 id=\"") + id + "\"><span class=\"level " + style + "\">" + heading + ": " + std::to_string(count) + "</span></h3>\n";
    for (const Group &group : of_level(facts, level)) {
        const std::string summary = html_text(group.title) + " <span class=\"dim\"><code>" + html_text(group.rule) + "</code>, " + std::to_string(group.findings.size()) + "</span>";
        out += html_details(summary, body(group, level == "waived"), (level == "error" || level == "warning" || level == "waived") && group.findings.size() <= 50);
    }
    return out;
}

std::string chart(const ReportFacts &facts)
{
    constexpr const char *levels[] = {"error", "warning", "info", "waived"};
    std::map<std::string, std::vector<std::int64_t>> families;
    for (const ReportFinding &finding : facts.findings) {
        auto &counts = families[finding.family.empty() ? "other" : finding.family];
        counts.resize(4);
        for (std::size_t i = 0; i < 4; ++i)
            counts[i] += finding.level == levels[i] ? 1 : 0;
    }
    std::vector<Bar> bars;
    std::string description;
    for (const auto &[family, counts] : families) {
        Bar bar{family, "", {}};
        for (std::size_t i = 0; i < 4; ++i) {
            if (counts[i] == 0)
                continue;
            const bool plural = counts[i] != 1 && i < 2;
            bar.value += (bar.value.empty() ? "" : ", ") + std::to_string(counts[i]) + " " + levels[i] + (plural ? "s" : "");
            bar.parts.push_back({levels[i], counts[i]});
        }
        description += (description.empty() ? "" : "; ") + family + ": " + bar.value;
        bars.push_back(std::move(bar));
    }
    return html_bars("families", "Findings by family of rules", description, bars);
}

} // namespace

std::string report_findings_section(const ReportFacts &facts, const ReportVerdict &verdict)
{
    std::string out = "<section>\n<h2 id=\"lint\">Findings of lint</h2>\n<p>" + std::to_string(facts.rules) + " rules were asked";
    out += facts.data ? ", and rows were counted." : "; rows were not counted: <code>tenancy.report(data =&gt; true)</code> does.";
    out += " Each has a page in <code>docs/lint</code>.</p>\n";
    if (facts.findings.empty())
        return out + "<p><span class=\"y\">They found nothing.</span></p>\n</section>\n";
    out += chart(facts);
    if (verdict.errors > 0)
        out += level_part(facts, "errors", "Errors", "error", verdict.errors, "n");
    if (verdict.warnings > 0)
        out += level_part(facts, "warnings", "Warnings", "warning", verdict.warnings, "w");
    if (verdict.infos > 0)
        out += level_part(facts, "infos", "Worth knowing", "info", verdict.infos, "i");
    if (verdict.waived > 0)
        out += level_part(facts, "waived", "Waived", "waived", verdict.waived, "i");
    return out + "</section>\n";
}

} // namespace tenancy::core
