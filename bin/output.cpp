#include "output.hpp"

#include <algorithm>
#include <cstdio>

namespace tenancy::command {

namespace {

using Json = nlohmann::ordered_json;

// The character at the front: its length in bytes, 0 where it is no UTF-8.
std::size_t decode(std::string_view text, std::uint32_t &character)
{
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (length == 0 || length > text.size())
        return 0;
    character = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (byte(at) & 0x3fU);
    }
    const bool overlong = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    return overlong || (character >= 0xd800 && character < 0xe000) || character > 0x10ffff ? 0 : length;
}

bool is_printed(std::uint32_t c)
{
    const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    const bool separates = c == 0x2028 || c == 0x2029;
    const bool turns = c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return !control && !separates && !turns;
}

std::string escaped(const char *format, unsigned int value)
{
    char out[16];
    std::snprintf(out, sizeof out, format, value);
    return out;
}

std::string counted(std::size_t number, const char *one, const char *many)
{
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

struct Counts {
    std::size_t error = 0, warning = 0, info = 0, waived = 0, baseline = 0;
};

Counts count(const Run &run)
{
    Counts out;
    for (const Finding &finding : run.findings) {
        if (finding.known == Finding::Known::waiver)
            ++out.waived;
        else if (finding.known == Finding::Known::baseline)
            ++out.baseline;
        else
            ++(finding.level == core::Level::error ? out.error : finding.level == core::Level::warning ? out.warning : out.info);
    }
    return out;
}

const char *known_by(const Finding &finding)
{
    return finding.known == Finding::Known::waiver ? "waiver" : "baseline";
}

std::string listed(const std::vector<std::string> &names)
{
    std::string out;
    for (const std::string &name : names)
        out += (out.empty() ? "" : ", ") + one_line(name);
    return out.empty() ? "none" : out;
}

void print(const Finding &finding, bool coloured, std::string &out)
{
    const auto colour = [&](const char *code) { return coloured ? std::string("\033[") + code + "m" : std::string(); };
    if (finding.known != Finding::Known::no) {
        out += colour("2") + "known: " + one_line(finding.rule) + ": " + one_line(finding.object) + " (" + known_by(finding) + ": " + one_line(finding.reason) + ")" + colour("0") + "\n";
        return;
    }
    const char *code = finding.level == core::Level::error ? "1;31" : finding.level == core::Level::warning ? "1;33" : "1;36";
    out += colour(code) + core::level_name(finding.level) + colour("0") + ": " + one_line(finding.rule) + ": " + colour("1") + one_line(finding.object) + colour("0") + "\n";
    out += "    " + one_line(finding.title) + ". " + one_line(finding.detail) + "\n";
    if (!finding.remediation.empty())
        out += "    run: " + one_line(finding.remediation) + "\n";
}

} // namespace

bool failed(const Run &run)
{
    return std::any_of(run.findings.begin(), run.findings.end(), [&](const Finding &one) { return counts(one, run.level); });
}

std::string one_line(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        std::uint32_t character = 0;
        const std::size_t length = decode(text, character);
        if (length == 0)
            out += escaped("\\x%02x", static_cast<unsigned char>(text.front()));
        else if (is_printed(character))
            out += text.substr(0, length);
        else if (character == '\n' || character == '\r' || character == '\t')
            out += character == '\n' ? "\\n" : character == '\r' ? "\\r" : "\\t";
        else
            out += escaped(character < 0x80 ? "\\x%02x" : "\\u%04x", character);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string as_text(const Run &run, bool coloured)
{
    std::string out;
    for (const Finding &finding : run.findings)
        print(finding, coloured, out);
    for (const Baseline::Entry &entry : run.stale)
        out += "stale: " + one_line(entry.rule) + ": " + one_line(entry.object) + " stands in the baseline and is found no more\n";
    const Counts number = count(run);
    out += "database " + one_line(run.database) + ", PostgreSQL " + one_line(run.server_version) + ", " + (run.extension.empty() ? "without the extension" : "pg_tenancy " + one_line(run.extension)) +
           "; roles of the application: " + listed(run.application_roles) + (run.data ? "" : "; rows were not counted (--data)") + "\n";
    out += counted(number.error, "error", "errors") + ", " + counted(number.warning, "warning", "warnings") + ", " + std::to_string(number.info) + " info";
    if (number.waived > 0)
        out += ", " + std::to_string(number.waived) + " waived";
    if (number.baseline > 0)
        out += ", " + std::to_string(number.baseline) + " in the baseline";
    if (!run.stale.empty())
        out += ", " + std::to_string(run.stale.size()) + " stale in the baseline";
    return out + (failed(run) ? ": failed\n" : ": passed\n");
}

std::string as_json(const Run &run)
{
    Json findings = Json::array(), stale = Json::array();
    for (const Finding &one : run.findings) {
        Json known;
        if (one.known != Finding::Known::no)
            known = {{"by", known_by(one)}, {"reason", one.reason}};
        findings.push_back({{"rule", one.rule}, {"level", core::level_name(one.level)}, {"object", one.object}, {"title", one.title}, {"detail", one.detail},
                            {"remediation", one.remediation}, {"known", known}, {"metadata", one.metadata}});
    }
    for (const Baseline::Entry &one : run.stale)
        stale.push_back({{"rule", one.rule}, {"object", one.object}, {"reason", one.reason}});
    const Counts number = count(run);
    Json extension;
    if (!run.extension.empty())
        extension = run.extension;
    const Json out{{"database", run.database},
                   {"server_version", run.server_version},
                   {"extension", extension},
                   {"application_roles", run.application_roles},
                   {"data", run.data},
                   {"level", core::level_name(run.level)},
                   {"failed", failed(run)},
                   {"counts", {{"error", number.error}, {"warning", number.warning}, {"info", number.info}, {"waived", number.waived}, {"baseline", number.baseline}, {"stale", stale.size()}}},
                   {"findings", findings},
                   {"stale", stale}};
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace tenancy::command
