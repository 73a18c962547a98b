// Reading snapshots, and families of tables: core/schema.hpp.
#include "core/schema.hpp"

#include "schema_builder.hpp"
#include "snapshot_text.hpp"

#include <chrono>

using namespace tenancy::core;

namespace {

// Every member filled, with values that differ from the defaults.
Schema full()
{
    SchemaBuilder built(KeyType::text);
    TableBuilder parent = built.table("shop", "parent", 'p').column("id", "bigint");
    TableBuilder child = built.table("Shop", "it's \"big\"").partition_of(parent);
    child.column("Ten ant", "character varying").not_null().default_is("'x'::text");
    child->columns.back().generated = child->columns.back().identity = true;
    child->columns.back().deterministic = false;
    child.key({"Ten ant", ""});
    child->indexes.back().nulls_equal = true;
    child->indexes.back().key = {"\"k\"", "CREATE UNIQUE INDEX ...", "UNIQUE (...)", true, true, "fillfactor=70", "fast", "why"};
    child.index({"id"});
    child->indexes.back().valid = false;
    child->indexes.back().partial = true;
    child.policy("own", false, 'w', "(a = 1)", "true")
        .trigger("t", "tenancy.write_guard", 31, {"Ten ant"}, 'R');
    child->policies.back().to_public = false;
    child->triggers.back().cloned = child->triggers.back().deferrable =
        child->triggers.back().deferred = true;
    child->persistence = 'u';
    child->planned_code = "shop.f(text)";
    child->rows = 12'000'000'000;
    child->row_security = child->force = child->of_extension = child->of_application = true;
    ForeignKey &key = built.reference(child, {"a", "b"}, parent, {"c", "d"});
    key.delete_columns = {"b"};
    key.parent_index = "parent_c_d";
    key.on_delete = 'n';
    key.on_update = 'c';
    key.match = 'f';
    key.deferrable = key.deferred = key.inherited = true;
    key.validated = false;
    return built.schema;
}

// Each member is looked at with every other type of JSON in its place, and without it.
void each_broken(const Json &good, const Json &part, const std::string &path)
{
    for (const auto &[member, value] : part.items()) {
        const std::string below = path + "/" + member;
        if (member == "enforced")
            continue;
        const Json::json_pointer at(below);
        if (part.is_object()) {
            Json broken = good;
            broken[Json::json_pointer(path)].erase(member);
            refused("22023", [&] { read_schema(broken.dump()); });
        }
        for (const Json &other : {Json(nullptr), Json("text"), Json({{"a", 1}}), Json({1, 2})}) {
            const bool nullable = member == "default" || member == "using" || member == "check" ||
                                  member == "arguments" || member == "delete_columns" || member == "key" || member == "roles" ||
                                  member == "constraint" || member == "options" || member == "tablespace" || member == "comment";
            const bool as_text = value.is_string() || nullable;
            if ((other.is_null() && nullable) ||
                (other.is_string() && as_text && !value.is_array()) ||
                (other.is_array() && member == "parents"))
                continue;
            Json broken = good;
            broken[at] = other;
            BOOST_TEST_CONTEXT(below << " = " << other.dump())
            refused("22023", [&] { read_schema(broken.dump()); });
        }
        if (value.is_object() || (value.is_array() && !value.empty() && value.begin()->is_structured()))
            each_broken(good, value, below);
    }
}

std::vector<TableId> oids(const Schema &schema, TableId root)
{
    std::vector<TableId> out;
    for (const Table *member : schema.family(root))
        out.push_back(member->oid);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(a_snapshot_is_read_completely)
{
    const Schema wanted = full();
    const Schema found = read_schema(snapshot_of(wanted).dump());
    // The writer knows every member, so equal texts are equal schemas.
    BOOST_TEST(snapshot_of(found).dump(1) == snapshot_of(wanted).dump(1));
    const Table &child = named(found, "\"Shop\".\"it's \"\"big\"\"\"");
    BOOST_TEST(child.rows == 12'000'000'000);
    BOOST_TEST(child.column("Ten ant")->sql == "\"Ten ant\"");
    BOOST_TEST(child.column("ten ant") == nullptr);
    BOOST_TEST(child.policy("own")->command == 'w');
    BOOST_TEST(child.trigger_calling("tenancy.write_guard")->arguments.at(0) == "Ten ant");
    BOOST_TEST(child.trigger_calling("tenancy.shared_guard") == nullptr);
    BOOST_TEST((found.key_type == KeyType::text));
    BOOST_TEST(found.table(1) == nullptr);
}

BOOST_AUTO_TEST_CASE(every_member_must_be_there_and_have_its_type)
{
    const Json good = snapshot_of(full());
    BOOST_REQUIRE_NO_THROW(read_schema(good.dump()));
    each_broken(good, good, "");
}

BOOST_AUTO_TEST_CASE(what_is_no_snapshot_is_refused)
{
    for (const char *text : {"", "{", "[]", "null", "1", "{}", "{\"tables\": []}", "\xff\xfe"})
        refused("22023", [&] { read_schema(text); });
    Json other = snapshot_of(full());
    other["key_type"] = "smallint";
    refused("22023", [&] { read_schema(other.dump()); });
    other["key_type"] = "unknown"; // there is no tenant table any more
    BOOST_TEST((read_schema(other.dump()).key_type == KeyType::unknown));
}

BOOST_AUTO_TEST_CASE(a_reference_needs_as_many_columns_on_both_sides)
{
    Json broken = snapshot_of(full());
    broken["foreign_keys"][0]["parent_columns"] = {"c"};
    refused("22023", [&] { read_schema(broken.dump()); });
    for (const char *member : {"child_columns", "parent_columns"})
        broken["foreign_keys"][0][member] = Json::array();
    refused("22023", [&] { read_schema(broken.dump()); });
}

BOOST_AUTO_TEST_CASE(a_family_is_all_levels_below_and_nothing_else)
{
    SchemaBuilder built;
    TableBuilder root = built.table("a", "root", 'p'),
                 year = built.table("a", "year", 'p').partition_of(root);
    TableBuilder may = built.table("a", "may").partition_of(year),
                 june = built.table("a", "june").partition_of(year);
    TableBuilder other = built.table("a", "other");
    BOOST_TEST((oids(built.schema, root.oid()) ==
                std::vector{root.oid(), year.oid(), may.oid(), june.oid()}));
    BOOST_TEST((oids(built.schema, year.oid()) == std::vector{year.oid(), may.oid(), june.oid()}));
    BOOST_TEST((oids(built.schema, other.oid()) == std::vector{other.oid()}));
    BOOST_TEST(oids(built.schema, 1).empty());
}

BOOST_AUTO_TEST_CASE(a_diamond_is_walked_once_and_parents_first)
{
    SchemaBuilder built;
    // The last one down has a lower oid than one of its parents, and a shorter way to the root.
    TableBuilder root = built.table("a", "root"), last = built.table("a", "last");
    TableBuilder left = built.table("a", "left").inherits(root),
                 right = built.table("a", "right").inherits(root);
    TableBuilder below = built.table("a", "below").inherits(right),
                 stranger = built.table("a", "stranger");
    last.inherits(root).inherits(left).inherits(below).inherits(stranger);
    BOOST_TEST((oids(built.schema, root.oid()) ==
                std::vector{root.oid(), left.oid(), right.oid(), below.oid(), last.oid()}));
}

BOOST_AUTO_TEST_CASE(a_family_that_contains_itself_ends)
{
    SchemaBuilder built;
    TableBuilder a = built.table("a", "a"), b = built.table("a", "b").inherits(a);
    a.inherits(b).inherits(a);
    BOOST_TEST((oids(built.schema, a.oid()) == std::vector{a.oid(), b.oid()}));
}

BOOST_AUTO_TEST_CASE(a_thousand_tables_take_moments)
{
    SchemaBuilder built;
    std::vector<TableBuilder> all;
    Texts names;
    // Each refers to the three after it: the longest chains there can be, in the worst order.
    for (int i = 0; i < 1000; ++i) {
        all.push_back(built.table("big", std::string("t").append(std::to_string(i)))
                          .column("tenant_id", "uuid"));
        all.back().column("id", "bigint").not_null().key({"id"});
        for (const char *column : {"a", "b", "c"})
            all.back().column(column, "bigint").not_null();
        names.push_back(all.back().name());
    }
    for (std::size_t i = 0; i + 3 < all.size(); ++i) {
        built.reference(all[i], {"a"}, all[i + 1], {"id"});
        built.reference(all[i], {"b"}, all[i + 2], {"id"});
        built.reference(all[i], {"c"}, all[i + 3], {"id"});
    }
    const std::string text = snapshot_of(built.schema).dump();
    const auto start = std::chrono::steady_clock::now();
    const Plan plan = protect(read_schema(text), names);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    BOOST_TEST_MESSAGE("1000 tables, " << text.size() << " bytes, " << plan.steps.size()
                                       << " steps: " << took.count() << " s");
    BOOST_TEST(sqls(plan, "foreign_key").size() == 3u * 997u);
    BOOST_TEST(sqls(plan, "tenant_reference").size() == 3u); // the last three lean on nobody
    BOOST_TEST(took.count() < 60); // with sanitizers on a slow machine too
}

BOOST_AUTO_TEST_SUITE_END()
