#include "core/adoption.hpp"

#include "adoption_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(adoption)

namespace {

// users have their tenant, bookings and items derive it.
struct Desk : AdoptionBuilder {
    TableBuilder users = direct("users"), bookings = plain("bookings"), items = plain("items");
    Desk()
    {
        to_tenants(users);
        refer(bookings, "user_id", users);
        refer(items, "booking_id", bookings);
    }
};

std::size_t place(const Plan &plan, const std::string &part)
{
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
        if (plan.steps[i].sql.find(part) != std::string::npos)
            return i;
    BOOST_FAIL("not planned: " << part);
    return 0;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_phase_in_its_order)
{
    const Desk desk;
    const Plan plan = desk.plan();
    CHECK_TEXTS(phases_of(plan), {"columns", "fill", "backfill", "keys", "not_null", "references"});
    BOOST_TEST(plan.online);
    BOOST_TEST(place(plan, "ARRAY['app.bookings']") < place(plan, "ARRAY['app.items']")); // parents first
    CHECK_TEXTS(sqls(plan, "column"), {"ALTER TABLE app.bookings ADD COLUMN tenant_id uuid", "ALTER TABLE app.items ADD COLUMN tenant_id uuid"});
    BOOST_TEST(plan.notes.empty());
}

BOOST_AUTO_TEST_CASE(what_is_adopted_needs_nothing_more)
{
    const Desk desk;
    OnlineRunner runner(desk.schema);
    BOOST_REQUIRE(runner.run(desk.plan()));
    CHECK_TEXTS(sqls(desk.plan_of(runner.schema)), {});
    for (const ForeignKey &key : runner.schema.foreign_keys)
        BOOST_TEST((key.parent == desk.schema.tenant_table.oid || key.child_columns.front() == "tenant_id"), key.name);
    BOOST_TEST(runner.schema.foreign_keys.size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_table_with_rival_parents_and_no_rule_is_left_alone)
{
    AdoptionBuilder built;
    TableBuilder a = built.direct("a"), b = built.direct("b"), both = built.plain("both");
    built.to_tenants(a);
    built.to_tenants(b);
    built.refer(both, "a_id", a);
    built.refer(both, "b_id", b);
    BOOST_TEST(step_with(built.plan(), "app.\"both\"") == nullptr);
    BOOST_TEST(noted(built.plan(), "table app.both is left as it is, two parents without a rule: a_id; b_id: SELECT tenancy.set_derivation("));
    // With the column its rows keep their NULLs.
    both.column("tenant_id", "uuid");
    const Plan plan = built.plan();
    for (const std::string phase : {"fill", "backfill", "not_null"})
        for (const Step &step : plan.steps)
            BOOST_TEST((step.phase != phase || step.target != both.name()), step.sql);
    BOOST_TEST(noted(plan, "rows of app.both without a tenant stay as they are, two parents without a rule"));
    for (const Step &step : plan.steps)
        BOOST_TEST((step.kind != "swap" || step.target != both.name()), step.sql);
}

BOOST_AUTO_TEST_CASE(a_rule_decides_and_its_first_path_wins)
{
    AdoptionBuilder built;
    TableBuilder a = built.direct("a"), b = built.direct("b"), both = built.plain("both");
    built.to_tenants(a);
    built.to_tenants(b);
    built.refer(both, "a_id", a);
    built.refer(both, "b_id", b);
    built.request.rules = {{both.oid(), {"both.b_id -> b.tenant_id", "both.a_id -> a.tenant_id"}}};
    const Plan plan = built.plan();
    BOOST_REQUIRE(step_with(plan, "fill_tenant") != nullptr);
    BOOST_TEST(step_with(plan, "fill_tenant")->sql.ends_with(
        "fill_tenant('tenant_id', 'first', '', 'tenant_id', 'both_b_id_fkey', '', 'tenant_id', 'both_a_id_fkey', '')"));
    BOOST_TEST(step_with(plan, "CALL")->sql.find("COALESCE(t1.tenant_id, t2.tenant_id)") != std::string::npos);
    // A parent that may be NULL beside a required one: they have to agree.
    AdoptionBuilder other;
    TableBuilder c = other.direct("c"), d = other.direct("d"), row = other.plain("row");
    other.to_tenants(c);
    other.to_tenants(d);
    other.refer(row, "c_id", c);
    other.refer(row, "d_id", d, true);
    BOOST_TEST(step_with(other.plan(), "fill_tenant")->sql.find("'agree'") != std::string::npos);
    BOOST_TEST(step_with(other.plan(), "CALL")->sql.find("LEAST(t1.tenant_id, t2.tenant_id) = GREATEST(t1.tenant_id, t2.tenant_id)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stale_rule_stops_its_table_and_is_told)
{
    Desk desk;
    desk.request.rules = {{desk.bookings.oid(), {"bookings.gone_id -> users.tenant_id"}}};
    const Plan plan = desk.plan();
    BOOST_TEST(step_with(plan, "ALTER TABLE app.bookings ADD COLUMN") == nullptr);
    BOOST_TEST(noted(plan, "table app.bookings is left as it is, its rule does not hold any more"));
    desk.bookings.column("tenant_id", "uuid");
    for (const Step &step : desk.plan().steps)
        BOOST_TEST(step.target != desk.bookings.name(), step.sql);
}

BOOST_AUTO_TEST_CASE(self_references_and_circles_are_one_step_that_repeats)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), a = built.plain("a"), b = built.plain("b"), tree = built.plain("tree");
    built.to_tenants(users);
    built.refer(a, "user_id", users, true);
    built.refer(b, "a_id", a, true);
    built.refer(a, "b_id", b, true);
    built.refer(tree, "user_id", users, true);
    built.refer(tree, "parent_id", tree, true);
    built.request.rules = {{a.oid(), {"a.user_id -> users.tenant_id", "a.b_id -> b.a_id -> a.tenant_id"}}};
    // A rule can only name a path of the schema as it is: without the columns there is no such path.
    built.request.rules.clear();
    a.column("tenant_id", "uuid");
    b.column("tenant_id", "uuid");
    tree.column("tenant_id", "uuid");
    built.request.rules = {{a.oid(), {"a.user_id -> users.tenant_id", "a.b_id -> b.tenant_id"}},
                           {tree.oid(), {"tree.user_id -> users.tenant_id", "tree.parent_id -> tree.tenant_id"}}};
    const Plan plan = built.plan();
    const Step *circle = step_with(plan, "CALL tenancy.backfill(ARRAY['app.a', 'app.b']");
    BOOST_REQUIRE(circle != nullptr);
    BOOST_TEST(circle->sql.find(", repeat => true") != std::string::npos);
    const Step *own = step_with(plan, "ARRAY['app.tree']");
    BOOST_REQUIRE(own != nullptr);
    BOOST_TEST(own->sql.find(", repeat => true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_gives_new_rows_their_tenant)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users", true), notes = built.plain("notes");
    built.refer(notes, "user_id", users);
    const Plan plan = built.plan();
    BOOST_TEST(noted(plan, "column tenant_id of app.users stays nullable, and its references as they are: nothing gives new rows their tenant; not_null => true"));
    BOOST_TEST(step_with(plan, "app.users ALTER COLUMN") == nullptr);
    built.request.not_null = true;
    BOOST_TEST(step_with(built.plan(), "app.users ALTER COLUMN tenant_id SET NOT NULL") != nullptr);
    BOOST_TEST(built.plan().notes.empty());
    built.request.not_null = false;
    BOOST_TEST(step_with(built.plan(), "SET NOT NULL") == nullptr);
    for (const Step &step : built.plan().steps)
        BOOST_TEST(step.kind != "swap"); // a NULL in a reference is not checked at all
    built.request.not_null.reset();
    built.request.fallbacks[users.oid()] = "it's";
    BOOST_TEST(step_with(built.plan(), "fill_tenant('tenant_id', 'agree', 'it''s')") != nullptr);
    BOOST_TEST(step_with(built.plan(), "app.users ALTER COLUMN tenant_id SET NOT NULL") != nullptr);
}

BOOST_AUTO_TEST_CASE(rows_without_a_tenant_leave_the_column_and_the_references_as_they_are)
{
    const Desk desk;
    OnlineRunner runner(desk.schema);
    runner.rows = [](const std::string &question) { return question == "SELECT count(*) FROM app.bookings WHERE tenant_id IS NULL" ? 3 : 0; };
    BOOST_REQUIRE(runner.run(desk.plan()));
    CHECK_TEXTS(runner.left_out, {"%s rows of app.bookings have no tenant: it stays without NOT NULL, and its references without the tenant"});
    BOOST_TEST(!named(runner.schema, "app.bookings").column("tenant_id")->not_null);
    BOOST_TEST(named(runner.schema, "app.items").column("tenant_id")->not_null);
    for (const ForeignKey &key : runner.schema.foreign_keys)
        BOOST_TEST(((key.child == desk.bookings.oid() && key.parent != desk.schema.tenant_table.oid) == (key.child_columns == Texts{"user_id"})), key.name);
    BOOST_TEST(runner.state().find("check") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows_that_cross_leave_their_reference_as_it_is)
{
    const Desk desk;
    OnlineRunner runner(desk.schema);
    runner.rows = [](const std::string &question) { return question.find("FROM app.items AS c JOIN") != std::string::npos ? 2 : 0; };
    BOOST_REQUIRE(runner.run(desk.plan()));
    CHECK_TEXTS(runner.left_out, {"%s rows of app.items refer to a row of another tenant, or of none, in app.bookings"});
    BOOST_TEST(named(runner.schema, "app.items").column("tenant_id")->not_null);
    for (const ForeignKey &key : runner.schema.foreign_keys)
        if (key.child == desk.items.oid() && key.parent == desk.bookings.oid())
            CHECK_TEXTS(key.child_columns, {"booking_id"});
}

BOOST_AUTO_TEST_CASE(references_not_validated_wait_for_not_null_too)
{
    Desk desk;
    for (ForeignKey &key : desk.schema.foreign_keys)
        key.validated = key.parent != desk.bookings.oid();
    OnlineRunner runner(desk.schema);
    runner.rows = [](const std::string &question) { return question == "SELECT count(*) FROM app.items WHERE tenant_id IS NULL" ? 1 : 0; };
    BOOST_REQUIRE(runner.run(desk.plan()));
    for (const ForeignKey &key : runner.schema.foreign_keys)
        if (key.child == desk.items.oid() && key.parent == desk.bookings.oid())
            CHECK_TEXTS(key.child_columns, {"booking_id"});
    runner.rows = [](const std::string &) { return 0; };
    BOOST_REQUIRE(runner.run(desk.plan_of(runner.schema)));
    for (const ForeignKey &key : runner.schema.foreign_keys)
        if (key.child == desk.items.oid() && key.parent == desk.bookings.oid()) {
            CHECK_TEXTS(key.child_columns, {"tenant_id", "booking_id"});
            BOOST_TEST(!key.validated);
        }
}

BOOST_AUTO_TEST_CASE(the_trigger_follows_names_after_not_null_too)
{
    const Desk desk;
    OnlineRunner runner(desk.schema);
    BOOST_REQUIRE(runner.run(desk.plan()));
    for (ForeignKey &key : runner.schema.foreign_keys)
        if (key.child == desk.items.oid())
            key.name = key.sql = "other";
    const Plan plan = desk.plan_of(runner.schema);
    CHECK_TEXTS(sqls(plan), {"DROP TRIGGER zzzz_tenancy_fill ON app.items",
                             "CREATE TRIGGER zzzz_tenancy_fill BEFORE INSERT OR UPDATE ON app.items FOR EACH ROW WHEN (NEW.tenant_id IS NULL) "
                             "EXECUTE FUNCTION tenancy.fill_tenant('tenant_id', 'agree', '', 'tenant_id', 'other', '')"});
    BOOST_TEST(transactions(plan).back().first == 1);
}

BOOST_AUTO_TEST_CASE(what_is_settled_for_a_parent_settles_its_children)
{
    AdoptionBuilder built;
    TableBuilder a = built.direct("a"), b = built.direct("b"), parent = built.plain("parent"), child = built.plain("child");
    built.to_tenants(a);
    built.to_tenants(b);
    built.refer(parent, "a_id", a);
    built.refer(parent, "b_id", b);
    built.refer(child, "parent_id", parent);
    BOOST_TEST(noted(built.plan(), "table app.child is left as it is, its tenant comes through app.parent"));
    built.request.rules = {{parent.oid(), {"parent.a_id -> a.tenant_id", "parent.b_id -> b.tenant_id"}}};
    BOOST_TEST(step_with(built.plan(), "app.child ADD COLUMN") != nullptr);
    OnlineRunner runner(built.schema);
    BOOST_REQUIRE(runner.run(built.plan()));
    CHECK_TEXTS(sqls(built.plan_of(runner.schema)), {});
}

BOOST_AUTO_TEST_CASE(what_stands_on_a_table_is_told)
{
    Desk desk;
    desk.users.policy("mine", true, 'r', "(true)").trigger("stamp", "app.stamp", row_change, {}, 'O').trigger("off", "app.off", row_change, {}, 'D').trigger("born", "app.born", trigger_row | trigger_insert, {}, 'O');
    CHECK_TEXTS(desk.plan().notes, {"policies of app.users stay: mine", "triggers of app.users stay, and are not fired by the backfill: stamp"});
}

BOOST_AUTO_TEST_CASE(tables_that_are_not_for_it)
{
    Desk desk;
    TableBuilder done = desk.direct("done").secured(), lone = desk.plain("lone"), foreign = desk.plain("far", "app", 'f'),
                 theirs = desk.plain("theirs"), elsewhere = desk.direct("elsewhere", true, "other");
    desk.refer(theirs, "user_id", desk.users);
    theirs->of_application = true;
    const Plan plan = desk.plan();
    for (const Step &step : plan.steps)
        for (const TableBuilder *one : {&done, &lone, &foreign, &theirs, &elsewhere})
            BOOST_TEST(step.target != one->name(), step.sql);
    BOOST_TEST(noted(plan, "table app.lone is left as it is, no path to a tenant"));
    BOOST_TEST(noted(plan, "table app.theirs is left as it is"));
    BOOST_TEST(!noted(plan, "app.done"));
    BOOST_TEST(refused("42804", [] {
                   AdoptionBuilder none;
                   none.schema.key_type = KeyType::unknown;
                   (void)none.plan();
               }).hint().find("use_tenant_table") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_of_other_types)
{
    for (const KeyType type : {KeyType::text, KeyType::bigint}) {
        AdoptionBuilder built(type);
        TableBuilder users = built.direct("users"), notes = built.plain("notes");
        built.to_tenants(users);
        built.refer(notes, "user_id", users);
        OnlineRunner runner(built.schema);
        BOOST_REQUIRE(runner.run(built.plan()));
        BOOST_TEST(named(runner.schema, "app.notes").column("tenant_id")->type == key_type_name(type));
        CHECK_TEXTS(sqls(built.plan_of(runner.schema)), {});
    }
}

BOOST_AUTO_TEST_CASE(a_decision_that_a_reference_may_cross)
{
    for (const char decision : {'o', 'a'}) {
        Desk desk;
        for (ForeignKey &key : desk.schema.foreign_keys)
            if (key.parent == desk.bookings.oid())
                key.crossing = decision;
        OnlineRunner runner(desk.schema);
        const Plan plan = desk.plan();
        BOOST_REQUIRE(runner.run(plan));
        for (const Step &step : plan.steps)
            BOOST_TEST((step.phase != "references" || step.sql.find("booking_id") == std::string::npos), step.sql);
        BOOST_TEST(noted(plan, "reference items_booking_id_fkey of app.items may lead to other tenants' rows, as decided") == (decision == 'a'));
        const Plan guarded = protect(runner.schema, {"app.users", "app.bookings", "app.items"});
        const Step *guard = step_with(guarded, "tenancy.reference_guard");
        BOOST_TEST((guard != nullptr) == (decision == 'o'));
        if (guard != nullptr)
            BOOST_TEST((!guard->check || guard->check->sql == "SELECT 0"));
        BOOST_TEST(noted(guarded, "may lead to other tenants' rows, as decided") == (decision == 'a'));
    }
}

BOOST_AUTO_TEST_SUITE_END()
