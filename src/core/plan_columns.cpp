// The tenant column: there, with its default, NOT NULL unless the platform's own rows are NULL, and
// leading an index.
//
// The default is set after the column exists: ADD COLUMN ... DEFAULT accessor would stamp every old
// row with whoever happens to be in force.

#include "core/plan_parts.hpp"

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
    bool root_changes = false;
    for (const Table *member : schema.family(table.oid)) {
        const Column *column = member->column(target.column);
        const bool has_default = column != nullptr && column->default_sql.has_value();
        if (has_default || (root_changes && member != &table))
            continue; // a default of one's own stays; a change of the root reaches its parts
        if (member == &table)
            root_changes = true;
        plan.steps.push_back({"columns", member->sql, "default",
                              "ALTER TABLE " + member->sql + " ALTER COLUMN " + name +
                                  " SET DEFAULT " + accessor,
                              "ACCESS EXCLUSIVE", "a new row belongs to the tenant in force", 0,
                              std::nullopt});
    }
    const Column *column = table.column(target.column);
    if (column != nullptr && column->default_sql.has_value() &&
        !same_expression(column->default_sql, accessor))
        plan.notes.push_back("column " + name + " of " + table.sql + " keeps its own default " +
                             *column->default_sql);

    if (target.global_rows == GlobalRows::none && (column == nullptr || !column->not_null))
        plan.steps.push_back(
            {"columns", table.sql, "not_null", alter + " ALTER COLUMN " + name + " SET NOT NULL",
             "ACCESS EXCLUSIVE", "a row without a tenant would belong to nobody", table.rows,
             Check{"SELECT count(*) FROM " + table.sql + " WHERE " + (column == nullptr ? "false" : name + " IS NULL"),
                   "table " + table.sql + " has %s rows without a tenant",
                   "SELECT * FROM " + table.sql + " WHERE " + name +
                       " IS NULL; give each its tenant, or SELECT tenancy.protect(" +
                       quoted_literal(table.sql) + ", " + quoted_literal(target.column) +
                       ", global_rows => 'read');"}});
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
