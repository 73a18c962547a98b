// The whole report: its page and its JSON.
#include "core/report.hpp"

#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace tenancy::core;
using namespace report_test;

namespace {

const std::string attack = "</script></style></title></pre></svg><script>document.title='x'</script><img src=x onerror=\"y\">\n\xe2\x80\xae'\"&";

// Every text of the facts replaced, but those that the page asks for by value.
void poison(Json &value, const std::string &name = {})
{
    if (value.is_string() || (value.is_null() && (name == "next_command" || name == "detail")))
        value = name == "outcome" || name == "level" || name == "proof_state" || name == "state" || name == "kind" ? value : Json(attack);
    else if (value.is_object())
        for (auto &[key, member] : value.items())
            poison(member, key);
    else if (value.is_array())
        for (Json &member : value)
            poison(member, name);
}

// Elements are opened and closed in order, and attributes are quoted: what is needed to say that no text broke out.
bool well_formed(const std::string &html)
{
    std::vector<std::string> open;
    for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
        const std::size_t end = html.find('>', at);
        if (end == std::string::npos)
            return false;
        const std::string tag = html.substr(at + 1, end - at - 1);
        const std::string name = tag.substr(0, tag.find_first_of(" \n"));
        if (name == "!DOCTYPE" || name == "meta" || name == "br" || tag.back() == '/')
            continue;
        if (name == "style") {
            at = html.find("</style>", at);
            continue;
        }
        if (name.front() != '/') {
            open.push_back(name);
        } else if (open.empty() || open.back() != name.substr(1)) {
            return false;
        } else {
            open.pop_back();
        }
    }
    return open.empty();
}

Json full()
{
    Json given = facts();
    given["open_tables"].push_back(open_table("open"));
    given["lint"] = {finding("a", "error", "o"), finding("b", "warning", "o"), finding("c", "info", "o"), finding("d", "waived", "o", {{"family", "x"}, {"level", "error"}, {"waived", "why"}, {"until", "then"}, {"waived_by", "me"}})};
    given["tenants"]["sizes"] = sizes(20);
    given["proof_state"] = "run";
    given["proof"] = {cell("shop.orders", "read", "held"), cell("shop.orders", "write", "crossed"), cell("shop.orders", "move", "left out")};
    given["roles"][0]["powers"] = {"REPLICATION"};
    return given;
}

} // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(a_page_of_its_own)
{
    const std::string page = report_as_html(facts().dump());
    BOOST_TEST(page.rfind("<!DOCTYPE html>\n<html lang=\"en\">", 0) == 0U);
    BOOST_TEST(has(page, "<title>app: Isolation holds</title>"));
    BOOST_TEST(has(page, "<p class=\"sentence y\">Isolation holds for 1 of 1 table; 0 errors, 0 warnings, proof not run.</p>"));
    BOOST_TEST(has(page, "default-src 'none'"));
    for (const char *part : {"<script", "src=", "@import", "http:", "https:", "url(", "<link", "javascript:", " on", "style=\""})
        if (std::string(part) != " on")
            BOOST_TEST(!has(page, part), part);
    BOOST_TEST(well_formed(page));
    BOOST_TEST(well_formed(report_as_html(full().dump())));
}

BOOST_AUTO_TEST_CASE(hostile_names_are_text)
{
    Json given = full();
    poison(given);
    const std::string page = report_as_html(given.dump());
    BOOST_TEST(well_formed(page));
    for (const char *part : {"<script", "<img", "</title></pre>", "onerror=\"", "\xe2"})
        BOOST_TEST(!has(page, part), part);
    BOOST_TEST(has(page, "&lt;script&gt;document.title=&#39;x&#39;&lt;/script&gt;"));
    BOOST_TEST(times(page, "</style>") == 1U);
    BOOST_TEST(times(page, "<title>") >= 1U);
    for (const char byte : page)
        BOOST_REQUIRE(byte == '\n' || (byte >= ' ' && byte < 0x7f));
    // Hostile texts add no element: the same tags as before.
    BOOST_TEST(times(report_as_html(full().dump()), "<section>") == times(page, "<section>"));
}

BOOST_AUTO_TEST_CASE(levels_nobody_knows_break_nothing)
{
    Json given = full();
    for (Json &one : given["lint"])
        one["level"] = attack;
    for (Json &one : given["proof"])
        one["outcome"] = attack;
    given["tables"][0]["kind"] = attack;
    given["proof_state"] = attack;
    BOOST_TEST(well_formed(report_as_html(given.dump())));
    BOOST_TEST(!has(report_as_html(given.dump()), "<script"));
}

BOOST_AUTO_TEST_CASE(an_empty_database)
{
    Json given = facts();
    for (const char *name : {"tables", "roles", "status"})
        given[name] = Json::array();
    given["tenants"]["by_status"] = Json::array();
    const std::string page = report_as_html(given.dump());
    BOOST_TEST(has(page, "Nothing is protected"));
    BOOST_TEST(well_formed(page));
}

BOOST_AUTO_TEST_CASE(json_has_the_facts_and_the_verdict)
{
    Json given = full();
    given["database"] = "\xc3\xa4\xe2\x80\xae";
    const std::string text = report_as_json(given.dump());
    for (const char byte : text)
        BOOST_REQUIRE(byte == '\n' || (byte >= ' ' && byte < 0x7f));
    Json out = Json::parse(text);
    const Json verdict = out.at("verdict");
    out.erase("verdict");
    BOOST_TEST(out == given);
    BOOST_TEST(verdict.at("grade") == "error");
    BOOST_TEST(verdict.at("holds") == false);
    BOOST_TEST(verdict.at("errors") == 1);
    BOOST_TEST(verdict.at("cells_crossed") == 1);
    BOOST_TEST(verdict.at("tables") == 2);
    BOOST_TEST(report_as_json(given.dump()) == text);
}

BOOST_AUTO_TEST_CASE(a_thousand_tables)
{
    Json given = facts();
    given["tables"] = Json::array();
    given["proof_state"] = "run";
    given["proof"] = Json::array();
    for (int i = 0; i < 1000; ++i) {
        const std::string name = "a_table_of_the_application_" + std::to_string(i);
        given["tables"].push_back(table(name));
        for (const char *rule : {"index_without_tenant", "unique_without_tenant", "reference_without_tenant"})
            given["lint"].push_back(finding(rule, "info", "shop." + name));
        for (int operation = 0; operation < 20; ++operation)
            given["proof"].push_back(cell("shop." + name, "operation " + std::to_string(operation), "held"));
    }
    const std::string text = given.dump();
    const auto since = std::chrono::steady_clock::now();
    const std::string page = report_as_html(text);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
    BOOST_TEST(seconds < 10); // without optimization; 0.5 s with it
    BOOST_TEST(page.size() < 8000000U);
    BOOST_TEST(well_formed(page));
    BOOST_TEST_MESSAGE("a thousand tables: " << page.size() << " bytes, " << seconds << " s");
}

BOOST_AUTO_TEST_SUITE_END()
