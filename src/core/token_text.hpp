// Does a token stand in the text of a statement, where others could read it?
//
// As it is, in escapes of E'' or U&'' strings (with the usual escape character), in pieces side by side
// ('abc' || 'def'). Other ways of making it up of a text (decode(), comments between the pieces) are
// not seen: this is against mistakes, of people and of drivers.
#pragma once

#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// token: of a token's characters only (base64url and dots). Throws std::bad_alloc only.
bool text_holds_token(std::string_view text, std::string_view token);

} // namespace tenancy::core
