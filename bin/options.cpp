#include "options.hpp"

#include <algorithm>

namespace tenancy::command {

namespace {

// What tenancy.lint() takes: ^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)+$
bool is_setting(std::string_view name)
{
    const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    bool begins = true;
    std::size_t parts = 1;
    for (const char c : name) {
        if (c == '.' ? begins : begins ? !letter(c) : !(letter(c) || (c >= '0' && c <= '9') || c == '$'))
            return false;
        begins = c == '.';
        parts += begins ? 1 : 0;
    }
    return parts > 1 && !begins;
}

// One option at a time, as --name VALUE or --name=VALUE.
class Arguments {
  public:
    explicit Arguments(const std::vector<std::string> &all) : all_(all) {}

    bool next()
    {
        if (at_ == all_.size())
            return false;
        word_ = all_[at_++];
        value_.reset();
        if (!is_option())
            return true;
        if (const std::size_t equals = word_.find('='); equals != std::string::npos) {
            value_ = word_.substr(equals + 1);
            word_.resize(equals);
        }
        return true;
    }
    bool is_option() const { return !ended_ && word_.starts_with('-') && word_.size() > 1; }
    void end_options() { ended_ = true; }
    const std::string &word() const { return word_; }

    std::string value()
    {
        std::string out;
        if (value_)
            out = *value_;
        else if (at_ < all_.size())
            out = all_[at_++];
        if (out.empty())
            throw Usage(word_ + " needs a value");
        value_.reset();
        return out;
    }
    void no_value() const
    {
        if (value_)
            throw Usage(word_ + " takes no value");
    }

  private:
    const std::vector<std::string> &all_;
    std::size_t at_ = 0;
    std::string word_;
    std::optional<std::string> value_;
    bool ended_ = false;
};

Format format_named(const std::string &name)
{
    if (name == "text")
        return Format::text;
    if (name == "json")
        return Format::json;
    throw Usage("--format is text or json, not \"" + name + "\"");
}

void add_to_connection(Options &out, const std::string &word)
{
    // Several are parameters of one connection: host=/tmp dbname=shop.
    if (!out.connection.empty() && (out.connection.find('=') == std::string::npos || word.find('=') == std::string::npos))
        throw Usage("\"" + word + "\" is one argument too many");
    out.connection += (out.connection.empty() ? "" : " ") + word;
}

} // namespace

const char *const help_text =
    "Finds what is wrong, or weaker than it should be, with the isolation of tenants in a database of PostgreSQL 15 to 18,\n"
    "with or without the extension pg_tenancy. Changes nothing.\n"
    "\n"
    "  pg_tenancy lint [CONNECTION] [OPTION]...\n"
    "\n"
    "CONNECTION is what libpq takes: a database's name, \"host=... dbname=...\", postgresql://...; without it, the environment\n"
    "(PGHOST, PGDATABASE, PGSERVICE, ...).\n"
    "\n"
    "  --data                 count rows, too: in whole tables, where no index helps\n"
    "  --schema-column NAME   the tenant column; else what refers to the tenants, or is called like tenant_id\n"
    "  --setting NAME         the setting that names the tenant (app.current_tenant_id)\n"
    "  --role NAME            a role of the application; may be repeated. Else the enrolled ones, or without the\n"
    "                         extension those that log in and are granted something\n"
    "  --level LEVEL          what fails: error, warning or info (warning)\n"
    "  --format FORMAT        text or json (text)\n"
    "  --baseline FILE        findings that stand in it are known, and do not fail\n"
    "  --write-baseline       write what would fail into that file\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 nothing at the level or above, 1 findings, 2 a mistake in the call, 3 the database cannot be asked.\n";

core::Level level_named(const std::string &name)
{
    for (const core::Level level : {core::Level::error, core::Level::warning, core::Level::info})
        if (name == core::level_name(level))
            return level;
    throw Usage("--level is error, warning or info, not \"" + name + "\"");
}

Options parse_options(const std::vector<std::string> &arguments)
{
    Options out;
    Arguments left(arguments);
    bool has_verb = false;
    while (left.next()) {
        const std::string word = left.word();
        if (!left.is_option()) {
            if (has_verb)
                add_to_connection(out, word);
            else if (word == "lint")
                has_verb = true;
            else
                throw Usage("there is no command \"" + word + "\"");
            continue;
        }
        if (word == "--data" || word == "--write-baseline" || word == "--help" || word == "--version" || word == "-h" || word == "--") {
            left.no_value();
            if (word == "--")
                left.end_options();
            else if (word == "--data")
                out.data = true;
            else if (word == "--write-baseline")
                out.write_baseline = true;
            else
                out.verb = word == "--version" ? Options::Verb::version : Options::Verb::help;
            if (out.verb != Options::Verb::lint)
                return out;
        } else if (word == "--schema-column") {
            out.tenant_column = left.value();
        } else if (word == "--setting") {
            out.context_setting = left.value();
        } else if (word == "--role") {
            out.roles.push_back(left.value());
        } else if (word == "--level") {
            out.level = level_named(left.value());
        } else if (word == "--format") {
            out.format = format_named(left.value());
        } else if (word == "--baseline") {
            out.baseline = left.value();
        } else {
            throw Usage("there is no option " + word);
        }
    }
    if (!has_verb)
        throw Usage("what should be done?");
    if (!is_setting(out.context_setting))
        throw Usage("\"" + out.context_setting + "\" is not the name of a setting of an application");
    if (out.write_baseline && out.baseline.empty())
        throw Usage("--write-baseline needs --baseline FILE");
    return out;
}

} // namespace tenancy::command
