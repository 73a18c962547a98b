// JSON (RFC 8259) from people who are not trusted, where two readers must not see two things.
//
// parse_json_object: one object and nothing else. Nothing, and `problem` says why, where the text
// is not that, a member name occurs twice in the same object, at whatever depth, it nests deeper
// than max_json_depth, begins with a byte order mark, contains a NUL byte, or a number no double
// can hold (1e400). Linear in the text; callers bound its size before. Throws std::bad_alloc only.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// The object itself is depth 1.
inline constexpr int max_json_depth = 8;

// A full sentence that quotes nothing: the text may be a key.
struct JsonProblem {
    const char *text = nullptr;
    std::size_t byte = 0; // where, counted from 1; 0 where there is no one place
};

std::optional<nlohmann::json> parse_json_object(std::string_view text, JsonProblem &problem);

} // namespace tenancy::core
