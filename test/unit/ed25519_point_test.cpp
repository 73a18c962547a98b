// Which bytes are keys of Ed25519: core/ed25519_point.hpp.
#include "core/ed25519_point.hpp"

#include "token_maker.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

using namespace tenancy::core;

namespace {

std::string from_hex(const std::string &hex)
{
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        out.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return out;
}

std::string small(int y)
{
    std::string out(32, '\0');
    out[0] = static_cast<char>(y);
    return out;
}

std::string other_sign(std::string key)
{
    key.back() = static_cast<char>(key.back() ^ 0x80);
    return key;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ed25519_point)

BOOST_AUTO_TEST_CASE(keys)
{
    // RFC 8032 section 7.1, tests 1, 2, 3 and 1024.
    for (const char *key : {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
                            "278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e"}) {
        BOOST_TEST(is_ed25519_key(from_hex(key)), key);
        // x and -x lie on the same curve.
        BOOST_TEST(is_ed25519_key(other_sign(from_hex(key))), key);
        BOOST_TEST(!is_ed25519_key(from_hex(key).substr(1)));
        BOOST_TEST(!is_ed25519_key(from_hex(key) + '\0'));
    }
    BOOST_TEST(!is_ed25519_key(""));
}

// y of 3 to 19, by a computation in another language (Python, pow(a, (p - 1) // 2, p)).
BOOST_AUTO_TEST_CASE(half_of_all_numbers_are_points)
{
    const std::vector<int> off = {2, 7, 8, 11, 12, 13, 17};
    for (int y = 2; y < 20; ++y)
        BOOST_TEST(is_ed25519_key(small(y)) == (std::find(off.begin(), off.end(), y) == off.end()),
                   y);
}

BOOST_AUTO_TEST_CASE(points_of_small_order_are_refused)
{
    for (const char *key : {"0100000000000000000000000000000000000000000000000000000000000000",
                            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                            "0000000000000000000000000000000000000000000000000000000000000000",
                            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"}) {
        BOOST_TEST(!is_ed25519_key(from_hex(key)), key);
        BOOST_TEST(!is_ed25519_key(other_sign(from_hex(key))), key);
    }
}

// p + 1 to 2^255 - 1 are 1 to 18 written again; among them y = 3, 4, 5, which are points.
BOOST_AUTO_TEST_CASE(only_canonical_numbers)
{
    for (int more = 0; more < 19; ++more) {
        std::string key(32, '\xff');
        key.front() = static_cast<char>(0xed + more);
        key.back() = '\x7f';
        BOOST_TEST(!is_ed25519_key(key), more);
        BOOST_TEST(!is_ed25519_key(other_sign(key)), more);
    }
}

BOOST_AUTO_TEST_SUITE_END()
