// What is said when a token is not believed: to the client always the same, the reason to the log of
// the server alone. The text of a token is in neither; where it may be a part of the statement or of
// the CONTEXT, these stay out of the log.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::context {

// 28000. kid: of the key that signed it, "" where that is not known.
[[noreturn]] void refuse_token(const char *reason, const char *kid);

// 22023 for a token that is written into the statement, or into the statement that was prepared:
// others could read it there.
void refuse_literal(const text *given);

} // namespace tenancy::context
