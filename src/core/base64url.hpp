// Strict base64url (RFC 4648 section 5): no padding, no whitespace, unused bits zero. Every text
// decodes to one string of bytes, and no two texts to the same one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

std::optional<std::string> decode_base64url(std::string_view text);

} // namespace tenancy::core
