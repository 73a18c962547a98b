#include "baseline.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

namespace tenancy::command {

namespace {

constexpr const char *first_reason = "known when the baseline was written";

bool is_told_by_rows(const std::string &rule)
{
    const auto &rules = core::lint_rules();
    return std::any_of(rules.begin(), rules.end(), [&](const core::LintRule &one) { return one.name == rule && std::string_view(one.family) == "data"; });
}

[[noreturn]] void fail(const std::string &name)
{
    throw Usage(name + ": " + std::strerror(errno));
}

} // namespace

const Baseline::Entry *Baseline::find(const std::string &rule, const std::string &object) const
{
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry &one) { return one.rule == rule && one.object == object; });
    return found == entries.end() ? nullptr : &*found;
}

Baseline parse_baseline(const std::string &text)
{
    try {
        Baseline out;
        const nlohmann::json all = nlohmann::json::parse(text);
        for (const nlohmann::json &one : all.at("findings").get_ref<const nlohmann::json::array_t &>())
            out.entries.push_back({one.at("rule").get<std::string>(), one.at("object").get<std::string>(), one.at("reason").get<std::string>()});
        return out;
    } catch (const nlohmann::json::exception &problem) {
        throw Usage(std::string("not a baseline: ") + problem.what());
    }
}

std::string baseline_text(const Baseline &baseline)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Baseline::Entry &one : baseline.entries)
        list.push_back({{"rule", one.rule}, {"object", one.object}, {"reason", one.reason}});
    return nlohmann::ordered_json{{"findings", list}}.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::vector<Baseline::Entry> apply_baseline(const Baseline &baseline, bool data, std::vector<Finding> &findings)
{
    std::set<const Baseline::Entry *> found;
    for (Finding &finding : findings) {
        const Baseline::Entry *entry = baseline.find(finding.rule, finding.object);
        if (entry == nullptr)
            continue;
        found.insert(entry);
        if (finding.known == Finding::Known::no) {
            finding.known = Finding::Known::baseline;
            finding.reason = entry->reason;
        }
    }
    std::vector<Baseline::Entry> stale;
    for (const Baseline::Entry &entry : baseline.entries)
        if (found.count(&entry) == 0 && (data || !is_told_by_rows(entry.rule)))
            stale.push_back(entry);
    return stale;
}

Baseline new_baseline(const std::vector<Finding> &findings, const Baseline &old, core::Level level, bool data)
{
    Baseline out;
    for (const Finding &finding : findings) {
        const Baseline::Entry *before = old.find(finding.rule, finding.object);
        if ((counts(finding, level) || before != nullptr) && out.find(finding.rule, finding.object) == nullptr)
            out.entries.push_back({finding.rule, finding.object, before == nullptr ? first_reason : before->reason});
    }
    for (const Baseline::Entry &entry : old.entries)
        if (!data && is_told_by_rows(entry.rule) && out.find(entry.rule, entry.object) == nullptr)
            out.entries.push_back(entry);
    return out;
}

std::optional<std::string> read_file(const std::string &name)
{
    std::FILE *file = std::fopen(name.c_str(), "rb");
    if (file == nullptr) {
        if (errno == ENOENT)
            return std::nullopt;
        fail(name);
    }
    std::string out;
    char part[4096];
    for (std::size_t got = 0; (got = std::fread(part, 1, sizeof part, file)) > 0;)
        out.append(part, got);
    const bool failed = std::ferror(file) != 0;
    const int reason = errno;
    std::fclose(file);
    errno = reason;
    if (failed)
        fail(name);
    return out;
}

void write_file(const std::string &name, const std::string &text)
{
    const std::string fresh = name + ".new";
    std::FILE *file = std::fopen(fresh.c_str(), "wb");
    if (file == nullptr)
        fail(fresh);
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) == 0 && written && std::rename(fresh.c_str(), name.c_str()) == 0)
        return;
    const int reason = errno;
    std::remove(fresh.c_str());
    errno = reason;
    fail(name);
}

} // namespace tenancy::command
