#include "finding.hpp"

#include <algorithm>
#include <tuple>

namespace tenancy::command {

namespace {

core::Level read_level(const std::string &name)
{
    return name == "error" ? core::Level::error : name == "warning" ? core::Level::warning : core::Level::info;
}

} // namespace

bool counts(const Finding &finding, core::Level level)
{
    return finding.known == Finding::Known::no && finding.level >= level;
}

Finding read_finding(const nlohmann::json &from)
{
    const auto text = [&](const char *key) { return from.at(key).get<std::string>(); };
    Finding out;
    out.rule = text("rule");
    out.object = text("object");
    out.title = text("title");
    out.detail = text("detail");
    out.remediation = text("remediation");
    out.metadata = from.at("metadata");
    std::string level = text("level");
    if (level == "waived") {
        level = out.metadata.at("level").get<std::string>();
        out.known = Finding::Known::waiver;
        out.reason = out.metadata.at("waived").get<std::string>();
    }
    out.level = read_level(level);
    return out;
}

std::vector<Finding> read_findings(const nlohmann::json &from)
{
    std::vector<Finding> out;
    for (const nlohmann::json &one : from)
        out.push_back(read_finding(one));
    return out;
}

Finding with_rows(Finding finding, long long rows)
{
    const std::string number = std::to_string(rows);
    for (std::size_t at = 0; (at = finding.detail.find("%s", at)) != std::string::npos; at += number.size())
        finding.detail.replace(at, 2, number);
    finding.metadata["rows"] = rows;
    return finding;
}

Finding unasked(Finding finding, const std::string &trouble, const std::string &sql)
{
    finding.level = core::Level::warning;
    finding.detail = "It could not be asked: " + trouble;
    finding.remediation = sql + ";";
    return finding;
}

void sort_findings(std::vector<Finding> &findings)
{
    std::stable_sort(findings.begin(), findings.end(), [](const Finding &a, const Finding &b) {
        const auto key = [](const Finding &one) { return std::tuple(one.known != Finding::Known::no, -static_cast<int>(one.level)); };
        return key(a) != key(b) ? key(a) < key(b) : std::tie(a.rule, a.object) < std::tie(b.rule, b.object);
    });
}

} // namespace tenancy::command
