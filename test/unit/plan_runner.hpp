// Runs a plan on a schema the way the server would, as far as plans go: run(schema, plan).
//
// Every statement must be one of the shapes that plans are made of, and must be possible: a policy
// or trigger of that name may not exist yet, a reference needs its unique index, and so on.
// Expressions are given back in the server's spelling, with parentheses around them.
#pragma once

#include "schema_builder.hpp"

#include <regex>
#include <set>

namespace tenancy::core {

class PlanRunner {
  public:
    explicit PlanRunner(Schema schema) : schema_(std::move(schema)) {}

    const Schema &run(const Plan &plan)
    {
        for (const Step &step : plan.steps) {
            BOOST_TEST_CONTEXT(step.sql)
            {
                BOOST_REQUIRE_MESSAGE(step.sql.find(step.target) != std::string::npos,
                                      "other table");
                statement(const_cast<Table &>(named(schema_, step.target)), step.sql);
            }
        }
        return schema_;
    }

  private:
    using Match = std::smatch;

    static std::string name_of(const std::string &sql)
    {
        if (sql.front() != '"')
            return sql;
        std::string out;
        for (std::size_t i = 1; i + 1 < sql.size(); ++i)
            if (out += sql[i]; sql[i] == '"')
                ++i;
        return out;
    }

    static Texts names(const std::string &list)
    {
        static const std::regex one("\"(?:[^\"]|\"\")*\"|[^, ]+");
        Texts out;
        for (std::sregex_iterator at(list.begin(), list.end(), one), end; at != end; ++at)
            out.push_back(name_of(at->str()));
        return out;
    }

    // 'one', E'two\\three'
    static Texts literals(const std::string &list)
    {
        Texts out;
        for (std::size_t i = list.find('\''); i < list.size(); i = list.find('\'', i)) {
            const bool escaped = i > 0 && list[i - 1] == 'E';
            std::string &text = out.emplace_back();
            for (++i; list[i] != '\'' || list[i + 1] == '\''; ++i) {
                if (list[i] == '\'' || (escaped && list[i] == '\\'))
                    ++i;
                text += list[i];
            }
            ++i;
        }
        return out;
    }

    static std::string printed(const std::string &expression)
    {
        return expression == "true" || expression.back() == ')' ? expression
                                                                : "(" + expression + ")";
    }

    std::vector<Table *> members(const Table &root)
    {
        std::vector<Table *> out;
        for (const Table *member : schema_.family(root.oid))
            out.push_back(&schema_.tables.at(member->oid));
        return out;
    }

    Column &column(Table &table, const std::string &name)
    {
        for (Column &one : table.columns)
            if (one.name == name)
                return one;
        BOOST_FAIL("no column " << name << " in " << table.sql);
        throw std::logic_error(name);
    }

    void statement(Table &table, const std::string &sql)
    {
        const std::string name = "(\"(?:[^\"]|\"\")*\"|[^ \",()]+)";
        Match found;
        const auto is = [&](const std::string &shape) {
            return std::regex_match(sql, found, std::regex(shape));
        };
        if (is("ALTER TABLE .* ADD COLUMN " + name + " (.*)")) {
            for (Table *member : members(table))
                TableBuilder(*member).column(name_of(found[1]), found[2]);
        } else if (is("ALTER TABLE (ONLY )?.* ALTER COLUMN " + name +
                      " (SET|DROP) (DEFAULT|NOT NULL) ?(.*)")) {
            alter_column(table, found);
        } else if (is("ALTER TABLE .* ADD UNIQUE \\((.*)\\)")) {
            TableBuilder(table).key(names(found[1]));
        } else if (is("CREATE INDEX ON .* \\((.*)\\)")) {
            for (Table *member : members(table))
                if (member == &table || member->partition)
                    TableBuilder(*member).index(names(found[1]));
        } else if (is("ALTER TABLE .* (ENABLE|DISABLE|FORCE|NO FORCE) ROW LEVEL SECURITY")) {
            (found[1].str().find("FORCE") == std::string::npos ? table.row_security : table.force) =
                found[1] == "ENABLE" || found[1] == "FORCE";
        } else if (is(".* (ADD FOREIGN KEY|DROP CONSTRAINT) .*")) {
            constraint(table, sql);
        } else if (is("DROP POLICY " + name + " ON .*")) {
            BOOST_REQUIRE(std::erase_if(table.policies, [&](const Policy &one) {
                              return one.name == name_of(found[1]);
                          }) == 1);
        } else if (is("CREATE POLICY " + name +
                      " ON .* AS (PERMISSIVE|RESTRICTIVE) FOR (\\w+) TO [A-Za-z_, ]+"
                      " USING \\((.*?)\\)( WITH CHECK \\((.*)\\))?")) {
            create_policy(table, found);
            set_roles(table.policies.back(), sql);
        } else if (is("ALTER POLICY " + name + " ON .* TO [A-Za-z_, ]+")) {
            const Policy *policy = table.policy(name_of(found[1]));
            BOOST_REQUIRE(policy != nullptr);
            set_roles(const_cast<Policy &>(*policy), sql);
        } else if (is("DROP TRIGGER " + name + " ON .*")) {
            for (Table *member : members(table))
                std::erase_if(member->triggers, [&](const Trigger &one) {
                    return one.name == name_of(found[1]) && (one.cloned || member == &table);
                });
        } else if (is("CREATE CONSTRAINT TRIGGER " + name +
                      " AFTER (INSERT OR UPDATE) ON .*?"
                      "( DEFERRABLE| DEFERRABLE INITIALLY DEFERRED)? FOR EACH (ROW)"
                      " EXECUTE FUNCTION (tenancy.reference_guard)\\((.*)\\)")) {
            create_constraint_trigger(table, found);
        } else if (is("CREATE TRIGGER " + name +
                      " BEFORE (.*) ON .* FOR EACH (ROW|STATEMENT)"
                      " EXECUTE FUNCTION ([a-z_.]+)\\((.*)\\)")) {
            create_trigger(table, found);
        } else if (is("ALTER TABLE .* ENABLE ALWAYS TRIGGER " + name)) {
            enable_always(table, name_of(found[1]));
        } else {
            BOOST_FAIL("a statement of no known shape");
        }
    }

    static void set_roles(Policy &policy, const std::string &sql)
    {
        Match found;
        BOOST_REQUIRE(std::regex_search(sql, found, std::regex(" TO ([A-Za-z_, ]+?)( USING|$)")));
        policy.to_public = found[1] == "PUBLIC";
        policy.roles = policy.to_public ? Texts() : names(found[1]);
    }

    void alter_column(Table &table, const Match &found)
    {
        for (Table *member : members(table)) {
            Column &one = column(*member, name_of(found[2]));
            if (found[4] == "NOT NULL")
                one.not_null = found[3] == "SET";
            else
                one.default_sql = found[3] == "SET" ? std::optional(found[5].str()) : std::nullopt;
            if (found[1].matched)
                break;
        }
    }

    void constraint(Table &table, const std::string &sql)
    {
        Match found;
        const std::string name = "(\"(?:[^\"]|\"\")*\"|[^ \",()]+)";
        if (std::regex_search(sql, found, std::regex("DROP CONSTRAINT " + name))) {
            const std::size_t dropped =
                std::erase_if(schema_.foreign_keys, [&](const ForeignKey &old) {
                    return old.child == table.oid && old.name == name_of(found[1]);
                });
            BOOST_REQUIRE(dropped == 1u);
        }
        static const std::regex shape("FOREIGN KEY \\((.*?)\\) REFERENCES (.*?) \\((.*?)\\)(.*)");
        if (!std::regex_search(sql, found, shape))
            return;
        ForeignKey key;
        key.child = table.oid;
        key.child_columns = names(found[1]);
        const Table &parent = named(schema_, found[2]);
        key.parent = parent.oid;
        key.parent_columns = names(found[3]);
        const std::string rest = found[4];
        key.validated = rest.find("NOT VALID") == std::string::npos;
        key.deferrable = rest.find("DEFERRABLE") != std::string::npos;
        const std::set<std::string> wanted(key.parent_columns.begin(), key.parent_columns.end());
        BOOST_REQUIRE_MESSAGE(wanted.size() == key.parent_columns.size(), "duplicates");
        BOOST_REQUIRE_MESSAGE(std::any_of(parent.indexes.begin(), parent.indexes.end(),
                                          [&](const Index &index) {
                                              return index.unique &&
                                                     std::set(index.columns.begin(),
                                                              index.columns.end()) == wanted;
                                          }),
                              "no unique index for the reference");
        for (const std::string &one : key.child_columns)
            column(table, one);
        static const std::regex named_key("ADD CONSTRAINT (\"(?:[^\"]|\"\")*\"|[^ ]+) ");
        key.name = std::regex_search(sql, found, named_key)
                       ? name_of(found[1])
                       : "made_" + std::to_string(schema_.foreign_keys.size());
        key.sql = quoted(key.name);
        schema_.foreign_keys.push_back(key);
    }

    void create_policy(Table &table, const Match &found)
    {
        BOOST_REQUIRE_MESSAGE(table.policy(name_of(found[1])) == nullptr, "policy exists");
        const std::string command = found[3];
        const char letter = command == "ALL"      ? '*'
                            : command == "SELECT" ? 'r'
                            : command == "INSERT" ? 'a'
                            : command == "UPDATE" ? 'w'
                                                  : 'd';
        TableBuilder(table).policy(name_of(found[1]), found[2] == "PERMISSIVE", letter,
                                   printed(found[4]), found[6]);
    }

    void create_trigger(Table &table, const Match &found)
    {
        int type = trigger_before | (found[3] == "ROW" ? trigger_row : 0);
        const std::pair<const char *, int> events[] = {{"INSERT", trigger_insert},
                                                       {"UPDATE", trigger_update},
                                                       {"DELETE", trigger_delete},
                                                       {"TRUNCATE", trigger_truncate}};
        for (const auto &[word, bit] : events)
            type |= found[2].str().find(word) != std::string::npos ? bit : 0;
        add_trigger(table, name_of(found[1]), found[4], type, literals(found[5]));
    }

    void create_constraint_trigger(Table &table, const Match &found)
    {
        const int type = trigger_row | trigger_insert | trigger_update;
        for (Trigger *one :
             add_trigger(table, name_of(found[1]), found[5], type, literals(found[6]))) {
            one->deferrable = found[3].length() > 0;
            one->deferred = found[3].str().size() > std::string(" DEFERRABLE").size();
        }
    }

    // Row triggers are cloned to partitions.
    std::vector<Trigger *> add_trigger(Table &table, const std::string &name,
                                       const std::string &function, int type,
                                       const Texts &arguments)
    {
        std::vector<Trigger *> out;
        for (Table *member : members(table)) {
            if (member != &table && (!member->partition || (type & trigger_row) == 0))
                continue;
            for (const Trigger &one : member->triggers)
                BOOST_REQUIRE_MESSAGE(one.name != name, "trigger exists on " << member->sql);
            TableBuilder(*member).trigger(name, function, type, arguments, 'O');
            member->triggers.back().cloned = member != &table;
            out.push_back(&member->triggers.back());
        }
        return out;
    }

    void enable_always(Table &table, const std::string &name)
    {
        for (Table *member : members(table))
            for (Trigger &one : member->triggers)
                if (one.name == name && (member == &table || one.cloned))
                    one.enabled = 'A';
    }

    Schema schema_;
};

inline Schema run(const Schema &schema, const Plan &plan)
{
    return PlanRunner(schema).run(plan);
}

} // namespace tenancy::core
