#include "core/adoption_script.hpp"

#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

// As part of a file's name.
std::string plain(const std::string &text)
{
    std::string out;
    for (const char c : text)
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
        else if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c | 0x20);
        else if (!out.empty() && out.back() != '_' && c != '"')
            out += '_';
    while (!out.empty() && out.back() == '_')
        out.pop_back();
    return out.substr(0, 60);
}

std::string number(std::size_t value, std::size_t digits)
{
    std::string out = std::to_string(value);
    return out.size() < digits ? std::string(digits - out.size(), '0') + out : out;
}

std::string tagged(const std::string &text, const std::string &name)
{
    std::string tag = "$" + name + "$";
    for (int i = 1; text.find(tag) != std::string::npos; ++i)
        tag = "$" + name + std::to_string(i) + "$";
    return tag;
}

// Percent signs are placeholders of RAISE. The count is the first one: names may have some, too.
std::string raised(const std::string &message)
{
    std::string out;
    const std::size_t count = message.find("%s");
    for (std::size_t i = 0; i < message.size(); ++i)
        if (i == count)
            out += message[i++];
        else
            out.append(message[i] == '%' ? 2 : 1, message[i]);
    return quoted_literal(out);
}

std::string statement(const ScriptStep &step)
{
    if (!step.check)
        return step.sql + ";\n";
    const bool counted = step.check->message.find("%s") != std::string::npos;
    const std::string level = step.optional ? "WARNING" : "EXCEPTION";
    std::string raise = "RAISE " + level + " " + raised(step.check->message) + (counted ? ", found" : "") + " USING " +
                        (step.optional ? "" : "ERRCODE = 'object_not_in_prerequisite_state', ") + "HINT = " +
                        quoted_literal(step.check->hint) + ";";
    if (step.check->message.empty())
        raise = "NULL;";
    // Operators of the question are those of the server: who runs the file may have any search_path, and what
    // follows in its transaction, the tool's own statements, may need it.
    const std::string body = "\nDECLARE\n    found bigint;\n    search_path_before pg_catalog.text := pg_catalog.current_setting('search_path');\nBEGIN\n"
                             "    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);\n    found := (" + step.check->sql + ");\n    IF found > 0 THEN\n        " +
                             raise + "\n    ELSIF found = 0 THEN -- less: there is nothing to do\n        " + step.sql + ";\n    END IF;\n"
                             "    PERFORM pg_catalog.set_config('search_path', search_path_before, true);\nEND ";
    const std::string tag = tagged(body, "step");
    return "DO " + tag + body + tag + ";\n";
}

// Run it again when it does not get its lock.
const char politely[] = "SET LOCAL lock_timeout = '2s';\n";

std::string ruby_class(const std::string &name)
{
    std::string out;
    bool upper = true;
    for (const char c : name) {
        if (c == '_') {
            upper = true;
            continue;
        }
        out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return out;
}

std::string ruby(const std::string &name, const std::vector<std::string> &statements, bool alone)
{
    std::string out = "class " + ruby_class(name) + " < ActiveRecord::Migration[6.0]\n" +
                      (alone ? "  disable_ddl_transaction!\n\n" : "") + "  def up\n" +
                      (alone ? "" : "    execute \"SET LOCAL lock_timeout = '2s'\"\n");
    for (const std::string &sql : statements) {
        std::string tag = "SQL";
        while (sql.find(tag) != std::string::npos)
            tag += "_";
        out += "    execute <<-'" + tag + "'\n" + sql + tag + "\n";
    }
    return out + "  end\n\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n";
}

} // namespace

ScriptFormat script_format(const std::string &name)
{
    for (const auto &[known, format] : {std::pair("psql", ScriptFormat::psql), std::pair("flyway", ScriptFormat::flyway),
                                        std::pair("rails", ScriptFormat::rails), std::pair("prisma", ScriptFormat::prisma)})
        if (name == known)
            return format;
    throw Error("22023", "there is no format \"" + name + "\"", "", "psql, flyway, rails or prisma.");
}

std::vector<ScriptFile> script_files(const std::vector<ScriptStep> &steps, ScriptFormat format,
                                     const std::string &day)
{
    std::vector<ScriptFile> out;
    const std::size_t last = steps.empty() ? 0 : static_cast<std::size_t>(steps.back().transaction);
    const std::size_t digits = std::max<std::size_t>(3, std::to_string(last).size());
    for (std::size_t i = 0; i < steps.size();) {
        const ScriptStep &first = steps[i];
        std::vector<std::string> statements;
        std::string all;
        bool alone = false;
        for (; i < steps.size() && steps[i].transaction == first.transaction; ++i) {
            statements.push_back(statement(steps[i]));
            all += statements.back();
            alone = alone || steps[i].alone;
        }
        const std::string ordinal = number(static_cast<std::size_t>(first.transaction), digits);
        const std::string title = plain(first.phase + "_" + first.kind + "_" + first.target);
        switch (format) {
        case ScriptFormat::psql:
            out.push_back({ordinal + "_" + title + ".sql",
                           "\\set ON_ERROR_STOP on\n" + (alone ? all : std::string("BEGIN;\n") + politely + all + "COMMIT;\n")});
            break;
        case ScriptFormat::flyway:
            // Flyway wants each statement that runs outside of a transaction in a file of its own.
            out.push_back({"V" + day + "." + ordinal + "__" + title + ".sql", (alone ? "" : politely) + all});
            if (alone)
                out.push_back({"V" + day + "." + ordinal + "__" + title + ".sql.conf", "executeInTransaction=false\n"});
            break;
        case ScriptFormat::rails: {
            const std::string unique = "tenancy_" + ordinal + "_" + title;
            out.push_back({day + number(static_cast<std::size_t>(first.transaction), 6) + "_" + unique + ".rb",
                           ruby(unique, statements, alone)});
            break;
        }
        case ScriptFormat::prisma:
            out.push_back({day + number(static_cast<std::size_t>(first.transaction), 6) + "_" + title + "/migration.sql",
                           (alone ? "" : politely) + all});
            break;
        }
    }
    return out;
}

} // namespace tenancy::core
