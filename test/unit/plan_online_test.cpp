#include "adoption_builder.hpp"

#include "core/adoption_parts.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(plan_online)

namespace {

struct Live : AdoptionBuilder {
    Plan out;
    Live() { out.online = true; }
    const Plan &index(const TableBuilder &table, const Texts &columns, bool key = false)
    {
        out.steps.clear();
        plan_online_index(schema, *table.operator->(), columns, key, "why", out);
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(indexes_are_built_concurrently)
{
    Live live;
    TableBuilder notes = live.direct("Notes");
    CHECK_TEXTS(sqls(live.index(notes, {"tenant_id"})), {"CREATE INDEX CONCURRENTLY \"Notes_tenant_id_idx\" ON app.\"Notes\" (tenant_id)"});
    BOOST_TEST(live.out.steps.front().alone);
    CHECK_TEXTS(sqls(live.index(notes, {"tenant_id", "id"}, true)), {"CREATE UNIQUE INDEX CONCURRENTLY \"Notes_tenant_id_id_key\" ON app.\"Notes\" (tenant_id, id)"});
}

BOOST_AUTO_TEST_CASE(what_is_there_serves)
{
    Live live;
    TableBuilder notes = live.direct("notes").index({"tenant_id", "id"});
    CHECK_TEXTS(sqls(live.index(notes, {"tenant_id"})), {});
    BOOST_TEST(live.index(notes, {"tenant_id", "id"}, true).steps.size() == 1u); // it is not unique
    notes->indexes.back().unique = true;
    CHECK_TEXTS(sqls(live.index(notes, {"id", "tenant_id"}, true)), {}); // in any order
    BOOST_TEST(live.index(notes, {"id", "tenant_id"}).steps.size() == 1u);
    notes->indexes.back().partial = true;
    BOOST_TEST(live.index(notes, {"tenant_id"}).steps.size() == 1u);
    BOOST_TEST(live.index(notes, {"tenant_id", "id"}, true).steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_a_failed_build_left_is_dropped)
{
    Live live;
    TableBuilder notes = live.direct("notes").index({"tenant_id"});
    notes->indexes.back().valid = false;
    notes->indexes.back().name = "notes_tenant_id_idx";
    CHECK_TEXTS(sqls(live.index(notes, {"tenant_id"})),
                {"DROP INDEX CONCURRENTLY \"app\".\"notes_tenant_id_idx\"", "CREATE INDEX CONCURRENTLY \"notes_tenant_id_idx\" ON app.notes (tenant_id)"});
    for (const Step &step : live.out.steps)
        BOOST_TEST(step.alone);
}

BOOST_AUTO_TEST_CASE(partitions_hand_theirs_in)
{
    Live live;
    TableBuilder whole = live.plain("whole", "app", 'p').column("tenant_id", "uuid");
    live.part("one", whole);
    TableBuilder middle = live.part("middle", whole, 'p');
    live.part("leaf", middle);
    CHECK_TEXTS(sqls(live.index(whole, {"tenant_id"})),
                {"CREATE INDEX \"whole_tenant_id_idx\" ON ONLY app.whole (tenant_id)",
                 "CREATE INDEX CONCURRENTLY \"one_tenant_id_idx\" ON app.one (tenant_id)",
                 "ALTER INDEX \"app\".\"whole_tenant_id_idx\" ATTACH PARTITION \"app\".\"one_tenant_id_idx\"",
                 "CREATE INDEX \"middle_tenant_id_idx\" ON ONLY app.middle (tenant_id)",
                 "CREATE INDEX CONCURRENTLY \"leaf_tenant_id_idx\" ON app.leaf (tenant_id)",
                 "ALTER INDEX \"app\".\"middle_tenant_id_idx\" ATTACH PARTITION \"app\".\"leaf_tenant_id_idx\"",
                 "ALTER INDEX \"app\".\"whole_tenant_id_idx\" ATTACH PARTITION \"app\".\"middle_tenant_id_idx\""});
    OnlineRunner runner(live.schema);
    BOOST_REQUIRE(runner.run(live.out));
    for (const auto &[oid, table] : runner.schema.tables)
        for (const Index &index : table.indexes)
            BOOST_TEST(index.valid, index.name);
}

BOOST_AUTO_TEST_CASE(heirs_are_indexed_and_have_no_keys_of_their_parents)
{
    Live live;
    TableBuilder base = live.direct("base");
    live.part("heir", base)->partition = false;
    BOOST_TEST(live.index(base, {"tenant_id"}).steps.size() == 2u);
    BOOST_TEST(live.index(base, {"tenant_id", "id"}, true).steps.size() == 1u);
}

BOOST_AUTO_TEST_CASE(names_are_free_whole_and_not_too_long)
{
    Live live;
    // a.(b_c) and a_b.(c) would have the same.
    TableBuilder first = live.direct("a").column("b_c", "uuid"), second = live.direct("a_b").column("c", "uuid");
    const std::string one = sqls(live.index(first, {"b_c"})).front();
    live.out.steps.clear();
    plan_online_index(live.schema, *first.operator->(), {"b_c"}, false, "", live.out);
    plan_online_index(live.schema, *second.operator->(), {"c"}, false, "", live.out);
    OnlineRunner runner(live.schema);
    BOOST_REQUIRE(runner.run(live.out));
    // The name of a table, or of another index, even of another table.
    for (int taken = 0; taken < 3; ++taken) {
        Live other;
        TableBuilder notes = other.direct("notes"), more = other.direct("more");
        if (taken == 0)
            other.plain("notes_tenant_id_idx");
        else
            (taken == 1 ? notes : more).index({"id"})->indexes.back().name = "notes_tenant_id_idx";
        OnlineRunner again(other.schema);
        BOOST_REQUIRE(again.run(other.index(notes, {"tenant_id"})));
    }
    // 63 bytes, two tables that differ in the last, in characters of several bytes, and a column as long.
    Live longer;
    std::string euros;
    for (int i = 0; i < 21; ++i)
        euros += "\xe2\x82\xac";
    Plan all;
    all.online = true;
    for (const std::string &name : {std::string(63, 'n'), std::string(62, 'n') + "m", euros, "x" + euros.substr(3) + "x", std::string("y" + euros.substr(3))}) {
        TableBuilder table = longer.direct(name).column(std::string(63, 'c'), "uuid").column(euros, "uuid");
        for (const std::string &column : {std::string("tenant_id"), std::string(63, 'c'), euros}) {
            plan_online_index(longer.schema, *table.operator->(), {column}, false, "", all);
            plan_online_index(longer.schema, *table.operator->(), {column, "id"}, true, "", all);
        }
    }
    OnlineRunner last(longer.schema);
    BOOST_REQUIRE(last.run(all));
    BOOST_TEST(all.steps.size() == 30u);
}

BOOST_AUTO_TEST_CASE(not_null_by_a_check)
{
    Live live;
    TableBuilder notes = live.plain("Notes").column("T", "uuid");
    AdoptedTable adopted;
    adopted.table = notes.operator->();
    adopted.column = adopted.table->column("T");
    plan_online_not_null(adopted, live.out);
    CHECK_TEXTS(sqls(live.out),
                {"ALTER TABLE app.\"Notes\" DROP CONSTRAINT IF EXISTS tenancy_not_null, ADD CONSTRAINT tenancy_not_null CHECK (\"T\" IS NOT NULL) NOT VALID",
                 "ALTER TABLE app.\"Notes\" VALIDATE CONSTRAINT tenancy_not_null", "ALTER TABLE app.\"Notes\" ALTER COLUMN \"T\" SET NOT NULL",
                 "ALTER TABLE app.\"Notes\" DROP CONSTRAINT tenancy_not_null"});
    BOOST_TEST(live.out.steps[0].check->sql == "SELECT count(*) FROM app.\"Notes\" WHERE \"T\" IS NULL");
    BOOST_TEST(live.out.steps[0].check->hint == "SELECT * FROM tenancy.unassigned('app', 'T');");
    BOOST_TEST(transactions(live.out).back().first == 3); // the last two go together
}

BOOST_AUTO_TEST_CASE(a_reference_beside_the_old_one_and_then_in_its_place)
{
    Live live;
    TableBuilder users = live.direct("users").key({"tenant_id", "id"}), notes = live.direct("notes");
    live.refer(notes, "user_id", users);
    OnlineReference wanted{notes.operator->(), "notes_user_id_fkey", "FOREIGN KEY (tenant_id, user_id) REFERENCES app.users (tenant_id, id)", {"tenant_id", "user_id"}, users.oid(), true, true,
                           Check{"SELECT count(*) FROM app.notes AS crossing", "%s", "look"}, "why"};
    plan_online_reference(live.schema, wanted, live.out);
    CHECK_TEXTS(sqls(live.out),
                {"ALTER TABLE app.notes ADD CONSTRAINT \"tenancy_notes_user_id_fkey\" FOREIGN KEY (tenant_id, user_id) REFERENCES app.users (tenant_id, id) NOT VALID",
                 "ALTER TABLE app.notes VALIDATE CONSTRAINT \"tenancy_notes_user_id_fkey\"", "ALTER TABLE app.notes DROP CONSTRAINT \"notes_user_id_fkey\"",
                 "ALTER TABLE app.notes RENAME CONSTRAINT \"tenancy_notes_user_id_fkey\" TO \"notes_user_id_fkey\"",
                 "ALTER TABLE app.notes DROP CONSTRAINT \"tenancy_notes_user_id_fkey\""});
    BOOST_TEST(live.out.steps[3].joined);
    OnlineRunner clean(live.schema);
    BOOST_REQUIRE(clean.run(live.out));
    BOOST_TEST(clean.schema.foreign_keys.size() == 1u);
    CHECK_TEXTS(clean.schema.foreign_keys.front().child_columns, {"tenant_id", "user_id"});
    OnlineRunner dirty(live.schema);
    dirty.rows = [](const std::string &) { return 1; };
    BOOST_REQUIRE(dirty.run(live.out));
    CHECK_TEXTS(dirty.schema.foreign_keys.front().child_columns, {"user_id"});
    BOOST_TEST(dirty.left_out.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_other_name_is_whole_and_free)
{
    std::string euros;
    for (int i = 0; i < 21; ++i)
        euros += "\xe2\x82\xac";
    for (const std::string &name : {std::string(63, 'k'), euros, std::string("a\"b''\\ $x$")}) {
        AdoptionBuilder built;
        TableBuilder users = built.direct("users"), notes = built.direct("notes");
        built.to_tenants(users);
        ForeignKey &key = built.refer(notes, "user_id", users);
        key.name = name;
        key.sql = quoted(name);
        // Another that begins the same, so that both are cut to the same name.
        const std::string twin = name.substr(0, name.size() - 3) + "zzz";
        ForeignKey &other = built.refer(notes, "second_id", users);
        other.name = twin;
        other.sql = quoted(twin);
        OnlineRunner runner(built.schema);
        BOOST_REQUIRE(runner.run(built.plan()));
        for (const ForeignKey &after : runner.schema.foreign_keys)
            if (after.child == notes.oid() && after.parent == users.oid()) {
                BOOST_TEST((after.name == name || after.name == twin), after.name);
                BOOST_TEST(after.child_columns.size() == 2u);
            }
        CHECK_TEXTS(sqls(built.plan_of(runner.schema)), {});
    }
}

BOOST_AUTO_TEST_CASE(partitioned_children)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), whole = built.plain("whole", "app", 'p');
    built.to_tenants(users);
    built.refer(whole, "user_id", users);
    built.part("one", whole);
    built.part("two", whole);
    built.spread_references();
    const Plan plan = built.plan();
    const int last = transactions(plan).back().first;
    OnlineRunner straight(built.schema);
    BOOST_REQUIRE(straight.run(plan));
    for (int at = 0; at < last; ++at)
        BOOST_TEST_CONTEXT("after " << at)
        {
            OnlineRunner runner(built.schema);
            (void)runner.run(plan, at);
            BOOST_REQUIRE(runner.run(built.plan_of(runner.schema)));
            BOOST_TEST(runner.state() == straight.state());
        }
    CHECK_TEXTS(sqls(built.plan_of(straight.schema)), {});
}

BOOST_AUTO_TEST_SUITE_END()
