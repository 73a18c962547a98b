#include "core/adoption_parts.hpp"

#include "adoption_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(plan_backfill_batches)

namespace {

bool has(const Plan &plan, const std::string &table, const std::string &part)
{
    const Step *found = step_with(plan, "CALL tenancy.backfill(ARRAY['" + table + "']");
    return found != nullptr && found->sql.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(one_batch)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), notes = built.plain("notes");
    built.to_tenants(users);
    built.refer(notes, "user_id", users);
    built.request.batch_size = 500;
    built.request.pause_ms = 20;
    notes->rows = 12;
    const Step *step = step_with(built.plan(), "CALL");
    BOOST_REQUIRE(step != nullptr);
    BOOST_TEST(step->alone);
    BOOST_TEST(step->rows == 12);
    BOOST_TEST(step->sql == "CALL tenancy.backfill(ARRAY['app.notes']::regclass[], ARRAY[\n$batch$WITH todo AS MATERIALIZED (\n"
                            "    SELECT t.ctid AS place, t1.tenant_id AS tenant\n    FROM ONLY app.notes AS t\n"
                            "LEFT JOIN app.users AS t1 ON t1.id = t.user_id\n"
                            "    WHERE t.ctid >= $1 AND t.ctid < $2 AND t.tenant_id IS NULL AND t1.tenant_id IS NOT NULL\n"
                            "), living AS MATERIALIZED (\n    SELECT o.id AS tenant FROM app.tenants AS o WHERE o.id IN (SELECT todo.tenant FROM todo) FOR KEY SHARE\n)\n"
                            "UPDATE ONLY app.notes AS t SET tenant_id = todo.tenant\nFROM todo\nWHERE t.ctid = todo.place AND t.ctid >= $1 AND t.ctid < $2\n"
                            "  AND (todo.tenant IN (SELECT living.tenant FROM living)) IS TRUE$batch$], 'tenant_id',\n    batch_size => 500, pause_ms => 20)");
}

BOOST_AUTO_TEST_CASE(unique_keys_with_the_tenant_are_asked)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), notes = built.plain("notes");
    built.to_tenants(users);
    built.refer(notes, "user_id", users);
    notes.column("tenant_id", "uuid").column("Code", "text").key({"tenant_id", "Code"});
    BOOST_TEST(has(built.plan(), "app.notes", "row_number() OVER (PARTITION BY t1.tenant_id, t.\"Code\" ORDER BY t.ctid) AS place_1"));
    BOOST_TEST(has(built.plan(), "app.notes", "AND (todo.place_1 = 1 OR t.\"Code\" IS NULL)\n  AND NOT EXISTS (SELECT FROM ONLY app.notes AS o WHERE o.tenant_id = todo.tenant AND o.\"Code\" = t.\"Code\")"));
    // Of the tenant alone: one row each.
    notes.key({"tenant_id"});
    BOOST_TEST(has(built.plan(), "app.notes", "PARTITION BY t1.tenant_id ORDER BY t.ctid) AS place_2"));
    BOOST_TEST(has(built.plan(), "app.notes", "AND (todo.place_2 = 1)\n"));
    // Partial ones, expressions and what is not valid: the batch finds out.
    for (int change = 0; change < 3; ++change) {
        AdoptionBuilder other;
        TableBuilder people = other.direct("users"), rows = other.plain("notes");
        other.to_tenants(people);
        other.refer(rows, "user_id", people);
        rows.column("tenant_id", "uuid").column("code", "text").key({"tenant_id", change == 2 ? "" : "code"});
        rows->indexes.back().partial = change == 0;
        rows->indexes.back().valid = change != 1;
        BOOST_TEST(!has(other.plan(), "app.notes", "place_1"));
    }
}

BOOST_AUTO_TEST_CASE(every_part_is_a_step_unless_they_repeat)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), whole = built.plain("whole", "app", 'p');
    built.to_tenants(users);
    built.refer(whole, "user_id", users);
    built.part("one", whole);
    TableBuilder middle = built.part("middle", whole, 'p');
    built.part("leaf", middle);
    Texts targets;
    for (const Step &step : built.plan().steps)
        if (step.phase == "backfill")
            targets.push_back(step.target);
    CHECK_TEXTS(targets, {"app.one", "app.leaf"});
    BOOST_TEST(!has(built.plan(), "app.one", "repeat"));
    // Its rows give each other their tenants.
    built.request.rules = {{whole.oid(), {"whole.user_id -> users.tenant_id", "whole.up -> whole.tenant_id"}}};
    for (auto &[oid, table] : built.schema.tables)
        if (table.name == "whole" || table.name == "one" || table.name == "middle" || table.name == "leaf")
            TableBuilder(table).column("up", "uuid").column("tenant_id", "uuid");
    built.reference(whole, {"up"}, whole, {"id"});
    BOOST_REQUIRE(step_with(built.plan(), "CALL tenancy.backfill(ARRAY['app.one', 'app.leaf']") != nullptr);
    BOOST_TEST(step_with(built.plan(), "CALL")->sql.find("repeat => true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_cannot_end_the_batch)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), odd = built.plain("x$batch$ 'y' \\");
    built.to_tenants(users);
    built.refer(odd, "user_id", users);
    const Step *step = step_with(built.plan(), "CALL");
    BOOST_REQUIRE(step != nullptr);
    BOOST_TEST(step->sql.find("ARRAY[E'app.\"x$batch$ ''y'' \\\\\"']::regclass[], ARRAY[\n$batch1$WITH") != std::string::npos, step->sql);
    BOOST_TEST(step->sql.find("$batch1$],") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(text_keys_are_compared_as_the_tenants_are)
{
    AdoptionBuilder built(KeyType::text);
    TableBuilder users = built.direct("users"), notes = built.plain("notes");
    built.to_tenants(users);
    built.refer(notes, "user_id", users);
    BOOST_TEST(has(built.plan(), "app.notes", "::text COLLATE pg_catalog.\"default\" AS tenant"));
    BOOST_TEST(has(built.plan(), "app.notes", "SELECT o.id::text COLLATE pg_catalog.\"default\" AS tenant FROM app.tenants AS o"));
}

BOOST_AUTO_TEST_CASE(references_that_carry_the_tenant_fire)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users").key({"tenant_id", "id"}), notes = built.plain("notes");
    built.to_tenants(users);
    built.refer(notes, "user_id", users);
    BOOST_TEST(!has(built.plan(), "app.notes", "fire_triggers"));
    notes.column("tenant_id", "uuid").column("friend_id", "uuid");
    built.reference(notes, {"tenant_id", "friend_id"}, users, {"tenant_id", "id"});
    built.request.rules = {{notes.oid(), {"notes.user_id -> users.tenant_id"}}};
    BOOST_TEST(has(built.plan(), "app.notes", ", fire_triggers => true)"));
}

BOOST_AUTO_TEST_CASE(parts_that_are_not_null_need_none)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), whole = built.plain("whole", "app", 'p');
    built.to_tenants(users);
    built.refer(whole, "user_id", users);
    whole.column("tenant_id", "uuid");
    TableBuilder one = built.part("one", whole);
    one->columns.back().not_null = true;
    built.part("two", whole);
    BOOST_TEST(step_with(built.plan(), "backfill(ARRAY['app.one']") == nullptr);
    BOOST_TEST(step_with(built.plan(), "backfill(ARRAY['app.two']") != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
