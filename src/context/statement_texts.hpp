// The texts of the statements that are being run, innermost first: for authenticate(), which refuses a
// token that stands in one of them.
//
// The executor's and utility statements' hooks put theirs on the list, from their own frame, and take
// it off whether the statement returns or raises.
#pragma once

namespace tenancy::context {

struct StatementText {
    const char *text; // may be nullptr
    const StatementText *outer;
};
extern const StatementText *statement_texts;

} // namespace tenancy::context
