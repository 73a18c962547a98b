// Roles, tenants and status on the page.
#include "core/report_parts.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;
using namespace report_test;

BOOST_AUTO_TEST_SUITE(report_people)

BOOST_AUTO_TEST_CASE(roles)
{
    Json given = facts();
    given["roles"][0]["powers"] = {"REPLICATION", "CREATEDB"};
    given["roles"][0]["name"] = "<app>";
    const std::string out = report_roles_section(read_report_facts(given.dump()));
    BOOST_TEST(has(out, "&lt;app&gt;"));
    BOOST_TEST(has(out, "REPLICATION, CREATEDB"));
    given["roles"] = Json::array();
    BOOST_TEST(has(report_roles_section(read_report_facts(given.dump())), "tenancy.enroll"));
}

BOOST_AUTO_TEST_CASE(tenants_by_status_and_size)
{
    Json given = facts();
    std::string out = report_tenants_section(read_report_facts(given.dump()));
    BOOST_TEST(has(out, "2 active."));
    BOOST_TEST(has(out, "were not counted"));
    given["tenants"]["sizes"] = sizes(20);
    given["tenants"]["sizes"]["rest_tenants"] = 5;
    given["tenants"]["sizes"]["rest_rows"] = 100000;
    given["tenants"]["sizes"]["rows_of_nobody"] = 3;
    out = report_tenants_section(read_report_facts(given.dump()));
    BOOST_TEST(times(out, "class=\"bar\"") == 20U); // the others together are no tenant: they have no bar
    BOOST_TEST(has(out, "5 other tenants"));
    BOOST_TEST(has(out, "width=\"100.00%\""));
    BOOST_TEST(has(out, "The same as a table"));
    given["tenants"]["sizes"] = sizes(0);
    BOOST_TEST(has(report_tenants_section(read_report_facts(given.dump())), "hold no rows"));
    given["tenants"]["by_status"] = Json::array();
    BOOST_TEST(has(report_tenants_section(read_report_facts(given.dump())), "none."));
    given["tenants"]["trouble"] = "permission denied for <t>";
    BOOST_TEST(has(report_tenants_section(read_report_facts(given.dump())), "permission denied for &lt;t&gt;"));
}

BOOST_AUTO_TEST_CASE(status)
{
    Json given = facts();
    given["status"].push_back({{"topic", "table"}, {"state", "missing"}, {"detail", "<b>"}, {"next_command", "SELECT '<i>';"}});
    const std::string out = report_status_section(read_report_facts(given.dump()));
    BOOST_TEST(has(out, "<bdi>&lt;b&gt;</bdi><pre dir=\"ltr\">SELECT &#39;&lt;i&gt;&#39;;</pre>"));
    BOOST_TEST(has(out, "<span class=\"w\">missing</span>"));
}

BOOST_AUTO_TEST_SUITE_END()
