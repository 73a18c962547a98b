// Guard triggers: plan_guards.cpp, by way of core/plan.hpp.
#include "core/plan.hpp"

#include "plan_runner.hpp"

using namespace tenancy::core;

namespace {

std::string create(const std::string &name, const std::string &table = "s.t")
{
    return "CREATE TRIGGER " + name + " BEFORE INSERT OR UPDATE OR DELETE ON " + table +
           " FOR EACH ROW EXECUTE FUNCTION tenancy.write_guard('tenant_id')";
}

std::string always(const std::string &name, const std::string &table = "s.t")
{
    return "ALTER TABLE " + table + " ENABLE ALWAYS TRIGGER " + name;
}

struct Fixture {
    SchemaBuilder built;
    TableBuilder table = built.table("s", "t").tenant().index({"tenant_id"}).secured();

    Fixture() { built.to_tenants(table); }
    Plan plan() { return protect(built.schema, {"s.t"}); }
    Trigger &guard() { return table->triggers.at(1); }
    // The plan's name for the guard when another trigger is there.
    std::string name_beside(const std::string &trigger, int type, char enabled = 'O')
    {
        SchemaBuilder other;
        other.table("s", "t").tenant().trigger(trigger, "app.own", type, {}, enabled);
        const Texts all = sqls(protect(other.schema, {"s.t"}), "trigger");
        return all.front().substr(15, all.front().find(" BEFORE") - 15);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plan_guards, Fixture)

BOOST_AUTO_TEST_CASE(the_name_sorts_after_every_trigger_that_could_change_the_row)
{
    BOOST_TEST(name_beside("aaa", row_change) == "zzzz_tenancy_guard");
    BOOST_TEST(name_beside("zzz", row_change) == "zzzz_tenancy_guard");
    BOOST_TEST(name_beside("zzzzz", row_change) == "\"~tenancy_guard\"");
    BOOST_TEST(name_beside("zzzzz", trigger_row | trigger_before | trigger_update) ==
               "\"~tenancy_guard\"");
    BOOST_TEST(name_beside("~", row_change) == "\"~tenancy_guard\"");
    BOOST_TEST(name_beside("~~", row_change) == "\"~~tenancy_guard\"");
    BOOST_TEST(name_beside("~u", row_change) == "\"~~tenancy_guard\"");
    // Cannot change the row, or does not fire.
    BOOST_TEST(name_beside("zzzzz", trigger_row | trigger_insert) == "zzzz_tenancy_guard");
    BOOST_TEST(name_beside("zzzzz", trigger_before | trigger_insert) == "zzzz_tenancy_guard");
    BOOST_TEST(name_beside("zzzzz", trigger_row | trigger_before | trigger_delete) ==
               "zzzz_tenancy_guard");
    BOOST_TEST(name_beside("zzzzz", row_change, 'D') == "zzzz_tenancy_guard");
    // Names are bytes.
    BOOST_TEST(name_beside("Zzzzz", row_change) == "zzzz_tenancy_guard");
    refused("55000", [&] { name_beside("ümlaut", row_change); });
    refused("55000", [&] { name_beside(std::string(63, '~'), row_change); });
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_not_used)
{
    BOOST_TEST(name_beside("zzzz_tenancy_guard", row_change) == "\"~tenancy_guard\"");
    BOOST_TEST(name_beside("zzzz_tenancy_guard", trigger_row | trigger_insert, 'D') ==
               "\"~tenancy_guard\"");
}

BOOST_AUTO_TEST_CASE(the_guard_moves_when_a_trigger_comes_after_it)
{
    table.trigger("zzzzz_late", "app.own", row_change, {}, 'O');
    const Plan all = plan();
    CHECK_TEXTS(sqls(all), {"DROP TRIGGER zzzz_tenancy_guard ON s.t", create("\"~tenancy_guard\""),
                            always("\"~tenancy_guard\"")});
    const Schema after = run(built.schema, all);
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), {});
}

BOOST_AUTO_TEST_CASE(a_guard_that_is_not_always_enabled_is_repaired)
{
    for (const char enabled : {'O', 'D', 'R'}) {
        table->triggers.at(0).enabled = guard().enabled = enabled;
        CHECK_TEXTS(sqls(plan()), {always("zzzz_tenancy_guard"), always("tenancy_truncate_guard")});
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_guard_is_replaced)
{
    const Trigger good = guard();
    const auto replaced = [&] {
        CHECK_TEXTS(sqls(plan()), {"DROP TRIGGER zzzz_tenancy_guard ON s.t",
                                   create("zzzz_tenancy_guard"), always("zzzz_tenancy_guard")});
        guard() = good;
    };
    guard().arguments = {"gone"};
    replaced();
    guard().arguments = {"tenant_id", "more"};
    replaced();
    guard().arguments = {};
    replaced();
    guard().type = row_change;
    replaced();
    guard().type = trigger_row | trigger_insert | trigger_update | trigger_delete; // AFTER
    replaced();
    table->triggers.at(0).type = trigger_before | trigger_insert;
    BOOST_TEST(position(plan(), "DROP TRIGGER tenancy_truncate_guard ON s.t") == 0u);
}

BOOST_AUTO_TEST_CASE(a_second_guard_is_dropped)
{
    table.trigger("aaa", "tenancy.write_guard", write_guard_bits, {"tenant_id"});
    table.trigger("bbb", "tenancy.truncate_guard", truncate_guard_bits);
    std::rotate(table->triggers.begin(), table->triggers.begin() + 2,
                table->triggers.begin() + 3); // by name
    CHECK_TEXTS(sqls(plan()), {"DROP TRIGGER aaa ON s.t", "DROP TRIGGER bbb ON s.t"});
}

BOOST_AUTO_TEST_CASE(partitions_get_clones_and_a_truncate_guard_of_their_own)
{
    SchemaBuilder parted;
    TableBuilder root = parted.table("s", "t", 'p').tenant(),
                 year = parted.table("s", "year", 'p').tenant().partition_of(root);
    TableBuilder may = parted.table("s", "may").tenant().partition_of(year);
    const Plan all = protect(parted.schema, {"s.t"});
    const std::string truncate = " FOR EACH STATEMENT EXECUTE FUNCTION tenancy.truncate_guard()";
    CHECK_TEXTS(sqls(all, "trigger"),
                {create("zzzz_tenancy_guard"), always("zzzz_tenancy_guard"),
                 "CREATE TRIGGER tenancy_truncate_guard BEFORE TRUNCATE ON s.t" + truncate,
                 always("tenancy_truncate_guard"),
                 "CREATE TRIGGER tenancy_truncate_guard BEFORE TRUNCATE ON s.year" + truncate,
                 always("tenancy_truncate_guard", "s.year"),
                 "CREATE TRIGGER tenancy_truncate_guard BEFORE TRUNCATE ON s.may" + truncate,
                 always("tenancy_truncate_guard", "s.may")});
    Schema after = run(parted.schema, all);
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), {});
    // A clone is only ever enabled: it comes and goes with the root's.
    Table &last = const_cast<Table &>(named(after, "s.may"));
    BOOST_REQUIRE(last.triggers.at(0).cloned);
    last.triggers.at(0).enabled = 'O';
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), {always("zzzz_tenancy_guard", "s.may")});
    last.triggers.at(0).arguments = {"gone"};
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), {});
}

BOOST_AUTO_TEST_CASE(the_guard_of_a_partition_makes_room_for_its_roots)
{
    SchemaBuilder parted;
    TableBuilder root = parted.table("s", "t", 'p').tenant();
    TableBuilder part =
        parted.table("s", "part").tenant().secured().partition_of(root); // attached later
    const Plan all = protect(parted.schema, {"s.t"});
    BOOST_TEST(position(all, "DROP TRIGGER zzzz_tenancy_guard ON s.part") <
               position(all, create("zzzz_tenancy_guard")));
    const Schema after = run(parted.schema, all); // would find the name taken
    BOOST_TEST(named(after, "s.part").trigger_calling("tenancy.write_guard")->cloned);
    CHECK_TEXTS(sqls(protect(after, {"s.t"})), {});
}

BOOST_AUTO_TEST_CASE(children_get_a_guard_of_their_own_that_sorts_last_in_the_family)
{
    SchemaBuilder family;
    TableBuilder root = family.table("s", "t").tenant(),
                 child = family.table("s", "child").tenant().inherits(root);
    child.trigger("zzzzz", "app.own", row_change);
    const Plan all = protect(family.schema, {"s.t"});
    position(all, create("\"~tenancy_guard\""));
    position(all, create("\"~tenancy_guard\"", "s.child"));
    CHECK_TEXTS(sqls(protect(run(family.schema, all), {"s.t"})), {});
}

BOOST_AUTO_TEST_CASE(the_column_is_a_literal)
{
    SchemaBuilder other;
    other.table("s", "t").tenant("it's \\ me");
    const Texts all = sqls(protect(other.schema, {"s.t"}, "it's \\ me"), "trigger");
    BOOST_TEST(all.front().find("tenancy.write_guard(E'it''s \\\\ me')") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
