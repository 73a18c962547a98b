// Guard triggers, ENABLE ALWAYS: the write guard last among the BEFORE ROW triggers, the truncate
// guard on every part (statement triggers do not reach partitions).

#include "core/error.hpp"
#include "core/plan_parts.hpp"

namespace tenancy::core {

void enable_always(const Table &table, const std::string &trigger, Plan &plan)
{
    plan.steps.push_back({"guards", table.sql, "trigger",
                          "ALTER TABLE " + table.sql + " ENABLE ALWAYS TRIGGER " + trigger,
                          "SHARE ROW EXCLUSIVE", "fires under session_replication_role too", 0,
                          std::nullopt});
}

namespace {

constexpr int write_guard_type =
    trigger_row | trigger_before | trigger_insert | trigger_delete | trigger_update;
constexpr int truncate_guard_type = trigger_before | trigger_truncate;

// The name that sorts after every BEFORE ROW trigger of the family; the usual one wherever possible.
std::string guard_name(const std::vector<const Table *> &family)
{
    const auto last = [&family](const std::string &candidate) {
        for (const Table *member : family)
            for (const Trigger &trigger : member->triggers)
                if (trigger.function != write_guard_function &&
                    (trigger.name == candidate ||
                     (trigger.enabled != 'D' && (trigger.type & trigger_row) != 0 &&
                      (trigger.type & trigger_before) != 0 &&
                      (trigger.type & (trigger_insert | trigger_update)) != 0 &&
                      trigger.name > candidate)))
                    return false;
        return true;
    };
    if (last("zzzz_tenancy_guard"))
        return "zzzz_tenancy_guard";
    for (std::size_t tildes = 1; tildes <= 46; ++tildes)
        if (const std::string candidate = std::string(tildes, '~') + "tenancy_guard"; last(candidate))
            return "\"" + candidate + "\"";
    throw Error("55000", "a trigger of " + family.front()->sql + " sorts after every possible name of the write guard",
                "The write guard must be the last BEFORE ROW trigger.",
                "ALTER TRIGGER ... ON " + family.front()->sql + " RENAME TO ...;");
}

void drop_trigger(const Table &table, const Trigger &trigger, const char *reason, Plan &plan)
{
    plan.steps.push_back({"guards", table.sql, "trigger",
                          "DROP TRIGGER " + trigger.sql + " ON " + table.sql, "ACCESS EXCLUSIVE",
                          reason, 0, std::nullopt});
}

std::string bare(const std::string &quoted)
{
    return quoted.front() == '"' ? quoted.substr(1, quoted.size() - 2) : quoted;
}

} // namespace

void drop_brought_along(const std::vector<const Table *> &family, const char *function,
                        const char *reason, Plan &plan)
{
    for (const Table *member : family)
        for (const Trigger &trigger : member->triggers)
            if (member->partition && trigger.function == function && !trigger.cloned)
                drop_trigger(*member, trigger, reason, plan);
}

void plan_row_trigger(const Table &table, const RowTrigger &wanted, Plan &plan)
{
    bool right = false;
    for (const Trigger &trigger : table.triggers) {
        if (trigger.function != wanted.function)
            continue;
        const bool as_wanted = trigger.name == bare(wanted.name) && trigger.type == wanted.type && !trigger.narrowed &&
                               trigger.arguments == std::vector<std::string>{wanted.argument};
        if (trigger.cloned) {
            right = true; // made and dropped with the parent's
            if (as_wanted && trigger.enabled != 'A')
                enable_always(table, trigger.sql, plan);
        } else if (table.partition) {
            continue; // dropped before the parent's came
        } else if (!as_wanted || right) {
            drop_trigger(table, trigger, wanted.reason_against, plan);
        } else {
            right = true;
            if (trigger.enabled != 'A')
                enable_always(table, trigger.sql, plan);
        }
    }
    if (right || table.partition)
        return;
    plan.steps.push_back({"guards", table.sql, "trigger",
                          "CREATE TRIGGER " + wanted.name + " BEFORE " + wanted.events + " ON " +
                              table.sql + " FOR EACH ROW EXECUTE FUNCTION " + wanted.function + "(" +
                              quoted_literal(wanted.argument) + ")",
                          "SHARE ROW EXCLUSIVE", wanted.reason, 0, std::nullopt});
    enable_always(table, wanted.name, plan);
}

void plan_statement_trigger(const Table &table, const char *name, const char *function,
                            const std::string &events, int type, Plan &plan)
{
    bool right = false;
    for (const Trigger &trigger : table.triggers) {
        if (trigger.function != function)
            continue;
        if (trigger.type != type || trigger.narrowed || right) {
            drop_trigger(table, trigger, "the guard is not what it should be", plan);
            continue;
        }
        right = true;
        if (trigger.enabled != 'A')
            enable_always(table, trigger.sql, plan);
    }
    if (right)
        return;
    plan.steps.push_back({"guards", table.sql, "trigger",
                          std::string("CREATE TRIGGER ") + name + " BEFORE " + events + " ON " +
                              table.sql + " FOR EACH STATEMENT EXECUTE FUNCTION " + function + "()",
                          "SHARE ROW EXCLUSIVE", "refuses what concerns all tenants at once", 0,
                          std::nullopt});
    enable_always(table, name, plan);
}

void plan_end_of_fill(const Schema &schema, const Target &target, Plan &plan)
{
    for (const Table *member : schema.family(target.table->oid))
        for (const Trigger &trigger : member->triggers)
            if (trigger.function == fill_function && !trigger.cloned)
                drop_trigger(*member, trigger, "new rows have their tenant from the session that writes them", plan);
}

void plan_guards(const Schema &schema, const Target &target, Plan &plan)
{
    const std::vector<const Table *> family = schema.family(target.table->oid);
    const std::string name = guard_name(family);
    // A guard that a partition brought along stands where the parent's is about to be cloned.
    drop_brought_along(family, write_guard_function, "the parent's write guard takes its place", plan);
    const RowTrigger guard = {write_guard_function,
                              name,
                              "INSERT OR UPDATE OR DELETE",
                              write_guard_type,
                              target.column,
                              "the last word over a row's tenant, for every role",
                              "the write guard is not what it should be"};
    for (const Table *member : family) {
        plan_row_trigger(*member, guard, plan);
        plan_statement_trigger(*member, "tenancy_truncate_guard", truncate_guard_function,
                               "TRUNCATE", truncate_guard_type, plan);
    }
}

} // namespace tenancy::core
