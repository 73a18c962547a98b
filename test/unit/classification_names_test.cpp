#include "core/classification_parts.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(classification_names)

BOOST_AUTO_TEST_CASE(settings_by_the_last_word)
{
    DerivationBuilder built;
    const auto settings = [&](const char *name) {
        const TableBuilder made = built.direct(name);
        return named_like_settings(built.derivations(), *made.operator->(), *made->column("tenant_id"));
    };
    for (const char *name : {"settings", "booking_settings", "BookingSettings", "tenantConfig", "Mail Preferences", "app_configuration"})
        BOOST_TEST(settings(name), name);
    for (const char *name : {"bookings", "settings_history", "resettings", "configurator", "s", "_"})
        BOOST_TEST(!settings(name), name);
}

BOOST_AUTO_TEST_CASE(owners_without_a_foreign_key)
{
    const auto owner = [](const char *type, const char *id, bool with_key) {
        DerivationBuilder built;
        TableBuilder posts = built.direct("posts"), table = built.plain("comments").column(type, "text");
        if (with_key)
            built.refer(table, id, posts);
        else
            table.column(id, "uuid");
        const Derivations derivations = built.derivations();
        return polymorphic_owner(derivations, *table.operator->());
    };
    BOOST_TEST(owner("owner_type", "owner_id", false) == "owner_type and owner_id");
    BOOST_TEST(owner("ownerType", "ownerId", false) == "\"ownerType\" and \"ownerId\"");
    BOOST_TEST(owner("owner_type", "owner_id", true) == "");
    BOOST_TEST(owner("owner_type", "other_id", false) == "");
    BOOST_TEST(owner("type", "id2", false) == "");
    BOOST_TEST(owner("_type", "_id", false) == "");
}

BOOST_AUTO_TEST_CASE(settings_of_something_else_than_tenants)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), jobs = built.direct("job_configs"), runs = built.direct("runs"),
                 preferences = built.direct("preferences"), keyed = built.direct("settings");
    built.to_tenants(jobs);
    BOOST_TEST(table_kind_name(built.subject("job_configs").kind) == "settings");
    built.refer(runs, "job_id", jobs);
    BOOST_TEST(table_kind_name(built.subject("job_configs").kind) == "direct");
    built.refer(preferences, "user_id", users);
    BOOST_TEST(table_kind_name(built.subject("preferences").kind) == "direct");
    keyed.column("name", "text").key({"tenant_id", "name"});
    BOOST_TEST(table_kind_name(built.subject("settings").kind) == "direct");
}

BOOST_AUTO_TEST_CASE(tables_of_migration_tools)
{
    DerivationBuilder built;
    for (const char *name : {"schema_migrations", "_prisma_migrations", "__EFMigrationsHistory", "SequelizeMeta", "databasechangelog"}) {
        built.plain(name);
        const Subject subject = built.subject(name);
        BOOST_TEST(table_kind_name(subject.kind) == "shared");
        BOOST_TEST(subject.reason == "kept by the tool that migrates the schema, by its name");
        BOOST_TEST(subject.next_command == "");
        BOOST_TEST(!subject.pathless);
    }
    built.plain("migrations"); // of birds
    BOOST_TEST(built.subject("migrations").pathless);
    TableBuilder known = built.plain("alembic_version");
    built.to_tenants(built.direct("users"));
    built.refer(known, "tenant_id", TableBuilder(built.schema.tables.at(built.schema.tenant_table.oid)));
    BOOST_TEST(table_kind_name(built.subject("alembic_version").kind) == "direct");
}

BOOST_AUTO_TEST_SUITE_END()
