#include "core/derivation_sql.hpp"

#include "core/derivation_query.hpp"
#include "core/derivation_text.hpp"
#include "core/error.hpp"
#include "core/plan_parts.hpp"

namespace tenancy::core {

namespace {

using Texts = std::vector<std::string>;

std::string counted(const std::string &condition, const char *name)
{
    const std::string what = condition == "false"  ? "0::bigint"
                             : condition == "true" ? "count(*)"
                                                   : "count(*) FILTER (WHERE " + condition + ")";
    return ",\n       " + what + " AS " + name;
}

const Texts &key_columns(const Table &table)
{
    for (const Index &index : table.indexes)
        if (index.primary)
            return index.columns;
    throw Error("55000", "table " + table.sql + " has no primary key",
                "Its rows cannot be named one by one.",
                "ALTER TABLE " + table.sql + " ADD COLUMN id uuid PRIMARY KEY DEFAULT tenancy.uuid_v7();");
}

} // namespace

std::string count_sql(const Derivations &derivations, const Question &question)
{
    const Query query(derivations, question);
    if (question.rows_only)
        return "SELECT count(*) AS rows\n" + query.from();
    const std::string nobody = query.paths().empty() ? "true" : query.none();
    std::string out = "SELECT count(*) AS rows" + counted(query.missing(), "null_tenants") +
                      counted(query.lacks(Lack::derivable), "derivable") +
                      counted(query.lacks(Lack::conflicting), "conflicting");
    const std::string &missing = query.missing();
    out += counted(missing == "false" || nobody == "true" ? missing
                   : missing == "true"                    ? nobody
                                                          : missing + " AND " + nobody,
                   "orphans");
    out += counted(query.unknown().empty() ? "false" : query.unknown(), "unknown");
    out += counted(query.lacks(Lack::waiting), "waiting");
    Texts crossing;
    for (const std::string &condition : query.crossings())
        crossing.push_back("count(*) FILTER (WHERE " + condition + ")");
    out += ",\n       " + (crossing.empty() ? "0::bigint" : joined(crossing, "\n     + ")) + " AS crossing";
    out += ",\n       " + (question.distinct_tenants && !query.own().empty()
                               ? "count(DISTINCT " + query.own() + ")"
                               : std::string("0::bigint")) + " AS tenants";
    const std::string placed = query.placed();
    const auto count_taken = [&](const char *split, const char *name) {
        out += ",\n       (SELECT count(*) FROM (" + placed + ") AS placed WHERE placed.lacks AND placed.taken AND " +
               split + "placed.split) AS " + name;
    };
    if (!placed.empty()) {
        count_taken("NOT ", "taken");
        if (question.decided && question.paths.size() > 1)
            count_taken("", "taken_split");
    }
    return out + "\n" + query.from();
}

std::string lack_sql(const Derivations &derivations, const Question &question, Lack reason)
{
    const Query query(derivations, question);
    const std::string placed = query.placed();
    const bool split = reason == Lack::conflicting;
    if (!placed.empty() && (reason == Lack::derivable || reason == Lack::taken || (split && question.decided)))
        return "SELECT (placed.hit).*\nFROM (" + placed + ") AS placed\nWHERE placed.lacks AND " +
               (reason == Lack::taken ? "placed.taken" : split ? "placed.split AND NOT placed.taken"
                                                               : "NOT placed.split AND NOT placed.taken");
    const std::string condition = query.lacks(reason);
    return "SELECT t.*\n" + query.from() + (condition == "true" ? "" : "\nWHERE " + condition);
}

std::string conflicts_sql(const Derivations &derivations, const Question &question, int max_rows)
{
    const Query query(derivations, question);
    const std::string &schema_name = question.table->schema;
    Texts key, shown, format;
    for (const std::string &name : key_columns(*question.table)) {
        key.push_back("t." + column_sql(*question.table, name));
        format.push_back("%s");
    }
    Texts where;
    if (const std::string split = query.lacks(Lack::conflicting); split != "false")
        where.push_back("(" + split + ")");
    for (const std::string &condition : query.crossings())
        where.push_back(condition);

    Texts columns, values;
    const auto show = [&](const std::string &text, const std::string &value) {
        for (const std::string &known : shown)
            if (known == text)
                return;
        shown.push_back(text);
        const std::string name = "tenant_" + std::to_string(shown.size());
        columns.push_back(value + " AS " + name);
        values.push_back("(" + std::to_string(shown.size()) + ", " + quoted_literal(text) + ", found." + name + ")");
    };
    if (!query.own().empty())
        show(unqualified_sql(*question.table) + "." + question.column->sql, query.own());
    for (std::size_t i = 0; i < question.paths.size(); ++i)
        show(path_text(question.paths[i], schema_name), query.paths()[i]);
    for (std::size_t i = 0; i < question.references.size(); ++i)
        show(path_text(question.references[i], schema_name), query.references()[i]);
    if (where.empty())
        return "SELECT NULL::text AS row_key, NULL::text AS path, NULL::text AS tenant WHERE false";
    return "SELECT found.row_key, given.path, format('%s', given.tenant) AS tenant\n"
           "FROM (SELECT row_number() OVER (ORDER BY " + joined(key, ", ") + ") AS n, format('" +
           joined(format, ", ") + "', " + joined(key, ", ") + ") AS row_key,\n             " +
           joined(columns, ",\n             ") + "\n" + query.from() + "\nWHERE " +
           joined(where, "\n   OR ") + "\nORDER BY " + joined(key, ", ") + "\nLIMIT " +
           std::to_string(max_rows) + ") AS found\nCROSS JOIN LATERAL (VALUES " +
           joined(values, ",\n    ") + ") AS given(n, path, tenant)\nWHERE given.tenant IS NOT NULL\n"
           "ORDER BY found.n, given.n";
}

} // namespace tenancy::core
