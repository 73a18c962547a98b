// The only PG_TRY of the library: run something that may raise, and undo on the way out.
//
// run_finally(body, undo): body runs; undo runs whether body returned or raised; an error goes on
// after undo. Neither may throw a C++ exception; undo must not raise.
// run_finally(body, undo, concerns, amend): an error for which concerns() is true goes on as
// amend(ErrorData *) left it. Both are called after undo, with the error still in flight: they must
// not look into catalogs, nor raise.
// attempt(body): an error ends the transaction and is returned, for background workers.
// attempt_within(body): the same for a subtransaction of its own.
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

template <typename Body, typename Undo, typename Concerns, typename Amend>
void run_finally(Body &&body, Undo &&undo, Concerns &&concerns, Amend &&amend)
{
    MemoryContext caller = CurrentMemoryContext;
    PG_TRY();
    {
        body();
    }
    PG_CATCH();
    {
        undo();
        if (!concerns())
            PG_RE_THROW();
        MemoryContextSwitchTo(caller);
        ErrorData *error = CopyErrorData();
        FlushErrorState();
        amend(error);
        ReThrowError(error);
    }
    PG_END_TRY();
    undo();
}

template <typename Body> ErrorData *attempt(Body &&body)
{
    MemoryContext caller = CurrentMemoryContext;
    ErrorData *volatile error = nullptr;
    PG_TRY();
    {
        body();
    }
    PG_CATCH();
    {
        InterruptHoldoffCount = 1; // as in the server's own main loop
        MemoryContextSwitchTo(caller);
        error = CopyErrorData();
        EmitErrorReport();
        FlushErrorState();
        AbortCurrentTransaction();
        InterruptHoldoffCount = 0;
    }
    PG_END_TRY();
    MemoryContextSwitchTo(caller);
    return error;
}

// Runs body in a subtransaction; an error takes it back and is returned, otherwise what it did stays.
template <typename Body> ErrorData *attempt_within(Body &&body)
{
    MemoryContext caller = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    ErrorData *volatile error = nullptr;
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller);
    PG_TRY();
    {
        body();
        ReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(caller);
        error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
    }
    PG_END_TRY();
    MemoryContextSwitchTo(caller);
    CurrentResourceOwner = owner;
    return error;
}

} // namespace tenancy::pg
