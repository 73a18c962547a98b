// Schemas for the tests, built in code: SchemaBuilder and what reads a plan briefly.
//
//   SchemaBuilder built;
//   TableBuilder projects = built.table("shop", "projects").tenant().column("id",
//   "bigint").key({"id"}); built.reference(tasks, {"project_id"}, projects, {"id"}).on_delete =
//   'c'; Plan plan = protect(built.schema, {tasks.name()});
//
// Builders point into their schema: copies of it are not changed by them.
#pragma once

#include "core/error.hpp"
#include "core/plan.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace tenancy::core {

using Texts = std::vector<std::string>;

inline std::string quoted(const std::string &name)
{
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos)
        return name;
    std::string out = "\"";
    for (const char c : name)
        out.append(c == '"' ? 2 : 1, c);
    return out + "\"";
}

inline constexpr int row_change = trigger_row | trigger_before | trigger_insert | trigger_update;
inline constexpr int write_guard_bits = row_change | trigger_delete;
inline constexpr int truncate_guard_bits = trigger_before | trigger_truncate;
inline constexpr int shared_guard_bits =
    trigger_before | trigger_insert | trigger_update | trigger_delete;

class [[maybe_unused]] TableBuilder { // a name often only documents a table
  public:
    explicit TableBuilder(Table &table) : table_(&table) {}

    TableBuilder &column(const std::string &name, const std::string &type)
    {
        Column added;
        added.name = name;
        added.sql = quoted(name);
        added.type = type;
        table_->columns.push_back(added);
        return *this;
    }
    TableBuilder &not_null()
    {
        table_->columns.back().not_null = true;
        return *this;
    }
    TableBuilder &default_is(const std::string &sql)
    {
        table_->columns.back().default_sql = sql;
        return *this;
    }
    // A tenant column that lacks nothing.
    TableBuilder &tenant(const std::string &name = "tenant_id")
    {
        return column(name, "uuid").not_null().default_is("tenancy.current_tenant_id()");
    }
    TableBuilder &index(const Texts &columns, bool unique = false)
    {
        Index added;
        added.name = table_->name + "_" + std::to_string(table_->indexes.size());
        added.unique = unique;
        added.columns = columns;
        table_->indexes.push_back(added);
        return *this;
    }
    TableBuilder &key(const Texts &columns) { return index(columns, true); }
    TableBuilder &policy(const std::string &name, bool permissive, char command,
                         const std::string &using_sql, const std::string &check_sql = {})
    {
        Policy added;
        added.name = name;
        added.sql = quoted(name);
        added.permissive = permissive;
        added.command = command;
        added.using_sql = using_sql;
        if (!check_sql.empty())
            added.check_sql = check_sql;
        table_->policies.push_back(added);
        return *this;
    }
    TableBuilder &trigger(const std::string &name, const std::string &function, int type,
                          const Texts &arguments = {}, char enabled = 'A')
    {
        Trigger added;
        added.name = name;
        added.sql = quoted(name);
        added.function = function;
        added.type = type;
        added.arguments = arguments;
        added.enabled = enabled;
        table_->triggers.push_back(added);
        return *this;
    }
    TableBuilder &inherits(const TableBuilder &parent)
    {
        table_->parents.push_back(parent.oid());
        return *this;
    }
    TableBuilder &partition_of(const TableBuilder &parent)
    {
        table_->partition = true;
        return inherits(parent);
    }
    // Protected in every part, by hand: what a finished plan leaves behind.
    TableBuilder &secured(const std::string &column_name = "tenant_id")
    {
        const std::string own = "(" + quoted(column_name) + " = tenancy.current_tenant_id())";
        table_->row_security = table_->force = true;
        policy("tenancy_isolation", false, '*', own);
        policy("tenancy_access", true, '*', own, "true");
        trigger("tenancy_truncate_guard", "tenancy.truncate_guard", truncate_guard_bits);
        return trigger("zzzz_tenancy_guard", "tenancy.write_guard", write_guard_bits,
                       {column_name});
    }

    Table *operator->() const { return table_; }
    TableId oid() const { return table_->oid; }
    const std::string &name() const { return table_->sql; }

  private:
    Table *table_;
};

struct SchemaBuilder {
    Schema schema;

    explicit SchemaBuilder(KeyType type = KeyType::uuid)
    {
        schema.server_version = 150000;
        schema.key_type = type;
        TableBuilder tenants =
            table("tenancy", "tenants").column("id", key_type_name(type)).key({"id"});
        tenants->of_extension = true;
        schema.tenant_table = {tenants.oid(), tenants.name(), "id", "id"};
    }

    TableBuilder table(const std::string &in, const std::string &name, char kind = 'r')
    {
        const TableId oid = 16384 + static_cast<TableId>(schema.tables.size());
        Table &made = schema.tables[oid];
        made.oid = oid;
        made.schema = in;
        made.name = name;
        made.sql = quoted(in) + "." + quoted(name);
        made.owner = "owner";
        made.kind = kind;
        return TableBuilder(made);
    }

    // The result is good until the next reference is added.
    ForeignKey &reference(const TableBuilder &child, const Texts &columns,
                          const TableBuilder &parent, const Texts &parent_columns)
    {
        ForeignKey key;
        key.name = child->name + "_" + columns.back() + "_fkey";
        key.sql = quoted(key.name);
        key.child = child.oid();
        key.parent = parent.oid();
        key.child_columns = columns;
        key.parent_columns = parent_columns;
        return schema.foreign_keys.emplace_back(key);
    }
    void to_tenants(const TableBuilder &child, const std::string &column = "tenant_id")
    {
        reference(child, {column}, TableBuilder(schema.tables.at(schema.tenant_table.oid)), {"id"});
    }
};

inline const Table &named(const Schema &schema, const std::string &sql)
{
    for (const auto &[oid, table] : schema.tables)
        if (table.sql == sql)
            return table;
    throw std::out_of_range("no table " + sql);
}

inline ProtectRequest request(const Schema &schema, const std::string &sql,
                              const std::string &column = "tenant_id",
                              std::optional<GlobalRows> global_rows = std::nullopt)
{
    return {{named(schema, sql).oid, sql, named(schema, sql).kind},
            column,
            quoted(column),
            global_rows};
}

inline Plan protect(const Schema &schema, const Texts &tables,
                    const std::string &column = "tenant_id",
                    std::optional<GlobalRows> global_rows = std::nullopt)
{
    std::vector<ProtectRequest> all;
    for (const std::string &sql : tables)
        all.push_back(request(schema, sql, column, global_rows));
    return plan_protect(schema, all);
}

inline Texts sqls(const Plan &plan, const std::string &kind = {})
{
    Texts out;
    for (const Step &step : plan.steps)
        if (kind.empty() || step.kind == kind)
            out.push_back(step.sql);
    return out;
}

inline bool noted(const Plan &plan, const std::string &part)
{
    return std::any_of(plan.notes.begin(), plan.notes.end(), [&](const std::string &note) {
        return note.find(part) != std::string::npos;
    });
}

inline std::string lines(const Texts &texts)
{
    std::string out;
    for (const std::string &text : texts)
        out.append("\n").append(text);
    return out;
}

// Where a statement stands in the plan; fails the test when it is not there.
inline std::size_t position(const Plan &plan, const std::string &sql)
{
    const Texts all = sqls(plan);
    const auto found = std::find(all.begin(), all.end(), sql);
    BOOST_REQUIRE_MESSAGE(found != all.end(), "not planned: " << sql);
    return static_cast<std::size_t>(found - all.begin());
}

// Runs what must be refused; the error, for its texts.
template <typename Act>
Error refused(const char *sqlstate, Act act)
{
    try {
        act();
    } catch (const Error &error) {
        BOOST_TEST(std::string(error.sqlstate()) == sqlstate, error.what());
        return error;
    }
    BOOST_FAIL("not refused with " << sqlstate);
    return {"", ""};
}

} // namespace tenancy::core

// Lists of texts, shown line by line where they differ: CHECK_TEXTS(sqls(plan), {"...", "..."}).
#define CHECK_TEXTS(found, ...)                                                                    \
    do {                                                                                           \
        const tenancy::core::Texts found_texts = found;                                            \
        const tenancy::core::Texts wanted_texts = __VA_ARGS__;                                     \
        BOOST_TEST(tenancy::core::lines(found_texts) == tenancy::core::lines(wanted_texts));       \
    } while (false)
