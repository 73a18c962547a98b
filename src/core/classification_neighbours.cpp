// Tables from which no path leads to a tenant: what their neighbours tell.

#include "core/classification_parts.hpp"
#include "core/derivation_text.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>
#include <set>

namespace tenancy::core {

namespace {

// The first three of them, and how many more.
std::string some_of(const std::set<std::string> &names)
{
    std::string out;
    std::size_t said = 0;
    for (const std::string &name : names) {
        if (said++ == 3)
            return out + " and " + std::to_string(names.size() - 3) + " more";
        out += (out.empty() ? "" : ", ") + name;
    }
    return out;
}

// The parents to which columns of a name and type lead: where it is one alone, the name says whose a row is.
using Meanings = std::map<std::pair<std::string, std::string>, std::set<const Table *>>;

Meanings meanings_of(const Derivations &derivations)
{
    const Schema &schema = derivations.schema();
    Meanings out;
    for (const ForeignKey &key : schema.foreign_keys) {
        const Table *child = schema.table(key.child), *parent = schema.table(key.parent);
        if (child == nullptr || parent == nullptr || &derivations.root_of(*child) == &derivations.root_of(*parent))
            continue;
        std::vector<std::string> columns = key.child_columns;
        if (const Column *tenant = derivations.tenant_of(*child); tenant != nullptr && columns.size() > 1)
            std::erase(columns, tenant->name);
        const Column *column = columns.size() == 1 ? child->column(columns.front()) : nullptr;
        if (column != nullptr && simplified(column->name) != "id")
            out[{simplified(column->name), column->type}].insert(&derivations.root_of(*parent));
    }
    return out;
}

// A table of tenants whose key is missing, as far as names tell: not one to be shared.
bool owned_by_name(const Derivations &derivations, const Meanings &meanings, const std::string &schema_name, Subject &subject)
{
    const auto keys = derivations.references(subject.table->oid);
    for (const Column &column : subject.table->columns) {
        const auto found = meanings.find({simplified(column.name), column.type});
        if (found == meanings.end() || found->second.size() != 1 || !derivations.reaches_tenant((*found->second.begin())->oid) ||
            std::any_of(keys.begin(), keys.end(), [&](const ForeignKey *key) {
                return std::find(key->child_columns.begin(), key->child_columns.end(), column.name) != key->child_columns.end();
            }))
            continue;
        const Table &parent = **found->second.begin();
        subject.kind = TableKind::ambiguous;
        subject.pathless = subject.question.rows_only = false;
        subject.reason = "owner by " + column.sql + ", which leads to " + (parent.schema == schema_name ? unqualified_sql(parent) : parent.sql) +
                         " elsewhere, without a foreign key";
        subject.next_command = add_column_sql(derivations, *subject.table);
        return true;
    }
    return false;
}

} // namespace

void explain_pathless(const Derivations &derivations, const std::string &schema_name, Classification &out)
{
    const Schema &schema = derivations.schema();
    std::set<TableId> pathless;
    for (const Subject &subject : out.subjects)
        if (subject.pathless)
            pathless.insert(subject.table->oid);
    std::map<TableId, std::set<std::string>> users, parents;
    const auto named = [&](const Table &table) { return table.schema == schema_name ? unqualified_sql(table) : table.sql; };
    for (const ForeignKey &key : schema.foreign_keys) {
        const Table *child = schema.table(key.child), *parent = schema.table(key.parent);
        if (child == nullptr || parent == nullptr || &derivations.root_of(*child) == &derivations.root_of(*parent))
            continue;
        const Table &from = derivations.root_of(*child), &to = derivations.root_of(*parent);
        if (pathless.contains(to.oid) && derivations.reaches_tenant(from.oid))
            users[to.oid].insert(named(from));
        if (pathless.contains(from.oid) && pathless.contains(to.oid))
            parents[from.oid].insert(named(to));
    }
    const Meanings meanings = meanings_of(derivations);
    for (Subject &subject : out.subjects) {
        if (!subject.pathless || (subject.countable && !subject.stale && owned_by_name(derivations, meanings, schema_name, subject)))
            continue;
        if (const auto found = users.find(subject.table->oid); found != users.end())
            subject.reason += "; rows of tenants in " + some_of(found->second) + " refer to it, so that one row may serve several";
        if (const auto found = parents.find(subject.table->oid); found != parents.end())
            subject.reason += "; it belongs to " + some_of(found->second) + (found->second.size() == 1 ? ", which has none either" : ", which have none either");
    }
}

} // namespace tenancy::core
