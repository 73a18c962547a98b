// The reference guard: a constraint trigger beside a foreign key that cannot carry the tenant. It
// refuses a row of another tenant exactly as the foreign key refuses one that does not exist.

#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

std::string create_trigger(const std::string &name, const std::string &table, const ForeignKey &key,
                           const std::vector<std::string> &arguments)
{
    std::string sql = "CREATE CONSTRAINT TRIGGER " + name + " AFTER INSERT OR UPDATE ON " + table +
                      deferral(key.deferrable, key.deferred) +
                      " FOR EACH ROW EXECUTE FUNCTION tenancy.reference_guard(";
    for (std::size_t i = 0; i < arguments.size(); ++i)
        sql += (i == 0 ? "" : ", ") + quoted_literal(arguments[i]);
    return sql + ")";
}

// Long names of references can be alike as far as they fit behind the prefix. Names of guards of this reference
// are free: those that stand are dropped before.
std::string guard_name(const Table &child, const ForeignKey &key, const Plan &plan)
{
    for (int n = 1;; ++n) {
        const std::string tail = n == 1 ? "" : "_" + std::to_string(n);
        const std::string name = fitting("tenancy_reference_" + key.name, name_bytes - tail.size()) + tail;
        const std::string planned = "CREATE CONSTRAINT TRIGGER " + quoted_name(name) + " AFTER ";
        const bool taken =
            std::any_of(child.triggers.begin(), child.triggers.end(), [&](const Trigger &one) {
                const bool own = one.function == reference_guard_function && !one.arguments.empty() && one.arguments.front() == key.name;
                return one.name == name && !own;
            }) ||
            std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step &step) {
                return step.target == child.sql && step.sql.rfind(planned, 0) == 0;
            });
        if (!taken)
            return quoted_name(name);
    }
}

} // namespace

const char *deferral(bool deferrable, bool deferred)
{
    return deferred ? " DEFERRABLE INITIALLY DEFERRED" : deferrable ? " DEFERRABLE" : "";
}

void plan_reference_guard(const ForeignKey &key, const Side &child, const Side &parent,
                          const Check &crossing, Plan &plan)
{
    const std::vector<std::string> arguments = {
        key.name, child.column, parent.column,
        parent.global_rows == GlobalRows::read ? "read" : "none"};
    const std::string &table = child.table->sql;
    bool right = false;
    for (const Trigger &trigger : child.table->triggers) {
        if (trigger.function != reference_guard_function || trigger.arguments.empty() ||
            trigger.arguments.front() != key.name)
            continue;
        if (trigger.arguments == arguments && trigger.deferrable == key.deferrable &&
            trigger.deferred == key.deferred && !right) {
            right = true;
            if (trigger.enabled != 'A')
                enable_always(*child.table, trigger.sql, plan);
            continue;
        }
        plan.steps.push_back({"references", table, "trigger",
                              "DROP TRIGGER " + trigger.sql + " ON " + table, "ACCESS EXCLUSIVE",
                              "the reference guard is not what it should be", 0, std::nullopt});
    }
    if (right)
        return;
    const std::string name = guard_name(*child.table, key, plan);
    plan.steps.push_back({"references", table, "trigger", create_trigger(name, table, key, arguments),
                          "SHARE ROW EXCLUSIVE", "a row can refer to its own tenant's rows only",
                          child.table->rows,
                          key.validated ? std::optional(crossing) : std::nullopt});
    enable_always(*child.table, name, plan);
}

} // namespace tenancy::core
