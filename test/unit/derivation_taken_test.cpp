// Keys that another row has, or gets first: derivation_taken.cpp, by way of core/derivation_sql.hpp.
#include "core/derivation_sql.hpp"

#include "derivation_builder.hpp"

using namespace tenancy::core;

BOOST_AUTO_TEST_SUITE(derivation_taken)

BOOST_AUTO_TEST_CASE(keys_that_another_row_has)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users", true), notes = built.direct("notes", true);
    built.to_tenants(users);
    built.to_tenants(notes);
    built.refer(notes, "user_id", users, true);
    notes.column("number", "integer").column("year", "integer").not_null();
    const auto sql = [&](Lack reason) { return lack_sql(built.derivations(), built.subject("notes").question, reason); };
    const auto counted = [&] { return count_sql(built.derivations(), built.subject("notes").question).find("AS taken") != std::string::npos; };
    BOOST_TEST(!counted());
    notes.key({"number", "tenant_id", "year"});
    const std::string from = "FROM app.notes AS t\nLEFT JOIN app.users AS t1 ON t1.id = t.user_id\n";
    const std::string placed = "SELECT (placed.hit).*\nFROM (SELECT (t.*)::app.notes AS hit, t.tenant_id IS NULL AS lacks, false AS split,\n"
                               "       row_number() OVER (PARTITION BY COALESCE(t.tenant_id, t1.tenant_id), t.number, t.year ORDER BY t.tenant_id IS NULL, t.id) > 1"
                               " AND t.number IS NOT NULL AS taken\n" + from +
                               "WHERE t.tenant_id IS NOT NULL OR t1.tenant_id IS NOT NULL) AS placed\nWHERE placed.lacks AND ";
    BOOST_TEST(sql(Lack::taken) == placed + "placed.taken");
    BOOST_TEST(sql(Lack::derivable) == placed + "NOT placed.split AND NOT placed.taken");
    BOOST_TEST(counted());
    // What is not seen as the row is written, or not of all rows, or not of plain columns, is not asked for.
    Index &key = notes->indexes.back();
    const Index good = key;
    const auto not_asked = [&](auto change) {
        change(key);
        BOOST_TEST(!counted());
        key = good;
    };
    not_asked([](Index &one) { one.unique = false; });
    not_asked([](Index &one) { one.valid = false; });
    not_asked([](Index &one) { one.partial = true; });
    not_asked([](Index &one) { one.columns.push_back(""); });
    not_asked([](Index &one) { one.columns.erase(one.columns.begin() + 1); });
    key.nulls_equal = true;
    BOOST_TEST(sql(Lack::taken).find("t.number IS NOT NULL") == std::string::npos);
    TableBuilder heir = built.direct("heir", true).inherits(notes);
    BOOST_TEST(!counted());
}

BOOST_AUTO_TEST_CASE(by_a_rule_rows_whose_parents_disagree_count_too)
{
    DerivationBuilder built;
    TableBuilder users = built.direct("users", true), notes = built.direct("notes", true);
    built.to_tenants(users);
    built.to_tenants(notes);
    built.refer(notes, "user_id", users, true);
    built.refer(notes, "writer_id", users, true);
    notes.column("number", "integer").key({"tenant_id", "number"});
    const Subject subject = built.subject("notes", {{notes.oid(), {"notes.user_id -> users.tenant_id", "notes.writer_id -> users.tenant_id"}}});
    const auto sql = [&](Lack reason) { return lack_sql(built.derivations(), subject.question, reason); };
    for (const char *part : {"t.tenant_id IS NULL AND LEAST(t1.tenant_id, t2.tenant_id) <> GREATEST(t1.tenant_id, t2.tenant_id) AS split",
                             "PARTITION BY COALESCE(t.tenant_id, t1.tenant_id, t2.tenant_id), t.number",
                             "WHERE t.tenant_id IS NOT NULL OR NOT (COALESCE(t1.tenant_id, t2.tenant_id) IS NULL)"})
        BOOST_TEST(sql(Lack::taken).find(part) != std::string::npos, part << " is not in " << sql(Lack::taken));
    BOOST_TEST(sql(Lack::conflicting).find("placed.lacks AND placed.split AND NOT placed.taken") != std::string::npos);
    BOOST_TEST(count_sql(built.derivations(), subject.question).find("AS taken_split") != std::string::npos);
    // Without the rule they get none, and are not in the way.
    const Question undecided = built.subject("notes").question;
    BOOST_TEST(lack_sql(built.derivations(), undecided, Lack::conflicting).find("placed") == std::string::npos);
    BOOST_TEST(lack_sql(built.derivations(), undecided, Lack::taken).find("OR LEAST(t1.tenant_id, t2.tenant_id) = GREATEST(") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
