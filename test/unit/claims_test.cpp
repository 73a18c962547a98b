// What a token says, against here and now: core/claims.hpp.
#include "core/claims.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

constexpr std::int64_t second = 1'000'000, now = 1'700'000'000 * second;

Expectation here()
{
    Expectation out;
    out.now_us = now;
    out.database = "shop";
    out.role = "shop_app";
    return out;
}

// "ok", or the name of the reason.
std::string said(const std::string &json, const Expectation &expected = here())
{
    const Verdict verdict = check_claims(json, expected);
    const Reason *reason = std::get_if<Reason>(&verdict);
    return reason == nullptr ? "ok" : reason_name(*reason);
}

// Claims that end in an hour, and more of them.
std::string with(const std::string &members)
{
    return R"({"exp":1700003600)" + (members.empty() ? "" : "," + members) + "}";
}

struct Row {
    std::string json, verdict;
};

void check(const std::vector<Row> &rows, const Expectation &expected = here())
{
    for (const Row &row : rows)
        BOOST_TEST(said(row.json, expected) == row.verdict,
                   row.json << ": " << said(row.json, expected));
}

std::string seconds(std::int64_t us)
{
    const std::string digits = std::to_string(us % second);
    return std::to_string(us / second) + "." + std::string(6 - digits.size(), '0') + digits;
}

} // namespace

BOOST_AUTO_TEST_SUITE(claims)

BOOST_AUTO_TEST_CASE(everything_is_read)
{
    const Verdict verdict = check_claims(
        R"({"exp":1700000060.25,"iat":1699999999,"nbf":1699999999,"sub":"ada","jti":"7f","tenant_id":"acme",)"
        R"("database":"shop","role":"shop_app","scope":{"any":["thing",1.5,null]}})",
        here());
    const Claims &claims = std::get<Claims>(verdict);
    BOOST_TEST(claims.tenant.value() == "acme");
    BOOST_TEST(claims.subject.value() == "ada");
    BOOST_TEST(claims.jti.value() == "7f");
    BOOST_TEST(claims.expires_us == 1'700'000'060'250'000);
    BOOST_TEST(claims.issued_us == 1'699'999'999'000'000);
    BOOST_TEST(claims.kid == "");

    const Verdict least = check_claims(R"({"exp":1700000001})", here());
    BOOST_TEST(!std::get<Claims>(least).tenant.has_value());
    BOOST_TEST(!std::get<Claims>(least).subject.has_value());
    BOOST_TEST(!std::get<Claims>(least).jti.has_value());
    BOOST_TEST(std::get<Claims>(least).issued_us == 0);
}

BOOST_AUTO_TEST_CASE(dates_are_numbers)
{
    check({{"{}", "claims"},
           {"", "claims"},
           {"[]", "claims"},
           {R"({"exp":1700003600,"exp":1700003600})", "claims"},
           {R"({"exp":"1700003600"})", "claims"},
           {R"({"exp":null})", "claims"},
           {R"({"exp":true})", "claims"},
           {R"({"exp":-1})", "claims"},
           {R"({"exp":-0.5})", "claims"},
           {R"({"exp":-9223372036854775808})", "claims"},
           {R"({"exp":0})", "expired"},
           {R"({"exp":-0})", "expired"},
           {R"({"exp":253402300799})", "ok"},
           {R"({"exp":253402300800})", "claims"},
           {R"({"exp":18446744073709551615})", "claims"},
           {R"({"exp":18446744073709551616})", "claims"},
           {R"({"exp":1e300})", "claims"},
           {R"({"exp":1e400})", "claims"},
           {R"({"exp":NaN})", "claims"},
           {R"({"exp":1.7000036e9})", "ok"},
           {with(R"("iat":"now")"), "claims"},
           {with(R"("iat":-1)"), "claims"},
           {with(R"("nbf":false)"), "claims"},
           {with(R"("nbf":1e300)"), "claims"}});
}

// Each boundary, for each leeway, a microsecond to either side.
BOOST_AUTO_TEST_CASE(boundaries)
{
    for (const int leeway : {0, 1, 30, 600}) {
        Expectation expected = here();
        expected.leeway_s = leeway;
        for (const std::int64_t off : {-2, -1, 0, 1, 2}) {
            const std::string end = seconds(now - leeway * second + off),
                              start = seconds(now + leeway * second + off);
            check({{R"({"exp":)" + end + "}", off > 0 ? "ok" : "expired"},
                   {with(R"("nbf":)" + start), off > 0 ? "not_yet_valid" : "ok"},
                   {with(R"("iat":)" + start), off > 0 ? "not_yet_valid" : "ok"}},
                  expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(ages)
{
    Expectation expected = here();
    expected.max_age_s = 3600;
    check({{with(R"("iat":1700000000)"), "ok"},
           {with(R"("iat":1699999999)"), "too_long_lived"},
           {with(R"("iat":1699999999.999999)"), "too_long_lived"},
           {with(""), "ok"},
           {R"({"exp":1700003600.000001})", "too_long_lived"},
           {R"({"exp":1700003600.000001,"iat":1700000000})", "too_long_lived"},
           {R"({"exp":1700003601,"iat":1700000001})", "not_yet_valid"},
           {R"({"exp":253402300799,"iat":0})", "too_long_lived"},
           {R"({"exp":1700000001,"iat":0})", "too_long_lived"}},
          expected);
    // The leeway is for the two clocks, not for the issuer's arithmetic.
    expected.leeway_s = 10;
    check({{with(R"("iat":1700000000)"), "ok"},
           {with(R"("iat":1699999999)"), "too_long_lived"},
           {R"({"exp":1700003610,"iat":1700000010})", "ok"},
           {R"({"exp":1700003610})", "ok"},
           {R"({"exp":1700003610.000001})", "too_long_lived"}},
          expected);
}

BOOST_AUTO_TEST_CASE(audiences)
{
    check({{with(""), "ok"},
           {with(R"("aud":"db")"), "audience"},
           {with(R"("aud":[])"), "audience"},
           {with(R"("aud":["db"])"), "audience"},
           {with(R"("aud":null)"), "claims"}});
    Expectation expected = here();
    expected.audience = "db";
    check({{with(""), "audience"},
           {with(R"("aud":"db")"), "ok"},
           {with(R"("aud":"DB")"), "audience"},
           {with(R"("aud":"db ")"), "audience"},
           {with(R"("aud":["other","db"])"), "ok"},
           {with(R"("aud":[])"), "audience"},
           {with(R"("aud":["db",1])"), "claims"},
           {with(R"("aud":[["db"]])"), "claims"},
           {with(R"("aud":{"a":"db"})"), "claims"},
           {with(R"("aud":1)"), "claims"},
           {with(R"("aud":null)"), "claims"}},
          expected);
}

BOOST_AUTO_TEST_CASE(bindings)
{
    check({{with(R"("database":"shop")"), "ok"},
           {with(R"("database":"Shop")"), "database"},
           {with(R"("database":"")"), "database"},
           {with(R"("database":null)"), "claims"},
           {with(R"("database":["shop"])"), "claims"},
           {with(R"("role":"shop_app")"), "ok"},
           {with(R"("role":"postgres")"), "role"},
           {with(R"("role":1)"), "claims"},
           {with(R"("database":"x","role":"x")"), "database"}});
}

BOOST_AUTO_TEST_CASE(tenants)
{
    const auto tenant = [](const std::string &value, std::string_view name = "tenant_id") {
        Expectation expected = here();
        expected.tenant_claim = name;
        const Verdict verdict =
            check_claims(with("\"" + std::string(name) + "\":" + value), expected);
        const Reason *reason = std::get_if<Reason>(&verdict);
        return reason == nullptr ? std::get<Claims>(verdict).tenant.value() : reason_name(*reason);
    };
    const std::string longest(128, 'x');
    for (const auto &[value, wanted] : std::vector<std::pair<std::string, std::string>>{
             {R"("0192f1a0-0000-7000-8000-00000000000a")", "0192f1a0-0000-7000-8000-00000000000a"},
             {"42", "42"},
             {"-42", "-42"},
             {"0", "0"},
             {"-9223372036854775808", "-9223372036854775808"},
             {"18446744073709551615", "18446744073709551615"},
             {"18446744073709551616", "tenant"},
             {"42.0", "tenant"},
             {"1e3", "tenant"},
             {"true", "tenant"},
             {"null", "tenant"},
             {R"(["acme"])", "tenant"},
             {R"({"id":"acme"})", "tenant"},
             {R"("")", "tenant"},
             {R"("a\u0000b")", "tenant"},
             {R"("a\nb")", "tenant"},
             {R"("\u00fc")", "\xc3\xbc"},
             {R"("\u007f")", "tenant"},
             {"\"" + longest + "\"", longest},
             {"\"" + longest + "x\"", "tenant"},
         })
        BOOST_TEST(tenant(value) == wanted, value);
    BOOST_TEST(tenant("7", "https://example.com/tenant") == "7");
    BOOST_TEST(tenant(R"("ada")", "sub") == "ada");
    // One of another name is not the tenant's.
    BOOST_TEST(!std::get<Claims>(check_claims(with(R"("tenant":"x","Tenant_id":"y")"), here()))
                    .tenant.has_value());
}

BOOST_AUTO_TEST_CASE(texts)
{
    for (const std::string name : {"sub", "jti"}) {
        const std::string start = "\"" + name + "\":";
        check({{with(start + "\"\""), "ok"},
               {with(start + "\"" + std::string(256, 'x') + "\""), "ok"},
               {with(start + "\"" + std::string(257, 'x') + "\""), "claims"},
               {with(start + R"("a\tb")"), "claims"},
               {with(start + R"("\u0000")"), "claims"},
               {with(start + "1"), "claims"},
               {with(start + "null"), "claims"}});
    }
}

BOOST_AUTO_TEST_CASE(every_reason_has_its_name)
{
    std::string names;
    for (int i = 0; i <= static_cast<int>(Reason::tenant); ++i)
        names += std::string(reason_name(static_cast<Reason>(i))) + " ";
    BOOST_TEST(names ==
               "malformed unsupported_header unknown_key algorithm signature claims expired "
               "not_yet_valid too_long_lived audience database role tenant ");
}

BOOST_AUTO_TEST_SUITE_END()
