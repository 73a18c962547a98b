// When more than one parent could give the tenant: core/classification_parts.hpp.
#include "core/classification_parts.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

namespace {

// files with references to users, shops and the tenant table, each absent (-), required (r) or nullable (n).
Subject files(const std::string &references, bool column = false, const std::vector<std::string> &rule = {})
{
    static std::vector<std::unique_ptr<DerivationBuilder>> kept;
    DerivationBuilder &built = *kept.emplace_back(new DerivationBuilder);
    TableBuilder users = built.direct("users"), shops = built.direct("shops"),
                 files = column ? built.direct("files", true) : built.plain("files"),
                 tenants(built.schema.tables.at(built.schema.tenant_table.oid));
    const TableBuilder parents[] = {users, shops, tenants};
    const char *columns[] = {"user_id", "shop_id", "org_id"};
    for (std::size_t i = 0; i < references.size(); ++i)
        if (references[i] != '-')
            built.refer(files, columns[i], parents[i], references[i] == 'n');
    return built.subject("files", rule.empty() ? std::vector<Rule>() : std::vector<Rule>{{files.oid(), rule}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(classification_paths)

BOOST_AUTO_TEST_CASE(what_settles_it)
{
    for (const char *settled : {"r", "n", "rn", "nr", "rrr", "nnr", "rnn", "n-r"})
        BOOST_TEST(table_kind_name(files(settled).kind) == std::string("derived"), settled);
    for (const char *open : {"rr", "nn", "rrn", "nnn", "n-n", "r-n"})
        BOOST_TEST((table_kind_name(files(open).kind) == std::string("ambiguous")) == (open != std::string("r-n")), open);
    BOOST_TEST(files("rrr").reason == "by files.org_id -> tenants.id, through required references alone");
    BOOST_TEST(files("rn").reason == "by files.user_id -> users.tenant_id, through required references alone");
    BOOST_TEST(files("rr").reason == "two parents without a rule: user_id; shop_id");
    BOOST_TEST(files("nn").reason == "owner or team, each may be NULL, without a rule: user_id; shop_id");
    BOOST_TEST(files("rr").next_command ==
               "SELECT tenancy.set_derivation('app.files', ARRAY['files.user_id -> users.tenant_id', 'files.shop_id -> shops.tenant_id']);");
    BOOST_TEST(table_kind_name(files("nn", true).kind) == std::string("ambiguous"));
    BOOST_TEST(table_kind_name(files("n", true).kind) == std::string("direct"));
}

BOOST_AUTO_TEST_CASE(a_rule_settles_it)
{
    const Subject subject = files("nn", false, {"files.shop_id -> shops.tenant_id"});
    BOOST_TEST((subject.kind == TableKind::derived));
    BOOST_TEST(subject.reason == "by your rule");
    BOOST_TEST(subject.question.paths.size() == 1u);
    BOOST_TEST((files("nn", true, {"files.shop_id -> shops.tenant_id"}).kind == TableKind::direct));
}

BOOST_AUTO_TEST_CASE(the_question_is_put_where_the_paths_part)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), shops = built.direct("shops"), orders = built.plain("orders"),
                 items = built.plain("items"), notes = built.plain("notes");
    built.refer(orders, "user_id", users);
    built.refer(orders, "shop_id", shops);
    built.refer(items, "order_id", orders);
    built.refer(notes, "item_id", items);
    const Subject subject = built.subject("notes");
    BOOST_TEST(subject.reason == "its tenant comes through app.orders, which has two parents without a rule");
    BOOST_TEST(subject.next_command == built.subject("orders").next_command);
    BOOST_TEST((built.subject("notes", {{orders.oid(), {"orders.user_id -> users.tenant_id"}}}).kind == TableKind::derived));
}

BOOST_AUTO_TEST_CASE(owners_without_a_foreign_key)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users"), comments = built.plain("comments");
    comments.column("owner_type", "text").column("owner_id", "uuid");
    BOOST_TEST(built.subject("comments").reason == "owner by owner_type and owner_id, without a foreign key");
    BOOST_TEST(built.subject("comments").next_command == "ALTER TABLE app.comments ADD COLUMN tenant_id uuid;");
    built.refer(comments, "editor_id", users, true);
    BOOST_TEST((built.subject("comments").kind == TableKind::ambiguous));
    built.refer(comments, "author_id", users);
    BOOST_TEST((built.subject("comments").kind == TableKind::derived));
}

BOOST_AUTO_TEST_SUITE_END()
