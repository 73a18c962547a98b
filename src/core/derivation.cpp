#include "core/derivation.hpp"

#include "core/derivation_text.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>
#include <queue>
#include <tuple>

namespace tenancy::core {

namespace {

// The one reference to the tenant table whose column is called the same but for case and underscores.
const Column *named_alike(const Schema &schema, const Table &table, const std::string &asked)
{
    const Column *out = nullptr;
    for (const ForeignKey &key : schema.foreign_keys) {
        const bool fits = key.child == table.oid && key.parent == schema.tenant_table.oid &&
                          key.parent_columns == std::vector{schema.tenant_table.column} &&
                          simplified(key.child_columns.front()) == simplified(asked);
        const Column *column = fits ? table.column(key.child_columns.front()) : nullptr;
        if (column != nullptr && out != nullptr && out != column)
            return nullptr;
        out = column != nullptr ? column : out;
    }
    return out;
}

std::string tenant_column_of(const Schema &schema, const Table &table, const std::string &asked)
{
    if (table.oid == schema.tenant_table.oid)
        return schema.tenant_table.column;
    const Protection now = protection_of(schema, table);
    if (table.of_extension || now.kind == Protection::Kind::shared)
        return "";
    const bool own = now.kind == Protection::Kind::tenant && table.column(now.column) != nullptr;
    const Column *column = table.column(own ? now.column : asked);
    if (column == nullptr)
        column = named_alike(schema, table, asked);
    const bool known = column != nullptr && comparable(schema.key_type, column->type);
    return known && column->deterministic ? column->name : "";
}

} // namespace

Derivations::Derivations(const Schema &schema, std::string tenant_column,
                         std::string tenant_column_sql)
    : schema_(schema), tenant_column_(std::move(tenant_column)),
      tenant_column_sql_(std::move(tenant_column_sql))
{
    for (const auto &[oid, table] : schema.tables)
        if (std::string column = tenant_column_of(schema, table, tenant_column_); !column.empty())
            tenants_.emplace(oid, std::move(column));
    for (const auto &[oid, table] : schema.tables)
        if (!table.partition)
            inherited_.insert(table.parents.begin(), table.parents.end());
    for (const ForeignKey &key : schema.foreign_keys) {
        const Table *child = schema.table(key.child), *parent = schema.table(key.parent);
        if (child == nullptr || parent == nullptr)
            continue;
        // What the server made of a reference for each partition says nothing new.
        if (key.inherited && (child->parents.empty() || !parent->parents.empty()))
            continue;
        references_[key.child].push_back(&key);
    }
    for (const ForeignKey &key : schema.foreign_keys)
        if (!key.inherited)
            reduce(key);
    for (auto &[oid, keys] : references_) {
        std::map<std::string, std::size_t> position;
        for (const Column &column : schema.table(oid)->columns)
            position.emplace(column.name, position.size());
        const auto order = [&](const ForeignKey *key) {
            std::vector<std::size_t> out;
            for (const std::string &column : key->child_columns)
                out.push_back(position[column]);
            return std::tuple(out, key->parent, key->parent_columns);
        };
        std::stable_sort(keys.begin(), keys.end(),
                         [&](auto *a, auto *b) { return order(a) < order(b); });
        const auto same = [&](auto *a, auto *b) { return order(a) == order(b); };
        keys.erase(std::unique(keys.begin(), keys.end(), same), keys.end());
    }
    measure();
    column_speaks_ = names_tenant(schema, tenant_column_);
}

const Column *Derivations::tenant_of(const Table &table) const
{
    const auto found = tenants_.find(table.oid);
    return found == tenants_.end() ? nullptr : table.column(found->second);
}

std::span<const ForeignKey *const> Derivations::references(TableId table) const
{
    const auto found = references_.find(table);
    if (found == references_.end())
        return {};
    return found->second;
}

const Table &Derivations::root_of(const Table &table) const
{
    const Table *at = &table;
    while (!at->parents.empty() && schema_.table(at->parents.front()) != nullptr)
        at = schema_.table(at->parents.front());
    return *at;
}

bool Derivations::required(const ForeignKey &key) const
{
    const Table &child = *schema_.table(key.child);
    return std::all_of(key.child_columns.begin(), key.child_columns.end(), [&](const auto &name) {
        const Column *column = child.column(name);
        return column != nullptr && column->not_null;
    });
}

bool Derivations::reduced(const ForeignKey &key) const
{
    return std::any_of(reduced_.begin(), reduced_.end(), [&](const ForeignKey &own) { return &own == &key; });
}

void Derivations::reduce(const ForeignKey &key)
{
    const auto here = tenants_.find(key.child), there = tenants_.find(key.parent);
    const Table *parent = schema_.table(key.parent);
    if (here == tenants_.end() || there == tenants_.end() || key.parent == schema_.tenant_table.oid || parent == nullptr)
        return;
    ForeignKey rest = key;
    rest.child_columns.clear();
    rest.parent_columns.clear();
    for (std::size_t i = 0; i < key.child_columns.size(); ++i)
        if (key.child_columns[i] != here->second || key.parent_columns[i] != there->second) {
            rest.child_columns.push_back(key.child_columns[i]);
            rest.parent_columns.push_back(key.parent_columns[i]);
        }
    if (rest.child_columns.empty() || rest.child_columns.size() == key.child_columns.size())
        return;
    const std::set<std::string> wanted(rest.parent_columns.begin(), rest.parent_columns.end());
    for (const Index &index : parent->indexes)
        if (index.unique && index.valid && !index.partial &&
            std::set<std::string>(index.columns.begin(), index.columns.end()) == wanted) {
            references_[key.child].push_back(&reduced_.emplace_back(std::move(rest)));
            return;
        }
}

// A reference that holds the tenant itself tells nothing where the tenant is missing.
bool Derivations::derives(const ForeignKey &key) const
{
    const auto own = tenants_.find(key.child);
    const auto &columns = key.child_columns;
    return own == tenants_.end() || key.child == schema_.tenant_table.oid ||
           std::find(columns.begin(), columns.end(), own->second) == columns.end();
}

// From the tables that have the tenant backwards, breadth first.
void Derivations::measure()
{
    std::map<TableId, std::vector<TableId>> children;
    for (const auto &[oid, keys] : references_)
        for (const ForeignKey *key : keys)
            children[key->parent].push_back(oid);
    std::queue<TableId> open;
    for (const auto &[oid, column] : tenants_) {
        distance_[oid] = 0;
        open.push(oid);
    }
    for (; !open.empty(); open.pop())
        for (const TableId child : children[open.front()])
            if (distance_.emplace(child, distance_[open.front()] + 1).second)
                open.push(child);
}

void Derivations::decide(TableId table, std::vector<Path> paths)
{
    decided_[table] = std::move(paths);
}

const std::vector<Path> *Derivations::decided(TableId table) const
{
    const auto found = decided_.find(table);
    return found == decided_.end() ? nullptr : &found->second;
}

namespace {

// One hop more than the partial path before it; they share their beginnings.
struct Partial {
    const Partial *before;
    const ForeignKey *hop;
    std::size_t length;
    int nullable;
};

struct Candidate {
    std::size_t length; // at least, once it is complete
    int nullable;
    std::size_t serial;
    const Partial *last;
    bool operator<(const Candidate &other) const // the queue's top is the greatest
    {
        return std::tie(length, nullable, serial) >
               std::tie(other.length, other.nullable, other.serial);
    }
};

} // namespace

FoundPaths Derivations::paths(const Table &from, std::size_t at_most) const
{
    FoundPaths out;
    std::deque<Partial> kept; // their addresses stay
    std::priority_queue<Candidate> open;
    const auto extended = [&](const Partial *before, const ForeignKey *hop) {
        const std::size_t length = before == nullptr ? 0 : before->length;
        const int nullable = before == nullptr ? 0 : before->nullable;
        return &kept.emplace_back(
            Partial{before, hop, length + 1, nullable + (required(*hop) ? 0 : 1)});
    };
    const auto push = [&](const Partial *last, std::size_t rest) {
        open.push({last->length + rest, last->nullable, kept.size(), last});
    };
    const auto passed = [&](const Partial *last, const Table &table) {
        for (; last != nullptr; last = last->before)
            if (&root_of(*schema_.table(last->hop->parent)) == &table)
                return true;
        return &table == &root_of(from);
    };
    const auto expand = [&](const Partial *last, const Table &at) {
        if (const auto *rules = last == nullptr ? nullptr : decided(root_of(at).oid)) {
            for (const Path &rule : *rules) {
                const Partial *tail = last;
                for (const ForeignKey *hop : rule.hops)
                    tail = tail == nullptr || passed(tail, root_of(*schema_.table(hop->parent)))
                               ? nullptr
                               : extended(tail, hop);
                if (tail != nullptr)
                    push(tail, 0);
            }
            return;
        }
        for (const ForeignKey *hop : references(at.oid)) {
            const auto rest = distance_.find(hop->parent);
            const Table &next = root_of(*schema_.table(hop->parent));
            if (rest != distance_.end() && derives(*hop) && !passed(last, next))
                push(extended(last, hop), rest->second);
        }
    };
    expand(nullptr, from);
    for (std::size_t steps = 0; !open.empty(); ++steps) {
        if (out.capped = steps == max_steps; out.capped || out.paths.size() > at_most)
            break;
        const Partial *last = open.top().last;
        open.pop();
        const Table &at = *schema_.table(last->hop->parent);
        if (const Column *column = tenant_of(at)) {
            Path path{{}, {&from}, column->name, column->sql, last->nullable};
            for (; last != nullptr; last = last->before)
                path.hops.insert(path.hops.begin(), last->hop);
            for (const ForeignKey *hop : path.hops)
                path.tables.push_back(schema_.table(hop->parent));
            if (std::none_of(out.paths.begin(), out.paths.end(), [&](const Path &known) { return implied(path, known); }))
                out.paths.push_back(std::move(path));
        } else {
            expand(last, at);
        }
    }
    if (out.paths.size() > at_most) {
        out.capped = true;
        out.paths.resize(at_most);
    }
    return out;
}

std::optional<Path> Derivations::path_by(const ForeignKey &reference) const
{
    const Table &parent = *schema_.table(reference.parent);
    Path out;
    if (const Column *column = tenant_of(parent)) {
        out = {{}, {&parent}, column->name, column->sql, 0};
    } else {
        const auto *rules = decided(root_of(parent).oid);
        if (rules != nullptr && !rules->empty()) {
            out = rules->front();
        } else {
            FoundPaths found = paths(parent, 1);
            if (found.paths.empty())
                return std::nullopt;
            out = std::move(found.paths.front());
        }
    }
    out.hops.insert(out.hops.begin(), &reference);
    out.tables.insert(out.tables.begin(), schema_.table(reference.child));
    out.nullable_hops += required(reference) ? 0 : 1;
    return out;
}

} // namespace tenancy::core
