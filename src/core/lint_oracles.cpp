// Rules about what a tenant can infer of others from keys, indexes, sequences; and what only the rows can tell.

#include "core/lint_parts.hpp"

#include <algorithm>
#include <array>

namespace tenancy::core {

namespace {

bool has(const std::vector<std::string> &list, const std::string &name)
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string names(const std::vector<std::string> &list)
{
    std::string out;
    for (const std::string &name : list)
        out += (out.empty() ? "" : ", ") + (name.empty() ? std::string("an expression") : name);
    return out;
}

// Nobody guesses one of these, or the server makes it. A primary key says which row, and is mostly made by somebody.
bool is_random(const Table &table, const Index &index)
{
    return index.primary || std::any_of(index.columns.begin(), index.columns.end(), [&](const std::string &name) {
        const Column *column = table.column(name);
        return column != nullptr && (column->type == "uuid" || column->identity);
    });
}

bool is_unique(const Index &index)
{
    return index.unique || index.primary || index.key; // also at the end of a transaction
}

struct Reference {
    const ForeignKey *key;
    const Tenanted *child, *parent;
};

// Between tables of tenants, without the tenant.
std::vector<Reference> crossing_references(const LintContext &context)
{
    std::vector<Reference> out;
    for (const ForeignKey &key : context.schema.foreign_keys) {
        const Tenanted *child = context.tenanted(key.child), *parent = context.tenanted(key.parent);
        if (child == nullptr || parent == nullptr || key.inherited)
            continue;
        bool carried = false;
        for (std::size_t i = 0; i < key.child_columns.size(); ++i)
            carried = carried || (key.child_columns[i] == child->column->name && key.parent_columns[i] == parent->column->name);
        if (!carried)
            out.push_back({&key, child, parent});
    }
    return out;
}

bool guarded_reference(const Reference &reference)
{
    const auto &triggers = reference.child->table->triggers;
    return std::any_of(triggers.begin(), triggers.end(), [&](const Trigger &trigger) {
        return trigger.function == reference_guard_function && !trigger.arguments.empty() && trigger.arguments.front() == reference.key->name;
    });
}

bool changes_children(const ForeignKey &key)
{
    const auto acts = [](char action) { return action == 'c' || action == 'n' || action == 'd'; };
    return acts(key.on_delete) || acts(key.on_update);
}

std::string named(const Reference &reference)
{
    return reference.key->sql + " ON " + reference.child->table->sql;
}

std::string remedy(const LintContext &context, const Reference &reference)
{
    return context.request.installed ? "SELECT tenancy.protect_tables(ARRAY[" + quoted_literal(reference.child->table->sql) + ", " + quoted_literal(reference.parent->table->sql) + "]::regclass[]" + (reference.child->column->name == "tenant_id" ? "" : ", " + quoted_literal(reference.child->column->name)) + ");"
                                     : "ALTER TABLE " + reference.child->table->sql + " ADD FOREIGN KEY (" + reference.child->column->sql + ", " + column_sql(*reference.child->table, reference.key->child_columns.front()) + ") REFERENCES " + reference.parent->table->sql + " (" + reference.parent->column->sql + ", " + column_sql(*reference.parent->table, reference.key->parent_columns.front()) + ");";
}

} // namespace

void lint_unique_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        if (table.part)
            continue;
        for (const Index &index : table.table->indexes) {
            if (!is_unique(index) || has(index.columns, table.column->name))
                continue;
            const bool random = is_random(*table.table, index);
            add_finding(rule, (index.key ? index.key->sql : quoted_name(index.name)) + " ON " + table.table->sql, "Inserting (" + names(index.columns) + ") fails where another tenant has it" + (random ? ", but it is an id, which says little." : "."),
                        context.request.installed && !index.primary && !table.table->partition ? "SELECT tenancy.rescope_unique(" + quoted_literal(table.table->sql) + ", " + quoted_literal(index.name) + ");" : "\\d " + table.table->sql, out)
                .level = random ? Level::info : Level::warning;
        }
    }
}

void lint_exclusion_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const OfTable &one : context.around.exclusions)
        if (const Tenanted *table = context.tenanted(one.table); table != nullptr && !table->part && !has(one.columns, table->column->name))
            add_finding(rule, one.sql + " ON " + table->table->sql, "A row is refused where another tenant's is in its way.", "\\d " + table->table->sql, out);
}

void lint_reference_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Reference &reference : crossing_references(context))
        if (!changes_children(*reference.key) && !guarded_reference(reference)) {
            Finding &found = add_finding(rule, named(reference), "A row may refer to another tenant's in " + reference.parent->table->sql + "; whether it can tells which keys exist.", remedy(context, reference), out);
            if (reference.key->crossing != 'n') {
                found.level = Level::info;
                found.detail += " So decided by keep_reference().";
            }
        }
}

void lint_cascade_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Reference &reference : crossing_references(context))
        if (changes_children(*reference.key) && !guarded_reference(reference))
            add_finding(rule, named(reference), "Who deletes or changes a row of " + reference.parent->table->sql + " changes rows of other tenants that refer to it.", remedy(context, reference), out)
                .level = reference.child->protects ? Level::warning : Level::error; // the write guard stops it
}

void lint_sequence_granted(const LintContext &context, const LintRule &rule, LintResult &out)
{
    std::set<std::string> seen;
    for (const OfTable &sequence : context.around.sequences) {
        const Tenanted *table = context.tenanted(sequence.table);
        const std::string sets = context.given(sequence.grants, {"UPDATE"}), looks = context.given(sequence.grants, {"SELECT", "UPDATE"}), any = context.given(sequence.grants, {"SELECT", "UPDATE", "USAGE"});
        if (table == nullptr || any.empty() || !seen.insert(sequence.sql).second)
            continue;
        // A default of nextval() needs USAGE of whoever inserts; an identity column needs nothing.
        const std::string &to = sequence.identity ? any : looks;
        const std::string revoke = to.empty() ? "\\d " + table->table->sql : std::string(sequence.identity ? "REVOKE ALL" : "REVOKE SELECT, UPDATE") + " ON SEQUENCE " + sequence.sql + " FROM " + to + ";";
        add_finding(rule, sequence.sql, sets.empty() ? any + " sees how many rows all tenants write." : sets + " may set it back, and inserts of all tenants fail.", revoke, out)
            .level = sets.empty() || context.request.installed ? Level::info : Level::warning; // setval() is not for guarded sessions
    }
}

void lint_extended_statistics(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const OfTable &one : context.around.statistics)
        if (const Tenanted *table = context.tenanted(one.table))
            add_finding(rule, one.sql, "They are of " + table->table->sql + "; the server's views show them to roles with the rights of the owner to which policies do not apply.", "DROP STATISTICS " + one.sql + ";", out);
}

void lint_index_without_tenant(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        if (table.part)
            continue;
        std::string list;
        for (const Index &index : table.table->indexes)
            if (!is_unique(index) && !index.columns.empty() && index.columns.front() != table.column->name)
                list += (list.empty() ? "" : ", ") + quoted_name(index.name);
        if (!list.empty())
            add_finding(rule, table.table->sql, "A search by " + list + " takes longer where other tenants have the value.", "\\d " + table.table->sql, out);
    }
}

void lint_tenant_null(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables)
        if (!table.part && table.table->kind != 'f' && !table.column->not_null && !(table.protects && table.protection.global_rows == GlobalRows::read))
            out.questions.push_back({"SELECT count(*) FROM " + table.table->sql + " AS t WHERE t." + table.column->sql + " IS NULL",
                                     {rule.name, rule.level, table.table->sql, rule.title, "Rows without a tenant: %s.",
                                      context.request.installed ? "SELECT * FROM tenancy.unassigned(" + quoted_literal(table.table->schema) + ", " + quoted_literal(table.column->name) + ");"
                                                                : "SELECT * FROM " + table.table->sql + " WHERE " + table.column->sql + " IS NULL;",
                                      {{"family", rule.family}}}});
}

void lint_tenant_unknown(const LintContext &context, const LintRule &rule, LintResult &out)
{
    const TenantTable &tenants = context.schema.tenant_table;
    if (!context.request.installed || tenants.oid == 0 || context.schema.key_type == KeyType::unknown)
        return;
    for (const Tenanted &table : context.tables) {
        const auto &keys = context.schema.foreign_keys;
        const bool referred = std::any_of(keys.begin(), keys.end(), [&](const ForeignKey &key) {
            return key.child == table.table->oid && key.validated && has(key.child_columns, table.column->name) && (key.parent == tenants.oid || context.tenanted(key.parent) != nullptr);
        });
        if (referred || table.part || table.table->kind == 'f' || !comparable(context.schema.key_type, table.column->type))
            continue;
        const std::string unknown = " FROM " + table.table->sql + " AS t WHERE t." + table.column->sql + " IS NOT NULL AND NOT EXISTS (SELECT FROM " + tenants.sql + " AS o WHERE o." + tenants.column_sql + " = t." + table.column->sql + ")";
        out.questions.push_back({"SELECT count(*)" + unknown, {rule.name, rule.level, table.table->sql, rule.title, "Rows of tenants that are not in " + tenants.sql + ": %s.", "SELECT DISTINCT t." + table.column->sql + unknown + ";", {{"family", rule.family}}}});
    }
}

void lint_reference_crosses(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Reference &reference : crossing_references(context)) {
        const Table &child = *reference.child->table, &parent = *reference.parent->table;
        if (child.kind == 'f' || parent.kind == 'f')
            continue;
        std::string same;
        for (std::size_t i = 0; i < reference.key->child_columns.size(); ++i)
            same += (same.empty() ? "c." : " AND c.") + column_sql(child, reference.key->child_columns[i]) + " = p." + column_sql(parent, reference.key->parent_columns[i]);
        const std::string crossing = " FROM " + child.sql + " AS c JOIN " + parent.sql + " AS p ON " + same + " WHERE c." + reference.child->column->sql + " <> p." + reference.parent->column->sql;
        Finding finding = {rule.name, reference.key->crossing == 'n' ? rule.level : Level::info, named(reference), rule.title, "Rows that refer to another tenant's in " + parent.sql + ": %s" + (reference.key->crossing == 'n' ? "." : ", as decided by keep_reference()."), "SELECT c.*" + crossing + ";", {{"family", rule.family}}};
        out.questions.push_back({"SELECT count(*)" + crossing, finding});
    }
}

void lint_no_tenant_index(const LintContext &context, const LintRule &rule, LintResult &out)
{
    for (const Tenanted &table : context.tables) {
        const auto &indexes = table.table->indexes;
        if (table.part || table.table->kind == 'f' || std::any_of(indexes.begin(), indexes.end(), [&](const Index &index) { return index.valid && !index.partial && !index.columns.empty() && index.columns.front() == table.column->name; }))
            continue;
        add_finding(rule, table.table->sql, "No index begins with " + table.column->sql + ".", std::string("CREATE INDEX ") + (table.table->kind == 'p' ? "" : "CONCURRENTLY ") + "ON " + table.table->sql + " (" + table.column->sql + ");", out);
    }
}

// The releases of 2026-08 (14, 16-18) and 2026-11 (15) fix policies kept in plans after a role changed (CVE-2026-14666),
// and in 15.20 restrictive policies that DROP OWNED BY emptied (CVE-2026-116311): https://www.postgresql.org/support/security/
void lint_minor_version(const LintContext &context, const LintRule &rule, LintResult &out)
{
    constexpr std::array<std::pair<int, int>, 5> floors = {{{14, 24}, {15, 20}, {16, 15}, {17, 11}, {18, 6}}};
    const int major = context.schema.server_version / 10000, minor = context.schema.server_version % 10000;
    for (const auto &[known, floor] : floors)
        if (major == known && minor < floor)
            add_finding(rule, "PostgreSQL " + std::to_string(major) + "." + std::to_string(minor), "Fixed in " + std::to_string(major) + "." + std::to_string(floor) + ".", "SELECT version();", out);
    if (major < floors.front().first)
        add_finding(rule, "PostgreSQL " + std::to_string(major) + "." + std::to_string(minor), "This major version gets no fixes any more.", "SELECT version();", out);
}

} // namespace tenancy::core
