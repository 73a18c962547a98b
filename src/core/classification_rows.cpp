#include "core/classification_rows.hpp"

#include "core/derivation_query.hpp"
#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>
#include <set>

namespace tenancy::core {

namespace {

enum class Kind { other, integer, uuid, text };

// Types whose values are equal exactly when their texts are.
Kind kind_of(const Table &table, const std::string &name)
{
    const Column *column = table.column(name);
    if (column == nullptr || !column->deterministic)
        return Kind::other;
    const std::string &type = column->type;
    return type == "bigint" || type == "integer" || type == "smallint" ? Kind::integer
           : type == "uuid"                                            ? Kind::uuid
           : type == "text" || type == "character varying"             ? Kind::text
                                                                       : Kind::other;
}

bool alike(const Table &a, const std::string &of_a, const Table &b, const std::string &of_b)
{
    return kind_of(a, of_a) != Kind::other && kind_of(a, of_a) == kind_of(b, of_b);
}

// "" is no key: a part is NULL.
std::string key_of(const Row &row, const std::vector<std::size_t> &columns)
{
    std::string out;
    for (const std::size_t column : columns) {
        if (!row[column])
            return "";
        out += std::to_string(row[column]->size()) + ':' + *row[column];
    }
    return out;
}

} // namespace

bool RowsInHand::readable(const Question &question) const
{
    const TenantTable &tenants = derivations_.schema().tenant_table;
    const Table *root = derivations_.schema().table(tenants.oid);
    const auto plain = [&](const Table &table) { return !derivations_.inherited(table); };
    if (root == nullptr || !plain(*root) || !plain(*question.table))
        return false;
    if (!question.rows_only && !Query(derivations_, question).placed().empty())
        return false; // places in unique keys depend on an order
    if (question.column != nullptr && !alike(*question.table, question.column->name, *root, tenants.column))
        return false;
    const auto fits = [&](const Path &path) {
        for (std::size_t i = 0; i < path.hops.size(); ++i) {
            const ForeignKey &hop = *path.hops[i];
            for (std::size_t k = 0; k < hop.child_columns.size(); ++k)
                if (!alike(*path.tables[i], hop.child_columns[k], *path.tables[i + 1], hop.parent_columns[k]))
                    return false;
        }
        return std::all_of(path.tables.begin(), path.tables.end(), [&](const Table *table) { return plain(*table); }) &&
               alike(path.end(), path.column, *root, tenants.column);
    };
    return std::all_of(question.paths.begin(), question.paths.end(), fits) &&
           std::all_of(question.references.begin(), question.references.end(), fits);
}

std::vector<std::pair<TableId, std::string>> RowsInHand::uses(const Question &question) const
{
    const TenantTable &tenants = derivations_.schema().tenant_table;
    std::vector<std::pair<TableId, std::string>> out{{question.table->oid, ""}};
    const auto tenant = [&](const Table &table, const std::string &column, bool living) {
        out.emplace_back(table.oid, column);
        if (living && !names_living_tenants(derivations_, table, column))
            out.emplace_back(tenants.oid, tenants.column);
    };
    const auto along = [&](const Path &path, bool living) {
        for (std::size_t i = 0; i < path.hops.size(); ++i)
            for (std::size_t k = 0; k < path.hops[i]->child_columns.size(); ++k) {
                out.emplace_back(path.tables[i]->oid, path.hops[i]->child_columns[k]);
                out.emplace_back(path.tables[i + 1]->oid, path.hops[i]->parent_columns[k]);
            }
        tenant(path.end(), path.column, living);
    };
    if (question.column != nullptr && !question.rows_only)
        tenant(*question.table, question.column->name, true);
    for (const Path &path : question.paths)
        along(path, true);
    for (const Path &path : question.references)
        along(path, false);
    return out;
}

void RowsInHand::want(const Question &question)
{
    if (!readable(question))
        return;
    for (const auto &[table, column] : uses(question)) {
        Texts &columns = held_[table].columns;
        if (!column.empty() && std::find(columns.begin(), columns.end(), column) == columns.end())
            columns.push_back(column);
    }
    for (const TableId table : tables_of(question))
        ++held_[table].questions;
}

std::int64_t RowsInHand::max_rows(TableId table) const
{
    return std::clamp<std::int64_t>(100 * held_.at(table).questions, 1000, 10000);
}

std::vector<TableId> RowsInHand::tables() const
{
    std::vector<TableId> out;
    for (const auto &[oid, held] : held_)
        out.push_back(oid);
    return out;
}

std::vector<TableId> RowsInHand::tables_of(const Question &question) const
{
    if (!readable(question))
        return {};
    std::set<TableId> out;
    for (const auto &[table, column] : uses(question))
        out.insert(table);
    return {out.begin(), out.end()};
}

std::string RowsInHand::read_sql(TableId oid) const
{
    const Table &table = *derivations_.schema().table(oid);
    Texts values;
    for (const std::string &name : held_.at(oid).columns) {
        const std::string value = "t." + column_sql(table, name) + "::text";
        // As bytes, since JSON is read as UTF-8 whatever the database's encoding is.
        values.push_back(kind_of(table, name) == Kind::text ? "encode(convert_to(" + value + ", getdatabaseencoding()), 'hex')" : value);
    }
    return "SELECT json_build_array(" + joined(values, ", ") + ") AS r FROM " + table.sql + " AS t";
}

void RowsInHand::take(TableId table, std::vector<Row> rows)
{
    const auto found = held_.find(table);
    if (found == held_.end())
        return;
    for (const Row &row : rows)
        if (row.size() != found->second.columns.size())
            throw Error("22023", "not the rows that were asked for", std::to_string(row.size()) + " columns of table " + std::to_string(table));
    found->second.rows = std::move(rows);
    found->second.read = true;
}

std::vector<std::size_t> RowsInHand::positions(TableId table, const Texts &names) const
{
    const Texts &columns = held_.at(table).columns;
    std::vector<std::size_t> out;
    for (const std::string &name : names)
        out.push_back(static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) - columns.begin()));
    return out;
}

// What a foreign key leads to is unique.
const RowsInHand::Keys &RowsInHand::keys(TableId table, const Texts &names) const
{
    const Held &held = held_.at(table);
    const auto [found, fresh] = held.by.try_emplace(positions(table, names));
    if (fresh)
        for (const Row &row : held.rows)
            if (std::string key = key_of(row, found->first); !key.empty())
                found->second.emplace(std::move(key), &row);
    return found->second;
}

RowsInHand::Walk RowsInHand::ending(const Table &table, const std::string &column, bool living) const
{
    const TenantTable &tenants = derivations_.schema().tenant_table;
    const bool all = !living || names_living_tenants(derivations_, table, column);
    return {{}, positions(table.oid, {column}).front(), all ? nullptr : &keys(tenants.oid, {tenants.column})};
}

RowsInHand::Walk RowsInHand::walk(const Path &path, bool living) const
{
    Walk out = ending(path.end(), path.column, living);
    out.may_lack = may_lack_tenant(derivations_, path);
    for (std::size_t i = 0; i < path.hops.size(); ++i)
        out.hops.push_back({positions(path.tables[i]->oid, path.hops[i]->child_columns),
                            &keys(path.tables[i + 1]->oid, path.hops[i]->parent_columns)});
    return out;
}

const Row *RowsInHand::Walk::follow(const Row &row) const
{
    const Row *at = &row;
    for (const Hop &hop : hops) {
        const auto next = hop.to->find(key_of(*at, hop.from));
        if (next == hop.to->end())
            return nullptr;
        at = next->second;
    }
    return at;
}

bool RowsInHand::Walk::gives(const Row &end) const
{
    return end[tenant] && (tenants == nullptr || tenants->contains(key_of(end, {tenant})));
}

std::optional<Counts> RowsInHand::count(const Question &question) const
{
    const std::vector<TableId> needed = tables_of(question);
    const auto read = [&](TableId oid) { return held_.contains(oid) && held_.at(oid).read; };
    const TableId from = question.table->oid;
    if (needed.empty() || !read(from))
        return std::nullopt;
    const std::vector<Row> &rows = held_.at(from).rows;
    Counts out;
    out.rows = static_cast<std::int64_t>(rows.size());
    if (rows.empty() || question.rows_only)
        return out;
    if (!std::all_of(needed.begin(), needed.end(), read))
        return std::nullopt;
    const bool has_own = question.column != nullptr;
    std::vector<Walk> paths, references;
    for (const Path &path : question.paths)
        paths.push_back(walk(path, true));
    for (const Path &path : question.references)
        references.push_back(walk(path, false));
    if (has_own && question.distinct_tenants)
        out.tenants = static_cast<std::int64_t>(keys(from, {question.column->name}).size());
    const Walk own = has_own ? ending(*question.table, question.column->name, true) : Walk();
    for (const Row &row : rows) {
        if (has_own && row[own.tenant]) {
            out.unknown += own.gives(row) ? 0 : 1;
            for (const Walk &reference : references)
                if (const Row *end = reference.follow(row); end != nullptr && reference.gives(*end))
                    out.crossing += *(*end)[reference.tenant] == *row[own.tenant] ? 0 : 1;
            continue;
        }
        std::set<std::string> given;
        bool waits = false;
        for (const Walk &path : paths) {
            const Row *end = path.follow(row);
            waits = waits || (end != nullptr && path.may_lack);
            if (end != nullptr && path.gives(*end))
                given.insert(*(*end)[path.tenant]);
        }
        ++out.null_tenants;
        ++(given.empty() ? out.orphans : given.size() == 1 ? out.derivable : out.conflicting);
        out.waiting += given.empty() && waits ? 1 : 0;
    }
    return out;
}

} // namespace tenancy::core
