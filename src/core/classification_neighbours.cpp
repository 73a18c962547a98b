// Tables from which no path leads to a tenant: what their neighbours tell.

#include "core/classification_parts.hpp"
#include "core/derivation_text.hpp"
#include "core/plan_parts.hpp"

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
    for (Subject &subject : out.subjects) {
        if (!subject.pathless)
            continue;
        if (const auto found = users.find(subject.table->oid); found != users.end())
            subject.reason += "; rows of tenants in " + some_of(found->second) + " refer to it, so that one row may serve several";
        if (const auto found = parents.find(subject.table->oid); found != parents.end())
            subject.reason += "; it belongs to " + some_of(found->second) + (found->second.size() == 1 ? ", which has none either" : ", which have none either");
    }
}

} // namespace tenancy::core
