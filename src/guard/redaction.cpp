#include "guard/redaction.hpp"

namespace tenancy::guard {

bool tells_rows() noexcept
{
    const int state = geterrcode();
    return ERRCODE_TO_CATEGORY(state) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION ||
           state == ERRCODE_WITH_CHECK_OPTION_VIOLATION;
}

void leave_rows_out(ErrorData *error) noexcept
{
    // A view's check option names nothing.
    if (error->sqlerrcode != ERRCODE_WITH_CHECK_OPTION_VIOLATION && error->table_name == nullptr &&
        error->constraint_name == nullptr && error->datatype_name == nullptr)
        return;
    if (error->detail_log == nullptr)
        error->detail_log = error->detail;
    error->detail = nullptr;
    error->hint = nullptr;
}

} // namespace tenancy::guard
