// Soft delete: a marker column, a trigger that fills it in place of deleting, and a restrictive policy that
// hides what is marked.
//
// Without row-level security the marked rows would be there for everybody, so only a table that is
// protected already, and whole, is soft-deleted.

#include "core/error.hpp"
#include "core/plan_parts.hpp"

namespace tenancy::core {

namespace {

constexpr char marker_type[] = "timestamp with time zone";

std::string call(const char *function, const Table &table)
{
    return std::string("SELECT tenancy.") + function + "(" + quoted_literal(table.sql) + ");";
}

void check_protected(const Schema &schema, const Table &table)
{
    if (protection_of(schema, table).kind == Protection::Kind::shared)
        throw Error("55000", "table " + table.sql + " is shared: its rows are not tenants' to delete", "",
                    call("unprotect", table));
    for (const Table *member : schema.family(table.oid)) {
        const Policy *isolation = member->policy(isolation_policy);
        if (protection_of(schema, *member).kind == Protection::Kind::tenant && member->row_security &&
            member->force && isolation != nullptr && !isolation->permissive)
            continue;
        throw Error("55000", "table " + member->sql + " is not protected",
                    "Marked rows are hidden by row-level security, which must be in force.",
                    call("protect", table));
    }
}

void check_marker(const Table &table, const Column &column)
{
    const std::string alter = "ALTER TABLE " + table.sql + " ALTER COLUMN " + column.sql;
    const std::string name = "column " + column.sql + " of " + table.sql;
    if (column.type != marker_type)
        throw Error("42804", name + " is of type " + column.type + ", a marker is of type timestamptz",
                    "The marker says when the row was deleted.",
                    "SELECT tenancy.soft_delete(" + quoted_literal(table.sql) + ", 'another_column');");
    if (column.generated || column.identity)
        throw Error("42P17", name + " is generated", "DELETE fills the marker.",
                    alter + " DROP EXPRESSION;");
    if (column.not_null)
        throw Error("55000", name + " is NOT NULL", "It is NULL in every row that is not deleted.",
                    alter + " DROP NOT NULL;");
    if (column.default_sql)
        throw Error("55000", name + " has a default", "New rows would be deleted already.",
                    alter + " DROP DEFAULT;");
}

// The marker in use, if there is one and its column still is.
std::string standing_marker(const Table &table)
{
    const Trigger *trigger = table.trigger_calling(soft_delete_function);
    if (trigger == nullptr || trigger->arguments.size() != 1 ||
        table.column(trigger->arguments.front()) == nullptr)
        return "";
    return trigger->arguments.front();
}

} // namespace

Plan plan_soft_delete(const Schema &schema, const TargetName &target, const std::string &wanted,
                      const std::string &wanted_sql)
{
    const Table &table = require_table(schema, target, "soft-deleted");
    check_protected(schema, table);
    const std::string standing = standing_marker(table);
    if (!standing.empty() && standing != wanted && table.column(wanted) != nullptr)
        throw Error("55000", "table " + table.sql + " is soft-deleted by column " + column_sql(table, standing),
                    "What is marked there would be visible again.",
                    "DROP TRIGGER tenancy_soft_delete ON " + table.sql + ";");
    const std::string &marker = standing.empty() ? wanted : standing;
    const Column *column = table.column(marker);
    const std::string sql = column != nullptr ? column->sql : wanted_sql;
    const std::vector<const Table *> family = schema.family(table.oid);
    for (const Table *member : family)
        if (const Column *own = member->column(marker))
            check_marker(*member, *own);

    Plan plan;
    if (column == nullptr)
        plan.steps.push_back({"columns", table.sql, "column",
                              "ALTER TABLE " + table.sql + " ADD COLUMN " + sql + " " + marker_type,
                              "ACCESS EXCLUSIVE", "says when a row was deleted", 0, std::nullopt});
    for (const Table *member : family)
        plan_policy(*member, not_deleted_policy, false, '*', sql + " IS NULL", "", plan);
    drop_brought_along(family, soft_delete_function, "the parent's takes its place", plan);
    const RowTrigger trigger = {soft_delete_function,
                                "tenancy_soft_delete",
                                "DELETE",
                                trigger_row | trigger_before | trigger_delete,
                                marker,
                                "DELETE marks the row",
                                "the soft delete is not what it should be"};
    for (const Table *member : family)
        plan_row_trigger(*member, trigger, plan);
    return plan;
}

} // namespace tenancy::core
