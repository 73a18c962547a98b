// Classification and adoption over the wall: snapshot and request in, verdicts and plans out, all as text.
// The core does the work.

#include "core/adoption.hpp"
#include "core/adoption_script.hpp"

#include "pg/entry.hpp"

using namespace tenancy;

namespace {

std::string_view view_of(const text *given)
{
    return {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))};
}

} // namespace

// classification(snapshot, request) -> {"notes": [...], "tables": [...]}. Errors: those of core/classification.hpp.
TENANCY_FUNCTION(tenancy_classification)
{
    const text *snapshot = PG_GETARG_TEXT_PP(0);
    const text *request = PG_GETARG_TEXT_PP(1);
    const char *found = pg::core_text(
        [=] { return core::classification_as_json(view_of(snapshot), view_of(request)); });
    PG_RETURN_TEXT_P(cstring_to_text(found));
}

// derivation_rule(snapshot, request) -> the paths as they are kept.
TENANCY_FUNCTION(tenancy_derivation_rule)
{
    const text *snapshot = PG_GETARG_TEXT_PP(0);
    const text *request = PG_GETARG_TEXT_PP(1);
    const char *kept =
        pg::core_text([=] { return core::rule_as_json(view_of(snapshot), view_of(request)); });
    PG_RETURN_TEXT_P(cstring_to_text(kept));
}

// adoption_steps_of(snapshot, request) -> {"steps": [...], "notes": [...]}. Errors: those of core/adoption.hpp.
TENANCY_FUNCTION(tenancy_adoption_steps_of)
{
    const text *snapshot = PG_GETARG_TEXT_PP(0);
    const text *request = PG_GETARG_TEXT_PP(1);
    const char *plan =
        pg::core_text([=] { return core::adoption_as_json(view_of(snapshot), view_of(request)); });
    PG_RETURN_TEXT_P(cstring_to_text(plan));
}

// script_of_plan(plan, format, day) -> [{"file", "content"}]. Errors: those of core/adoption_script.hpp.
TENANCY_FUNCTION(tenancy_script_of_plan)
{
    const text *plan = PG_GETARG_TEXT_PP(0);
    const text *format = PG_GETARG_TEXT_PP(1);
    const text *day = PG_GETARG_TEXT_PP(2);
    const char *files = pg::core_text(
        [=] { return core::script_as_json(view_of(plan), view_of(format), view_of(day)); });
    PG_RETURN_TEXT_P(cstring_to_text(files));
}
