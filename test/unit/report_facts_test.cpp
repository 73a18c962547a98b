// Facts over the border.
#include "core/report.hpp"

#include "core/error.hpp"
#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

BOOST_AUTO_TEST_SUITE(report_facts)

BOOST_AUTO_TEST_CASE(all_is_read)
{
    Json given = facts();
    given["lint"] = {finding("drift", "waived", "o", {{"family", "rls"}, {"level", "warning"}, {"waived", "why"}, {"waived_by", "me"}, {"until", "2099-01-01"}, {"rows", 7}})};
    given["tenants"]["sizes"] = sizes(3);
    given["proof_state"] = "run";
    given["proof"] = {cell("shop.orders", "read", "held")};
    given["proof"][0]["rows"] = nullptr;
    const ReportFacts read = read_report_facts(given.dump());
    BOOST_TEST(read.tables.at(0).rows == 1234567);
    BOOST_TEST(read.tables.at(0).global_rows == "");
    BOOST_TEST(read.findings.at(0).worst == "warning");
    BOOST_TEST(read.findings.at(0).reason == "why");
    BOOST_TEST(read.tenants.biggest.size() == 3U);
    BOOST_TEST(read.tenants.counted);
    BOOST_TEST(!read.proof.at(0).rows.has_value());
    BOOST_TEST(read.rules == 65U);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_do_not_stop_it)
{
    std::string given = facts().dump();
    given.replace(given.find("\"app\""), 5, "\"a\xff\xfepp\"");
    BOOST_CHECK_NO_THROW(read_report_facts(given));
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused)
{
    const auto refused = [](const Error &error) { return std::string(error.sqlstate()) == "22023"; };
    BOOST_CHECK_EXCEPTION(read_report_facts(""), Error, refused);
    BOOST_CHECK_EXCEPTION(read_report_facts("[]"), Error, refused);
    BOOST_CHECK_EXCEPTION(read_report_facts("{}"), Error, refused);
    const Json whole = facts();
    for (const auto &[name, value] : whole.items()) {
        Json given = facts();
        given.erase(name);
        BOOST_CHECK_EXCEPTION(read_report_facts(given.dump()), Error, refused);
    }
}

BOOST_AUTO_TEST_SUITE_END()
