#include "adoption_builder.hpp"

#include "core/adoption_parts.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(plan_fill_trigger)

namespace {

struct Fill : AdoptionBuilder {
    TableBuilder users = direct("users"), notes = plain("notes");
    AdoptedTable adopted;

    Fill()
    {
        refer(notes, "user_id", users);
        notes.column("tenant_id", "uuid");
    }
    Plan fill()
    {
        const Derivations found = derivations();
        adopted.table = notes.operator->();
        adopted.column = adopted.table->column("tenant_id");
        adopted.paths_of_new_rows = found.paths(*adopted.table).paths;
        Plan out;
        out.online = true;
        plan_fill(schema, adopted, out);
        return out;
    }
};

const std::string created = "CREATE TRIGGER zzzz_tenancy_fill BEFORE INSERT OR UPDATE ON app.notes FOR EACH ROW WHEN (NEW.tenant_id IS NULL) "
                            "EXECUTE FUNCTION tenancy.fill_tenant('tenant_id', 'agree', '', 'tenant_id', 'notes_user_id_fkey', '')";

} // namespace

BOOST_AUTO_TEST_CASE(names_only_and_quoted)
{
    Fill fill;
    CHECK_TEXTS(sqls(fill.fill()), {created});
    fill.adopted.decided = true;
    fill.adopted.fallback = "it's \\ $x$";
    fill.schema.foreign_keys.back().name = "o'k\\";
    const std::string sql = sqls(fill.fill()).front();
    BOOST_TEST(sql.ends_with("('tenant_id', 'first', E'it''s \\\\ $x$', 'tenant_id', E'o''k\\\\', '')"), sql);
}

BOOST_AUTO_TEST_CASE(several_hops_and_paths)
{
    Fill fill;
    TableBuilder teams = fill.direct("teams"), words = fill.plain("words").column("tenant_id", "uuid");
    fill.refer(fill.notes, "team_id", teams, true);
    fill.adopted.fallback = "";
    CHECK_TEXTS(sqls(fill.fill()), {created.substr(0, created.size() - 1) + ", 'tenant_id', 'notes_team_id_fkey', '')"});
    AdoptionBuilder deep;
    TableBuilder users = deep.direct("users"), rooms = deep.plain("rooms"), seats = deep.plain("seats");
    deep.refer(rooms, "user_id", users);
    deep.refer(seats, "room_id", rooms);
    deep.request.rules = {{seats.oid(), {"seats.room_id -> rooms.user_id -> users.tenant_id"}}};
    seats.column("tenant_id", "uuid");
    BOOST_REQUIRE(step_with(deep.plan(), "app.seats FOR EACH ROW") != nullptr);
    BOOST_TEST(step_with(deep.plan(), "app.seats FOR EACH ROW")->sql.ends_with("'first', '', 'tenant_id', 'seats_room_id_fkey', 'rooms_user_id_fkey', '')"));
}

BOOST_AUTO_TEST_CASE(what_is_right_stays)
{
    Fill fill;
    OnlineRunner runner(fill.schema);
    BOOST_REQUIRE(runner.run(fill.fill()));
    const TableId notes = fill.notes.oid();
    fill.schema = runner.schema;
    fill.notes = TableBuilder(fill.schema.tables.at(notes));
    CHECK_TEXTS(sqls(fill.fill()), {});
    // Another derivation, another name, switched off, of another kind: made anew in one transaction.
    const Trigger right = fill.notes->triggers.back();
    for (int change = 0; change < 4; ++change) {
        Trigger &now = fill.notes->triggers.back() = right;
        if (change == 0)
            now.arguments[1] = "first";
        else if (change == 1)
            now.name = now.sql = "other";
        else if (change == 2)
            now.enabled = 'D';
        else
            now.type |= trigger_delete;
        const Plan plan = fill.fill();
        CHECK_TEXTS(sqls(plan), {"DROP TRIGGER " + now.sql + " ON app.notes", created});
        BOOST_TEST(transactions(plan).back().first == 1);
    }
}

BOOST_AUTO_TEST_CASE(partitions_have_their_parents_and_heirs_their_own)
{
    AdoptionBuilder built;
    TableBuilder users = built.direct("users"), whole = built.plain("whole", "app", 'p'), base = built.plain("base");
    built.refer(whole, "user_id", users);
    built.refer(base, "user_id", users);
    built.part("one", whole);
    built.part("heir", base)->partition = false;
    CHECK_TEXTS(sqls(built.plan(), "trigger").size() == 3 ? Texts{} : Texts{"wrong number"}, {});
    BOOST_TEST(step_with(built.plan(), "ON app.heir FOR EACH ROW") != nullptr);
    BOOST_TEST(step_with(built.plan(), "ON app.one FOR EACH ROW") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
