// One batch: the rows of some pages of a table that lack their tenant get it, if a tenant follows from their
// parents and no unique key is in the way.
//
// $1 and $2 are the first page and the one behind the last, as ctids. The tenant's row is locked as a foreign key
// would, since the batch runs with triggers off, the application's and those of foreign keys. What has changed since
// the batch's snapshot must be an error (REPEATABLE READ), not a second look at half of the row.
//
// IS TRUE keeps questions from becoming joins: a batch must not depend on how many rows the planner expects.

#include "core/adoption_parts.hpp"

#include "core/derivation_query.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

using Texts = std::vector<std::string>;

// Plain unique indexes in which the tenant takes part: a row must find its place free.
std::vector<const Index *> keys_with(const Table &table, const std::string &column)
{
    std::vector<const Index *> out;
    for (const Index &index : table.indexes) {
        const auto &names = index.columns;
        if (index.unique && index.valid && !index.partial && std::find(names.begin(), names.end(), column) != names.end() &&
            std::find(names.begin(), names.end(), "") == names.end())
            out.push_back(&index);
    }
    return out;
}

Texts others_of(const Table &table, const Index &index, const std::string &column)
{
    Texts out;
    for (const std::string &name : index.columns)
        if (name != column)
            out.push_back(column_sql(table, name));
    return out;
}

std::string place_free(const Table &table, const AdoptedTable &adopted, const Index &index,
                       const std::string &number)
{
    const std::string &tenant = adopted.column->sql;
    std::string taken = "o." + tenant + " = todo.tenant", nulls;
    for (const std::string &name : others_of(table, index, adopted.column->name)) {
        taken += " AND o." + name + (index.nulls_equal ? " IS NOT DISTINCT FROM t." : " = t.") + name;
        if (!index.nulls_equal)
            nulls += " OR t." + name + " IS NULL";
    }
    return "\n  AND (todo." + number + " = 1" + nulls + ")\n  AND NOT EXISTS (SELECT FROM " +
           std::string(table.kind == 'p' ? "" : "ONLY ") + table.sql + " AS o WHERE " + taken + ")";
}

std::string batch_sql(const Derivations &derivations, const AdoptedTable &adopted, const Table &part)
{
    Question question;
    question.table = &part;
    question.paths = adopted.paths;
    question.only = true;
    const Query query(derivations, question);
    const TenantTable &tenants = derivations.schema().tenant_table;
    const bool text = derivations.schema().key_type == KeyType::text;
    // The default collation yields to any other: the tenant's own comparisons, and indexes, stay.
    const std::string yielding = text ? "::text COLLATE pg_catalog.\"default\"" : "";
    const Texts &paths = query.paths();
    const std::string value = paths.size() == 1 ? paths.front() : "COALESCE(" + joined(paths, ", ") + ")";
    const std::string derivable =
        paths.size() == 1 || adopted.decided
            ? value + " IS NOT NULL"
            : "LEAST(" + joined(paths, ", ") + ") = GREATEST(" + joined(paths, ", ") + ")";
    std::string numbers, free;
    for (const Index *index : keys_with(part, adopted.column->name)) {
        const std::string number = "place_" + std::to_string(std::count(numbers.begin(), numbers.end(), '\n') + 1);
        std::string by = value;
        for (const std::string &name : others_of(part, *index, adopted.column->name))
            by += ", t." + name;
        numbers += ",\n           row_number() OVER (PARTITION BY " + by + " ORDER BY t.ctid) AS " + number;
        free += place_free(part, adopted, *index, number);
    }
    const std::string column = adopted.column->sql;
    const std::string pages = "t.ctid >= $1 AND t.ctid < $2";
    return "WITH todo AS MATERIALIZED (\n    SELECT t.ctid AS place, " + (text ? "(" + value + ")" + yielding : value) + " AS tenant" + numbers + "\n    " +
           query.from() + "\n    WHERE " + pages + " AND t." + column + " IS NULL AND " + derivable +
           "\n), living AS MATERIALIZED (\n    SELECT o." + tenants.column_sql + yielding + " AS tenant FROM " + tenants.sql +
           " AS o WHERE o." + tenants.column_sql + " IN (SELECT todo.tenant FROM todo) FOR KEY SHARE\n)\n"
           "UPDATE ONLY " + part.sql + " AS t SET " + column + " = todo.tenant\n"
           "FROM todo\nWHERE t.ctid = todo.place AND " + pages +
           "\n  AND (todo.tenant IN (SELECT living.tenant FROM living)) IS TRUE" + free;
}

std::string dollar_quoted(const std::string &text)
{
    std::string tag = "$batch$";
    for (int i = 1; text.find(tag) != std::string::npos; ++i)
        tag = "$batch" + std::to_string(i) + "$";
    return tag + text + tag;
}

// Other references than that to the tenants in which the tenant takes part: its foreign keys must fire.
bool fires(const Schema &schema, const Table &table, const std::string &column)
{
    return std::any_of(schema.foreign_keys.begin(), schema.foreign_keys.end(), [&](const ForeignKey &key) {
        return key.child == table.oid && key.child_columns.size() > 1 &&
               std::find(key.child_columns.begin(), key.child_columns.end(), column) != key.child_columns.end();
    });
}

struct Part {
    const AdoptedTable *adopted;
    const Table *table;
};

void add_step(const Derivations &derivations, const std::vector<Part> &parts, bool repeat,
              const AdoptionRequest &request, Plan &plan)
{
    std::string tables, statements;
    Step step{"backfill", parts.front().table->sql, "update", "", "ROW EXCLUSIVE",
              "rows without a tenant get the one their parents have", 0, std::nullopt};
    bool triggers = false;
    for (const Part &part : parts) {
        tables += (tables.empty() ? "" : ", ") + quoted_literal(part.table->sql);
        statements += (statements.empty() ? "" : ", ") + dollar_quoted(batch_sql(derivations, *part.adopted, *part.table));
        step.rows += part.table->rows;
        triggers = triggers || fires(derivations.schema(), *part.table, part.adopted->column->name);
    }
    step.sql = "CALL tenancy.backfill(ARRAY[" + tables + "]::regclass[], ARRAY[\n" + statements + "], " +
               quoted_literal(request.column) + ",\n    batch_size => " +
               std::to_string(request.batch_size) + ", pause_ms => " + std::to_string(request.pause_ms) +
               (repeat ? ", repeat => true" : "") + (triggers ? ", fire_triggers => true" : "") + ")";
    step.alone = true;
    plan.steps.push_back(std::move(step));
}

} // namespace

void plan_backfill(const Derivations &derivations, const AdoptedTables &group,
                   const AdoptionRequest &request, Plan &plan)
{
    std::vector<Part> parts;
    bool repeat = group.size() > 1;
    for (const AdoptedTable *adopted : group) {
        const TableId root = adopted->table->oid;
        for (const Table *member : derivations.schema().family(root))
            if (const Column *column = member->column(adopted->column->name); member->kind != 'p' && !column->not_null)
                parts.push_back({adopted, member});
        for (const Path &path : adopted->paths)
            repeat = repeat || derivations.root_of(path.end()).oid == root;
    }
    if (repeat && !parts.empty()) {
        add_step(derivations, parts, true, request, plan);
        return;
    }
    for (const Part &part : parts)
        add_step(derivations, {part}, false, request, plan);
}

} // namespace tenancy::core
