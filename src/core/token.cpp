#include "core/token.hpp"

#include "core/base64url.hpp"
#include "core/strict_json.hpp"

#include <algorithm>
#include <new>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

struct Parts {
    std::string_view header, claims, signature;
    std::string_view signed_text; // header.claims
};

std::optional<Parts> split(std::string_view token)
{
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos)
        return {};
    return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
                 token.substr(second + 1), token.substr(0, second)};
}

const std::string *text(const Json &header, const char *name)
{
    const auto found = header.find(name);
    return found == header.end() ? nullptr : found->get_ptr<const std::string *>();
}

// Media types: any case, "application/" may be left out.
bool is_known_type(std::string type)
{
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    constexpr std::string_view application = "application/";
    const std::string_view name =
        std::string_view(type).substr(type.starts_with(application) ? application.size() : 0);
    return name == "jwt" || name == "at+jwt";
}

bool is_supported(const Json &header)
{
    for (const char *name : {"crit", "b64", "jwk", "jku", "x5u", "x5c"})
        if (header.contains(name))
            return false;
    if (!header.contains("typ"))
        return true;
    const std::string *type = text(header, "typ");
    return type != nullptr && is_known_type(*type);
}

Verdict verify(std::string_view token, const KeyRing &ring, const Expectation &expected)
{
    if (token.size() > max_token_bytes)
        return Reason::malformed;
    const std::optional<Parts> parts = split(token);
    if (!parts || parts->header.size() > (max_header_bytes * 4 + 2) / 3)
        return Reason::malformed;
    const auto header_json = decode_base64url(parts->header);
    const auto signature = decode_base64url(parts->signature);
    const auto claims_json = decode_base64url(parts->claims);
    if (!header_json || !signature || signature->empty() || !claims_json)
        return Reason::malformed;

    JsonProblem problem;
    const auto header = parse_json_object(*header_json, problem);
    if (!header)
        return Reason::malformed;
    const std::string *algorithm = text(*header, "alg"), *kid = text(*header, "kid");
    if (algorithm == nullptr || kid == nullptr)
        return Reason::malformed;
    if (!is_supported(*header))
        return Reason::unsupported_header;
    const VerifyingKey *key = ring.find(*kid);
    if (key == nullptr)
        return Reason::unknown_key;
    if (*algorithm != algorithm_name(key->algorithm()))
        return Reason::algorithm;
    if (!key->verify(parts->signed_text, *signature))
        return Reason::signature;

    Verdict verdict = check_claims(*claims_json, expected);
    if (Claims *claims = std::get_if<Claims>(&verdict))
        claims->kid = *kid;
    return verdict;
}

} // namespace

Verdict verify_token(std::string_view token, const KeyRing &ring, const Expectation &expected)
{
    try {
        return verify(token, ring, expected);
    } catch (const std::bad_alloc &) {
        throw;
    } catch (...) {
        // Nothing above throws anything else; if ever it does, the token is not good.
        return Reason::malformed;
    }
}

} // namespace tenancy::core
