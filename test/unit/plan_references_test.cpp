// References that carry the tenant: plan_references.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

// Two tables that lack nothing but the reference between them.
struct Fixture {
    SchemaBuilder built;
    TableBuilder projects = add("projects");
    TableBuilder tasks = add("tasks").column("project_id", "bigint");

    TableBuilder add(const std::string &name)
    {
        TableBuilder table = built.table("s", name)
                                 .tenant()
                                 .column("id", "bigint")
                                 .not_null()
                                 .key({"id"})
                                 .key({"tenant_id", "id"})
                                 .secured();
        built.to_tenants(table);
        return table;
    }
    ForeignKey &reference() { return built.reference(tasks, {"project_id"}, projects, {"id"}); }
    Plan plan(const Texts &tables = {"s.projects", "s.tasks"})
    {
        return protect(built.schema, tables);
    }
    void settles(const Texts &tables = {"s.projects", "s.tasks"})
    {
        const Plan again = protect(run(built.schema, plan(tables)), tables);
        CHECK_TEXTS(sqls(again), {});
    }
    // What follows the columns in the new reference.
    std::string attributes()
    {
        const Texts all = sqls(plan(), "foreign_key");
        BOOST_REQUIRE(all.size() == 1u);
        const std::string head =
            "ALTER TABLE s.tasks DROP CONSTRAINT tasks_project_id_fkey, ADD CONSTRAINT "
            "tasks_project_id_fkey"
            " FOREIGN KEY (tenant_id, project_id) REFERENCES s.projects (tenant_id, id)";
        BOOST_TEST(all[0].substr(0, head.size()) == head);
        settles();
        return all[0].substr(head.size());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_references, Fixture)

BOOST_AUTO_TEST_CASE(a_simple_reference_takes_the_tenant_along)
{
    reference();
    BOOST_TEST(attributes() == "");
    const Plan all = plan();
    BOOST_TEST(all.steps.size() == 1u);
    const Check check = all.steps[0].check.value();
    const std::string from = " FROM s.tasks AS c JOIN s.projects AS p ON c.project_id = p.id WHERE "
                             "c.tenant_id IS DISTINCT FROM p.tenant_id";
    BOOST_TEST(check.sql == "SELECT count(*)" + from);
    BOOST_TEST(check.hint == "SELECT c.*" + from + "; -- shows them; to leave it as it is: SELECT tenancy.keep_reference('s.tasks', 'tasks_project_id_fkey', 'why');");
    BOOST_TEST(check.message ==
               "%s rows of s.tasks refer to a row of another tenant in s.projects");
}

BOOST_AUTO_TEST_CASE(the_key_comes_first_and_once)
{
    projects->indexes.pop_back();
    reference();
    tasks.column("other_id", "bigint");
    built.reference(tasks, {"other_id"}, projects, {"id"});
    const Plan all = plan();
    CHECK_TEXTS(sqls(all, "unique"), {"ALTER TABLE s.projects ADD UNIQUE (tenant_id, id)"});
    BOOST_TEST(all.steps.front().kind == "unique");
    BOOST_TEST(sqls(all, "foreign_key").size() == 2u);
    settles();
}

BOOST_AUTO_TEST_CASE(which_keys_of_the_parent_serve)
{
    reference();
    const auto planned = [this](const Texts &columns, auto change) {
        projects->indexes.pop_back();
        projects.key(columns);
        change(projects->indexes.back());
        return sqls(plan(), "unique").size();
    };
    const auto nothing = [](Index &) {};
    BOOST_TEST(planned({"tenant_id", "id"}, nothing) == 0u);
    BOOST_TEST(planned({"id", "tenant_id"}, nothing) == 0u);
    BOOST_TEST(planned({"id", "tenant_id", "more"}, nothing) == 1u);
    BOOST_TEST(planned({"id", "tenant_id"}, [](Index &index) { index.partial = true; }) == 1u);
    BOOST_TEST(planned({"id", "tenant_id"}, [](Index &index) { index.valid = false; }) == 1u);
    BOOST_TEST(planned({"id", "tenant_id"}, [](Index &index) { index.unique = false; }) == 1u);
}

BOOST_AUTO_TEST_CASE(several_columns_and_quoted_names)
{
    SchemaBuilder other;
    TableBuilder parent = other.table("My Shop", "a\"b")
                              .column("tenantId", "uuid")
                              .column("Id", "bigint")
                              .column("no", "bigint")
                              .key({"Id", "no"});
    TableBuilder child = other.table("My Shop", "child")
                             .column("tenantId", "uuid")
                             .column("parentId", "bigint")
                             .column("x", "bigint");
    ForeignKey &key = other.reference(child, {"parentId", "x"}, parent, {"Id", "no"});
    key.name = key.sql = "Own Name";
    key.sql = "\"Own Name\"";
    const Texts tables{parent.name(), child.name()};
    const Plan all = protect(other.schema, tables, "tenantId");
    CHECK_TEXTS(sqls(all, "foreign_key"),
                {"ALTER TABLE \"My Shop\".child DROP CONSTRAINT \"Own Name\", ADD CONSTRAINT \"Own "
                 "Name\" FOREIGN KEY (\"tenantId\", \"parentId\", x)"
                 " REFERENCES \"My Shop\".\"a\"\"b\" (\"tenantId\", \"Id\", no)"});
    CHECK_TEXTS(sqls(all, "unique"),
                {"ALTER TABLE \"My Shop\".\"a\"\"b\" ADD UNIQUE (\"tenantId\", \"Id\", no)"});
    CHECK_TEXTS(sqls(protect(run(other.schema, all), tables, "tenantId")), {});
}

BOOST_AUTO_TEST_CASE(each_side_keeps_its_own_tenant_column)
{
    SchemaBuilder other;
    TableBuilder parent = other.table("s", "parent")
                              .tenant("org_id")
                              .column("id", "bigint")
                              .key({"id"})
                              .secured("org_id");
    TableBuilder child = other.table("s", "child").tenant().column("parent_id", "bigint");
    other.reference(child, {"parent_id"}, parent, {"id"});
    CHECK_TEXTS(sqls(protect(other.schema, {child.name()}), "foreign_key"),
                {"ALTER TABLE s.child DROP CONSTRAINT child_parent_id_fkey, ADD CONSTRAINT "
                 "child_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES s.parent "
                 "(org_id, id)"});
}

BOOST_AUTO_TEST_CASE(a_reference_to_itself)
{
    tasks.column("parent_id", "bigint");
    built.reference(tasks, {"parent_id"}, tasks, {"id"}).on_delete = 'n';
    CHECK_TEXTS(sqls(plan()), {"ALTER TABLE s.tasks DROP CONSTRAINT tasks_parent_id_fkey, ADD "
                               "CONSTRAINT tasks_parent_id_fkey"
                               " FOREIGN KEY (tenant_id, parent_id) REFERENCES s.tasks (tenant_id, "
                               "id) ON DELETE SET NULL (parent_id)"});
    settles();
}

BOOST_AUTO_TEST_CASE(every_action_on_delete_is_kept)
{
    for (const auto &[letter, wanted] :
         {std::pair('a', ""), std::pair('r', " ON DELETE RESTRICT"),
          std::pair('c', " ON DELETE CASCADE"), std::pair('n', " ON DELETE SET NULL (project_id)"),
          std::pair('d', " ON DELETE SET DEFAULT (project_id)")}) {
        built.schema.foreign_keys.resize(2);
        reference().on_delete = letter;
        BOOST_TEST(attributes() == wanted);
    }
}

BOOST_AUTO_TEST_CASE(columns_to_set_are_kept)
{
    tasks.column("No", "bigint");
    projects.column("no", "bigint");
    ForeignKey &key = built.reference(tasks, {"No", "project_id"}, projects, {"no", "id"});
    key.on_delete = 'd';
    key.delete_columns = {"No"};
    BOOST_TEST(sqls(plan(), "foreign_key")
                   .front()
                   .find(" (tenant_id, no, id) ON DELETE SET DEFAULT (\"No\")") !=
               std::string::npos);
    key.delete_columns.clear();
    BOOST_TEST(
        sqls(plan(), "foreign_key").front().find(" ON DELETE SET DEFAULT (\"No\", project_id)") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_other_attribute_is_kept)
{
    ForeignKey key = reference();
    const auto with = [&](auto change) {
        ForeignKey &now = built.schema.foreign_keys.back();
        now = key;
        change(now);
        return attributes();
    };
    BOOST_TEST(with([](ForeignKey &now) { now.on_update = 'c'; }) == " ON UPDATE CASCADE");
    BOOST_TEST(with([](ForeignKey &now) { now.on_update = 'r'; }) == " ON UPDATE RESTRICT");
    BOOST_TEST(with([](ForeignKey &now) { now.deferrable = true; }) == " DEFERRABLE");
    BOOST_TEST(with([](ForeignKey &now) { now.deferrable = now.deferred = true; }) ==
               " DEFERRABLE INITIALLY DEFERRED");
    BOOST_TEST(with([](ForeignKey &now) { now.match = 'f'; }) == ""); // of one column: the same
    BOOST_TEST(with([](ForeignKey &now) {
                   now.on_update = now.on_delete = 'c';
                   now.deferrable = now.deferred = true;
                   now.validated = false;
               }) ==
               " ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID");
    BOOST_TEST(!plan().steps.front().check.has_value()); // rows that are there were never checked
}

BOOST_AUTO_TEST_CASE(what_needs_nothing_is_left_alone)
{
    TableBuilder loose =
        built.table("s", "loose").column("id", "bigint").key({"id"}).column("project_id", "bigint");
    TableBuilder shared =
        built.table("s", "shared")
            .column("id", "bigint")
            .key({"id"})
            .trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    reference().inherited = true; // changed with its parent's
    built.reference(tasks, {"id", "tenant_id"}, projects, {"id", "tenant_id"});
    built.reference(tasks, {"project_id"}, loose, {"id"});
    built.reference(tasks, {"project_id"}, shared, {"id"});
    built.reference(loose, {"project_id"}, projects, {"id"});
    const Plan all = plan();
    CHECK_TEXTS(sqls(all), {});
    BOOST_TEST(all.notes.empty());
}

BOOST_AUTO_TEST_CASE(one_targeted_side_is_enough)
{
    reference();
    CHECK_TEXTS(sqls(plan({"s.tasks"})), sqls(plan()));
    CHECK_TEXTS(sqls(plan({"s.projects"})), sqls(plan()));
    TableBuilder third = add("third");
    CHECK_TEXTS(sqls(plan({"s.third"})), {}); // none is not
}

BOOST_AUTO_TEST_CASE(parts_have_references_of_their_own)
{
    projects->kind = 'p';
    TableBuilder part =
        built.table("s", "part").tenant().column("id", "bigint").key({"id"}).partition_of(projects);
    TableBuilder child =
        built.table("s", "child").tenant().column("project_id", "bigint").inherits(tasks);
    built.reference(child, {"project_id"}, part, {"id"});
    const Plan all = plan();
    CHECK_TEXTS(sqls(all, "foreign_key"),
                {"ALTER TABLE s.child DROP CONSTRAINT child_project_id_fkey, ADD CONSTRAINT "
                 "child_project_id_fkey"
                 " FOREIGN KEY (tenant_id, project_id) REFERENCES s.part (tenant_id, id)"});
    CHECK_TEXTS(sqls(all, "unique"), {"ALTER TABLE s.part ADD UNIQUE (tenant_id, id)"});
}

BOOST_AUTO_TEST_CASE(rows_of_inheriting_tables_do_not_count)
{
    TableBuilder child = built.table("s", "child").tenant().inherits(tasks);
    reference();
    BOOST_TEST(plan().steps[position(plan(), sqls(plan(), "foreign_key").front())].check->sql.find(
                   "FROM ONLY s.tasks AS c JOIN s.projects AS p") != std::string::npos);
    tasks->kind = 'p';
    child->partition = true;
    BOOST_TEST(plan().steps[position(plan(), sqls(plan(), "foreign_key").front())].check->sql.find(
                   "FROM s.tasks AS c JOIN s.projects AS p") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
