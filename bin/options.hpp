// The command line of pg_tenancy. Pure.
//
// parse_options throws Usage, whose text is for the person who typed.
#pragma once

#include "core/lint.hpp"

#include <stdexcept>

namespace tenancy::command {

struct Usage : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Format { text, json };

struct Options {
    enum class Verb { lint, help, version } verb = Verb::lint;
    std::string connection; // of libpq: a database, "host=... dbname=...", postgresql://...; "": the environment
    std::string tenant_column;
    std::string context_setting = "app.current_tenant_id";
    std::vector<std::string> roles;
    core::Level level = core::Level::warning; // what fails
    Format format = Format::text;
    std::string baseline;
    bool data = false, write_baseline = false;
};

core::Level level_named(const std::string &name); // throws Usage

// Without the program's name.
Options parse_options(const std::vector<std::string> &arguments);

extern const char *const help_text;

} // namespace tenancy::command
