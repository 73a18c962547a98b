// Guards beside references that cannot carry the tenant: plan_reference_guard.cpp, by way of
// core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

constexpr char always[] =
    "ALTER TABLE s.tasks ENABLE ALWAYS TRIGGER \"tenancy_reference_tasks_project_id_fkey\"";

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
    Plan plan() { return protect(built.schema, {"s.projects", "s.tasks"}); }
    void settles()
    {
        const Schema after = run(built.schema, plan());
        CHECK_TEXTS(sqls(protect(after, {"s.projects", "s.tasks"})), {});
    }
    std::string guard(const std::string &attributes = "", const std::string &global_rows = "none")
    {
        return "CREATE CONSTRAINT TRIGGER \"tenancy_reference_tasks_project_id_fkey\""
               " AFTER INSERT OR UPDATE ON s.tasks" +
               attributes +
               " FOR EACH ROW EXECUTE FUNCTION tenancy.reference_guard('tasks_project_id_fkey', "
               "'tenant_id', 'tenant_id', '" +
               global_rows + "')";
    }
    Trigger &planned_guard(Schema &after)
    {
        return const_cast<Table &>(named(after, "s.tasks")).triggers.back();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_reference_guard, Fixture)

BOOST_AUTO_TEST_CASE(the_old_reference_stays_and_a_guard_stands_beside_it)
{
    for (const char action : {'n', 'd'}) {
        built.schema.foreign_keys.resize(2);
        reference().on_update = action;
        CHECK_TEXTS(sqls(plan()), {guard(), always});
        BOOST_TEST(plan().steps.front().check->sql ==
                   "SELECT count(*) FROM s.tasks AS c JOIN s.projects AS p ON c.project_id = p.id "
                   "WHERE c.tenant_id IS DISTINCT FROM p.tenant_id");
        settles();
        BOOST_TEST(run(built.schema, plan()).foreign_keys.size() == 3u);
    }
}

BOOST_AUTO_TEST_CASE(it_waits_as_long_as_its_reference)
{
    reference().on_update = 'n';
    ForeignKey &key = built.schema.foreign_keys.back();
    key.deferrable = true;
    CHECK_TEXTS(sqls(plan()), {guard(" DEFERRABLE"), always});
    key.deferred = true;
    CHECK_TEXTS(sqls(plan()), {guard(" DEFERRABLE INITIALLY DEFERRED"), always});
    settles();
    key.validated = false;
    BOOST_TEST(!plan().steps.front().check.has_value());
}

BOOST_AUTO_TEST_CASE(match_full_of_several_columns)
{
    tasks.column("No", "bigint");
    projects.column("no", "integer");
    ForeignKey &key = built.reference(tasks, {"No", "project_id"}, projects, {"no", "id"});
    CHECK_TEXTS(sqls(plan(), "trigger"), {}); // MATCH SIMPLE carries the tenant
    key.match = 'f';
    CHECK_TEXTS(sqls(plan()), {guard(), always});
    settles();
}

BOOST_AUTO_TEST_CASE(rows_of_the_platform_on_either_side)
{
    reference();
    const Plan child = protect(built.schema, {"s.tasks"}, "tenant_id", GlobalRows::read);
    position(child, guard());
    const Check check = child.steps[position(child, guard())].check.value();
    BOOST_TEST(check.sql.find("IS DISTINCT FROM p.tenant_id AND c.tenant_id IS NOT NULL") !=
               std::string::npos);
    CHECK_TEXTS(sqls(protect(run(built.schema, child), {"s.tasks"})), {});

    const Plan parent = protect(built.schema, {"s.projects"}, "tenant_id", GlobalRows::read);
    const std::string wanted = guard("", "read");
    BOOST_TEST(parent.steps[position(parent, wanted)].check->sql.find(
                   "AND p.tenant_id IS NOT NULL") != std::string::npos);
    CHECK_TEXTS(sqls(parent, "foreign_key"), {});
    CHECK_TEXTS(sqls(protect(run(built.schema, parent), {"s.projects", "s.tasks"})), {});
}

BOOST_AUTO_TEST_CASE(a_tenant_named_by_another_column)
{
    tasks.column("from_tenant", "uuid");
    built.reference(tasks, {"from_tenant", "project_id"}, projects, {"tenant_id", "id"}).on_delete =
        'c';
    BOOST_TEST(sqls(plan(), "trigger").size() == 2u);
    CHECK_TEXTS(sqls(plan(), "foreign_key"), {});
    settles();
    built.schema.foreign_keys.resize(2);
    built.reference(tasks, {"tenant_id"}, projects, {"id"});
    CHECK_TEXTS(sqls(plan(), "foreign_key"), {});
    settles();
}

BOOST_AUTO_TEST_CASE(a_guard_that_is_wrong_is_replaced)
{
    reference().on_update = 'n';
    const Schema good = run(built.schema, plan());
    const auto steps_after = [&](auto change) {
        Schema changed = good;
        change(planned_guard(changed));
        return sqls(protect(changed, {"s.tasks"}));
    };
    const std::string drop = "DROP TRIGGER tenancy_reference_tasks_project_id_fkey ON s.tasks";
    CHECK_TEXTS(steps_after([](Trigger &) {}), {});
    CHECK_TEXTS(
        steps_after([](Trigger &one) { one.enabled = 'O'; }),
        {"ALTER TABLE s.tasks ENABLE ALWAYS TRIGGER tenancy_reference_tasks_project_id_fkey"});
    CHECK_TEXTS(steps_after([](Trigger &one) { one.arguments[3] = "read"; }),
                {drop, guard(), always});
    CHECK_TEXTS(steps_after([](Trigger &one) { one.arguments.pop_back(); }),
                {drop, guard(), always});
    CHECK_TEXTS(steps_after([](Trigger &one) { one.deferred = true; }), {drop, guard(), always});
    // Of another reference: not touched, not taken for this one's.
    CHECK_TEXTS(steps_after([](Trigger &one) {
                    one.arguments[0] = "another";
                    one.name = one.sql = "other";
                }),
                {guard(), always});
}

BOOST_AUTO_TEST_CASE(quoted_names)
{
    SchemaBuilder other;
    TableBuilder parent = other.table("My Shop", "it's")
                              .tenant("Te'n")
                              .column("Id", "bigint")
                              .key({"Id"})
                              .secured("Te'n");
    TableBuilder child =
        other.table("My Shop", "child").tenant("Ten ant").column("parent\"Id", "bigint");
    ForeignKey &key = other.reference(child, {"parent\"Id"}, parent, {"Id"});
    key.name = "a \"key\"";
    key.sql = quoted(key.name);
    key.on_update = 'n';
    const Texts tables{child.name()};
    const Plan all = protect(other.schema, tables, "Ten ant");
    const std::string made = sqls(all, "trigger").front();
    BOOST_TEST(made.find("TRIGGER \"tenancy_reference_a \"\"key\"\"\" AFTER") != std::string::npos);
    BOOST_TEST(made.find("reference_guard('a \"key\"', 'Ten ant', 'Te''n', 'none')") !=
               std::string::npos);
    CHECK_TEXTS(sqls(protect(run(other.schema, all), tables, "Ten ant")), {});
}

BOOST_AUTO_TEST_CASE(names_that_differ_behind_what_fits)
{
    // Each constraint's name fits, the guards' would be cut to the same one.
    const std::string begin(55, 'k');
    tasks.column("draft_id", "bigint");
    ForeignKey &first = reference();
    first.name = first.sql = begin + "_one";
    first.on_update = 'n';
    ForeignKey &second = built.reference(tasks, {"draft_id"}, projects, {"id"});
    second.name = second.sql = begin + "_two";
    second.on_update = 'n';
    const std::string create = "CREATE CONSTRAINT TRIGGER \"tenancy_reference_" + std::string(45, 'k') + "\" AFTER ",
                      other = "CREATE CONSTRAINT TRIGGER \"tenancy_reference_" + std::string(43, 'k') + "_2\" AFTER ",
                      third = "CREATE CONSTRAINT TRIGGER \"tenancy_reference_" + std::string(43, 'k') + "_3\" AFTER ";
    const Texts made = sqls(plan(), "trigger");
    BOOST_REQUIRE(made.size() == 4u);
    BOOST_TEST(made[0].rfind(create, 0) == 0u);
    BOOST_TEST(made[2].rfind(other, 0) == 0u);
    BOOST_TEST(made[3] == "ALTER TABLE s.tasks ENABLE ALWAYS TRIGGER \"tenancy_reference_" + std::string(43, 'k') + "_2\"");
    settles();
    // One that is wrong gives its name back; one of another kind keeps it.
    Schema after = run(built.schema, plan());
    planned_guard(after).deferred = true;
    BOOST_TEST(sqls(protect(after, {"s.tasks"}))[1].rfind(other, 0) == 0u);
    planned_guard(after).function = "s.audit";
    BOOST_TEST(sqls(protect(after, {"s.tasks"}))[0].rfind(third, 0) == 0u);
}

BOOST_AUTO_TEST_CASE(it_goes_with_the_protection_of_either_side)
{
    reference().on_update = 'n';
    const Schema now = run(built.schema, plan());
    const std::string drop = "DROP TRIGGER tenancy_reference_tasks_project_id_fkey ON s.tasks";
    for (const char *side : {"s.tasks", "s.projects"}) {
        const Plan back = plan_unprotect(now, {named(now, side).oid, side, 'r'});
        BOOST_TEST(std::count_if(back.steps.begin(), back.steps.end(),
                                 [&](const Step &step) { return step.sql == drop; }) == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
