// Runs a plan of adoption on a schema the way the server and the worker would: transaction by transaction.
//
// Every statement must be of a known shape and possible: names are free, references find their unique index,
// what is renamed exists. Questions to catalogs are answered from the schema, those to rows by `rows`. A run
// may be stopped after any transaction; CREATE INDEX CONCURRENTLY is then left invalid, as a crash leaves it.
#pragma once

#include "sql_cursor.hpp"

#include <climits>
#include <functional>
#include <map>
#include <set>

namespace tenancy::core {

inline std::string joined_words(const Texts &texts)
{
    std::string out;
    for (const std::string &text : texts)
        out += " " + text;
    return out;
}

class OnlineRunner {
  public:
    explicit OnlineRunner(Schema given) : schema(std::move(given)) {}

    Schema schema;
    std::function<long(const std::string &)> rows = [](const std::string &) { return 0L; };
    Texts left_out;
    int backfills = 0;

    // Did it reach the end?
    bool run(const Plan &plan, int at_most = INT_MAX)
    {
        BOOST_REQUIRE(plan.online);
        std::vector<std::pair<int, const Step *>> all = transactions(plan);
        for (const auto &[number, step] : all) {
            BOOST_TEST_CONTEXT(step->sql)
            {
                if (number > at_most) {
                    interrupt(*step);
                    return false;
                }
                BOOST_REQUIRE(step->optional == step->check.has_value());
                const long found = step->check ? ask(step->check->sql) : 0;
                if (found > 0)
                    left_out.push_back(step->check->message);
                else if (found == 0)
                    execute(*step);
            }
        }
        return true;
    }

    // All that plans may change, as one text.
    std::string state() const
    {
        std::set<std::string> out;
        for (const auto &[oid, table] : schema.tables) {
            for (const Column &one : table.columns)
                out.insert(table.sql + " column " + one.name + (one.not_null ? " not null" : ""));
            for (const Index &one : table.indexes)
                out.insert(table.sql + " index " + one.name + (one.valid ? "" : " invalid") + joined_words(one.columns));
            for (const Trigger &one : table.triggers)
                out.insert(table.sql + " trigger " + one.name + joined_words(one.arguments));
        }
        for (const ForeignKey &one : schema.foreign_keys)
            out.insert(schema.tables.at(one.child).sql + " reference " + (one.inherited ? "of the whole" : one.name) +
                       (one.validated ? "" : " not valid") + joined_words(one.child_columns) + " to " +
                       schema.tables.at(one.parent).sql + joined_words(one.parent_columns));
        for (const auto &[key, validated] : checks_)
            out.insert(key.first + " check " + key.second);
        std::string text;
        for (const std::string &line : out)
            text += line + "\n";
        return text;
    }

  private:
    Table &table_at(SqlCursor &sql)
    {
        const auto [in, name] = sql.qualified();
        for (auto &[oid, table] : schema.tables)
            if (table.schema == in && table.name == name)
                return table;
        BOOST_FAIL("no table " << in << "." << name);
        throw std::logic_error(name);
    }

    std::vector<Table *> members(const Table &root)
    {
        std::vector<Table *> out;
        for (const Table *member : schema.family(root.oid))
            out.push_back(&schema.tables.at(member->oid));
        return out;
    }

    std::pair<Table *, Index *> index_at(SqlCursor &sql)
    {
        const auto [in, name] = sql.qualified();
        for (auto &[oid, table] : schema.tables)
            for (Index &index : table.indexes)
                if (table.schema == in && index.name == name)
                    return {&table, &index};
        BOOST_FAIL("no index " << in << "." << name);
        throw std::logic_error(name);
    }

    ForeignKey *key_named(const Table &table, const std::string &name)
    {
        for (ForeignKey &key : schema.foreign_keys)
            if (key.child == table.oid && key.name == name)
                return &key;
        return nullptr;
    }

    long ask(const std::string &question)
    {
        SqlCursor sql{question};
        if (sql.eat("SELECT 0")) {
            long sum = 0;
            while (sql.eat(" + (")) {
                const std::size_t close = question.find("))", sql.at) + 1;
                sum += ask(question.substr(sql.at, close - sql.at));
                sql.at = close + 1;
            }
            sql.end();
            return sum;
        }
        if (sql.eat("SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = ")) {
            const std::string whose = sql.literal();
            sql.need("::pg_catalog.regclass AND a.attname = ");
            const Column *column = named(schema, whose).column(sql.literal());
            sql.need(" AND NOT a.attnotnull) THEN -1 ELSE (");
            BOOST_REQUIRE(column != nullptr);
            return column->not_null ? ask(question.substr(sql.at, question.size() - sql.at - 5)) : -1;
        }
        const bool standing = sql.eat("SELECT -count(*) FROM (SELECT) AS one WHERE NOT EXISTS (SELECT ");
        if (!standing && !sql.eat("SELECT count(*) - 1 "))
            return rows(question);
        sql.need("FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = ");
        const Table &table = named(schema, sql.literal());
        sql.need("::pg_catalog.regclass AND k.conname = ");
        const std::string name = sql.literal();
        const ForeignKey *key = key_named(table, name);
        const auto check = checks_.find({table.sql, name});
        bool there = key != nullptr || check != checks_.end();
        const bool valid = key != nullptr ? key->validated : there && check->second;
        if (sql.eat(" AND k.conparentid = 0"))
            there = there && (key == nullptr || !key->inherited);
        if (sql.eat(" AND k.convalidated"))
            there = there && valid;
        if (sql.eat(" AND NOT k.convalidated"))
            there = there && !valid;
        sql.need(standing ? ")" : "");
        sql.end();
        return there ? 0 : -1;
    }

    void interrupt(const Step &step)
    {
        SqlCursor sql{step.sql};
        if (step.sql.find("INDEX CONCURRENTLY") != std::string::npos && !sql.eat("DROP")) {
            const Table &table = named(schema, step.target);
            execute(step);
            schema.tables.at(table.oid).indexes.back().valid = false;
        }
    }

    void execute(const Step &step)
    {
        SqlCursor sql{step.sql};
        BOOST_REQUIRE(named(schema, step.target).sql == step.target);
        const bool alone = sql.eat("CALL tenancy.backfill(ARRAY[") || step.sql.find("INDEX CONCURRENTLY ") != std::string::npos;
        BOOST_REQUIRE_MESSAGE(alone == step.alone, step.sql);
        if (sql.at > 0) {
            ++backfills;
        } else if (sql.eat("CREATE TRIGGER ")) {
            create_trigger(sql);
        } else if (sql.eat("DROP TRIGGER ")) {
            const std::string name = sql.name();
            sql.need(" ON ");
            for (Table *member : members(table_at(sql)))
                std::erase_if(member->triggers, [&](const Trigger &one) { return one.name == name; });
        } else if (sql.eat("DROP INDEX CONCURRENTLY ")) {
            const auto [table, index] = index_at(sql);
            const std::string name = index->name;
            BOOST_REQUIRE(table->kind == 'r');
            std::erase_if(table->indexes, [&](const Index &one) { return one.name == name; });
        } else if (sql.eat("CREATE UNIQUE INDEX ")) {
            create_index(sql, true);
        } else if (sql.eat("CREATE INDEX ")) {
            create_index(sql, false);
        } else if (sql.eat("ALTER INDEX ")) {
            attach(sql);
        } else {
            sql.need("ALTER TABLE ");
            alter(table_at(sql), sql);
        }
    }

    void create_trigger(SqlCursor &sql)
    {
        const std::string name = sql.name();
        sql.need(" BEFORE INSERT OR UPDATE ON ");
        Table &table = table_at(sql);
        sql.need(" FOR EACH ROW WHEN (NEW.");
        const std::string column = sql.name();
        sql.need(" IS NULL) EXECUTE FUNCTION tenancy.fill_tenant(");
        Texts arguments;
        do
            arguments.push_back(sql.literal());
        while (sql.eat(", "));
        sql.need(")");
        sql.end();
        BOOST_REQUIRE(arguments.at(0) == column && table.column(column) != nullptr);
        for (Table *member : members(table)) {
            if (member != &table && !member->partition)
                continue;
            for (const Trigger &one : member->triggers)
                BOOST_REQUIRE_MESSAGE(one.name != name, "trigger exists");
            TableBuilder(*member).trigger(name, "tenancy.fill_tenant", row_change, arguments, 'O');
            member->triggers.back().cloned = member != &table;
        }
    }

    void create_index(SqlCursor &sql, bool unique)
    {
        const bool concurrently = sql.eat("CONCURRENTLY ");
        const std::string name = sql.name();
        sql.need(" ON ");
        BOOST_REQUIRE(sql.eat("ONLY ") != concurrently);
        Table &table = table_at(sql);
        sql.need(" ");
        const Texts columns = sql.names();
        sql.end();
        BOOST_REQUIRE(concurrently == (table.kind != 'p'));
        for (const auto &[oid, other] : schema.tables) {
            BOOST_REQUIRE_MESSAGE(other.schema != table.schema || other.name != name, "a table has that name");
            for (const Index &one : other.indexes)
                BOOST_REQUIRE_MESSAGE(other.schema != table.schema || one.name != name, "an index has that name");
        }
        for (const std::string &column : columns)
            BOOST_REQUIRE(table.column(column) != nullptr);
        TableBuilder(table).index(columns, unique);
        table.indexes.back().name = name;
        table.indexes.back().valid = table.kind != 'p' || parts(table).empty();
    }

    std::vector<Table *> parts(const Table &table)
    {
        std::vector<Table *> out;
        for (auto &[oid, part] : schema.tables)
            if (part.partition && part.parents.front() == table.oid)
                out.push_back(&part);
        return out;
    }

    void attach(SqlCursor &sql)
    {
        const auto [whole, above] = index_at(sql);
        sql.need(" ATTACH PARTITION ");
        const auto [part, below] = index_at(sql);
        sql.end();
        BOOST_REQUIRE(part->partition && part->parents.front() == whole->oid);
        BOOST_REQUIRE(above->columns == below->columns && above->unique == below->unique);
        const std::string wanted = whole->schema + "." + above->name;
        std::string &place = attached_[part->schema + "." + below->name];
        BOOST_REQUIRE(place.empty() || place == wanted);
        place = wanted;
        for (Table *at = whole;;) { // complete, up to the root?
            Index *index = nullptr;
            for (Index &one : at->indexes)
                if (one.columns == above->columns && one.unique == above->unique)
                    index = &one;
            if (index == nullptr)
                return;
            for (const Table *one : parts(*at))
                if (std::none_of(one->indexes.begin(), one->indexes.end(), [&](const Index &its) {
                        const auto found = attached_.find(one->schema + "." + its.name);
                        return its.valid && found != attached_.end() && found->second == at->schema + "." + index->name;
                    }))
                    return;
            index->valid = true;
            if (!at->partition)
                return;
            at = &schema.tables.at(at->parents.front());
        }
    }

    Column &column_of(Table &table, const std::string &name)
    {
        for (Column &one : table.columns)
            if (one.name == name)
                return one;
        BOOST_FAIL("no column " << name << " in " << table.sql);
        throw std::logic_error(name);
    }

    void alter(Table &table, SqlCursor &sql)
    {
        if (sql.eat(" ADD COLUMN ")) {
            const std::string name = sql.name();
            sql.need(" ");
            for (Table *member : members(table)) {
                BOOST_REQUIRE(member->column(name) == nullptr);
                TableBuilder(*member).column(name, sql.sql.substr(sql.at));
            }
        } else if (sql.eat(" ALTER COLUMN ")) {
            const std::string name = sql.name();
            sql.need(" SET NOT NULL");
            sql.end();
            for (Table *member : members(table))
                column_of(*member, name).not_null = true;
        } else if (sql.eat(" DROP CONSTRAINT IF EXISTS tenancy_not_null, ADD CONSTRAINT tenancy_not_null CHECK (")) {
            column_of(table, sql.name());
            sql.need(" IS NOT NULL) NOT VALID");
            sql.end();
            for (Table *member : members(table))
                checks_[{member->sql, "tenancy_not_null"}] = false;
        } else if (sql.eat(" VALIDATE CONSTRAINT ")) {
            const std::string name = sql.name();
            sql.end();
            if (ForeignKey *key = key_named(table, name))
                key->validated = true;
            else
                for (Table *member : members(table))
                    checks_.at({member->sql, name}) = true;
        } else if (sql.eat(" DROP CONSTRAINT ")) {
            drop(table, sql.name());
            sql.end();
        } else if (sql.eat(" RENAME CONSTRAINT ")) {
            ForeignKey *key = key_named(table, sql.name());
            sql.need(" TO ");
            const std::string name = sql.name();
            sql.end();
            BOOST_REQUIRE(key != nullptr && key_named(table, name) == nullptr);
            key->name = name;
            key->sql = quoted(name);
        } else {
            sql.need(" ADD CONSTRAINT ");
            add_reference(table, sql);
        }
    }

    void drop(Table &table, const std::string &name)
    {
        const ForeignKey *found = key_named(table, name);
        if (found == nullptr) {
            for (Table *member : members(table))
                BOOST_REQUIRE(checks_.erase({member->sql, name}) == 1);
            return;
        }
        BOOST_REQUIRE_MESSAGE(!found->inherited, "it is the whole's");
        const ForeignKey gone = *found;
        const auto family = members(table);
        std::erase_if(schema.foreign_keys, [&](const ForeignKey &key) {
            return (key.child == gone.child && key.name == gone.name) ||
                   (key.inherited && key.child_columns == gone.child_columns && key.parent_columns == gone.parent_columns &&
                    std::any_of(family.begin(), family.end(), [&](Table *one) { return one->oid == key.child; }));
        });
    }

    void add_reference(Table &table, SqlCursor &sql)
    {
        ForeignKey key;
        key.name = sql.name();
        key.sql = quoted(key.name);
        BOOST_REQUIRE_MESSAGE(key_named(table, key.name) == nullptr, "the constraint exists");
        sql.need(" FOREIGN KEY ");
        key.child = table.oid;
        key.child_columns = sql.names();
        sql.need(" REFERENCES ");
        const Table &parent = table_at(sql);
        key.parent = parent.oid;
        sql.need(" ");
        key.parent_columns = sql.names();
        const std::string rest = sql.sql.substr(sql.at);
        key.validated = rest.find(" NOT VALID") == std::string::npos;
        BOOST_REQUIRE(table.kind != 'p' || key.validated);
        const auto has_action = [&](const std::string &text) { return rest.find(text) != std::string::npos; };
        key.on_delete = has_action("ON DELETE CASCADE") ? 'c' : has_action("ON DELETE SET NULL") ? 'n' : has_action("ON DELETE RESTRICT") ? 'r' : 'a';
        key.deferrable = has_action(" DEFERRABLE");
        const std::set<std::string> wanted(key.parent_columns.begin(), key.parent_columns.end());
        BOOST_REQUIRE_MESSAGE(wanted.size() == key.parent_columns.size(), "duplicates");
        BOOST_REQUIRE_MESSAGE(std::any_of(parent.indexes.begin(), parent.indexes.end(),
                                          [&](const Index &index) {
                                              return index.unique && index.valid && !index.partial &&
                                                     std::set(index.columns.begin(), index.columns.end()) == wanted;
                                          }),
                              "no unique index for the reference");
        for (const std::string &one : key.child_columns)
            column_of(table, one);
        for (Table *member : members(table)) {
            if (table.kind != 'p' || member == &table)
                continue;
            ForeignKey own = key;
            own.child = member->oid;
            own.inherited = true;
            bool taken = false; // the server takes in one that says the same
            for (ForeignKey &old : schema.foreign_keys)
                if (!taken && old.child == member->oid && !old.inherited && old.validated && old.child_columns == key.child_columns &&
                    old.parent == key.parent && old.parent_columns == key.parent_columns)
                    taken = old.inherited = true;
            if (!taken)
                schema.foreign_keys.push_back(own);
        }
        schema.foreign_keys.push_back(key);
    }

    std::map<std::pair<std::string, std::string>, bool> checks_;
    std::map<std::string, std::string> attached_;
};

} // namespace tenancy::core
