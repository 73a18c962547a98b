#include "core/ed25519_point.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include <openssl/bn.h>

namespace tenancy::core {

namespace {

struct FreeNumber {
    void operator()(BIGNUM *number) const noexcept { BN_free(number); }
};
struct FreeScratch {
    void operator()(BN_CTX *scratch) const noexcept { BN_CTX_free(scratch); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

void must(bool done)
{
    if (!done)
        throw std::bad_alloc();
}

using Bytes = std::array<unsigned char, 32>;

Number number(const Bytes &big_endian)
{
    Number out(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), nullptr));
    must(out != nullptr);
    return out;
}

// All numbers here are big-endian, unlike keys. The prime 2^255 - 19:
constexpr Bytes prime = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xed};
// d = -121665/121666 of the curve -x^2 + y^2 = 1 + d x^2 y^2.
constexpr Bytes curve_d = {0x52, 0x03, 0x6c, 0xee, 0x2b, 0x6f, 0xfe, 0x73, 0x8c, 0xc7, 0x40,
                           0x79, 0x77, 0x79, 0xe8, 0x98, 0x00, 0x70, 0x0a, 0x4d, 0x41, 0x41,
                           0xd8, 0xab, 0x75, 0xeb, 0x4d, 0xca, 0x13, 0x59, 0x78, 0xa3};

// y of the points of order 8; those of order 1 and 2 have y = 1 and -1, of order 4 y = 0.
constexpr Bytes order_8_a = {0x05, 0xfc, 0x53, 0x6d, 0x88, 0x02, 0x38, 0xb1, 0x39, 0x33, 0xc6,
                             0xd3, 0x05, 0xac, 0xdf, 0xd5, 0xf0, 0x98, 0xef, 0xf2, 0x89, 0xf4,
                             0xc3, 0x45, 0xb0, 0x27, 0xb2, 0xc2, 0x8f, 0x95, 0xe8, 0x26};
constexpr Bytes order_8_b = {0x7a, 0x03, 0xac, 0x92, 0x77, 0xfd, 0xc7, 0x4e, 0xc6, 0xcc, 0x39,
                             0x2c, 0xfa, 0x53, 0x20, 0x2a, 0x0f, 0x67, 0x10, 0x0d, 0x76, 0x0b,
                             0x3c, 0xba, 0x4f, 0xd8, 0x4d, 0x3d, 0x70, 0x6a, 0x17, 0xc7};

// REQUIRES: y < prime. x^2 = (y^2 - 1) / (d y^2 + 1) has a solution where the product of the two is
// a square; the denominator is never zero.
bool on_curve(const BIGNUM *y, const BIGNUM *p)
{
    const std::unique_ptr<BN_CTX, FreeScratch> scratch(BN_CTX_new());
    must(scratch != nullptr);
    const Number d = number(curve_d);
    const Number square(BN_new()), above(BN_new()), below(BN_new());
    must(square && above && below && BN_mod_sqr(square.get(), y, p, scratch.get()) == 1 &&
         BN_mod_sub(above.get(), square.get(), BN_value_one(), p, scratch.get()) == 1 &&
         BN_mod_mul(below.get(), square.get(), d.get(), p, scratch.get()) == 1 &&
         BN_mod_add(below.get(), below.get(), BN_value_one(), p, scratch.get()) == 1 &&
         BN_mod_mul(above.get(), above.get(), below.get(), p, scratch.get()) == 1);
    const int legendre = BN_kronecker(above.get(), p, scratch.get());
    must(legendre >= -1);
    return legendre >= 0;
}

} // namespace

bool is_ed25519_key(std::string_view bytes)
{
    Bytes y{};
    if (bytes.size() != y.size())
        return false;
    std::transform(bytes.rbegin(), bytes.rend(), y.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    y.front() &= 0x7f; // the sign of x
    constexpr Bytes zero{};
    Bytes one{}, minus_one = prime;
    one.back() = 1;
    --minus_one.back();
    if (y >= prime || y == zero || y == one || y == minus_one || y == order_8_a || y == order_8_b)
        return false;
    return on_curve(number(y).get(), number(prime).get());
}

} // namespace tenancy::core
