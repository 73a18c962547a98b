// Reading, comparing and writing tenant keys: core/tenant_key.hpp.
#include "core/tenant_key.hpp"
#include "core/typeid.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

constexpr char canonical[] = "01890a5d-ac96-774b-bcce-b302099a8057";

// The canonical form, or the sentence that says why there is none.
std::string reformatted(std::string_view text, KeyType type)
{
    TenantKey key;
    if (const char *problem = parse_key(text, type, key))
        return problem;
    char out[key_text_size];
    const std::size_t length = format_key(key, out);
    BOOST_TEST(out[length] == '\0');
    return {out, length};
}

bool refused(std::string_view text, KeyType type)
{
    TenantKey key;
    const char *problem = parse_key(text, type, key);
    // A full sentence, for the user.
    BOOST_TEST((problem == nullptr || std::string_view(problem).back() == '.'));
    return problem != nullptr;
}

TenantKey key_of(std::string_view text, KeyType type)
{
    TenantKey key;
    BOOST_REQUIRE_MESSAGE(parse_key(text, type, key) == nullptr, text);
    return key;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tenant_key)

BOOST_AUTO_TEST_CASE(uuid_in_every_spelling_is_one_key)
{
    for (const char *text :
         {"01890a5d-ac96-774b-bcce-b302099a8057", "01890A5D-AC96-774B-BCCE-B302099A8057",
          "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890a5dac96774bbcceb302099a8057",
          "0189-0a5d-ac96-774b-bcce-b302-099a-8057", "ten_01h455vb4pex5vsknk084sn02q"}) {
        BOOST_TEST(reformatted(text, KeyType::uuid) == canonical, text);
        BOOST_TEST((key_of(text, KeyType::uuid) == key_of(canonical, KeyType::uuid)), text);
    }
}

BOOST_AUTO_TEST_CASE(uuid_public_form_of_another_kind_is_refused)
{
    for (const char *text :
         {"order_01h455vb4pex5vsknk084sn02q", "01h455vb4pex5vsknk084sn02q",
          "TEN_01h455vb4pex5vsknk084sn02q", "ten_01H455VB4PEX5VSKNK084SN02Q",
          "tenant_01h455vb4pex5vsknk084sn02q", "ten_81h455vb4pex5vsknk084sn02q",
          "_01h455vb4pex5vsknk084sn02q", "ten_01h455vb4pex5vsknk084sn02", "ten_"})
        BOOST_TEST(refused(text, KeyType::uuid), text);
}

BOOST_AUTO_TEST_CASE(uuid_refuses_what_is_none)
{
    for (const std::string &text :
         {std::string(), std::string("42"), std::string("acme"), std::string(canonical) + " ",
          " " + std::string(canonical), std::string(canonical) + std::string(1, '\0'),
          "{" + std::string(canonical)})
        BOOST_TEST(refused(text, KeyType::uuid), text);
}

BOOST_AUTO_TEST_CASE(integers_keep_their_value)
{
    for (const KeyType type : {KeyType::bigint, KeyType::integer}) {
        for (const char *text : {"0", "1", "-1", "2147483647", "-2147483648"}) {
            BOOST_TEST(reformatted(text, type) == text);
            BOOST_TEST(key_of(text, type).as_integer() == std::stoll(text));
        }
        BOOST_TEST(reformatted("007", type) == "7");
        BOOST_TEST(reformatted("-0", type) == "0");
        BOOST_TEST((key_of("007", type) == key_of("7", type)));
        BOOST_TEST(!(key_of("7", type) == key_of("-7", type)));
    }
}

BOOST_AUTO_TEST_CASE(integer_ends_where_its_type_ends)
{
    for (const char *text : {"2147483648", "-2147483649", "9223372036854775807"}) {
        BOOST_TEST(refused(text, KeyType::integer), text);
        BOOST_TEST(reformatted(text, KeyType::bigint) == text);
    }
    BOOST_TEST(reformatted("-9223372036854775808", KeyType::bigint) == "-9223372036854775808");
    for (const char *text : {"9223372036854775808", "-9223372036854775809", "99999999999999999999"})
        for (const KeyType type : {KeyType::bigint, KeyType::integer})
            BOOST_TEST(refused(text, type), text);
}

BOOST_AUTO_TEST_CASE(integers_refuse_signs_blanks_and_bases)
{
    for (const KeyType type : {KeyType::bigint, KeyType::integer})
        for (const char *text : {"", " ", "+1", "-", "--1", " 1", "1 ", "1\n", "1.0", "1e3", "0x10",
                                 "1_000", "12a", "\xd9\xa1"})
            BOOST_TEST(refused(text, type), "'" << text << "'");
    BOOST_TEST(refused(std::string_view("1\0", 2), KeyType::bigint));
}

BOOST_AUTO_TEST_CASE(text_is_1_to_128_bytes)
{
    for (const KeyType type : {KeyType::text, KeyType::unknown}) {
        BOOST_TEST(refused("", type));
        BOOST_TEST(reformatted("a", type) == "a");
        BOOST_TEST(reformatted(std::string(128, 'x'), type) == std::string(128, 'x'));
        BOOST_TEST(refused(std::string(129, 'x'), type));
        // Bytes count, not characters.
        std::string umlauts;
        for (int i = 0; i < 64; ++i)
            umlauts += "ü";
        BOOST_TEST(reformatted(umlauts, type) == umlauts);
        BOOST_TEST(refused(umlauts + "x", type));
    }
}

BOOST_AUTO_TEST_CASE(text_refuses_every_control_character)
{
    for (int code = 0; code < 256; ++code) {
        const std::string text = std::string("a") + static_cast<char>(code) + "b";
        BOOST_TEST(refused(text, KeyType::text) == (code < 0x20 || code == 0x7f), code);
    }
}

BOOST_AUTO_TEST_CASE(text_is_compared_byte_by_byte)
{
    const TenantKey acme = key_of("acme", KeyType::text);
    BOOST_TEST((acme == key_of("acme", KeyType::text)));
    for (const char *other : {"Acme", "acm", "acme ", " acme", "acmé"})
        BOOST_TEST(!(acme == key_of(other, KeyType::text)), other);
    BOOST_TEST(acme.as_text() == "acme");
}

BOOST_AUTO_TEST_CASE(keys_of_two_types_are_never_equal)
{
    const TenantKey keys[] = {key_of("42", KeyType::bigint),    key_of("42", KeyType::integer),
                              key_of("42", KeyType::text),      key_of("42", KeyType::unknown),
                              key_of(canonical, KeyType::uuid), key_of(canonical, KeyType::text)};
    for (const TenantKey &a : keys)
        for (const TenantKey &b : keys)
            BOOST_TEST((a == b) == (&a == &b));
}

BOOST_AUTO_TEST_CASE(keys_of_column_bytes_equal_those_of_text)
{
    Uuid id{};
    std::string_view prefix;
    BOOST_REQUIRE(decode_typeid("ten_01h455vb4pex5vsknk084sn02q", prefix, id));
    BOOST_TEST((key_from_uuid(id.data()) == key_of(canonical, KeyType::uuid)));
    BOOST_TEST((key_from_integer(-5, KeyType::bigint) == key_of("-5", KeyType::bigint)));
    BOOST_TEST((key_from_integer(-5, KeyType::integer) == key_of("-5", KeyType::integer)));
    BOOST_TEST(!(key_from_integer(5, KeyType::bigint) == key_of("-5", KeyType::bigint)));
}

BOOST_AUTO_TEST_CASE(format_and_parse_are_inverse)
{
    for (const auto &[text, type] :
         {std::pair(canonical, KeyType::uuid), std::pair("-77", KeyType::bigint),
          std::pair("77", KeyType::integer), std::pair("näme with ' and \"", KeyType::text)}) {
        const TenantKey once = key_of(text, type);
        BOOST_TEST((key_of(reformatted(text, type), type) == once), text);
    }
}

BOOST_AUTO_TEST_CASE(a_refused_text_leaves_the_key_alone)
{
    for (const KeyType type : {KeyType::uuid, KeyType::bigint, KeyType::integer, KeyType::text}) {
        TenantKey key = key_of("kept", KeyType::text);
        BOOST_TEST(parse_key("\x01", type, key) != nullptr);
        BOOST_TEST((key == key_of("kept", KeyType::text)));
    }
}

BOOST_AUTO_TEST_CASE(types_have_their_names_of_sql)
{
    for (const auto &[type, name] :
         {std::pair(KeyType::uuid, "uuid"), std::pair(KeyType::bigint, "bigint"),
          std::pair(KeyType::integer, "integer"), std::pair(KeyType::text, "text"),
          std::pair(KeyType::unknown, "unknown")})
        BOOST_TEST(std::string(key_type_name(type)) == name);
}

BOOST_AUTO_TEST_SUITE_END()
