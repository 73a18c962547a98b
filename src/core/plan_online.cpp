// Changes of a live table: indexes are built concurrently, constraints are added NOT VALID and validated after, so
// that no lock which stops readers or writers is held while rows are read.
//
// Partitioned tables know neither on PostgreSQL 15: each partition gets its own, and the parent takes them in.

#include "core/adoption_parts.hpp"

#include <algorithm>

namespace tenancy::core {

namespace {

using Texts = std::vector<std::string>;

bool serves(const Index &index, const Texts &columns, bool key)
{
    if (index.partial || index.columns.size() < columns.size() || (key && !index.unique))
        return false;
    if (key) {
        Texts here = index.columns, wanted = columns;
        std::sort(here.begin(), here.end());
        std::sort(wanted.begin(), wanted.end());
        return here == wanted;
    }
    return std::equal(columns.begin(), columns.end(), index.columns.begin());
}

const Index *find_index(const Table &table, const Texts &columns, bool key)
{
    for (const Index &index : table.indexes)
        if (index.valid && serves(index, columns, key))
            return &index;
    return nullptr;
}

// The very same: only such a one can be taken in by a partitioned table's, or is what a build of ours left.
const Index *find_same(const Table &table, const Texts &columns, bool key, bool valid)
{
    for (const Index &index : table.indexes)
        if (index.valid == valid && !index.partial && index.unique == key && index.columns == columns)
            return &index;
    return nullptr;
}

// Is a key of these tables under way, which will do for an index of its first column?
bool key_planned(const Plan &plan, const std::vector<const Table *> &tables, const std::string &column)
{
    const std::string begin = " (" + column_sql(*tables.front(), column) + ", ";
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step &step) {
        return (step.kind == "attach" || (step.kind == "unique" && step.sql.find(begin) != std::string::npos)) &&
               std::any_of(tables.begin(), tables.end(), [&](const Table *table) { return table->sql == step.target; });
    });
}

std::string in_schema_of(const Table &table, const std::string &quoted)
{
    return quoted_name(table.schema) + "." + quoted;
}

// A relation of that name, or one that is planned; what is broken is dropped before.
bool taken(const Schema &schema, const Plan &plan, const std::string &in, const std::string &name, const Index *broken)
{
    const std::string planned = " " + quoted_name(name) + " ON ";
    return std::any_of(schema.tables.begin(), schema.tables.end(), [&](const auto &entry) {
               const Table &table = entry.second;
               return table.schema == in && (table.name == name || std::any_of(table.indexes.begin(), table.indexes.end(), [&](const Index &index) {
                                                 return index.name == name && &index != broken;
                                             }));
           }) ||
           std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step &step) {
               return step.phase == "keys" && step.sql.rfind("CREATE ", 0) == 0 && step.sql.find(planned) != std::string::npos;
           });
}

// As the server would call it, but for names that are too long.
std::string index_name(const Schema &schema, const Plan &plan, const Table &table, const Texts &columns, bool key,
                       const Index *broken)
{
    std::string middle;
    for (const std::string &column : columns)
        middle += "_" + column;
    for (int n = 0;; ++n) {
        const std::string tail = (key ? "_key" : "_idx") + (n == 0 ? "" : std::to_string(n));
        const std::size_t begin = std::min<std::size_t>(table.name.size(), 29);
        const std::string rest = fitting(middle, name_bytes - begin - tail.size()) + tail;
        const std::string out = fitting(table.name, name_bytes - rest.size()) + rest;
        if (!taken(schema, plan, table.schema, out, broken))
            return quoted_name(out);
    }
}

struct Builder {
    const Schema &schema;
    const Texts &columns;
    bool key;
    const char *reason;
    Plan &plan;

    std::string create(const char *how, const std::string &name, const Table &table) const
    {
        std::string list;
        for (const std::string &column : columns)
            list += (list.empty() ? "" : ", ") + column_sql(table, column);
        return std::string(key ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") + how + name + " ON " +
               (table.kind == 'p' ? "ONLY " : "") + table.sql + " (" + list + ")";
    }

    void add(const Table &table, const char *kind, std::string sql, const char *lock, bool alone) const
    {
        Step step{"keys", table.sql, kind, std::move(sql), lock, reason, alone ? table.rows : 0, std::nullopt};
        step.alone = alone;
        plan.steps.push_back(std::move(step));
    }

    // The index of this table, made where it is missing; its name.
    std::string build(const Table &table) const
    {
        const Index *there = table.partition ? find_same(table, columns, key, true) : find_index(table, columns, key);
        if (there != nullptr)
            return quoted_name(there->name);
        const Index *broken = find_same(table, columns, key, false);
        if (table.kind != 'p') {
            const std::string name = index_name(schema, plan, table, columns, key, broken);
            if (broken != nullptr)
                add(table, "index", "DROP INDEX CONCURRENTLY " + in_schema_of(table, quoted_name(broken->name)),
                    "SHARE UPDATE EXCLUSIVE", true);
            add(table, key ? "unique" : "index", create("CONCURRENTLY ", name, table), "SHARE UPDATE EXCLUSIVE", true);
            return name;
        }
        // Not valid until every partition has handed in its own.
        const std::string name = broken != nullptr ? quoted_name(broken->name) : index_name(schema, plan, table, columns, key, nullptr);
        if (broken == nullptr)
            add(table, key ? "unique" : "index", create("", name, table), "SHARE", false);
        for (const auto &[oid, part] : schema.tables)
            if (part.partition && std::find(part.parents.begin(), part.parents.end(), table.oid) != part.parents.end())
                add(part, "attach", "ALTER INDEX " + in_schema_of(table, name) + " ATTACH PARTITION " + in_schema_of(part, build(part)),
                    "ACCESS EXCLUSIVE on the indexes", false);
        return name;
    }
};

bool constraint_named(const Schema &schema, TableId table, const std::string &name, bool validated)
{
    return std::any_of(schema.foreign_keys.begin(), schema.foreign_keys.end(), [&](const ForeignKey &key) {
        return key.child == table && key.name == name && (key.validated || !validated);
    });
}

std::string of_table(const Table &table, const std::string &name, const char *more = "")
{
    return "FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = " + quoted_literal(table.sql) +
           "::pg_catalog.regclass AND k.conname = " + quoted_literal(name) + more;
}

// 0 where the constraint stands, less where there is nothing to do.
Check standing(const Table &table, const std::string &name, const char *more = "")
{
    return {"SELECT -count(*) FROM (SELECT) AS one WHERE NOT EXISTS (SELECT " + of_table(table, name, more) + ")", "", ""};
}

// 0 where one of that name is left.
Check gone(const Table &table, const std::string &name)
{
    return {"SELECT count(*) - 1 " + of_table(table, name, " AND k.conparentid = 0"), "", ""};
}

// The name under which a reference stands beside the old one, until it takes its place: that of a run before, or
// one that no other reference of these tables has.
std::string name_beside(const Schema &schema, const OnlineReference &wanted, const std::vector<const Table *> &parts,
                        const Plan &plan)
{
    const auto here = [&](TableId oid) {
        return oid == wanted.child->oid || std::any_of(parts.begin(), parts.end(), [oid](const Table *part) { return part->oid == oid; });
    };
    for (const ForeignKey &key : schema.foreign_keys)
        if (here(key.child) && !key.inherited && key.parent == wanted.parent && key.child_columns == wanted.columns &&
            key.name.rfind("tenancy", 0) == 0)
            return key.name;
    for (int n = 0;; ++n) {
        const std::string out = fitting("tenancy" + (n == 0 ? "" : std::to_string(n)) + "_" + wanted.name, name_bytes);
        const std::string planned = " ADD CONSTRAINT " + quoted_name(out) + " ";
        if (std::none_of(schema.foreign_keys.begin(), schema.foreign_keys.end(), [&](const ForeignKey &key) { return here(key.child) && key.name == out; }) &&
            std::none_of(plan.steps.begin(), plan.steps.end(), [&](const Step &step) {
                return step.target == wanted.child->sql && step.sql.find(planned) != std::string::npos;
            }))
            return out;
    }
}

Step optional(const Table &table, const char *phase, const char *kind, std::string sql, const char *lock,
              const char *reason, std::optional<Check> check)
{
    Step step{phase, table.sql, kind, std::move(sql), lock, reason, 0, std::move(check)};
    step.optional = step.check.has_value();
    return step;
}

} // namespace

void plan_online_index(const Schema &schema, const Table &root, const Texts &columns, bool key,
                       const char *reason, Plan &plan)
{
    const Builder builder{schema, columns, key, reason, plan};
    const std::vector<const Table *> family = schema.family(root.oid);
    if (root.kind == 'p') {
        if (key || !key_planned(plan, family, columns.front()))
            builder.build(root);
        return;
    }
    for (const Table *member : family)
        if (key ? member == &root : !key_planned(plan, {member}, columns.front()))
            builder.build(*member);
}

void plan_online_reference(const Schema &schema, const OnlineReference &wanted, Plan &plan)
{
    const Table &child = *wanted.child;
    std::vector<const Table *> parts;
    for (const Table *member : schema.family(child.oid))
        if (child.kind == 'p' ? member->kind == 'r' : member == &child)
            parts.push_back(member);
    const std::string name = wanted.replaces ? name_beside(schema, wanted, parts, plan) : wanted.name;
    const std::string sql = quoted_name(name);
    std::vector<Step> steps;
    for (const Table *part : parts) {
        const std::string alter = "ALTER TABLE " + part->sql;
        if (!constraint_named(schema, part->oid, name, false))
            steps.push_back(optional(*part, "references", "foreign_key", alter + " ADD CONSTRAINT " + sql + " " + wanted.definition + " NOT VALID",
                                     "SHARE ROW EXCLUSIVE", wanted.reason, wanted.check));
        if (!wanted.validate || constraint_named(schema, part->oid, name, true))
            continue;
        steps.push_back(optional(*part, "references", "validate", alter + " VALIDATE CONSTRAINT " + sql,
                                 "SHARE UPDATE EXCLUSIVE", "the rows that are there are looked at without stopping anybody",
                                 standing(*part, name)));
        steps.back().rows = part->rows;
    }
    const char *state = wanted.validate ? " AND k.convalidated" : "";
    const std::string alter = "ALTER TABLE " + child.sql;
    if (child.kind == 'p' && !constraint_named(schema, child.oid, name, false)) {
        steps.push_back(optional(child, "references", "foreign_key", alter + " ADD CONSTRAINT " + sql + " " + wanted.definition,
                                 "SHARE ROW EXCLUSIVE", "takes in those of the partitions", std::nullopt));
        Check all{"SELECT 0", "", ""};
        for (const Table *part : parts)
            all.sql += " + (" + standing(*part, name, state).sql + ")";
        steps.back().check = all;
        steps.back().optional = true;
    }
    if (wanted.replaces) {
        steps.push_back(optional(child, "references", "swap", alter + " DROP CONSTRAINT " + quoted_name(wanted.name),
                                 "ACCESS EXCLUSIVE", "the reference that carries the tenant takes its place", standing(child, name, state)));
        steps.push_back(optional(child, "references", "swap", alter + " RENAME CONSTRAINT " + sql + " TO " + quoted_name(wanted.name),
                                 "ACCESS EXCLUSIVE", "under the name it had", standing(child, name, state)));
        steps.back().joined = true;
    }
    // What came to nothing must not stay and refuse rows.
    for (const Table *part : parts)
        if (wanted.check) {
            Check left = gone(*part, name);
            if (!wanted.replaces)
                left.sql = "SELECT count(*) - 1 " + of_table(*part, name, " AND k.conparentid = 0 AND NOT k.convalidated");
            steps.push_back(optional(*part, "references", "cleanup", "ALTER TABLE " + part->sql + " DROP CONSTRAINT " + sql,
                                     "ACCESS EXCLUSIVE", "only where its rows were not clean", left));
        }
    std::move(steps.begin(), steps.end(), std::back_inserter(plan.steps));
}

void plan_online_not_null(const AdoptedTable &adopted, Plan &plan)
{
    const Table &table = *adopted.table;
    const std::string &column = adopted.column->sql;
    const std::string alter = "ALTER TABLE " + table.sql, name = "tenancy_not_null";
    const std::string nulls = "SELECT count(*) FROM " + table.sql + " WHERE " + column + " IS NULL";
    const Check clean{nulls, "%s rows of " + table.sql + " have no tenant: it stays without NOT NULL, and its references without the tenant",
                      "SELECT * FROM tenancy.unassigned(" + quoted_literal(table.schema) + ", " + quoted_literal(adopted.column->name) + ");"};
    plan.steps.push_back(optional(table, "not_null", "check",
                                  alter + " DROP CONSTRAINT IF EXISTS " + name + ", ADD CONSTRAINT " + name + " CHECK (" + column + " IS NOT NULL) NOT VALID",
                                  "ACCESS EXCLUSIVE", "from now on a row without a tenant is refused", clean));
    plan.steps.push_back(optional(table, "not_null", "validate", alter + " VALIDATE CONSTRAINT " + name, "SHARE UPDATE EXCLUSIVE",
                                  "the rows that are there are looked at without stopping anybody", standing(table, name)));
    plan.steps.back().rows = table.rows;
    plan.steps.push_back(optional(table, "not_null", "not_null", alter + " ALTER COLUMN " + column + " SET NOT NULL", "ACCESS EXCLUSIVE",
                                  "the check has proven it: no row is read", standing(table, name, " AND k.convalidated")));
    plan.steps.push_back(optional(table, "not_null", "cleanup", alter + " DROP CONSTRAINT " + name, "ACCESS EXCLUSIVE",
                                  "NOT NULL says it", standing(table, name)));
    plan.steps.back().joined = true;
}

} // namespace tenancy::core
