// The fill trigger: new and changed rows without a tenant get the one their parents have, for as long as the
// application does not say whose they are. Its arguments: the tenant column; 'agree' or 'first', where paths
// disagree; the tenant when none gives one, or ''; then for each path the column in which it ends, its foreign
// keys by name, and ''. Names only: a trigger's arguments can be anybody's.

#include "core/adoption_parts.hpp"

namespace tenancy::core {

namespace {

std::vector<std::string> arguments_of(const AdoptedTable &adopted)
{
    std::vector<std::string> out = {adopted.column->name, adopted.decided ? "first" : "agree", adopted.fallback};
    for (const Path &path : adopted.paths_of_new_rows) {
        out.push_back(path.column);
        for (const ForeignKey *hop : path.hops)
            out.push_back(hop->name);
        out.push_back("");
    }
    return out;
}

constexpr int fill_type = trigger_row | trigger_before | trigger_insert | trigger_update;

} // namespace

void plan_fill(const Schema &schema, const AdoptedTable &adopted, Plan &plan)
{
    const std::vector<std::string> arguments = arguments_of(adopted);
    std::string list;
    for (const std::string &argument : arguments)
        list += (list.empty() ? "" : ", ") + quoted_literal(argument);
    for (const Table *member : schema.family(adopted.table->oid)) {
        if (member->partition)
            continue; // has its parent's
        bool joined = false, right = false;
        for (const Trigger &trigger : member->triggers) {
            if (trigger.function != fill_function)
                continue;
            right = trigger.name == fill_trigger && trigger.type == fill_type && trigger.arguments == arguments &&
                    trigger.enabled != 'D';
            if (right)
                break;
            plan.steps.push_back({"fill", member->sql, "trigger", "DROP TRIGGER " + trigger.sql + " ON " + member->sql,
                                  "ACCESS EXCLUSIVE", "its derivation has changed", 0, std::nullopt});
            joined = true;
        }
        if (right)
            continue;
        Step step{"fill", member->sql, "trigger",
                  std::string("CREATE TRIGGER ") + fill_trigger + " BEFORE INSERT OR UPDATE ON " + member->sql +
                      " FOR EACH ROW WHEN (NEW." + adopted.column->sql + " IS NULL) EXECUTE FUNCTION " + fill_function +
                      "(" + list + ")",
                  "SHARE ROW EXCLUSIVE", "rows written from now on get the tenant their parents have", 0, std::nullopt};
        step.joined = joined;
        plan.steps.push_back(std::move(step));
    }
}

} // namespace tenancy::core
