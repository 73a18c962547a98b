#ifdef TENANCY_FAULT_INJECTION
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/fault.hpp"

namespace tenancy::pg {

namespace {

char *fault = nullptr;
long hits = 0; // of the point that is set

void begin_counting(const char *, void *)
{
    hits = 0;
}

void happen(std::string_view kind, const char *name)
{
    if (kind == "memory")
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
    if (kind == "fault")
        ereport(ERROR, (errcode(ERRCODE_SYSTEM_ERROR), errmsg("injected fault at \"%s\"", name)));
    if (kind == "cancel" || kind == "terminate" || kind == "kill")
        raise(kind == "cancel" ? SIGINT : kind == "terminate" ? SIGTERM : SIGKILL);
    // And "wait": for whatever comes from outside, not for ever.
    for (int i = 0; i < 10000; ++i) {
        CHECK_FOR_INTERRUPTS();
        pg_usleep(1000);
    }
}

} // namespace

void define_fault_setting()
{
    DefineCustomStringVariable("tenancy.fault", "Wrapper of src/pg that fails (test builds only).",
                               nullptr, &fault, "", PGC_USERSET, 0, nullptr, begin_counting, nullptr);
}

void fault_point(const char *name)
{
    if (fault == nullptr || *fault == '\0')
        return;
    std::string_view wanted = fault;
    std::string_view kind = "fault";
    if (const std::size_t colon = wanted.find(':'); colon != wanted.npos) {
        kind = wanted.substr(0, colon);
        wanted.remove_prefix(colon + 1);
    }
    long round = 0; // every
    if (const std::size_t colon = wanted.find(':'); colon != wanted.npos) {
        round = std::atol(wanted.data() + colon + 1);
        wanted = wanted.substr(0, colon);
    }
    if (wanted == name && (++hits == round || round == 0))
        happen(kind, name);
}

} // namespace tenancy::pg
#endif
