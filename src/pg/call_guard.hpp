// The only PG_TRY of the library: run something that may raise, and undo on the way out.
//
// run_finally(body, undo): body runs; undo runs whether body returned or raised; an error goes on
// after undo. Neither may throw a C++ exception; undo must not raise.
#pragma once

#include "pg/postgres.hpp"

namespace tenancy::pg {

template <typename Body, typename Undo> void run_finally(Body &&body, Undo &&undo)
{
    PG_TRY();
    {
        body();
    }
    PG_CATCH();
    {
        undo();
        PG_RE_THROW();
    }
    PG_END_TRY();
    undo();
}

} // namespace tenancy::pg
