// References between protected tables carry the tenant, so that no row can point at another
// tenant's: (tenant, x) REFERENCES parent (tenant, id), every attribute of the old one kept.
//
// Where a composite key cannot carry an attribute, the old reference stays as it is and a reference
// guard stands beside it (plan_reference_guard.cpp).
// A reference to the tenant table stands only where no NOT NULL composite one implies it: it costs
// four times the time of a bulk insert and locks one row of the tenant table.

#include "core/adoption_parts.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tenancy::core {

namespace {

class References {
  public:
    References(const Schema &schema, const std::vector<Target> &targets, bool online, Plan &plan)
        : schema_(schema), plan_(plan), online_(online)
    {
        for (const auto &[oid, table] : schema.tables) {
            const Protection now = protection_of(schema, table);
            if (now.kind == Protection::Kind::tenant && !now.canary)
                sides_[oid] = {&table, now.column, column_sql(table, now.column), now.global_rows, false};
        }
        for (const Target &target : targets)
            for (const Table *member : schema.family(target.table->oid)) {
                sides_[member->oid] = {member, target.column, target.column_sql, target.global_rows, target.stays_nullable};
                targeted_.insert(member->oid);
            }
        for (const ForeignKey &key : schema.foreign_keys)
            keys_of_[key.child].push_back(&key);
    }

    void run(const std::vector<Target> &targets)
    {
        for (const ForeignKey &key : schema_.foreign_keys)
            consider(key);
        anchor(targets);
    }

  private:
    const Side *side(TableId oid) const
    {
        const auto found = sides_.find(oid);
        return found == sides_.end() ? nullptr : &found->second;
    }

    static bool carries_tenant(const ForeignKey &key, const Side &child, const Side &parent)
    {
        for (std::size_t i = 0; i < key.child_columns.size(); ++i)
            if (key.child_columns[i] == child.column && key.parent_columns[i] == parent.column)
                return true;
        return false;
    }

    static std::set<std::string> sorted(const std::vector<std::string> &columns)
    {
        return {columns.begin(), columns.end()};
    }

    static std::string column_list(const Table &table, const Side &side,
                                   const std::vector<std::string> &columns)
    {
        std::string out = "(" + side.column_sql;
        for (const std::string &column : columns)
            out += ", " + column_sql(table, column);
        return out + ")";
    }

    static const char *action(char letter)
    {
        switch (letter) {
        case 'r':
            return "RESTRICT";
        case 'c':
            return "CASCADE";
        case 'n':
            return "SET NULL";
        case 'd':
            return "SET DEFAULT";
        default:
            return "NO ACTION";
        }
    }

    // SET NULL and SET DEFAULT touch the referencing columns alone: the tenant stays.
    static std::string delete_action(const ForeignKey &key, const Table &child)
    {
        if (key.on_delete == 'a')
            return "";
        std::string out = std::string(" ON DELETE ") + action(key.on_delete);
        if (key.on_delete != 'n' && key.on_delete != 'd')
            return out;
        const std::vector<std::string> &columns =
            key.delete_columns.empty() ? key.child_columns : key.delete_columns;
        for (std::size_t i = 0; i < columns.size(); ++i)
            out += (i == 0 ? " (" : ", ") + column_sql(child, columns[i]);
        return out + ")";
    }

    bool keyed(const Side &parent, const std::vector<std::string> &columns)
    {
        std::set<std::string> wanted = sorted(columns);
        wanted.insert(parent.column);
        for (const Index &index : parent.table->indexes)
            if (index.unique && index.valid && !index.partial && sorted(index.columns) == wanted)
                return true;
        return !planned_keys_.insert({parent.table->oid, wanted}).second;
    }

    void add_key(const Side &parent, const ForeignKey &key)
    {
        if (keyed(parent, key.parent_columns))
            return;
        if (online_) {
            std::vector<std::string> columns = key.parent_columns;
            columns.insert(columns.begin(), parent.column);
            plan_online_index(schema_, *parent.table, columns, true, "references that carry the tenant point here", plan_);
            return;
        }
        plan_.steps.push_back({"keys", parent.table->sql, "unique",
                               "ALTER TABLE " + parent.table->sql + " ADD UNIQUE " +
                                   column_list(*parent.table, parent, key.parent_columns),
                               "ACCESS EXCLUSIVE", "references that carry the tenant point here",
                               parent.table->rows, std::nullopt});
    }

    // A reference sees the rows of its two tables alone, not those of inheriting ones.
    std::string rows_of(const Table &table) const
    {
        const bool inherited = table.kind != 'p' && schema_.family(table.oid).size() > 1;
        return (inherited ? "ONLY " : "") + table.sql;
    }

    Check crossing(const ForeignKey &key, const Side &child, const Side &parent) const
    {
        std::string from = " FROM " + rows_of(*child.table) + " AS c JOIN " +
                           rows_of(*parent.table) + " AS p ON ";
        for (std::size_t i = 0; i < key.child_columns.size(); ++i)
            from += (i == 0 ? "c." : " AND c.") + column_sql(*child.table, key.child_columns[i]) +
                    " = p." + column_sql(*parent.table, key.parent_columns[i]);
        from += " WHERE c." + child.column_sql + " IS DISTINCT FROM p." + parent.column_sql;
        if (child.global_rows == GlobalRows::read)
            from += " AND c." + child.column_sql + " IS NOT NULL";
        if (parent.global_rows == GlobalRows::read)
            from += " AND p." + parent.column_sql + " IS NOT NULL";
        const bool missing = child.table->column(child.column) == nullptr ||
                             parent.table->column(parent.column) == nullptr;
        const Column *tenant = parent.table->column(parent.column);
        const bool of_none = online_ && tenant != nullptr && !tenant->not_null && parent.global_rows != GlobalRows::read;
        return {missing ? "SELECT 0" : "SELECT count(*)" + from,
                "%s rows of " + child.table->sql + " refer to a row of another tenant" + (of_none ? ", or of none, in " : " in ") +
                    parent.table->sql,
                "SELECT c.*" + from + "; -- shows them; to leave it as it is: SELECT tenancy.keep_reference(" + quoted_literal(child.table->sql) + ", " +
                    quoted_literal(key.name) + ", 'why');"};
    }

    // A row without a tenant would not be checked at all: then the reference stays as it is.
    static Check where_not_null(const Side &child, Check check)
    {
        check.sql = "SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = " + quoted_literal(child.table->sql) +
                    "::pg_catalog.regclass AND a.attname = " + quoted_literal(child.column) + " AND NOT a.attnotnull) THEN -1 ELSE (" + check.sql + ") END";
        return check;
    }

    // ON UPDATE SET NULL would empty the tenant, MATCH FULL demand it empty, rows of the platform
    // have none, and a key that points at the parent's tenant already cannot do so twice.
    static bool needs_guard(const ForeignKey &key, const Side &child, const Side &parent)
    {
        return key.on_update == 'n' || key.on_update == 'd' ||
               (key.match == 'f' && key.child_columns.size() > 1) ||
               child.global_rows == GlobalRows::read || parent.global_rows == GlobalRows::read ||
               std::find(key.parent_columns.begin(), key.parent_columns.end(), parent.column) !=
                   key.parent_columns.end() ||
               std::find(key.child_columns.begin(), key.child_columns.end(), child.column) !=
                   key.child_columns.end();
    }

    void consider(const ForeignKey &key)
    {
        const Side *child = side(key.child);
        const Side *parent = side(key.parent);
        if (key.inherited || child == nullptr || parent == nullptr ||
            (targeted_.count(key.child) == 0 && targeted_.count(key.parent) == 0) ||
            carries_tenant(key, *child, *parent))
            return;
        if (key.crossing == 'a') {
            plan_.notes.push_back("reference " + key.sql + " of " + child->table->sql + " may lead to other tenants' rows, as decided");
            return;
        }
        if (online_ && child->stays_nullable)
            return; // a reference that carries a NULL is not checked at all
        if (key.crossing == 'o' || needs_guard(key, *child, *parent)) {
            const Check none{"SELECT 0", "", ""};
            if (!online_) // the guard is part of what protects
                plan_reference_guard(key, *child, *parent, key.crossing == 'o' ? none : crossing(key, *child, *parent), plan_);
            return;
        }
        add_key(*parent, key);
        std::string definition = "FOREIGN KEY " + column_list(*child->table, *child, key.child_columns) +
                                 " REFERENCES " + parent->table->sql + " " +
                                 column_list(*parent->table, *parent, key.parent_columns);
        if (key.on_update != 'a')
            definition += std::string(" ON UPDATE ") + action(key.on_update);
        definition += delete_action(key, *child->table);
        definition += deferral(key.deferrable, key.deferred);
        const bool validate = key.validated || (online_ && child->table->kind == 'p'); // a whole takes in valid ones only
        if (validate)
            composite_.insert(&key);
        if (online_) {
            std::vector<std::string> columns = key.child_columns;
            columns.insert(columns.begin(), child->column);
            const Check rows = validate ? crossing(key, *child, *parent) : Check{"SELECT 0", "", ""};
            plan_online_reference(schema_, {child->table, key.name, definition, columns, key.parent, true, validate,
                                            where_not_null(*child, rows),
                                            "a row can refer to its own tenant's rows only"}, plan_);
            return;
        }
        std::string sql = "ALTER TABLE " + child->table->sql + " DROP CONSTRAINT " + key.sql +
                          ", ADD CONSTRAINT " + key.sql + " " + definition;
        if (!key.validated)
            sql += " NOT VALID";
        plan_.steps.push_back({"references", child->table->sql, "foreign_key", sql,
                               "ACCESS EXCLUSIVE", "a row can refer to its own tenant's rows only",
                               child->table->rows,
                               key.validated ? std::optional(crossing(key, *child, *parent))
                                             : std::nullopt});
    }

    bool refers_to_tenants(TableId oid, const std::string &column) const
    {
        for (const ForeignKey *key : keys(oid))
            if (key->parent == schema_.tenant_table.oid && (key->validated || !online_) &&
                key->child_columns == std::vector<std::string>{column})
                return true;
        return false;
    }

    std::vector<const ForeignKey *> keys(TableId child) const
    {
        const auto found = keys_of_.find(child);
        return found == keys_of_.end() ? std::vector<const ForeignKey *>() : found->second;
    }

    // The tables in which a row of the same tenant must exist: by NOT NULL references that carry it.
    std::vector<TableId> leaning_on(TableId oid) const
    {
        std::vector<TableId> out;
        const Side *child = side(oid);
        if (child == nullptr || child->global_rows == GlobalRows::read)
            return out;
        const auto not_null = [child](const std::string &name) {
            const Column *column = child->table->column(name);
            return name == child->column || (column != nullptr && column->not_null);
        };
        for (const ForeignKey *key : keys(oid)) {
            const Side *parent = side(key->parent);
            if (parent != nullptr && key->parent != oid &&
                ((key->validated && carries_tenant(*key, *child, *parent)) || composite_.count(key) > 0) &&
                std::all_of(key->child_columns.begin(), key->child_columns.end(), not_null))
                out.push_back(key->parent);
        }
        return out;
    }

    // Does a path of such references lead to a table that refers to the tenants?
    bool implied(TableId oid) const
    {
        std::set<TableId> seen{oid};
        std::vector<TableId> open{oid};
        while (!open.empty()) {
            const TableId next = open.back();
            open.pop_back();
            if (anchored_.count(next) > 0)
                return true;
            for (const TableId parent : leaning_on(next))
                if (seen.insert(parent).second)
                    open.push_back(parent);
        }
        return false;
    }

    void anchor(const std::vector<Target> &targets)
    {
        for (const auto &[oid, side] : sides_)
            if (refers_to_tenants(oid, side.column))
                anchored_.insert(oid);
        // First the tables that lean on no other. What no anchored one implies then refers in a
        // circle, or leads to one: a reference of its own breaks it.
        std::vector<const Table *> waiting;
        for (const Target &target : targets)
            for (const Table *member : schema_.family(target.table->oid)) {
                if (member->partition || anchored_.count(member->oid) > 0)
                    continue;
                if (leaning_on(member->oid).empty())
                    add_anchor(*member);
                else
                    waiting.push_back(member);
            }
        for (const Table *table : waiting)
            if (anchored_.count(table->oid) > 0 || implied(table->oid))
                anchored_.insert(table->oid);
            else
                add_anchor(*table);
    }

    void add_anchor(const Table &table)
    {
        const Side &own = sides_.at(table.oid);
        const TenantTable &tenants = schema_.tenant_table;
        anchored_.insert(table.oid);
        const bool missing = table.column(own.column) == nullptr;
        const std::string unknown = " FROM " + table.sql + " AS c WHERE c." + own.column_sql +
                                    " IS NOT NULL AND NOT EXISTS (SELECT FROM " + tenants.sql +
                                    " AS t WHERE t." + tenants.column_sql + " = c." + own.column_sql + ")";
        const std::string definition = "FOREIGN KEY (" + own.column_sql + ") REFERENCES " + tenants.sql +
                                       " (" + tenants.column_sql + ")";
        const Check known{missing ? "SELECT 0" : "SELECT count(*)" + unknown,
                          "%s rows of " + table.sql + " belong to a tenant that does not exist",
                          "SELECT DISTINCT c." + own.column_sql + unknown + "; shows the tenants to create."};
        const char *reason = "every row belongs to a tenant that exists";
        if (online_)
            plan_online_reference(schema_, {&table, tenant_reference_name(table, own), definition, {own.column}, tenants.oid, false, true, known, reason}, plan_);
        else
            plan_.steps.push_back({"references", table.sql, "tenant_reference", "ALTER TABLE " + table.sql + " ADD " + definition,
                                   "SHARE ROW EXCLUSIVE", reason, table.rows, known});
    }

    // That of one which is there and not validated yet, or what the server would call it.
    std::string tenant_reference_name(const Table &table, const Side &own) const
    {
        const auto refers = [&](const ForeignKey *key) {
            return key->parent == schema_.tenant_table.oid && key->child_columns == std::vector<std::string>{own.column};
        };
        std::string out = fitting(table.name, 40) + "_" + fitting(own.column, 16) + "_fkey";
        for (const ForeignKey *key : keys(table.oid))
            if (refers(key))
                return key->name;
        for (const ForeignKey *key : keys(table.oid))
            if (key->name == out)
                out = fitting("tenancy_" + out, name_bytes);
        return out;
    }

    const Schema &schema_;
    Plan &plan_;
    bool online_;
    std::map<TableId, Side> sides_;
    std::set<TableId> targeted_;
    std::set<TableId> anchored_; // refer to the tenants, or lean on such a table
    std::set<std::pair<TableId, std::set<std::string>>> planned_keys_;
    std::set<const ForeignKey *> composite_;
    std::map<TableId, std::vector<const ForeignKey *>> keys_of_; // by child
};

} // namespace

void plan_references(const Schema &schema, const std::vector<Target> &targets, Plan &plan)
{
    References(schema, targets, plan.online, plan).run(targets);
}

} // namespace tenancy::core
