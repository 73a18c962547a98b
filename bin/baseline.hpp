// The baseline: findings that a project knows of, kept as a file beside its source.
//
//     {"findings": [{"rule": "...", "object": "...", "reason": "..."}, ...]}
// Pure but for read_file and write_file. Errors: Usage.
#pragma once

#include "finding.hpp"
#include "options.hpp"

namespace tenancy::command {

struct Baseline {
    struct Entry {
        std::string rule, object, reason;
    };
    std::vector<Entry> entries;

    const Entry *find(const std::string &rule, const std::string &object) const;
};

Baseline parse_baseline(const std::string &text);
std::string baseline_text(const Baseline &baseline);

// Marks what is known and returns the entries that are found no more. What only rows can tell is not missed where
// they were not asked.
std::vector<Baseline::Entry> apply_baseline(const Baseline &baseline, bool data, std::vector<Finding> &findings);

// What fails now, and what the old one has that is still there, with its reasons.
Baseline new_baseline(const std::vector<Finding> &findings, const Baseline &old, core::Level level, bool data);

std::optional<std::string> read_file(const std::string &name); // nothing: there is no such file
void write_file(const std::string &name, const std::string &text); // all of it, or nothing

} // namespace tenancy::command
