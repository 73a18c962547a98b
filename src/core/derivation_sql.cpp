#include "core/derivation_sql.hpp"

#include "core/derivation_text.hpp"
#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <utility>

namespace tenancy::core {

namespace {

using Texts = std::vector<std::string>;

std::string joined(const Texts &texts, const char *between)
{
    std::string out;
    for (const std::string &text : texts)
        out += (out.empty() ? "" : between) + text;
    return out;
}

// The table as t, its parents as t1, t2, ...
class Query {
  public:
    Query(const Derivations &derivations, const Question &question)
        : derivations_(derivations), from_("FROM " + question.table->sql + " AS t")
    {
        if (question.column != nullptr)
            own_ = value("t", question.column->sql);
        for (const Path &path : question.paths)
            paths_.push_back(value(join(path), path.column_sql));
        for (const Path &path : question.references)
            references_.push_back(value(join(path), path.column_sql));
        const bool never = question.column != nullptr && question.column->not_null;
        missing_ = never                        ? "false"
                   : question.column == nullptr ? "true"
                                                : "t." + question.column->sql + " IS NULL";
        present_ = present(question);
    }

    const std::string &from() const { return from_; }
    const std::string &own() const { return own_; }
    const Texts &paths() const { return paths_; }
    const Texts &references() const { return references_; }
    const std::string &missing() const { return missing_; }

    std::string some() const
    {
        return paths_.size() == 1 ? paths_.front() + " IS NOT NULL"
                                  : "COALESCE(" + joined(paths_, ", ") + ") IS NOT NULL";
    }
    std::string none() const
    {
        return paths_.empty()       ? "true"
               : paths_.size() == 1 ? paths_.front() + " IS NULL"
                                    : "COALESCE(" + joined(paths_, ", ") + ") IS NULL";
    }
    std::string differ(const char *sign) const
    {
        return "LEAST(" + joined(paths_, ", ") + ") " + sign + " GREATEST(" + joined(paths_, ", ") + ")";
    }
    Texts crossings() const
    {
        Texts out;
        for (const std::string &reference : references_)
            out.push_back(own_ + " <> " + reference);
        return out;
    }

    // Where a row lacks its tenant for this reason; "false" where none can.
    std::string lacks(const Question &question, Lack reason) const
    {
        const bool one = paths_.size() < 2 || question.decided;
        std::string condition;
        switch (reason) {
        case Lack::derivable:
            condition = paths_.empty() ? "false" : one ? some() : differ("=");
            break;
        case Lack::conflicting:
            condition = paths_.size() < 2 ? "false" : differ("<>");
            break;
        case Lack::waiting:
            condition = present_.empty() ? "false" : none() + " AND " + present_;
            break;
        case Lack::parents_null:
            condition = present_.empty() ? none() : none() + " AND NOT " + present_;
            break;
        }
        if (missing_ == "false" || condition == "false")
            return "false";
        return condition == "true"   ? missing_
               : missing_ == "true" ? condition
                                    : missing_ + " AND " + condition;
    }

  private:
    // Text keys are equal byte by byte, whatever their columns' types and collations are.
    std::string value(const std::string &alias, const std::string &column) const
    {
        const std::string plain = alias + "." + column;
        return derivations_.schema().key_type == KeyType::text ? "(" + plain + "::text COLLATE \"C\")"
                                                               : plain;
    }

    std::string join(const Path &path)
    {
        std::string alias = "t";
        for (std::size_t i = 0; i < path.hops.size(); ++i) {
            const ForeignKey &hop = *path.hops[i];
            std::string &next = aliases_[{alias, &hop}];
            if (next.empty()) {
                next = "t" + std::to_string(aliases_.size());
                const Table &parent = *path.tables[i + 1];
                Texts on;
                for (std::size_t k = 0; k < hop.child_columns.size(); ++k)
                    on.push_back(next + "." + column_sql(parent, hop.parent_columns[k]) + " = " +
                                 alias + "." + column_sql(*path.tables[i], hop.child_columns[k]));
                from_ += "\nLEFT JOIN " + std::string(derivations_.inherited(parent) ? "ONLY " : "") +
                         parent.sql + " AS " + next + " ON " + joined(on, " AND ");
            }
            alias = next;
        }
        return alias;
    }

    // Is a parent there that could have a tenant? One of the tenant table always has.
    std::string present(const Question &question)
    {
        Texts out;
        for (const Path &path : question.paths)
            if (path.end().oid != derivations_.schema().tenant_table.oid) {
                const Column *column = path.end().column(path.column);
                if (column == nullptr || !column->not_null)
                    out.push_back(join(path) + "." +
                                  column_sql(path.end(), path.hops.back()->parent_columns.front()) +
                                  " IS NOT NULL");
            }
        return out.empty() ? "" : "(" + joined(out, " OR ") + ")";
    }

    const Derivations &derivations_;
    std::string from_, own_, missing_, present_;
    Texts paths_, references_;
    std::map<std::pair<std::string, const ForeignKey *>, std::string> aliases_;
};

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
                      counted(query.lacks(question, Lack::derivable), "derivable") +
                      counted(query.lacks(question, Lack::conflicting), "conflicting");
    const std::string &missing = query.missing();
    out += counted(missing == "false" || nobody == "true" ? missing
                   : missing == "true"                    ? nobody
                                                          : missing + " AND " + nobody,
                   "orphans");
    out += counted(query.lacks(question, Lack::waiting), "waiting");
    Texts crossing;
    for (const std::string &condition : query.crossings())
        crossing.push_back("count(*) FILTER (WHERE " + condition + ")");
    out += ",\n       " + (crossing.empty() ? "0::bigint" : joined(crossing, "\n     + ")) + " AS crossing";
    out += ",\n       " + (question.distinct_tenants && !query.own().empty()
                               ? "count(DISTINCT " + query.own() + ")"
                               : std::string("0::bigint")) + " AS tenants";
    return out + "\n" + query.from();
}

std::string lack_sql(const Derivations &derivations, const Question &question, Lack reason)
{
    const Query query(derivations, question);
    const std::string condition = query.lacks(question, reason);
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
    if (const std::string split = query.lacks(question, Lack::conflicting); split != "false")
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
