#ifdef TENANCY_FAULT_INJECTION
#include "pg/entry.hpp"
#include "pg/fault.hpp"

namespace tenancy::pg {

static char *fault_name = nullptr;

void define_fault_setting()
{
    DefineCustomStringVariable("tenancy.fault", "Wrapper of src/pg that fails (test builds only).",
                               nullptr, &fault_name, "", PGC_USERSET, 0, nullptr, nullptr, nullptr);
}

void fault_point(const char *name)
{
    if (fault_name != nullptr && std::strcmp(fault_name, name) == 0)
        ereport(ERROR, (errcode(ERRCODE_SYSTEM_ERROR), errmsg("injected fault at \"%s\"", name)));
}

} // namespace tenancy::pg
#endif
