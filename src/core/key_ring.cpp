#include "core/key_ring.hpp"

#include "core/base64url.hpp"
#include "core/error.hpp"
#include "core/strict_json.hpp"

#include <algorithm>

#include <openssl/crypto.h>

namespace tenancy::core {

namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::string &why, const std::string &hint = {})
{
    throw Error("22023", "invalid key ring", why, hint);
}

// Wipes a text of somebody else at the end of the block.
class Wiped {
  public:
    explicit Wiped(std::string &text) noexcept : text_(text) {}
    Wiped(const Wiped &) = delete;
    Wiped &operator=(const Wiped &) = delete;
    ~Wiped() { OPENSSL_cleanse(text_.data(), text_.size()); }

  private:
    std::string &text_;
};

// Every secret of the set, whatever is thrown meanwhile. Members where no secret belongs are wiped
// too: a private key that is refused has been in memory all the same.
class WipedSet {
  public:
    explicit WipedSet(Json &set) noexcept : set_(set) {}
    WipedSet(const WipedSet &) = delete;
    WipedSet &operator=(const WipedSet &) = delete;
    ~WipedSet() { wipe(set_); }

  private:
    static void wipe(Json &value) noexcept
    {
        if (auto *text = value.get_ptr<std::string *>())
            OPENSSL_cleanse(text->data(), text->size());
        else if (value.is_structured())
            for (Json &part : value)
                wipe(part);
    }
    Json &set_;
};

bool is_kid(std::string_view text)
{
    return !text.empty() && text.size() <= max_kid_bytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// One key, and what to call it in an error.
class KeyReader {
  public:
    KeyReader(const Json &key, std::size_t position)
        : key_(key), called_("Key " + std::to_string(position))
    {
        if (!key.is_object())
            no("it is no object");
        const std::string *kid = text("kid");
        if (kid == nullptr || !is_kid(*kid))
            no("it needs a kid of 1 to " + std::to_string(max_kid_bytes) + " printable characters",
               "Tokens name the key that signed them: \"kid\": \"2026-01\".");
        kid_ = *kid;
        called_ += " (\"" + kid_ + "\")";
    }

    const std::string &kid() const { return kid_; }
    [[noreturn]] void no(const std::string &why, const std::string &hint = {}) const
    {
        refuse(called_ + ": " + why + ".", hint);
    }

    VerifyingKey read() const
    {
        check_purpose();
        const std::string kty = required("kty");
        if (kty == "oct") {
            algorithm("HS256");
            return secret();
        }
        const bool ec = kty == "EC";
        if (!ec && kty != "OKP")
            no("its kty is none of \"oct\", \"EC\" and \"OKP\"");
        if (key_.contains("d"))
            no("it is a private key",
               "Give this server the public half only, without the member \"d\".");
        algorithm(ec ? "ES256" : "EdDSA");
        if (required("crv") != (ec ? "P-256" : "Ed25519"))
            no(ec ? "its crv is not \"P-256\"" : "its crv is not \"Ed25519\"");
        auto key =
            ec ? VerifyingKey::es256(bytes("x"), bytes("y")) : VerifyingKey::eddsa(bytes("x"));
        if (!key)
            no("it is no point of its curve, or not one for keys");
        return std::move(*key);
    }

  private:
    // nullptr where there is none, or it is no text.
    const std::string *text(const char *name) const
    {
        const auto found = key_.find(name);
        return found == key_.end() ? nullptr : found->get_ptr<const std::string *>();
    }
    const std::string &required(const char *name) const
    {
        const std::string *found = text(name);
        if (found == nullptr)
            no(std::string("it needs a text \"") + name + "\"");
        return *found;
    }
    std::string bytes(const char *name) const
    {
        auto out = decode_base64url(required(name));
        if (!out)
            no(std::string("its ") + name + " is not base64url without padding");
        return std::move(*out);
    }

    // The algorithm is the key's and not the token's, so it has to be said, and to fit.
    void algorithm(const std::string &wanted) const
    {
        const std::string *found = text("alg");
        if (found == nullptr || *found != wanted)
            no("a key of its kty needs \"alg\": \"" + wanted + "\"");
    }

    void check_purpose() const
    {
        if (const auto use = key_.find("use"); use != key_.end() && *use != "sig")
            no("its use is not \"sig\"");
        const auto ops = key_.find("key_ops");
        if (ops == key_.end())
            return;
        if (!ops->is_array() || std::find(ops->begin(), ops->end(), "verify") == ops->end())
            no("its key_ops lack \"verify\"");
    }

    VerifyingKey secret() const
    {
        std::string plain = bytes("k");
        const Wiped wiped(plain);
        if (plain.size() < min_hmac_key_bytes)
            no("its k has fewer than " + std::to_string(min_hmac_key_bytes) + " bytes",
               "openssl rand 32 | basenc --base64url | tr -d =");
        auto key = VerifyingKey::hs256(plain);
        if (!key)
            no("this server's OpenSSL does not provide HMAC with SHA-256");
        return std::move(*key);
    }

    const Json &key_;
    std::string called_, kid_;
};

} // namespace

const VerifyingKey *KeyRing::find(std::string_view kid) const noexcept
{
    for (const auto &[id, key] : keys_)
        if (id == kid)
            return &key;
    return nullptr;
}

std::vector<std::string> KeyRing::ids() const
{
    std::vector<std::string> found;
    for (const auto &[id, key] : keys_)
        found.push_back(id);
    return found;
}

bool KeyRing::add(std::string kid, VerifyingKey key)
{
    if (find(kid) != nullptr)
        return false;
    keys_.emplace_back(std::move(kid), std::move(key));
    return true;
}

KeyRing parse_key_ring(std::string_view text)
{
    if (text.size() > max_ring_bytes)
        refuse("It has more than 256 kB.");
    JsonProblem problem;
    std::optional<Json> set = parse_json_object(text, problem);
    if (!set)
        refuse(problem.text +
               (problem.byte == 0 ? "" : " Look at byte " + std::to_string(problem.byte) + "."));
    const WipedSet wiped(*set);
    const auto keys = set->find("keys");
    if (keys == set->end() || !keys->is_array())
        refuse("It has no \"keys\", a list.", "A ring without keys is {\"keys\": []}.");
    if (keys->size() > max_ring_keys)
        refuse("It has more than " + std::to_string(max_ring_keys) + " keys.");
    KeyRing ring;
    std::size_t position = 0;
    for (const Json &key : *keys) {
        const KeyReader reader(key, ++position);
        if (!ring.add(reader.kid(), reader.read()))
            reader.no("its kid occurs twice");
    }
    return ring;
}

} // namespace tenancy::core
