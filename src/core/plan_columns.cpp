// The tenant column: there, with its default, NOT NULL unless the platform's own rows are NULL, and
// leading an index.
//
// The default is set after the column exists: ADD COLUMN ... DEFAULT accessor would stamp every old
// row with whoever happens to be in force.

#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

bool leads_an_index(const Table &table, const std::string &column)
{
    for (const Index &index : table.indexes)
        if (index.valid && !index.partial && !index.columns.empty() && index.columns.front() == column)
            return true;
    return false;
}

// A key planned for references is led by the tenant.
bool gets_a_key(const Table &table, const Plan &plan)
{
    for (const Step &step : plan.steps)
        if (step.kind == "unique" && step.target == table.sql)
            return true;
    return false;
}

// A child may lack the NOT NULL that its parent has already.
void plan_not_null(const std::vector<const Table *> &family, const Target &target, Plan &plan)
{
    const std::string &name = target.column_sql;
    for (const Table *member : family) {
        const Column *column = member->column(target.column);
        if (column != nullptr && column->not_null)
            continue;
        const std::string &sql = member->sql;
        plan.steps.push_back(
            {"columns", sql, "not_null",
             "ALTER TABLE " + sql + " ALTER COLUMN " + name + " SET NOT NULL", "ACCESS EXCLUSIVE",
             "a row without a tenant would belong to nobody", member->rows,
             Check{"SELECT count(*) FROM " + sql + " WHERE " +
                       (column == nullptr ? "false" : name + " IS NULL"),
                   "table " + sql + " has %s rows without a tenant",
                   "SELECT * FROM " + sql + " WHERE " + name +
                       " IS NULL; give each its tenant, or SELECT tenancy.protect(" +
                       quoted_literal(target.table->sql) + ", " + quoted_literal(target.column) +
                       ", global_rows => 'read');"}});
        if (member == target.table)
            return; // reaches all its parts
    }
}

} // namespace

void plan_columns(const Schema &schema, const Target &target, Plan &plan)
{
    const Table &table = *target.table;
    const std::string alter = "ALTER TABLE " + table.sql;
    const std::string &name = target.column_sql;
    if (target.column_missing)
        plan.steps.push_back(
            {"columns", table.sql, "column",
             alter + " ADD COLUMN " + name + " " + key_type_name(schema.key_type),
             "ACCESS EXCLUSIVE", "rows need a tenant", 0,
             Check{"SELECT count(*) FROM " + table.sql,
                   "table " + table.sql + " has %s rows and no column " + name,
                   alter + " ADD COLUMN " + name + " " + key_type_name(schema.key_type) +
                       "; then give every row its tenant."}});

    const std::string accessor = accessor_sql(schema.key_type);
    const std::vector<const Table *> family = schema.family(table.oid);
    const auto has_default = [&target](const Table *member) {
        const Column *own = member->column(target.column);
        return own != nullptr && own->default_sql.has_value();
    };
    // A change of the root reaches all its parts: where one has a default of its own, which stays,
    // each is changed alone.
    const bool together = std::none_of(family.begin(), family.end(), has_default);
    for (const Table *member : family) {
        if (has_default(member) || (together && member != &table))
            continue;
        plan.steps.push_back({"columns", member->sql, "default",
                              std::string("ALTER TABLE ") + (together ? "" : "ONLY ") +
                                  member->sql + " ALTER COLUMN " + name +
                                  " SET DEFAULT " + accessor,
                              "ACCESS EXCLUSIVE", "a new row belongs to the tenant in force", 0,
                              std::nullopt});
    }
    const Column *column = table.column(target.column);
    if (target.global_rows == GlobalRows::read && column != nullptr && column->not_null)
        plan.notes.push_back("column " + name + " of " + table.sql +
                             " is NOT NULL, so no row can belong to the platform; change it with " +
                             alter + " ALTER COLUMN " + name + " DROP NOT NULL");
    if (column != nullptr && column->default_sql.has_value() &&
        !same_expression(column->default_sql, accessor))
        plan.notes.push_back("column " + name + " of " + table.sql + " keeps its own default " +
                             *column->default_sql);

    if (target.global_rows == GlobalRows::none)
        plan_not_null(family, target, plan);
}

void plan_index(const Schema &schema, const Target &target, Plan &plan)
{
    for (const Table *member : schema.family(target.table->oid)) {
        if (member->partition || leads_an_index(*member, target.column) || gets_a_key(*member, plan))
            continue; // an index of a partitioned table reaches its partitions
        plan.steps.push_back({"keys", member->sql, "index",
                              "CREATE INDEX ON " + member->sql + " (" + target.column_sql + ")", "SHARE",
                              "a tenant's rows are found without reading others'", member->rows,
                              std::nullopt});
    }
}

} // namespace tenancy::core
