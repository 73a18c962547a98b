// Lint over the wall: snapshot, surroundings and request in, findings out, all as text. The core does the work.

#include "core/lint.hpp"

#include "pg/entry.hpp"

using namespace tenancy;

namespace {

std::string_view view_of(const text *given)
{
    return {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))};
}

} // namespace

// lint_findings(snapshot, surroundings, request) -> {"findings": [...], "questions": [...]}. Errors: 22023.
TENANCY_FUNCTION(tenancy_lint_findings)
{
    const text *snapshot = PG_GETARG_TEXT_PP(0);
    const text *surroundings = PG_GETARG_TEXT_PP(1);
    const text *request = PG_GETARG_TEXT_PP(2);
    const char *found = pg::core_text([=] { return core::lint_as_json(view_of(snapshot), view_of(surroundings), view_of(request)); });
    PG_RETURN_TEXT_P(cstring_to_text(found));
}

// lint_rules() -> [{"rule", "family", "level", "title"}]
TENANCY_FUNCTION(tenancy_lint_rules)
{
    (void)fcinfo;
    PG_RETURN_TEXT_P(cstring_to_text(pg::core_text([] { return core::lint_rules_as_json(); })));
}
