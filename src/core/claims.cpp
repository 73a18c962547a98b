#include "core/claims.hpp"

#include "core/strict_json.hpp"
#include "core/tenant_key.hpp"

#include <algorithm>
#include <cmath>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t last_second = 253'402'300'799; // of the year 9999
constexpr std::size_t max_text_bytes = 256;

struct Refused {
    Reason reason;
};

void require(bool holds, Reason reason)
{
    if (!holds)
        throw Refused{reason};
}

const Json *find(const Json &claims, std::string_view name)
{
    const auto found = claims.find(name);
    return found == claims.end() ? nullptr : &*found;
}

// Microseconds.
std::optional<std::int64_t> date(const Json &claims, const char *name)
{
    const Json *value = find(claims, name);
    if (value == nullptr)
        return {};
    require(value->is_number(), Reason::claims);
    if (value->is_number_float()) {
        const double seconds = value->get<double>();
        require(seconds >= 0 && seconds <= static_cast<double>(last_second), Reason::claims);
        return std::llround(seconds * static_cast<double>(second));
    }
    // What is not negative is unsigned to the parser, but for -0.
    const auto seconds = value->get<std::uint64_t>();
    require(seconds <= static_cast<std::uint64_t>(last_second), Reason::claims);
    return static_cast<std::int64_t>(seconds) * second;
}

bool is_plain(std::string_view text)
{
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::string> text(const Json &claims, const char *name)
{
    const Json *value = find(claims, name);
    if (value == nullptr)
        return {};
    const auto *out = value->get_ptr<const std::string *>();
    require(out != nullptr && out->size() <= max_text_bytes && is_plain(*out), Reason::claims);
    return *out;
}

std::optional<std::string> tenant(const Json &claims, std::string_view name)
{
    const Json *value = find(claims, name);
    if (value == nullptr)
        return {};
    if (value->is_number_unsigned())
        return std::to_string(value->get<std::uint64_t>());
    if (value->is_number_integer())
        return std::to_string(value->get<std::int64_t>());
    const auto *out = value->get_ptr<const std::string *>();
    require(out != nullptr && !out->empty() && out->size() <= max_key_bytes && is_plain(*out),
            Reason::tenant);
    return *out;
}

void check_audience(const Json &claims, std::string_view wanted)
{
    const Json *given = find(claims, "aud");
    if (given == nullptr) {
        require(wanted.empty(), Reason::audience);
        return;
    }
    const auto is_text = [](const Json &one) { return one.is_string(); };
    require(given->is_string() ||
                (given->is_array() && std::all_of(given->begin(), given->end(), is_text)),
            Reason::claims);
    require(!wanted.empty(), Reason::audience);
    // A text iterates as itself.
    require(std::any_of(
                given->begin(), given->end(),
                [wanted](const Json &one) { return one.get_ref<const std::string &>() == wanted; }),
            Reason::audience);
}

void check_binding(const Json &claims, const char *name, std::string_view here, Reason reason)
{
    const Json *value = find(claims, name);
    if (value == nullptr)
        return;
    const auto *given = value->get_ptr<const std::string *>();
    require(given != nullptr, Reason::claims);
    require(*given == here, reason);
}

Claims read(const Json &claims, const Expectation &expected)
{
    Claims out;
    const auto expires = date(claims, "exp"), issued = date(claims, "iat"),
               starts = date(claims, "nbf");
    require(expires.has_value(), Reason::claims);
    out.expires_us = *expires;
    out.issued_us = issued.value_or(0);
    out.subject = text(claims, "sub");
    out.jti = text(claims, "jti");

    const std::int64_t leeway = expected.leeway_s * second, now = expected.now_us;
    require(now < *expires + leeway, Reason::expired);
    require(starts.value_or(now) <= now + leeway && issued.value_or(now) <= now + leeway,
            Reason::not_yet_valid);
    const std::int64_t life = issued ? *expires - *issued : *expires - now - leeway;
    require(expected.max_age_s == 0 || life <= expected.max_age_s * second, Reason::too_long_lived);

    check_audience(claims, expected.audience);
    check_binding(claims, "database", expected.database, Reason::database);
    check_binding(claims, "role", expected.role, Reason::role);
    out.tenant = tenant(claims, expected.tenant_claim);
    return out;
}

} // namespace

const char *reason_name(Reason reason) noexcept
{
    switch (reason) {
    case Reason::malformed:
        return "malformed";
    case Reason::unsupported_header:
        return "unsupported_header";
    case Reason::unknown_key:
        return "unknown_key";
    case Reason::algorithm:
        return "algorithm";
    case Reason::signature:
        return "signature";
    case Reason::claims:
        return "claims";
    case Reason::expired:
        return "expired";
    case Reason::not_yet_valid:
        return "not_yet_valid";
    case Reason::too_long_lived:
        return "too_long_lived";
    case Reason::audience:
        return "audience";
    case Reason::database:
        return "database";
    case Reason::role:
        return "role";
    case Reason::tenant:
        break;
    }
    return "tenant";
}

Verdict check_claims(std::string_view json, const Expectation &expected)
{
    JsonProblem problem;
    const std::optional<Json> claims = parse_json_object(json, problem);
    if (!claims)
        return Reason::claims;
    try {
        return read(*claims, expected);
    } catch (const Refused &refused) {
        return refused.reason;
    }
}

} // namespace tenancy::core
