// Which parent gives a row its tenant, as far as the schema alone tells.

#include "core/classification_parts.hpp"
#include "core/derivation_text.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

std::string first_columns(const std::vector<Path> &paths)
{
    std::vector<const ForeignKey *> seen;
    std::string out;
    for (const Path &path : paths) {
        const ForeignKey *hop = path.hops.front();
        if (std::find(seen.begin(), seen.end(), hop) != seen.end())
            continue;
        seen.push_back(hop);
        std::string columns;
        for (const std::string &name : hop->child_columns)
            columns += (columns.empty() ? "" : ", ") + column_sql(*path.tables.front(), name);
        out += (out.empty() ? "" : "; ") + columns;
    }
    return out;
}

namespace {

// Which of the candidates there is no choosing between; one or none when it is settled.
std::vector<Path> rivals(const Derivations &derivations, const std::vector<Path> &paths)
{
    std::vector<Path> required, straight;
    for (const Path &path : paths) {
        if (path.required())
            required.push_back(path);
        if (path.required() && path.hops.size() == 1 &&
            path.end().oid == derivations.schema().tenant_table.oid)
            straight.push_back(path);
    }
    return straight.size() == 1 ? straight : required.empty() ? paths : required;
}

// How many hops all of them have in common, from their beginning. No path ends within another.
std::size_t common_hops(const std::vector<Path> &paths)
{
    std::size_t out = 0;
    while (std::all_of(paths.begin(), paths.end(), [&](const Path &path) {
        return path.hops.size() > out + 1 && path.hops[out] == paths.front().hops[out];
    }))
        ++out;
    return out;
}

void ask_for_a_rule(const Derivations &derivations, const std::vector<Path> &open, Subject &subject)
{
    subject.kind = TableKind::ambiguous;
    subject.undecided = true;
    if (ask_the_parent(derivations, open, subject))
        return;
    const bool optional = std::none_of(open.begin(), open.end(), [&](const Path &path) {
        return derivations.required(*path.hops.front());
    });
    subject.reason = (optional ? "owner or team, each may be NULL, without a rule: "
                               : "two parents without a rule: ") +
                     first_columns(open);
    subject.next_command = set_derivation_sql(derivations, *subject.table, subject.question.paths);
}

} // namespace

bool ask_the_parent(const Derivations &derivations, const std::vector<Path> &open, Subject &subject)
{
    const std::size_t common = common_hops(open);
    if (common == 0)
        return false;
    const Table &parent = derivations.root_of(*open.front().tables[common]);
    subject.reason = "its tenant comes through " + parent.sql + ", which has two parents without a rule";
    subject.next_command = set_derivation_sql(derivations, parent, derivations.paths(parent).paths);
    return true;
}

void classify_by_paths(const Derivations &derivations, bool decided, Subject &subject)
{
    const Table &table = *subject.table;
    const std::vector<Path> &paths = subject.question.paths;
    const bool own = subject.question.column != nullptr;
    subject.kind = own ? TableKind::direct : TableKind::derived;
    subject.next_command =
        own ? unassigned_call_sql(derivations, table) : add_column_sql(derivations, table);
    if (decided) {
        subject.reason = "by your rule";
        subject.question.decided = true;
        return;
    }
    const std::vector<Path> open = rivals(derivations, paths);
    const std::string owner = own && !paths.empty() ? "" : polymorphic_owner(derivations, table);
    if (!owner.empty() && (open.empty() || !open.front().required())) {
        subject.reason = "owner by " + owner + ", without a foreign key";
        if (!own) {
            subject.kind = TableKind::ambiguous;
            subject.next_command = add_column_sql(derivations, table);
        }
    } else if (open.size() > 1) {
        ask_for_a_rule(derivations, open, subject);
    } else if (paths.empty() && !own && named_like_migrations(table) && derivations.references(table.oid).empty()) {
        subject.kind = TableKind::shared;
        subject.question.rows_only = true;
        subject.reason = "kept by the tool that migrates the schema, by its name";
        subject.next_command.clear();
    } else if (paths.empty() && !own) {
        subject.kind = TableKind::shared;
        subject.question.rows_only = subject.pathless = true;
        subject.reason = "no path to a tenant";
        // Not a command that shows its rows to all tenants: whoever runs this has looked.
        subject.next_command = "SELECT * FROM " + table.sql +
                               " LIMIT 10; -- for all tenants to read: SELECT tenancy.share(" +
                               quoted_literal(table.sql) + "); of one each: " +
                               add_column_sql(derivations, table);
    } else if (!paths.empty()) {
        subject.reason = "by " + path_text(open.front(), table.schema);
        if (paths.size() > 1)
            subject.reason += ", through required references alone";
    }
    if (subject.capped)
        subject.reason += std::string(subject.reason.empty() ? "" : "; ") + "more than " +
                          std::to_string(Derivations::max_paths) + " paths, the nearest are shown";
}

} // namespace tenancy::core
