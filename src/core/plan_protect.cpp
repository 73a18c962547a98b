// Which tables a request means, and what must be true of them before anything is planned.

#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <set>
#include <utility>

namespace tenancy::core {

std::string accessor_sql(KeyType type)
{
    switch (type) {
    case KeyType::bigint:
    case KeyType::integer:
        return "tenancy.current_tenant_bigint()";
    case KeyType::text:
        return "tenancy.current_tenant_text()";
    default:
        return "tenancy.current_tenant_id()";
    }
}

std::string quoted_literal(const std::string &value)
{
    std::string out = value.find('\\') == std::string::npos ? "'" : "E'";
    for (const char c : value) {
        if (c == '\'' || c == '\\')
            out += c;
        out += c;
    }
    return out + "'";
}

namespace {

// Without parentheses and blanks, but for those of quoted names and literals.
std::string bare(const std::string &expression)
{
    std::string out;
    char quote = 0;
    for (const char c : expression) {
        if (quote == 0 && (c == '(' || c == ')' || c == ' ' || c == '\n'))
            continue;
        if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = 0;
        out += c;
    }
    return out;
}

// Would other parentheses change what it means? Not among connectives of one kind.
bool mixed(const std::string &expression)
{
    bool found[3] = {false, false, false};
    std::string word, before;
    char quote = 0;
    for (const char c : expression + " ") {
        if (quote == 0 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')) {
            word += static_cast<char>(c | (c == '_' ? 0 : 0x20));
            continue;
        }
        if (!word.empty()) {
            found[0] = found[0] || word == "and";
            found[1] = found[1] || word == "or";
            found[2] = found[2] || (word == "not" && before != "is");
            before = std::exchange(word, "");
        }
        if (quote == 0 && std::string_view("+-*/%").find(c) != std::string_view::npos)
            return true;
        if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else if (c == quote)
            quote = 0;
    }
    return found[0] + found[1] + found[2] > 1;
}

} // namespace

std::string fitting(const std::string &name, std::size_t bytes)
{
    std::size_t size = std::min(name.size(), bytes);
    while (size > 0 && size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80)
        --size; // not in the middle of a character
    return name.substr(0, size);
}

std::string quoted_name(const std::string &name)
{
    std::string out = "\"";
    for (const char c : fitting(name, name_bytes)) {
        if (c == '"')
            out += c;
        out += c;
    }
    return out + "\"";
}

bool same_expression(const std::optional<std::string> &printed, const std::string &wanted)
{
    if (!printed.has_value())
        return false;
    // The server puts parentheses around the whole.
    if (*printed == wanted || *printed == "(" + wanted + ")")
        return true;
    return !mixed(wanted) && bare(*printed) == bare(wanted);
}

std::string column_sql(const Table &table, const std::string &name)
{
    const Column *found = table.column(name);
    return found == nullptr ? name : found->sql;
}

namespace {

[[noreturn]] void refuse_kind(const TargetName &target, const char *verb)
{
    std::string kind = "is not a table of this database";
    std::string hint = "SELECT * FROM tenancy.status();";
    if (target.kind == 'v') {
        kind = "is a view";
        hint = "Protect the tables beneath it and ALTER VIEW " + target.name +
               " SET (security_invoker = true);";
    } else if (target.kind == 'm') {
        kind = "is a materialized view";
        hint = "Protect the tables beneath it and REVOKE ALL ON " + target.name +
               " FROM the application's roles;";
    } else if (target.kind == 't') {
        kind = "is a temporary table";
        hint = "CREATE TABLE without TEMPORARY; it is gone with its session anyway.";
    } else if (target.kind == 'r') {
        kind = "is a system catalog";
    }
    throw Error("42809", target.name + " " + kind + " and cannot be " + verb, "", hint);
}

} // namespace

const Table &require_table(const Schema &schema, const TargetName &target, const char *verb)
{
    const Table *table = schema.table(target.oid);
    if (table == nullptr)
        refuse_kind(target, verb);
    if (table->of_extension)
        throw Error("42809", "table " + table->sql + " belongs to an extension",
                    "What an extension owns is recreated by it and would lose its protection.",
                    "SELECT * FROM tenancy.status();");
    if (table->kind == 'f')
        throw Error("42809", table->sql + " is a foreign table",
                    "Row-level security does not exist for foreign tables.",
                    "Protect the table on its own server.");
    for (const TableId parent : table->parents)
        if (const Table *above = schema.table(parent)) {
            const std::string done = verb;
            const std::string function = done == "protected"     ? "protect"
                                         : done == "unprotected" ? "unprotect"
                                         : done == "shared"      ? "share"
                                         : done == "observed"    ? "observe"
                                         : done == "enforced"    ? "enforce"
                                                                 : "soft_delete";
            throw Error("42809", table->sql + " is a part of " + above->sql, "A table is treated together with all that inherits from it.",
                        "SELECT tenancy." + function + "(" + quoted_literal(above->sql) + ");");
        }
    for (const Table *member : schema.family(target.oid))
        if (member->of_application)
            throw Error("42501",
                        "table " + member->sql + " belongs to " + member->owner + ", a role of an application",
                        "Its types, casts and defaults are code of that role, and would run as you.",
                        "ALTER TABLE " + member->sql + " OWNER TO a_role_that_is_not_enrolled;");
    if (std::string_view(verb) == "protected" || std::string_view(verb) == "enforced")
        for (const Table *member : schema.family(target.oid))
            if (!member->planned_code.empty())
                throw Error("55000", "function " + member->planned_code + " of an index, a partition key or statistics of " + member->sql + " would run as you",
                            "PostgreSQL evaluates what is constant in them when it plans a query, for a foreign key, say, with the rights of whoever asks.",
                            "ALTER FUNCTION " + member->planned_code + " OWNER TO CURRENT_USER; -- once you have read it");
    for (const Table *member : schema.family(target.oid))
        if (member->kind == 'f')
            throw Error("42809", member->sql + ", a part of " + table->sql + ", is a foreign table",
                        "Row-level security does not exist for foreign tables.",
                        "ALTER TABLE " + table->sql + " DETACH PARTITION " + member->sql + ";");
    return *table;
}

bool comparable(KeyType key, const std::string &type)
{
    switch (key) {
    case KeyType::uuid:
        return type == "uuid";
    case KeyType::bigint:
    case KeyType::integer:
        return type == "bigint" || type == "integer";
    case KeyType::text:
        return type == "text" || type == "character varying";
    case KeyType::unknown:
        break;
    }
    return false;
}

bool is_canary(const Table &table)
{
    const Policy *isolation = table.policy(isolation_policy);
    return isolation != nullptr && !isolation->permissive && !isolation->to_public && !table.force &&
           table.trigger_calling(write_guard_function) != nullptr;
}

Protection protection_of(const Schema &, const Table &table)
{
    Protection out;
    if (const Trigger *guard = table.trigger_calling(write_guard_function)) {
        out.kind = Protection::Kind::tenant;
        out.column = guard->arguments.empty() ? "" : guard->arguments.front();
        if (table.policy(isolation_update_policy) != nullptr)
            out.global_rows = GlobalRows::read;
        out.canary = is_canary(table);
    } else if (table.trigger_calling(shared_guard_function) != nullptr) {
        out.kind = Protection::Kind::shared;
    }
    return out;
}

namespace {

void check_column(const Schema &schema, const Target &target)
{
    const Table &table = *target.table;
    const Column *column = table.column(target.column);
    if (column == nullptr)
        return;
    const std::string key = key_type_name(schema.key_type);
    if (!comparable(schema.key_type, column->type))
        throw Error("42804",
                    "column " + column->sql + " of " + table.sql + " is of type " + column->type +
                        ", tenant ids are of type " + key,
                    "The tenant column holds the tenant key and must have its type.",
                    "ALTER TABLE " + table.sql + " ALTER COLUMN " + column->sql + " TYPE " + key +
                        " USING " + column->sql + "::" + key + ";");
    if (column->generated || column->identity)
        throw Error("42P17", "column " + column->sql + " of " + table.sql + " is generated",
                    "The tenant of a row comes from the context of the session that writes it.",
                    "ALTER TABLE " + table.sql + " ALTER COLUMN " + column->sql +
                        (column->identity ? " DROP IDENTITY;" : " DROP EXPRESSION;"));
    if (!column->deterministic)
        throw Error("42P22",
                    "column " + column->sql + " of " + table.sql +
                        " is compared by a nondeterministic collation",
                    "Two tenants whose ids are spelled alike would see each other's rows.",
                    "ALTER TABLE " + table.sql + " ALTER COLUMN " + column->sql + " TYPE " +
                        column->type + " COLLATE \"C\";");
}

// What was protected or shared before it became a part keeps nothing of that silently.
void check_parts(const Schema &schema, const Target &target)
{
    for (const Table *member : schema.family(target.table->oid)) {
        const Protection own = protection_of(schema, *member);
        const bool shared = own.kind == Protection::Kind::shared;
        const bool other = own.kind == Protection::Kind::tenant && own.column != target.column &&
                           member->column(own.column) != nullptr;
        if (member != target.table && (shared || other))
            throw Error("55000",
                        "table " + member->sql + ", a part of " + target.table->sql + ", is " +
                            (shared ? "shared" : "protected by column " + column_sql(*member, own.column)),
                        "A table is treated together with all that inherits from it.",
                        member->partition ? "ALTER TABLE " + target.table->sql + " DETACH PARTITION " + member->sql + ";"
                                          : "ALTER TABLE " + member->sql + " NO INHERIT " + target.table->sql + ";");
    }
}

} // namespace

Target resolve_target(const Schema &schema, const ProtectRequest &request, const char *verb)
{
    const Table &table = require_table(schema, request.target, verb);
    if (table.oid == schema.tenant_table.oid)
        throw Error("42809", "table " + table.sql + " is the tenant table",
                    "Its rows are tenants; they do not belong to one.",
                    "SELECT tenancy.protect('the_table_with_the_rows_of_tenants');");
    const Protection now = protection_of(schema, table);
    if (now.kind == Protection::Kind::shared)
        throw Error("55000", "table " + table.sql + " is shared", "",
                    "SELECT tenancy.unprotect(" + quoted_literal(table.sql) + ");");
    const bool by_column = now.kind == Protection::Kind::tenant && table.column(now.column) != nullptr;
    Target out{&table, request.column, request.column_sql,
               request.global_rows.value_or(now.global_rows), false};
    if (by_column && now.column != request.column) {
        if (table.column(request.column) != nullptr)
            throw Error("55000",
                        "table " + table.sql + " is protected by column " +
                            column_sql(table, now.column),
                        "", "SELECT tenancy.unprotect(" + quoted_literal(table.sql) + ");");
        out.column = now.column;
    }
    check_parts(schema, out);
    check_column(schema, out);
    const Column *column = table.column(out.column);
    out.column_missing = column == nullptr;
    if (column != nullptr)
        out.column_sql = column->sql;
    if (out.column_missing && out.global_rows == GlobalRows::read)
        throw Error("42703", "column " + out.column_sql + " of " + table.sql + " does not exist", "",
                    "ALTER TABLE " + table.sql + " ADD COLUMN " + out.column_sql + " " +
                        key_type_name(schema.key_type) + ";");
    return out;
}

Plan plan_protect(const Schema &schema, const std::vector<ProtectRequest> &requests)
{
    std::vector<Target> targets;
    std::set<TableId> seen;
    for (const ProtectRequest &request : requests)
        if (seen.insert(request.target.oid).second)
            targets.push_back(resolve_target(schema, request, "protected"));
    Plan plan;
    for (const Target &target : targets)
        plan_columns(schema, target, plan);
    plan_references(schema, targets, plan);
    for (const Target &target : targets)
        plan_index(schema, target, plan);
    for (const Target &target : targets)
        plan_policies(schema, target, plan);
    for (const Target &target : targets) {
        plan_end_of_fill(schema, target, plan);
        plan_guards(schema, target, plan);
    }
    // What inherits from two of the targets was planned with each.
    std::set<std::string> steps, notes;
    std::erase_if(plan.steps, [&](const Step &step) { return !steps.insert(step.sql).second; });
    std::erase_if(plan.notes, [&](const std::string &note) { return !notes.insert(note).second; });
    return plan;
}

} // namespace tenancy::core
