// Findings as tenancy.lint() returns them and core::lint_as_json() writes them, and what people have said about them.
#pragma once

#include "core/lint.hpp"

#include <nlohmann/json.hpp>

namespace tenancy::command {

struct Finding {
    std::string rule;
    core::Level level = core::Level::info;
    std::string object, title, detail, remediation;
    nlohmann::json metadata;
    enum class Known { no, waiver, baseline } known = Known::no;
    std::string reason; // why it is known
};

// A finding at the level or above of which nobody has said that it is known.
bool counts(const Finding &finding, core::Level level);

// Throws nlohmann::json::exception.
Finding read_finding(const nlohmann::json &from);
std::vector<Finding> read_findings(const nlohmann::json &from);

// What a question has found: the finding with the number of rows.
Finding with_rows(Finding finding, long long rows);
// It could not be asked.
Finding unasked(Finding finding, const std::string &trouble, const std::string &sql);

// By level, rule, object; what is known behind the rest.
void sort_findings(std::vector<Finding> &findings);

} // namespace tenancy::command
