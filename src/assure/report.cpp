// The report over the wall: facts in, a page or JSON out, both ASCII. The core does the work.

#include "core/report.hpp"

#include "pg/entry.hpp"

using namespace tenancy;

namespace {

// The core reads UTF-8. SQL_ASCII has no encoding: its bytes go as they are, and the core replaces what is none.
const char *as_utf8(const text *given)
{
    const char *own = text_to_cstring(given);
    if (GetDatabaseEncoding() == PG_SQL_ASCII || GetDatabaseEncoding() == PG_UTF8)
        return own;
    return pg_server_to_any(own, static_cast<int>(strlen(own)), PG_UTF8);
}

} // namespace

// report_html(facts) -> a page. Errors: 22023 malformed facts.
TENANCY_FUNCTION(tenancy_report_html)
{
    const char *facts = as_utf8(PG_GETARG_TEXT_PP(0));
    PG_RETURN_TEXT_P(cstring_to_text(pg::core_text([facts] { return core::report_as_html(facts); })));
}

// report_json(facts) -> the facts and a verdict. Errors: 22023 malformed facts.
TENANCY_FUNCTION(tenancy_report_json)
{
    const char *facts = as_utf8(PG_GETARG_TEXT_PP(0));
    PG_RETURN_TEXT_P(cstring_to_text(pg::core_text([facts] { return core::report_as_json(facts); })));
}
