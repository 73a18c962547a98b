// Observation: the trigger that counts what is written, and by which the table is known to be observed.

#include "core/error.hpp"
#include "core/plan_parts.hpp"

namespace tenancy::core {

namespace {

// After the application's own triggers, and before the write guard.
constexpr char counter_name[] = "zzzz_tenancy_counter";

void check_tenant_column(const Schema &schema, const Table &table, const TargetColumn &wanted)
{
    const Column *column = table.column(wanted.name);
    const std::string key = key_type_name(schema.key_type);
    if (column == nullptr)
        throw Error("42703", "column " + wanted.sql + " of " + table.sql + " does not exist", "",
                    "ALTER TABLE " + table.sql + " ADD COLUMN " + wanted.sql + " " + key + ";");
    if (!comparable(schema.key_type, column->type))
        throw Error("42804",
                    "column " + column->sql + " of " + table.sql + " is of type " + column->type +
                        ", tenant ids are of type " + key,
                    "The tenant column holds the tenant key and must have its type.",
                    "ALTER TABLE " + table.sql + " ALTER COLUMN " + column->sql + " TYPE " + key +
                        " USING " + column->sql + "::" + key + ";");
}

} // namespace

Plan plan_observe(const Schema &schema, const TargetName &target, const TargetColumn &column)
{
    const Table &table = require_table(schema, target, "observed");
    const std::string unprotect = "SELECT tenancy.unprotect(" + quoted_literal(table.sql) + ");";
    for (const Table *member : schema.family(table.oid)) {
        const Protection now = protection_of(schema, *member);
        if (now.kind != Protection::Kind::none && !is_canary(*member))
            throw Error("55000",
                        "table " + member->sql + " is " +
                            (now.kind == Protection::Kind::tenant ? "protected" : "shared") + " already",
                        "Nothing is left to be found out: what it hides and refuses is in force.", unprotect);
    }
    check_tenant_column(schema, table, column);
    Plan plan;
    const std::vector<const Table *> family = schema.family(table.oid);
    drop_brought_along(family, observer_function, "the parent's takes its place", plan);
    const RowTrigger counter = {observer_function,
                                counter_name,
                                "INSERT OR UPDATE OR DELETE",
                                trigger_row | trigger_before | trigger_insert | trigger_delete | trigger_update,
                                column.name,
                                "counts what enforcement would hide or refuse",
                                "the counter is not what it should be"};
    for (const Table *member : family)
        plan_row_trigger(*member, counter, plan);
    return plan;
}

void plan_end_of_observation(const Schema &schema, const Table &table, Plan &plan)
{
    for (const Table *member : schema.family(table.oid))
        for (const Trigger &trigger : member->triggers)
            if (trigger.function == observer_function && !trigger.cloned)
                plan.steps.push_back({"guards", member->sql, "trigger",
                                      "DROP TRIGGER " + trigger.sql + " ON " + member->sql, "ACCESS EXCLUSIVE",
                                      "nothing is counted any more", 0, std::nullopt});
}

Plan plan_unobserve(const Schema &schema, const TargetName &target)
{
    Plan plan;
    plan_end_of_observation(schema, require_table(schema, target, "observed"), plan);
    return plan;
}

} // namespace tenancy::core
