#include "core/adoption_parts.hpp"

#include "core/dependency_order.hpp"
#include "core/error.hpp"

#include <algorithm>
#include <array>

namespace tenancy::core {

namespace {

constexpr std::array phases = {"columns", "fill", "backfill", "keys", "not_null", "references"};

std::size_t place_of(const std::string &phase)
{
    const auto found = std::find(phases.begin(), phases.end(), phase);
    return static_cast<std::size_t>(found - phases.begin());
}

bool has_rows_of_tenants(const Subject &subject)
{
    return subject.kind != TableKind::root && subject.kind != TableKind::guarded && subject.countable &&
           !subject.question.rows_only && !subject.stale;
}

// Gives every table that derives its tenant the column for it, as it will have; false: there is none left without.
bool add_columns(const AdoptionRequest &request, Schema &schema)
{
    std::vector<TableId> without;
    {
        Derivations derivations(schema, request.column, request.column_sql);
        const std::vector<StaleRule> stale = apply_rules(derivations, request.rules);
        for (const Subject &subject : classify(derivations, request.schema_name, stale).subjects)
            if (has_rows_of_tenants(subject) && !subject.undecided && subject.kind != TableKind::ambiguous && subject.question.column == nullptr)
                for (const Table *member : schema.family(subject.table->oid))
                    without.push_back(member->oid);
    }
    Column added;
    added.name = request.column;
    added.sql = request.column_sql;
    added.type = key_type_name(schema.key_type);
    for (const TableId oid : without)
        schema.tables.at(oid).columns.push_back(added);
    return !without.empty();
}

class Adoption {
  public:
    Adoption(const Schema &before, const Schema &schema, const AdoptionRequest &request)
        : before_(before), schema_(schema), request_(request), derivations_(schema, request.column, request.column_sql)
    {
        plan_.online = true;
        const std::vector<StaleRule> stale = apply_rules(derivations_, request.rules);
        for (const Subject &subject : classify(derivations_, request.schema_name, stale).subjects)
            take(subject);
    }

    Plan run()
    {
        columns();
        fill();
        not_null();
        references();
        std::stable_sort(plan_.steps.begin(), plan_.steps.end(), [](const Step &a, const Step &b) {
            return place_of(a.phase) < place_of(b.phase);
        });
        return std::move(plan_);
    }

  private:
    void take(const Subject &subject)
    {
        const std::string &name = subject.table->sql;
        const std::string next = subject.next_command.empty() ? "" : ": " + subject.next_command;
        const bool ours = has_rows_of_tenants(subject);
        if (subject.kind == TableKind::root || subject.kind == TableKind::guarded)
            return;
        if (!ours || subject.question.column == nullptr) {
            if (subject.kind != TableKind::shared || subject.pathless)
                plan_.notes.push_back("table " + name + " is left as it is, " + subject.reason + next);
            return;
        }
        if (const std::string obstacle = obstacle_of(*subject.table, subject.question.column->name); !obstacle.empty()) {
            plan_.notes.push_back("table " + name + " is left as it is, " + obstacle);
            return;
        }
        const Table *now = before_.table(subject.table->oid);
        AdoptedTable adopted{subject.table, subject.question.column, now->column(subject.question.column->name) == nullptr,
                             subject.question.decided, {}, {}, ""};
        // Its trigger goes on, and must fit what was renamed since; or comes back, where somebody has decided.
        const std::vector<Path> *decided = derivations_.decided(subject.table->oid);
        if (adopted.column->not_null && (decided != nullptr || subject.table->trigger_calling(fill_function) != nullptr)) {
            adopted.paths_of_new_rows = decided != nullptr ? *decided : derivations_.paths(*subject.table).paths;
        }
        if (subject.undecided)
            plan_.notes.push_back("rows of " + name + " without a tenant stay as they are, " + subject.reason + next);
        else if (!adopted.column->not_null)
            adopted.paths = adopted.paths_of_new_rows = subject.question.paths;
        // Not where a tenant might follow from parents that nobody has decided between.
        if (const auto fallback = request_.fallbacks.find(subject.table->oid); fallback != request_.fallbacks.end() && !subject.undecided)
            adopted.fallback = fallback->second;
        list_own(*subject.table);
        tables_.push_back(std::move(adopted));
    }

    // Where the backfill would not be what it says, would be taken for the application's, or would have to move rows.
    std::string obstacle_of(const Table &root, const std::string &column) const
    {
        for (const Table *member : schema_.family(root.oid)) {
            const auto &by = member->partition_columns;
            if (std::find(by.begin(), by.end(), column) != by.end())
                return "it is partitioned by its tenant: give its rows theirs by moving them";
            if (!member->planned_code.empty())
                return "function " + member->planned_code + " of an index, a partition key or statistics would run as you: ALTER FUNCTION " + member->planned_code + " OWNER TO CURRENT_USER, once you have read it";
            if (member->rules)
                return "rules of " + member->sql + " would change what is written: DROP RULE, and call again";
            for (const Trigger &trigger : member->triggers)
                if ((trigger.enabled == 'A' || trigger.enabled == 'R') && trigger.function.rfind("tenancy.", 0) != 0)
                    return "trigger " + trigger.sql + " is enabled for replicas and would take the backfill for changes by the application: ALTER TABLE " + member->sql +
                           " DISABLE TRIGGER " + trigger.sql + ", and enable it again afterwards";
        }
        return "";
    }

    // What stands on a table and stays.
    void list_own(const Table &table)
    {
        std::string policies, triggers;
        for (const Policy &policy : table.policies)
            policies += (policies.empty() ? "" : ", ") + policy.sql;
        for (const Trigger &trigger : table.triggers)
            if (trigger.function.rfind("tenancy.", 0) != 0 && trigger.enabled != 'D' && (trigger.type & trigger_update) != 0)
                triggers += (triggers.empty() ? "" : ", ") + trigger.sql;
        if (!policies.empty())
            plan_.notes.push_back("policies of " + table.sql + " stay: " + policies);
        if (!triggers.empty())
            plan_.notes.push_back("triggers of " + table.sql + " stay, and are not fired by the backfill: " + triggers);
    }

    void columns()
    {
        for (const AdoptedTable &adopted : tables_)
            if (adopted.column_missing)
                plan_.steps.push_back({"columns", adopted.table->sql, "column",
                                       "ALTER TABLE " + adopted.table->sql + " ADD COLUMN " + adopted.column->sql + " " + adopted.column->type,
                                       "ACCESS EXCLUSIVE", "rows need a tenant; the old ones keep none for now", 0, std::nullopt});
    }

    void fill()
    {
        std::map<TableId, const AdoptedTable *> by_oid;
        std::vector<TableId> order;
        Needs needs;
        for (const AdoptedTable &adopted : tables_) {
            if (!adopted.paths_of_new_rows.empty() || (!adopted.column->not_null && !adopted.fallback.empty()))
                plan_fill(schema_, adopted, plan_);
            if (adopted.paths.empty())
                continue;
            by_oid[adopted.table->oid] = &adopted;
            order.push_back(adopted.table->oid);
            for (const Path &path : adopted.paths)
                for (std::size_t i = 1; i < path.tables.size(); ++i)
                    needs[adopted.table->oid].insert(derivations_.root_of(*path.tables[i]).oid);
        }
        for (const std::vector<TableId> &group : dependency_order(order, needs)) {
            AdoptedTables members;
            for (const TableId oid : group)
                members.push_back(by_oid[oid]);
            plan_backfill(derivations_, members, request_, plan_);
        }
    }

    void references()
    {
        std::vector<Target> targets;
        for (const AdoptedTable &adopted : tables_)
            targets.push_back({adopted.table, adopted.column->name, adopted.column->sql, GlobalRows::none, false, adopted.stays_nullable});
        plan_references(schema_, targets, plan_);
        for (const AdoptedTable &adopted : tables_)
            plan_online_index(schema_, *adopted.table, {adopted.column->name}, false,
                              "a tenant's rows are found without reading others'", plan_);
    }

    void not_null()
    {
        for (AdoptedTable &adopted : tables_) {
            if (adopted.column->not_null)
                continue;
            const bool given = !adopted.paths.empty() || !adopted.fallback.empty();
            if (request_.not_null.value_or(given))
                plan_online_not_null(adopted, plan_);
            else
                adopted.stays_nullable = true;
            if (adopted.stays_nullable && !request_.not_null.has_value())
                plan_.notes.push_back("column " + adopted.column->sql + " of " + adopted.table->sql +
                                      " stays nullable, and its references as they are: nothing gives new rows their tenant; not_null => true once the application does");
        }
    }

    const Schema &before_, &schema_;
    const AdoptionRequest &request_;
    Derivations derivations_;
    std::vector<AdoptedTable> tables_;
    Plan plan_;
};

} // namespace

Plan plan_adoption(const Schema &schema, const AdoptionRequest &request)
{
    // What is settled for a parent may settle its children.
    Schema later = schema;
    while (add_columns(request, later))
        continue;
    return Adoption(schema, later, request).run();
}

} // namespace tenancy::core
