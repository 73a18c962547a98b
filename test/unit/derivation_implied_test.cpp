// Paths that say the same: implied() of core/derivation.hpp.
#include "core/derivation.hpp"

#include "derivation_builder.hpp"

#include <random>

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(derivation_implied)

// (task_id, project_id) -> tasks (id, project_id): what it says of the project, project_id has said.
BOOST_AUTO_TEST_CASE(keys_that_carry_the_parents_reference_say_nothing_new)
{
    for (const bool nullable : {false, true}) {
        DerivationBuilder built;
        TableBuilder projects = built.direct("projects"), tasks = built.plain("tasks"), notes = built.plain("notes"), marks = built.plain("marks");
        built.refer(tasks, "project_id", projects);
        built.refer(notes, "project_id", projects, nullable);
        notes.column("task_id", "uuid");
        built.reference(notes, {"task_id", "project_id"}, tasks, {"id", "project_id"});
        CHECK_TEXTS(built.paths(notes), Texts{"notes.project_id -> projects.tenant_id"});
        // Without a reference of its own: one of two, when it is always there.
        marks.column("project_id", "uuid").not_null().column("task_id", "uuid");
        if (!nullable)
            marks.not_null();
        marks.column("note_id", "uuid");
        built.reference(marks, {"project_id", "task_id"}, tasks, {"project_id", "id"});
        built.reference(marks, {"note_id", "project_id"}, notes, {"id", "project_id"});
        const std::string task = "marks.(project_id, task_id) -> tasks.project_id -> projects.tenant_id",
                          note = "marks.(note_id, project_id) -> notes.project_id -> projects.tenant_id";
        CHECK_TEXTS(built.paths(marks), nullable ? (Texts{task, note}) : Texts{task});
        // One that does not hold for every row yet implies nothing.
        built.schema.foreign_keys[3].validated = false;
        BOOST_TEST(built.paths(marks).size() == 2u);
    }
}

// Another project by its own column is another path.
BOOST_AUTO_TEST_CASE(references_of_ones_own_are_not_implied)
{
    DerivationBuilder built;
    TableBuilder projects = built.direct("projects"), tasks = built.plain("tasks"), notes = built.plain("notes");
    built.refer(tasks, "project_id", projects);
    built.refer(notes, "project_id", projects);
    built.refer(notes, "task_id", tasks);
    built.refer(notes, "other_id", projects);
    BOOST_TEST(built.paths(notes).size() == 3u);
}

namespace {

// Rows of every table by the names of their columns; "" is NULL.
using Data = std::map<TableId, std::vector<std::map<std::string, std::string>>>;

std::string tenant_by(const Path &path, const Data &data, std::map<std::string, std::string> row)
{
    for (const ForeignKey *hop : path.hops) {
        const auto fits = [&](const auto &parent) {
            for (std::size_t i = 0; i < hop->child_columns.size(); ++i)
                if (row[hop->child_columns[i]].empty() || row[hop->child_columns[i]] != parent.at(hop->parent_columns[i]))
                    return false;
            return true;
        };
        const auto &rows = data.at(hop->parent);
        const auto found = std::find_if(rows.begin(), rows.end(), fits);
        if (found == rows.end())
            return "";
        row = *found;
    }
    return row[path.column];
}

void every_path(const Schema &schema, const Path &so_far, std::vector<Path> &out)
{
    if (so_far.end().column("tenant_id") != nullptr)
        out.push_back(so_far);
    for (const ForeignKey &key : schema.foreign_keys)
        if (key.child == so_far.end().oid && so_far.end().column("tenant_id") == nullptr) {
            Path more = so_far;
            more.hops.push_back(&key);
            more.tables.push_back(schema.table(key.parent));
            more.nullable_hops = 9;
            every_path(schema, more, out);
        }
}

} // namespace

// Whatever the rows are, a path that is implied gives the tenant of the other one, or none.
BOOST_AUTO_TEST_CASE(random_rows_never_contradict)
{
    std::mt19937 random(20240607);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const Texts names{"a", "b", "c"};
    std::size_t implications = 0;
    for (int round = 0; round < 300; ++round) {
        DerivationBuilder built;
        std::vector<TableBuilder> tables{built.direct("t0", true)};
        for (std::size_t i = 1; i < 5; ++i)
            tables.push_back(built.plain("t" + std::to_string(i)));
        for (TableBuilder &table : tables)
            for (const std::string &name : names)
                table.column(name, "uuid");
        for (std::size_t i = 1; i < 5; ++i)
            for (std::size_t n = 1 + below(3); n > 0; --n) {
                const std::size_t x = below(3), u = below(3);
                Texts from{names[x]}, to{names[u]};
                if (below(2) == 0) {
                    from.push_back(names[(x + 1) % 3]);
                    to.push_back(names[(u + 1 + below(2)) % 3]);
                }
                built.reference(tables[i], from, tables[below(i)], to);
            }
        Data data;
        for (const TableBuilder &table : tables)
            for (int n = 0; n < 8; ++n) {
                auto &row = data[table.oid()].emplace_back();
                for (const std::string &name : names)
                    row[name] = below(5) == 0 ? "" : std::to_string(below(3));
                row["tenant_id"] = below(5) == 0 ? "" : std::to_string(below(4));
            }
        for (const TableBuilder &from : tables) {
            std::vector<Path> paths;
            Path none;
            none.tables = {from.operator->()};
            none.column = "tenant_id";
            if (from.oid() != tables.front().oid())
                every_path(built.schema, none, paths);
            for (const Path &path : paths)
                for (const Path &known : paths)
                    if (&path != &known && implied(path, known)) {
                        ++implications;
                        for (const auto &row : data[from.oid()])
                            if (const std::string tenant = tenant_by(path, data, row); !tenant.empty())
                                BOOST_TEST(tenant == tenant_by(known, data, row));
                    }
        }
    }
    BOOST_TEST(implications > 100u);
}

BOOST_AUTO_TEST_SUITE_END()
