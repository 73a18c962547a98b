// Text of strangers on a page of HTML: names, comments and SQL of a database, shown as text whatever they hold.
//
// What comes out is ASCII: other characters are written as references, so the page says the same in whatever encoding
// it is stored. Characters that are not seen, or that reorder what is seen (controls, direction marks, zero-width
// characters), become visible: [U+202E]. Bytes that are not UTF-8: U+FFFD.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// The same with bytes that are not UTF-8 replaced.
std::string valid_utf8(std::string_view given);

// In elements, double-quoted attributes and SVG text; a line break is [U+000A].
std::string html_text(std::string_view given);

// In <pre>, right after the tag: line breaks and tabs stay.
std::string html_lines(std::string_view given);

// At most that many characters, the last of them an ellipsis where something was left out; still to be escaped.
std::string cut_to(std::string_view given, std::size_t characters);

} // namespace tenancy::core
