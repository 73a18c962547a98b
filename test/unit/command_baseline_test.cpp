#include "bin/baseline.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::command;
using tenancy::core::Level;

BOOST_AUTO_TEST_SUITE(command_baseline)

namespace {

Finding finding(const char *rule, const char *object, Level level, Finding::Known known = Finding::Known::no)
{
    Finding out;
    out.rule = rule;
    out.object = object;
    out.level = level;
    out.known = known;
    return out;
}

std::string listed(const std::vector<Baseline::Entry> &entries)
{
    std::string out;
    for (const Baseline::Entry &entry : entries)
        out += entry.rule + " " + entry.object + " " + entry.reason + ";";
    return out;
}

const Baseline two{{{"rls_disabled", "a", "soon"}, {"tenant_null", "b", "old rows"}}};

} // namespace

BOOST_AUTO_TEST_CASE(there_and_back)
{
    const Baseline odd{{{"r", "we'ird \"\n<script>\xc3\xbc", "\\ because"}}};
    BOOST_TEST(listed(parse_baseline(baseline_text(odd)).entries) == listed(odd.entries));
    BOOST_TEST(listed(parse_baseline(baseline_text({})).entries) == "");
    BOOST_TEST(baseline_text(two).substr(0, 18) == "{\n  \"findings\": [\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_baseline)
{
    for (const char *text : {"", "[]", "{}", "{\"findings\": 1}", "{\"findings\": [1]}", "{\"findings\": [{\"rule\": \"r\", \"object\": \"o\"}]}", "{\"findings\": []} x"})
        BOOST_CHECK_THROW(parse_baseline(text), Usage);
}

BOOST_AUTO_TEST_CASE(applied)
{
    std::vector<Finding> findings{finding("rls_disabled", "a", Level::error), finding("rls_disabled", "c", Level::error), finding("tenant_null", "b", Level::warning, Finding::Known::waiver)};
    BOOST_TEST(listed(apply_baseline(two, true, findings)) == "");
    BOOST_TEST((findings[0].known == Finding::Known::baseline));
    BOOST_TEST(findings[0].reason == "soon");
    BOOST_TEST((findings[1].known == Finding::Known::no));
    BOOST_TEST((findings[2].known == Finding::Known::waiver)); // it stays what it is
    BOOST_TEST(counts(findings[1], Level::error));
    BOOST_TEST(!counts(findings[0], Level::info));
}

BOOST_AUTO_TEST_CASE(stale_entries)
{
    std::vector<Finding> none;
    BOOST_TEST(listed(apply_baseline(two, true, none)) == "rls_disabled a soon;tenant_null b old rows;");
    BOOST_TEST(listed(apply_baseline(two, false, none)) == "rls_disabled a soon;"); // rows were not asked
}

BOOST_AUTO_TEST_CASE(written_anew)
{
    const std::vector<Finding> findings{finding("rls_disabled", "a", Level::info), finding("drift", "d", Level::warning), finding("drift", "d", Level::warning), finding("drift", "e", Level::info),
                                        finding("drift", "f", Level::error, Finding::Known::waiver)};
    const std::string kept = "rls_disabled a soon;drift d known when the baseline was written;";
    BOOST_TEST(listed(new_baseline(findings, two, Level::warning, true).entries) == kept);
    BOOST_TEST(listed(new_baseline(findings, two, Level::warning, false).entries) == kept + "tenant_null b old rows;");
    BOOST_TEST(listed(new_baseline(findings, {}, Level::error, true).entries) == "");
}

BOOST_AUTO_TEST_CASE(files)
{
    BOOST_TEST(!read_file("no such folder/no such file").has_value());
    BOOST_CHECK_THROW(read_file("."), Usage); // a folder
    BOOST_CHECK_THROW(write_file("no such folder/file", ""), Usage);
}

BOOST_AUTO_TEST_SUITE_END()
