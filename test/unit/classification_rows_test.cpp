// Counts from rows in hand. That they are those of the questions in SQL is for sql/classify_small_tables.
#include "core/classification_rows.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

namespace {

struct Notes : DerivationBuilder {
    TableBuilder users = direct("users", true), shops = direct("shops", true), notes = plain("notes");
    Notes()
    {
        to_tenants(shops);
        refer(notes, "user_id", users, true);
        refer(notes, "shop_id", shops, true);
    }
    std::int64_t count(std::int64_t Counts::*what, const RowsInHand &hand, const Subject &one) const
    {
        return (*hand.count(one.question)).*what;
    }
};

Row row(std::initializer_list<const char *> values)
{
    Row out;
    for (const char *value : values)
        out.push_back(value == nullptr ? Value() : Value(value));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(classification_rows)

BOOST_AUTO_TEST_CASE(every_kind_of_lack)
{
    const Notes built;
    const Derivations derivations = built.derivations();
    RowsInHand hand(derivations);
    const Subject notes = built.subject("notes");
    hand.want(notes.question);
    BOOST_TEST(hand.tables().size() == 4u); // with the tenants, for users may name some that are none
    BOOST_TEST(hand.read_sql(built.notes.oid()) == "SELECT json_build_array(t.user_id::text, t.shop_id::text) AS r FROM app.notes AS t");
    BOOST_TEST(hand.read_sql(built.users.oid()) == "SELECT json_build_array(t.id::text, t.tenant_id::text) AS r FROM app.users AS t");
    BOOST_TEST(!hand.count(notes.question).has_value());
    hand.take(built.notes.oid(), {row({"u1", "s1"}), row({"u1", "s2"}), row({nullptr, "s2"}), row({"u2", nullptr}),
                                  row({"u3", nullptr}), row({nullptr, nullptr}), row({"gone", nullptr})});
    BOOST_TEST(!hand.count(notes.question).has_value());
    hand.take(built.users.oid(), {row({"u1", "A"}), row({"u2", nullptr}), row({"u3", "nobody"})});
    hand.take(built.shops.oid(), {row({"s1", "A"}), row({"s2", "B"})});
    hand.take(built.schema.tenant_table.oid, {row({"A"}), row({"B"})});
    BOOST_TEST(built.count(&Counts::rows, hand, notes) == 7);
    BOOST_TEST(built.count(&Counts::null_tenants, hand, notes) == 7);
    BOOST_TEST(built.count(&Counts::derivable, hand, notes) == 2);
    BOOST_TEST(built.count(&Counts::conflicting, hand, notes) == 1);
    BOOST_TEST(built.count(&Counts::orphans, hand, notes) == 4);
    BOOST_TEST(built.count(&Counts::waiting, hand, notes) == 2);
    BOOST_TEST(built.count(&Counts::crossing, hand, notes) == 0);
}

BOOST_AUTO_TEST_CASE(own_tenants_and_references)
{
    DerivationBuilder built;
    TableBuilder shops = built.direct("shops"), orders = built.direct("orders", true);
    built.refer(orders, "shop_id", shops, true);
    const Derivations derivations = built.derivations();
    RowsInHand hand(derivations);
    const Subject subject = built.subject("orders");
    hand.want(subject.question);
    hand.take(orders.oid(), {row({"A", "s1"}), row({"A", "s2"}), row({"nobody", nullptr}), row({nullptr, "s2"})});
    hand.take(shops.oid(), {row({"s1", "A"}), row({"s2", "B"})});
    hand.take(built.schema.tenant_table.oid, {row({"A"}), row({"B"})});
    const Counts counts = *hand.count(subject.question);
    BOOST_TEST(counts.unknown == 1);
    BOOST_TEST(counts.crossing == 1);
    BOOST_TEST(counts.tenants == 2);
    BOOST_TEST(counts.null_tenants == 1);
    BOOST_TEST(counts.derivable == 1);
}

BOOST_AUTO_TEST_CASE(a_table_without_rows_needs_no_other)
{
    const Notes built;
    const Derivations derivations = built.derivations();
    RowsInHand hand(derivations);
    const Subject notes = built.subject("notes");
    hand.want(notes.question);
    hand.take(built.notes.oid(), {});
    BOOST_TEST(built.count(&Counts::rows, hand, notes) == 0);
    BOOST_TEST(built.count(&Counts::null_tenants, hand, notes) == 0);
}

// citext, numeric, bpchar, other collations: equal values of different texts.
BOOST_AUTO_TEST_CASE(keys_that_are_not_their_texts_are_left_to_sql)
{
    for (const char *type : {"citext", "numeric", "character", "uuid"}) {
        Notes built;
        built.notes->columns[1].type = built.users->columns[0].type = type;
        const Derivations derivations = built.derivations();
        RowsInHand hand(derivations);
        const Subject notes = built.subject("notes");
        hand.want(notes.question);
        BOOST_TEST(hand.tables().empty() == (std::string(type) != "uuid"));
        BOOST_TEST(hand.tables_of(notes.question).empty() == hand.tables().empty());
    }
    DerivationBuilder built(KeyType::text);
    TableBuilder users = built.direct("users"), notes = built.plain("notes");
    built.refer(notes, "user_id", users);
    const Subject subject = built.subject("notes");
    const Derivations derivations = built.derivations();
    RowsInHand hand(derivations);
    hand.want(subject.question);
    BOOST_TEST(hand.read_sql(notes.oid()) ==
               "SELECT json_build_array(encode(convert_to(t.user_id::text, getdatabaseencoding()), 'hex')) AS r FROM app.notes AS t");
    notes->columns[1].deterministic = false;
    BOOST_TEST(hand.tables_of(subject.question).empty());
}

BOOST_AUTO_TEST_CASE(the_more_questions_the_more_rows_are_few)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users");
    for (int i = 0; i < 20; ++i) {
        TableBuilder made = built.plain("t" + std::to_string(i));
        built.refer(made, "user_id", users);
    }
    const Derivations derivations = built.derivations();
    RowsInHand hand(derivations);
    for (int i = 0; i < 20; ++i)
        hand.want(built.subject("t" + std::to_string(i)).question);
    BOOST_TEST(hand.max_rows(users.oid()) == 2000);
    BOOST_TEST(hand.max_rows(derivations.references(users.oid() + 1).front()->child) == 1000);
}

// Every number that the questions in SQL bring is counted from rows as well.
BOOST_AUTO_TEST_CASE(the_same_numbers_as_in_sql)
{
    const Notes built;
    const std::string sql = count_sql(built.derivations(), built.subject("notes").question);
    Texts names;
    for (std::size_t at = sql.find(" AS "); at < sql.find("\nFROM"); at = sql.find(" AS ", at + 1))
        names.push_back(sql.substr(at + 4, sql.find_first_of(",\n", at) - at - 4));
    BOOST_TEST(names == (Texts{"rows", "null_tenants", "derivable", "conflicting", "orphans", "unknown", "waiting", "crossing", "tenants"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
