// The reference guard: a constraint trigger beside a foreign key that cannot carry the tenant. It
// refuses a row of another tenant exactly as the foreign key refuses one that does not exist.

#include "core/plan_parts.hpp"

namespace tenancy::core {

namespace {

// The rows a referring row may refer to: $1 is its tenant (NULL: the platform), $2... its key. A
// foreign key sees the rows of the named table alone, unless that is partitioned.
std::string allowed_rows(const ForeignKey &key, const Side &parent)
{
    std::string query = std::string("SELECT 1 FROM ") + (parent.table->kind == 'p' ? "" : "ONLY ") +
                        parent.table->sql + " AS p WHERE ($1 IS NULL OR p." + parent.column_sql +
                        " OPERATOR(pg_catalog.=) $1" +
                        (parent.global_rows == GlobalRows::read
                             ? " OR p." + parent.column_sql + " IS NULL)"
                             : ")");
    for (std::size_t i = 0; i < key.parent_columns.size(); ++i)
        query += " AND p." + column_sql(*parent.table, key.parent_columns[i]) + " " +
                 key.operators[i] + " $" + std::to_string(i + 2);
    return query;
}

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

} // namespace

const char *deferral(bool deferrable, bool deferred)
{
    return deferred ? " DEFERRABLE INITIALLY DEFERRED" : deferrable ? " DEFERRABLE" : "";
}

void plan_reference_guard(const ForeignKey &key, const Side &child, const Side &parent,
                          const Check &crossing, Plan &plan)
{
    std::vector<std::string> arguments = {key.name, child.column, parent.table->sql,
                                          allowed_rows(key, parent)};
    arguments.insert(arguments.end(), key.child_columns.begin(), key.child_columns.end());
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
    const std::string name = quoted_name("tenancy_reference_" + key.name);
    plan.steps.push_back({"references", table, "trigger", create_trigger(name, table, key, arguments),
                          "SHARE ROW EXCLUSIVE", "a row can refer to its own tenant's rows only",
                          child.table->rows,
                          key.validated ? std::optional(crossing) : std::nullopt});
    enable_always(*child.table, name, plan);
}

} // namespace tenancy::core
