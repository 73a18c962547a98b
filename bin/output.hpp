// What pg_tenancy lint prints. Pure.
#pragma once

#include "baseline.hpp"

namespace tenancy::command {

struct Run {
    std::string database, server_version;
    std::string extension;                      // its version; "": not installed
    std::vector<std::string> application_roles; // whose isolation was looked at
    core::Level level = core::Level::warning;
    bool data = false;
    std::vector<Finding> findings;
    std::vector<Baseline::Entry> stale;
};

bool failed(const Run &run);

// Control characters, those that turn the direction of text, and bytes that are no UTF-8 as \n, \x1b, \u202e: names
// cannot make lines of their own, nor move the cursor.
std::string one_line(std::string_view text);

std::string as_text(const Run &run, bool coloured);
std::string as_json(const Run &run);

} // namespace tenancy::command
