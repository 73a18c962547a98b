#include "context/transaction_settings.hpp"

#include "context/installation.hpp"
#include "context/session.hpp"

namespace tenancy::context {

namespace {

bool undo = false;

// The server's own AtEOXact_GUC(true, 1) comes later, finds nothing left, and a nest level of 1 as it
// must. The characteristics of the transaction are settings too, and still needed: predicate locks
// are released by them; the next transaction starts with its own.
void undo_settings()
{
    const int isolation = XactIsoLevel;
    const bool read_only = XactReadOnly;
    const bool deferrable = XactDeferrable;
    AtEOXact_GUC(false, 1);
    NewGUCNestLevel();
    XactIsoLevel = isolation;
    XactReadOnly = read_only;
    XactDeferrable = deferrable;
}

void at_end(XactEvent event, void *)
{
    // A worker takes its leader's settings over in a transaction of its own.
    if (IsParallelWorker())
        return;
    switch (event) {
    case XACT_EVENT_PRE_COMMIT:
    case XACT_EVENT_PRE_PREPARE:
        // Decided while the transaction is still known by its id.
        undo = context_scope == static_cast<int>(Scope::transaction) && began_guarded();
        break;
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_PREPARE:
        if (undo)
            undo_settings();
        undo = false;
        break;
    case XACT_EVENT_ABORT:
        undo = false;
        break;
    default:
        break;
    }
}

} // namespace

void initialize_transaction_settings()
{
    RegisterXactCallback(at_end, nullptr);
}

} // namespace tenancy::context
