// The wall, from the server's side: no C++ exception leaves a frame that the server called.
//
// entry(f)        runs f; a C++ exception becomes an ereport(ERROR) raised after the catch block.
// entry_quiet(f)  for callbacks that must not raise (GUC hooks): false when f threw.
// core_text(f)    runs core code that returns a std::string and hands it over as palloc'd text.
// TENANCY_FUNCTION(name) defines an exported SQL function whose body runs inside entry().
//
// REQUIRES of every f: ereport() leaves it by longjmp, so no object with a destructor may be alive
// in it when a server function is called. Core code and server calls never share a frame.
#pragma once

#include "core/error.hpp"

#include <string>

#include "pg/postgres.hpp"

namespace tenancy::pg {

// What remains of an exception once its catch block is left: plain bytes.
struct CaughtError {
    int sqlstate;
    char message[512];
    char detail[512];
    char hint[512];
};

// Call only inside a catch block; describes the exception in flight.
void describe_current_exception(CaughtError *out) noexcept;
[[noreturn]] void raise_caught(const CaughtError *error);

template <typename F> auto entry(F &&f) -> decltype(f())
{
    CaughtError caught;
    try {
        return f();
    } catch (...) {
        describe_current_exception(&caught);
    }
    raise_caught(&caught);
}

template <typename F> bool entry_quiet(F &&f, CaughtError *caught) noexcept
{
    try {
        f();
        return true;
    } catch (...) {
        describe_current_exception(caught);
        return false;
    }
}

// Copies bytes into the current memory context without a longjmp: throws std::bad_alloc instead.
char *copy_text(const char *data, std::size_t size);

template <typename F> char *core_text(F &&f)
{
    return entry([&] {
        const std::string produced = f();
        return copy_text(produced.data(), produced.size());
    });
}

} // namespace tenancy::pg

#define TENANCY_FUNCTION(name)                                                                     \
    extern "C" {                                                                                   \
    PG_FUNCTION_INFO_V1(name);                                                                     \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                      \
    }                                                                                              \
    static Datum name##_body(FunctionCallInfo fcinfo);                                             \
    Datum name(PG_FUNCTION_ARGS)                                                                   \
    {                                                                                              \
        return tenancy::pg::entry([&] { return name##_body(fcinfo); });                            \
    }                                                                                              \
    static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
