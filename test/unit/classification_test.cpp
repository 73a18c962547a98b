// What the schema alone tells of a table: core/classification.hpp.
#include "core/classification.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

namespace {

std::string kind(const DerivationBuilder &built, const std::string &name)
{
    return table_kind_name(built.subject(name).kind);
}

} // namespace

BOOST_AUTO_TEST_SUITE(classification)

BOOST_AUTO_TEST_CASE(kinds)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), profiles = built.plain("profiles"), countries = built.plain("countries"),
                 plans = built.direct("plans"), guarded = built.plain("guarded").tenant("org").secured("org"),
                 news = built.plain("news").trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits),
                 typed = built.plain("typed").column("tenant_id", "text"), far = built.table("app", "far", 'f').tenant();
    plans.key({"tenant_id"});
    built.refer(profiles, "user_id", users);
    BOOST_TEST(kind(built, "tenants") == "root");
    BOOST_TEST(kind(built, "users") == "direct");
    BOOST_TEST(kind(built, "profiles") == "derived");
    BOOST_TEST(kind(built, "countries") == "shared");
    BOOST_TEST(built.subject("countries").reason == "no path to a tenant");
    BOOST_TEST(kind(built, "plans") == "settings");
    BOOST_TEST(kind(built, "guarded") == "protected");
    BOOST_TEST(kind(built, "news") == "shared");
    BOOST_TEST(kind(built, "typed") == "ambiguous");
    BOOST_TEST(built.subject("typed").next_command == "ALTER TABLE app.typed ALTER COLUMN tenant_id TYPE uuid USING tenant_id::uuid;");
    BOOST_TEST(!built.subject("far").countable);
}

BOOST_AUTO_TEST_CASE(parts_extensions_and_other_schemas_are_left_out)
{
    DerivationBuilder built;
    TableBuilder root = built.plain("root", "app", 'p'), part = built.plain("part").partition_of(root),
                 known = built.plain("known"), other = built.plain("other", "crm");
    known->of_extension = true;
    const Derivations derivations = built.derivations();
    Texts names;
    for (const Subject &one : classify(derivations, "app", {}).subjects)
        names.push_back(one.table->name);
    CHECK_TEXTS(names, {"root", "tenants"});
    BOOST_TEST(classify(derivations, "app", {}, other.oid()).subjects.size() == 1u);
}

BOOST_AUTO_TEST_CASE(rows_of_an_applications_table_are_not_read)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), notes = built.plain("notes");
    built.refer(notes, "user_id", users);
    users->of_application = true;
    users->owner = "web";
    BOOST_TEST(!built.subject("users").countable);
    BOOST_TEST(!built.subject("notes").countable);
    BOOST_TEST(built.subject("notes").next_command == "ALTER TABLE app.users OWNER TO a_role_that_is_not_enrolled;");
    BOOST_TEST(built.subject("tenants").countable);
}

BOOST_AUTO_TEST_CASE(a_rule_that_does_not_hold_any_more_is_told)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), notes = built.plain("notes");
    built.refer(notes, "user_id", users);
    const Subject subject = built.subject("notes", {{notes.oid(), {"notes.gone -> users.tenant_id"}}, {999, {"x"}}});
    BOOST_TEST(subject.stale);
    BOOST_TEST(subject.reason == "its rule does not hold any more: column \"gone\" of app.notes does not exist");
    BOOST_TEST(subject.next_command == "SELECT tenancy.set_derivation('app.notes', ARRAY['notes.user_id -> users.tenant_id']);");
}

BOOST_AUTO_TEST_CASE(what_can_be_given_a_rule)
{
    DerivationBuilder built;
    TableBuilder root = built.plain("root", "app", 'p'), part = built.plain("part").partition_of(root),
                 shared = built.plain("news").trigger("tenancy_shared_guard", "tenancy.shared_guard", shared_guard_bits);
    const Derivations derivations = built.derivations();
    const auto require = [&](const TableBuilder &table, char kind) {
        require_derivable(derivations, {table.oid(), table.name(), kind});
    };
    BOOST_CHECK_NO_THROW(require(root, 'p'));
    BOOST_TEST(refused("42809", [&] { require(part, 'r'); }).hint() == "SELECT tenancy.set_derivation('app.root', ...);");
    refused("42809", [&] { require(shared, 'r'); });
    refused("42809", [&] { require_derivable(derivations, {built.schema.tenant_table.oid, "app.tenants", 'r'}); });
    refused("42809", [&] { require_derivable(derivations, {99, "app.view", 'v'}); });
}

BOOST_AUTO_TEST_CASE(without_a_tenant_table_nothing_is_classified)
{
    DerivationBuilder built;
    built.schema.key_type = KeyType::unknown;
    const Derivations derivations = built.derivations();
    refused("42804", [&] { classify(derivations, "app", {}); });
}

BOOST_AUTO_TEST_SUITE_END()
