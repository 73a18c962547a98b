// Planning over the wall: snapshot and request in, steps out, all as text. The core does the work.

#include "core/plan.hpp"

#include "pg/entry.hpp"

using namespace tenancy;

namespace {

std::string_view view_of(const text *given)
{
    return {VARDATA_ANY(given), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(given))};
}

} // namespace

// plan_steps(snapshot, request) -> {"steps": [...], "notes": [...]}. Errors: those of core/plan.hpp.
TENANCY_FUNCTION(tenancy_plan_steps)
{
    const text *snapshot = PG_GETARG_TEXT_PP(0);
    const text *request = PG_GETARG_TEXT_PP(1);
    const char *steps =
        pg::core_text([=] { return core::plan_as_json(view_of(snapshot), view_of(request)); });
    PG_RETURN_TEXT_P(cstring_to_text(steps));
}

// protections(snapshot) -> [{"oid", "kind", "column", "part", "global_rows"}].
TENANCY_FUNCTION(tenancy_protections)
{
    const text *snapshot = PG_GETARG_TEXT_PP(0);
    const char *found = pg::core_text([=] { return core::protections_as_json(view_of(snapshot)); });
    PG_RETURN_TEXT_P(cstring_to_text(found));
}
