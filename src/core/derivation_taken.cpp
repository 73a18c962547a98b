// Rows that would get a tenant, and another row's place in a unique key with it.

#include "core/derivation_query.hpp"

#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

// Who comes first: those that have their tenant, then by the primary key.
std::string order_by(const Table &table, const std::string &own)
{
    std::string out = own + " IS NULL";
    for (const Index &index : table.indexes)
        if (index.primary) {
            for (const std::string &name : index.columns)
                out += ", t." + column_sql(table, name);
            return out;
        }
    return out + ", t.tableoid, t.ctid";
}

} // namespace

// One condition per unique key over the tenant and other columns.
Query::Texts Query::taken() const
{
    Texts out;
    const Table &table = *question_.table;
    if (own_.empty() || paths_.empty() || missing_ == "false" || derivations_.inherited(table))
        return out;
    for (const Index &index : table.indexes) {
        const auto has = [&](const std::string &name) {
            return std::find(index.columns.begin(), index.columns.end(), name) != index.columns.end();
        };
        if (!index.unique || !index.valid || index.partial || has("") || !has(question_.column->name))
            continue;
        std::string place = "COALESCE(" + own_ + ", " + joined(paths_, ", ") + ")", given;
        for (const std::string &name : index.columns) {
            if (name == question_.column->name)
                continue;
            const std::string value = "t." + column_sql(table, name);
            place += ", " + value;
            if (const Column *column = table.column(name); !index.nulls_equal && column != nullptr && !column->not_null)
                given += " AND " + value + " IS NOT NULL";
        }
        out.push_back("row_number() OVER (PARTITION BY " + place + " ORDER BY " + order_by(table, own_) + ") > 1" + given);
    }
    return out;
}

std::string Query::placed() const
{
    const Texts conditions = taken();
    if (conditions.empty())
        return "";
    const bool by_rule = question_.decided && paths_.size() > 1;
    const std::string given = by_rule ? "NOT (" + none() + ")" : paths_.size() == 1 ? some() : differ("=");
    return "SELECT (t.*)::" + question_.table->sql + " AS hit, " + missing_ + " AS lacks, " +
           (by_rule ? missing_ + " AND " + differ("<>") : std::string("false")) + " AS split,\n       " +
           joined(conditions, "\n    OR ") + " AS taken\n" + from_ + "\nWHERE " + own_ + " IS NOT NULL OR " + given;
}

} // namespace tenancy::core
