#include "core/derivation_text.hpp"

#include "core/derivation_syntax.hpp"
#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

std::string unqualified_sql(const Table &table)
{
    const std::string &sql = table.sql;
    std::size_t dot = 0;
    for (bool quoted = false; dot < sql.size() && (quoted || sql[dot] != '.'); ++dot)
        quoted = quoted != (sql[dot] == '"');
    return sql.substr(std::min(dot + 1, sql.size()));
}

std::string simplified(const std::string &name)
{
    std::string out;
    for (const char c : name)
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0)
            out += c;
        else if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c | 0x20);
    return out;
}

std::string path_text(const Path &path, const std::string &schema_name)
{
    const auto named = [&](const Table &table) {
        return table.schema == schema_name ? unqualified_sql(table) : table.sql;
    };
    std::string out;
    for (std::size_t i = 0; i < path.hops.size(); ++i) {
        std::string columns;
        for (const std::string &column : path.hops[i]->child_columns)
            columns += (columns.empty() ? "" : ", ") + column_sql(*path.tables[i], column);
        const bool several = path.hops[i]->child_columns.size() > 1;
        out += named(*path.tables[i]) + "." + (several ? "(" + columns + ")" : columns) + " -> ";
    }
    return out + named(path.end()) + "." + path.column_sql;
}

std::vector<std::string> path_texts(const std::vector<Path> &paths, const std::string &schema_name)
{
    std::vector<std::string> out;
    for (const Path &path : paths)
        out.push_back(path_text(path, schema_name));
    return out;
}

namespace {

const Table &find_table(const Schema &schema, const std::vector<std::string> &name,
                        const Table &target)
{
    const std::string &in = name.size() > 1 ? name.front() : target.schema;
    for (const auto &[oid, table] : schema.tables)
        if (table.schema == in && table.name == name.back())
            return table;
    std::string like;
    for (const auto &[oid, table] : schema.tables)
        if (like.empty() && simplified(table.name) == simplified(name.back()))
            like = table.sql;
    throw Error("42P01", "table \"" + in + "." + name.back() + "\" of the path does not exist", "",
                like.empty() ? "A table of another schema is written with it: schema.table.column."
                             : "Write " + like + ".");
}

const Column &find_column(const Table &table, const std::string &name)
{
    if (const Column *found = table.column(name))
        return *found;
    for (const Column &column : table.columns)
        if (simplified(column.name) == simplified(name))
            throw Error("42703", "column \"" + name + "\" of " + table.sql + " does not exist", "",
                        "Write " + column.sql + ".");
    throw Error("42703", "column \"" + name + "\" of " + table.sql + " does not exist", "",
                "\\d " + table.sql + " lists its columns.");
}

const ForeignKey &find_reference(const Derivations &derivations, const Table &child,
                                 const std::vector<std::string> &columns, const Table &parent)
{
    std::string others;
    for (const std::string &column : columns)
        find_column(child, column);
    for (const ForeignKey *key : derivations.references(child.oid)) {
        if (key->child_columns == columns && key->parent == parent.oid)
            return *key;
        if (key->child_columns == columns)
            others += (others.empty() ? "" : ", ") + derivations.schema().table(key->parent)->sql;
    }
    std::string list;
    for (const std::string &column : columns)
        list += (list.empty() ? "" : ", ") + column_sql(child, column);
    throw Error("42830", "no foreign key leads from " + child.sql + " (" + list + ") to " + parent.sql,
                others.empty() ? "" : "It leads to " + others + ".",
                !others.empty() ? "Lead the path through " + others + "." : "ALTER TABLE " + child.sql + " ADD FOREIGN KEY (" + list + ") REFERENCES " +
                    parent.sql + " NOT VALID;");
}

} // namespace

Path read_path(const Derivations &derivations, const Table &target, const std::string &text, bool kept)
{
    const Schema &schema = derivations.schema();
    const std::vector<PathSegment> segments = path_segments(text);
    const auto &first = segments.front().table;
    if (!kept && !first.empty() && &find_table(schema, first, target) != &target)
        throw Error("22023", "path " + text + " does not begin with " + target.sql, "",
                    "A path begins with a column of the table whose rows it gives a tenant.");
    Path out;
    out.tables.push_back(&target);
    const Table *at = &target;
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        if (segments[i + 1].table.empty())
            throw Error("42601", "path " + text + " does not name a table in every hop", "",
                        "table.column -> table.column, with foreign keys in between.");
        const Table &next = find_table(schema, segments[i + 1].table, target);
        const ForeignKey &hop = find_reference(derivations, *at, segments[i].columns, next);
        out.hops.push_back(&hop);
        out.nullable_hops += derivations.required(hop) ? 0 : 1;
        out.tables.push_back(at = &next);
    }
    const auto &last = segments.back().columns;
    const Column &end = find_column(*at, last.front());
    const Column *tenant = derivations.tenant_of(*at);
    if (last.size() > 1 || tenant == nullptr || tenant->name != end.name)
        throw Error("22023", "path " + text + " ends in " + at->sql + "." + end.sql + ", which is not a tenant",
                    tenant == nullptr ? "" : "The tenant of that table is in " + tenant->sql + ".",
                    derivations.tenant_column().empty()
                        ? "SELECT tenancy.set_derivation(" + quoted_literal(target.sql) +
                              ", ARRAY[" + quoted_literal(text) + "], 'the_tenant_column');"
                        : "SELECT paths FROM tenancy.classify(" + quoted_literal(target.schema) + ", " +
                        quoted_literal(derivations.tenant_column()) + ") WHERE table_name = " +
                        quoted_literal(target.sql) + "::regclass;");
    out.column = tenant->name;
    out.column_sql = tenant->sql;
    return out;
}

bool names_tenant(const Schema &schema, const std::string &name)
{
    const Table *tenants = schema.table(schema.tenant_table.oid);
    std::string one = tenants == nullptr ? "tenant" : simplified(tenants->name);
    if (one.size() > 1 && one.back() == 's')
        one.pop_back();
    const std::string plain = simplified(name);
    bool known = plain == "tenantid" || plain == one + "id" ||
                 plain == one + simplified(schema.tenant_table.column);
    for (const auto &[oid, table] : schema.tables)
        known = known || protection_of(schema, table).column == name;
    for (const ForeignKey &key : schema.foreign_keys)
        known = known || (key.parent == schema.tenant_table.oid && key.child_columns.size() == 1 &&
                          key.child_columns.front() == name);
    return known;
}

std::string tenant_column_meant(const Schema &schema, const Table &target,
                                const std::vector<std::string> &paths)
{
    for (const std::string &text : paths) {
        const std::vector<PathSegment> segments = path_segments(text);
        if (segments.back().table.empty())
            continue;
        const std::string &name = segments.back().columns.front();
        if (find_table(schema, segments.back().table, target).oid != schema.tenant_table.oid)
            return names_tenant(schema, name) ? name : "";
    }
    return "tenant_id"; // all end in the tenant table
}

} // namespace tenancy::core
