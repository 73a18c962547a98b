#include "core/derivation_text.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

namespace {

struct Desk : DerivationBuilder {
    TableBuilder users = direct("users"), requests = direct("Service Request", true), bookings = plain("bookings"),
                 far = direct("Users", false, "crm");
    Desk()
    {
        refer(bookings, "requestId", requests);
        refer(bookings, "far_id", far, true);
        refer(requests, "client_id", users);
        bookings.column("name", "text");
    }
    Error refuse(const char *sqlstate, const std::string &text) const
    {
        return refused(sqlstate, [&] { read_path(derivations(), *bookings.operator->(), text); });
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(derivation_text)

BOOST_AUTO_TEST_CASE(what_is_written_is_read)
{
    Desk desk;
    const Derivations derivations = desk.derivations();
    for (const Path &path : derivations.paths(*desk.bookings.operator->()).paths) {
        const Path again = read_path(derivations, *desk.bookings.operator->(), path_text(path, "app"));
        BOOST_TEST(again.hops == path.hops);
        BOOST_TEST(again.nullable_hops == path.nullable_hops);
        BOOST_TEST(path_text(again, "app") == path_text(path, "app"));
    }
    CHECK_TEXTS(desk.paths(desk.bookings), {"bookings.\"requestId\" -> \"Service Request\".tenant_id",
                                            "bookings.far_id -> crm.\"Users\".tenant_id"});
    BOOST_TEST(path_text(read_path(derivations, *desk.bookings.operator->(), "far_id -> crm.\"Users\".TENANT_ID"), "crm") ==
               "app.bookings.far_id -> \"Users\".tenant_id");
}

BOOST_AUTO_TEST_CASE(unqualified_names)
{
    SchemaBuilder built;
    BOOST_TEST(unqualified_sql(*built.table("app", "x").operator->()) == "x");
    BOOST_TEST(unqualified_sql(*built.table("a.\"b", "c.d").operator->()) == "\"c.d\"");
    BOOST_TEST(simplified("Tenant_Id") == simplified("tenantID"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said)
{
    const Desk desk;
    BOOST_TEST(desk.refuse("42703", "bookings.nope -> users.tenant_id").what() ==
               std::string("column \"nope\" of app.bookings does not exist"));
    BOOST_TEST(desk.refuse("42703", "bookings.requestId -> users.tenant_id").hint() == "Write \"requestId\".");
    BOOST_TEST(desk.refuse("42P01", "bookings.far_id -> nowhere.tenant_id").what() ==
               std::string("table \"app.nowhere\" of the path does not exist"));
    BOOST_TEST(desk.refuse("42P01", "bookings.far_id -> crm.users.tenant_id").hint() == "Write app.users.");
    const Error other = desk.refuse("42830", "bookings.\"requestId\" -> users.tenant_id");
    BOOST_TEST(other.detail() == "It leads to app.\"Service Request\".");
    BOOST_TEST(other.hint() == "Lead the path through app.\"Service Request\".");
    BOOST_TEST(desk.refuse("42830", "bookings.name -> users.tenant_id").hint() ==
               "ALTER TABLE app.bookings ADD FOREIGN KEY (name) REFERENCES app.users NOT VALID;");
    BOOST_TEST(read_path(desk.derivations(), *desk.bookings.operator->(), "before.far_id -> crm.\"Users\".tenant_id", true).hops.size() == 1u);
    BOOST_TEST(std::string(desk.refuse("22023", "bookings.\"requestId\" -> \"Service Request\".client_id").what()).find("which is not a tenant") !=
               std::string::npos);
    desk.refuse("22023", "users.id -> bookings.id");
    desk.refuse("42601", "bookings.far_id -> tenant_id -> users.tenant_id");
}

BOOST_AUTO_TEST_CASE(which_column_is_meant)
{
    Desk desk;
    const Table &bookings = *desk.bookings.operator->();
    const auto meant = [&](const Texts &paths) { return tenant_column_meant(desk.schema, bookings, paths); };
    BOOST_TEST(meant({"bookings.far_id -> crm.\"Users\".tenant_id"}) == "tenant_id");
    BOOST_TEST(meant({"bookings.x -> tenants.id"}) == "tenant_id");
    BOOST_TEST(meant({"bookings.x -> users.\"tenantId\""}) == "tenantId");
    BOOST_TEST(meant({"bookings.x -> users.name"}) == "");
    BOOST_TEST(meant({"bookings.x -> tenants.id", "bookings.x -> users.org"}) == "");
    TableBuilder members = desk.plain("members").column("org", "uuid");
    desk.to_tenants(members, "org");
    BOOST_TEST(meant({"bookings.x -> users.org"}) == "org");
    BOOST_TEST(names_tenant(desk.schema, "TenantID"));
    BOOST_TEST(!names_tenant(desk.schema, "id"));
}

BOOST_AUTO_TEST_SUITE_END()
