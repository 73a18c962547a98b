#include "core/derivation_query.hpp"

#include "core/plan_parts.hpp"

namespace tenancy::core {

std::string joined(const std::vector<std::string> &texts, const char *between)
{
    std::string out;
    for (const std::string &text : texts)
        out += (out.empty() ? "" : between) + text;
    return out;
}

bool names_living_tenants(const Derivations &derivations, const Table &table, const std::string &column)
{
    const TenantTable &tenants = derivations.schema().tenant_table;
    bool known = table.oid == tenants.oid;
    for (const ForeignKey *key : derivations.references(derivations.root_of(table).oid))
        known = known || (key->parent == tenants.oid && key->validated && key->child_columns == std::vector{column} &&
                          key->parent_columns == std::vector{tenants.column});
    return known;
}

bool may_lack_tenant(const Derivations &derivations, const Path &path)
{
    const Column *column = path.end().column(path.column);
    return path.end().oid != derivations.schema().tenant_table.oid && (column == nullptr || !column->not_null);
}

Query::Query(const Derivations &derivations, const Question &question)
    : derivations_(derivations), question_(question), from_(std::string(question.only ? "FROM ONLY " : "FROM ") + question.table->sql + " AS t")
{
    if (question.column != nullptr)
        own_ = value("t", question.column->sql);
    for (const Path &path : question.paths)
        paths_.push_back(living(join(path), path.end(), path.column, path.column_sql));
    for (const Path &path : question.references)
        references_.push_back(value(join(path), path.column_sql));
    const bool never = question.column != nullptr && question.column->not_null;
    if (question.column != nullptr && !question.rows_only) {
        const std::string known = living("t", *question.table, question.column->name, question.column->sql);
        if (known != own_)
            unknown_ = own_ + " IS NOT NULL AND " + known + " IS NULL";
    }
    missing_ = never                        ? "false"
               : question.column == nullptr ? "true"
                                            : "t." + question.column->sql + " IS NULL";
    present_ = present(question);
}

std::string Query::some() const
{
    return paths_.front() + " IS NOT NULL";
}

std::string Query::none() const
{
    return paths_.empty()       ? "true"
           : paths_.size() == 1 ? paths_.front() + " IS NULL"
                                : "COALESCE(" + joined(paths_, ", ") + ") IS NULL";
}

std::string Query::differ(const char *sign) const
{
    return "LEAST(" + joined(paths_, ", ") + ") " + sign + " GREATEST(" + joined(paths_, ", ") + ")";
}

Query::Texts Query::crossings() const
{
    Texts out;
    for (const std::string &reference : references_)
        out.push_back(own_ + " <> " + reference);
    return out;
}

// Where a row lacks its tenant for this reason; "false" where none can.
std::string Query::lacks(Lack reason) const
{
    std::string condition;
    switch (reason) {
    case Lack::derivable:
        condition = paths_.empty() ? "false" : paths_.size() == 1 ? some() : differ("=");
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
    case Lack::unknown:
        return unknown_.empty() ? "false" : unknown_;
    case Lack::taken:
        return "false"; // not of one row: placed()
    }
    if (missing_ == "false" || condition == "false")
        return "false";
    return condition == "true"   ? missing_
           : missing_ == "true" ? condition
                                : missing_ + " AND " + condition;
}

// Text keys are equal byte by byte, whatever their columns' types and collations are.
std::string Query::value(const std::string &alias, const std::string &column) const
{
    const std::string plain = alias + "." + column;
    return derivations_.schema().key_type == KeyType::text ? "(" + plain + "::text COLLATE \"C\")"
                                                           : plain;
}

// The same where the tenant table has such a tenant.
std::string Query::living(const std::string &alias, const Table &table, const std::string &name,
                   const std::string &column)
{
    if (names_living_tenants(derivations_, table, name))
        return value(alias, column);
    const TenantTable &tenants = derivations_.schema().tenant_table;
    std::string &next = aliases_[{alias, nullptr}];
    if (next.empty()) {
        next = "t" + std::to_string(aliases_.size());
        from_ += "\nLEFT JOIN " + tenants.sql + " AS " + next + " ON " +
                 value(next, tenants.column_sql) + " = " + value(alias, column);
    }
    return value(next, tenants.column_sql);
}

std::string Query::join(const Path &path)
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

// Is a parent there that could have a tenant, and may lack it?
std::string Query::present(const Question &question)
{
    Texts out;
    for (const Path &path : question.paths)
        if (may_lack_tenant(derivations_, path))
            out.push_back(join(path) + "." + column_sql(path.end(), path.hops.back()->parent_columns.front()) +
                          " IS NOT NULL");
    return out.empty() ? "" : "(" + joined(out, " OR ") + ")";
}

} // namespace tenancy::core
