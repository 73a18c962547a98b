// Unique keys and tenants: a key of all tenants becomes one of each, and one row per tenant.
//
// A key by tenant is weaker than the key it replaces, so no row can be in the way; what relies on the
// stronger one can: references, and ON CONFLICT in the application.

#include "core/derivation_text.hpp"
#include "core/error.hpp"
#include "core/plan_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

std::string call(const char *function, const Table &table, const std::string &rest)
{
    return std::string("SELECT tenancy.") + function + "(" + quoted_literal(table.sql) + rest + ");";
}

// Of an index of the table's schema.
std::string qualified_sql(const Table &table, const std::string &index)
{
    return table.sql.substr(0, table.sql.size() - unqualified_sql(table).size()) + index;
}

// The table and its tenant column; the hints repeat the call with what would be right.
const Column &tenant_column(const Schema &schema, const TargetName &target, const char *function,
                            const std::string &key_argument, const std::string &name)
{
    const Table *part = schema.table(target.oid);
    for (const TableId parent : part == nullptr ? std::vector<TableId>() : part->parents)
        if (const Table *above = schema.table(parent))
            throw Error("42809", part->sql + " is a part of " + above->sql,
                        "A table is treated together with all that inherits from it.",
                        call(function, *above, key_argument + ", " + quoted_literal(name)));
    const Table &table = require_table(schema, target, "given a key by tenant");
    if (table.oid == schema.tenant_table.oid)
        throw Error("42809", "table " + table.sql + " is the tenant table", "Its rows are tenants; its keys hold among all of them.",
                    "SELECT * FROM tenancy.classify(" + quoted_literal(table.schema) + ", " + quoted_literal(name) + ");");
    const Column *column = table.column(name);
    if (column == nullptr) {
        for (const Column &other : table.columns)
            if (names_tenant(schema, other.name))
                throw Error("42703", "column " + quoted_name(name) + " of " + table.sql + " does not exist", "",
                            call(function, table, key_argument + ", " + quoted_literal(other.name)));
        throw Error("42703", "column " + quoted_name(name) + " of " + table.sql + " does not exist", "",
                    "ALTER TABLE " + table.sql + " ADD COLUMN " + quoted_name(name) + " " + key_type_name(schema.key_type) + ";");
    }
    if (!comparable(schema.key_type, column->type))
        throw Error("42804", "column " + column->sql + " of " + table.sql + " is of type " + column->type + ", tenant ids are of type " + key_type_name(schema.key_type),
                    "", call(function, table, key_argument + ", 'the_tenant_column'"));
    return *column;
}

const Index &unique_key(const Table &table, const std::string &name, const Column &column)
{
    std::string others, first;
    for (const Index &index : table.indexes) {
        if (index.name == name && index.key)
            return index;
        if (index.name == name)
            throw Error("42809", "index " + quoted_name(name) + " of " + table.sql + (index.primary ? " is its primary key" : " is not unique"),
                        index.primary ? "It may stay: ids are unique in all tenants." : "It holds no rows apart.",
                        "SELECT indexdef FROM pg_indexes WHERE indexname = " + quoted_literal(name) + ";");
        if (index.key && std::find(index.columns.begin(), index.columns.end(), column.name) == index.columns.end()) {
            others += (others.empty() ? "" : ", ") + index.key->sql;
            first = first.empty() ? index.name : first;
        }
    }
    throw Error("42704", "table " + table.sql + " has no unique constraint or index " + quoted_name(name),
                others.empty() ? "It has none without the tenant." : "It has " + others + ".",
                first.empty() ? "\\d " + table.sql + " lists its keys."
                              : call("rescope_unique", table, ", " + quoted_literal(first) + ", " + quoted_literal(column.name)));
}

void refuse_references(const Schema &schema, const Table &table, const Index &index)
{
    std::string found;
    const Table *child = nullptr;
    for (const ForeignKey &key : schema.foreign_keys) {
        if (key.parent != table.oid || key.inherited || key.parent_index != index.name)
            continue;
        const Table *from = schema.table(key.child);
        if (from == nullptr)
            continue;
        found += (found.empty() ? "" : ", ") + key.sql + " of " + from->sql;
        child = child == nullptr ? from : child;
    }
    if (child != nullptr)
        throw Error("2BP01", "foreign keys refer to " + index.key->sql + " of " + table.sql + ": " + found,
                    "They must contain the tenant, and refer to a key that does, before this one can.",
                    "SELECT * FROM tenancy.plan(" + quoted_literal(child->sql) + "); -- what makes references of a table contain the tenant");
}

// The same with the tenant's column first: behind the first parenthesis after what is known to come first.
std::string with_tenant(const std::string &definition, std::size_t behind, const Column &column)
{
    const std::size_t at = definition.find('(', behind);
    if (at == std::string::npos)
        throw Error("0A000", "not the definition of a unique key: " + definition);
    return definition.substr(0, at + 1) + column.sql + ", " + definition.substr(at + 1);
}

std::string index_sql(const Table &table, const Index &index, const Column &column, const std::string &create, const std::string &name)
{
    const std::string &old = index.key->definition;
    for (const char *only : {"", "ONLY "}) {
        const std::string head = "CREATE UNIQUE INDEX " + index.key->sql + " ON " + only + table.sql + " ";
        if (old.compare(0, head.size(), head) == 0)
            return with_tenant(create + name + " ON " + table.sql + " " + old.substr(head.size()), create.size() + name.size() + table.sql.size() + 5, column);
    }
    throw Error("0A000", "not the definition of a unique key: " + old);
}

void notes(const Table &table, const Index &index, const Column &column, Plan &plan)
{
    const UniqueKey &key = *index.key;
    std::string columns;
    for (const std::string &name : index.columns)
        columns += (columns.empty() ? "" : ", ") + (name.empty() ? "..." : column_sql(table, name));
    if (index.unique) // deferrable ones it does not know
        plan.notes.push_back("ON CONFLICT (" + columns + ") on " + table.sql + " fails from now on, in the application too: ON CONFLICT (" + column.sql + ", " + columns + ")");
    if (!column.not_null && !index.nulls_equal)
        plan.notes.push_back("rows of " + table.sql + " without a tenant are not held apart by " + key.sql + " any more");
    if (table.kind == 'p')
        return;
    const std::string qualified = qualified_sql(table, key.sql), interim = "tenancy_rescoped";
    std::string by_hand = index_sql(table, index, column, "CREATE UNIQUE INDEX CONCURRENTLY ", interim) + "; ";
    if (key.constraint.empty()) {
        by_hand += "DROP INDEX CONCURRENTLY " + qualified + "; ALTER INDEX " + qualified_sql(table, interim) + " RENAME TO " + key.sql + ";";
    } else {
        const std::size_t deferral = key.constraint.rfind(" DEFERRABLE");
        by_hand += "ALTER TABLE " + table.sql + " DROP CONSTRAINT " + key.sql + ", ADD CONSTRAINT " + key.sql + " UNIQUE USING INDEX " + interim +
                   (deferral == std::string::npos ? "" : key.constraint.substr(deferral)) + ";";
    }
    plan.notes.push_back("writers of " + table.sql + " wait until the transaction ends; by hand they need not: " + by_hand);
}

} // namespace

Plan plan_rescope_unique(const Schema &schema, const TargetName &target, const std::string &name, const std::string &wanted)
{
    const Column &column = tenant_column(schema, target, "rescope_unique", ", " + quoted_literal(name), wanted);
    const Table &table = *schema.table(target.oid);
    const Index &index = unique_key(table, name, column);
    const UniqueKey &key = *index.key;
    Plan plan;
    if (std::find(index.columns.begin(), index.columns.end(), column.name) != index.columns.end())
        return plan;
    const std::string qualified = qualified_sql(table, key.sql);
    if (!index.valid)
        throw Error("55000", "index " + qualified + " is not valid", "Its rows may not be unique.", "REINDEX INDEX " + qualified + ";");
    if (key.replica_identity)
        throw Error("55000", "index " + qualified + " is the replica identity of " + table.sql, "", "ALTER TABLE " + table.sql + " REPLICA IDENTITY DEFAULT;");
    refuse_references(schema, table, index);

    const auto step = [&](const char *kind, const std::string &sql, const char *lock, const char *reason, std::int64_t rows = 0) {
        plan.steps.push_back({"keys", table.sql, kind, sql, lock, reason, rows, std::nullopt});
    };
    const bool constraint = !key.constraint.empty();
    if (constraint) {
        step("unique", "ALTER TABLE " + table.sql + " DROP CONSTRAINT " + key.sql + ", ADD CONSTRAINT " + key.sql + " " + with_tenant(key.constraint, 0, column),
             "ACCESS EXCLUSIVE", "each tenant has its own", table.rows);
        if (!key.options.empty())
            step("index", "ALTER INDEX " + qualified + " SET (" + key.options + ")", "SHARE UPDATE EXCLUSIVE", "as it was");
    } else {
        step("index", "DROP INDEX " + qualified, "ACCESS EXCLUSIVE", "it held among all tenants");
        step("index", index_sql(table, index, column, "CREATE UNIQUE INDEX ", key.sql), "SHARE", "each tenant has its own", table.rows);
    }
    if (!key.tablespace.empty())
        step("index", "ALTER INDEX " + qualified + " SET TABLESPACE " + key.tablespace, "ACCESS EXCLUSIVE", "as it was");
    if (key.comment)
        step("comment", constraint ? "COMMENT ON CONSTRAINT " + key.sql + " ON " + table.sql + " IS " + quoted_literal(*key.comment)
                                   : "COMMENT ON INDEX " + qualified + " IS " + quoted_literal(*key.comment),
             "SHARE UPDATE EXCLUSIVE", "as it was");
    notes(table, index, column, plan);
    return plan;
}

Plan plan_one_row_per_tenant(const Schema &schema, const TargetName &target, const std::string &wanted)
{
    const Column &column = tenant_column(schema, target, "one_row_per_tenant", "", wanted);
    const Table &table = *schema.table(target.oid);
    for (const Table *member : schema.family(table.oid))
        if (member != &table && !member->partition)
            throw Error("0A000", "a unique key of " + table.sql + " does not reach over " + member->sql + ", which inherits from it", "",
                        "ALTER TABLE " + member->sql + " NO INHERIT " + table.sql + ";");
    Plan plan;
    for (const Index &index : table.indexes)
        if (index.unique && index.valid && !index.partial && index.columns == std::vector<std::string>{column.name})
            return plan;
    const std::string several = "SELECT " + column.sql + " FROM " + table.sql + " WHERE " + column.sql + " IS NOT NULL GROUP BY " + column.sql + " HAVING count(*) > 1";
    plan.steps.push_back({"keys", table.sql, "unique",
                          "ALTER TABLE " + table.sql + " ADD CONSTRAINT " + quoted_name(table.name + "_one_row_per_tenant") + " UNIQUE (" + column.sql + ")",
                          "ACCESS EXCLUSIVE", "a tenant has one row", table.rows,
                          Check{"SELECT count(*) FROM (" + several + ") AS several", "tenants with several rows in " + table.sql + ": %s",
                                "SELECT * FROM " + table.sql + " WHERE " + column.sql + " IN (" + several + ") ORDER BY " + column.sql + ";"}});
    if (!column.not_null)
        plan.notes.push_back("rows of " + table.sql + " without a tenant may still be several");
    return plan;
}

} // namespace tenancy::core
