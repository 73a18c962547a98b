#include "context/transaction_statements.hpp"

#include "context/session.hpp"
#include "context/installation.hpp"
#include "pg/fault.hpp"

namespace tenancy::context {

namespace {

struct Prepared {
    Prepared *next;
    char name[FLEXIBLE_ARRAY_MEMBER];
};
Prepared *noted = nullptr;
bool drop = false;

// Only memory is touched: at the end of a transaction nothing may raise.
void forget(bool with_statements)
{
    while (noted != nullptr) {
        Prepared *gone = noted;
        noted = gone->next;
        const PreparedStatement *kept =
            with_statements ? FetchPreparedStatement(gone->name, false) : nullptr;
        if (kept != nullptr && kept->from_sql)
            DropPreparedStatement(gone->name, false);
        pfree(gone);
    }
}

void at_end(XactEvent event, void *)
{
    if (IsParallelWorker() || (noted == nullptr && !drop))
        return;
    const bool transaction_scope = context_scope == static_cast<int>(Scope::transaction);
    switch (event) {
    case XACT_EVENT_PRE_COMMIT:
        // Decided while the transaction is still known by its id.
        drop = transaction_scope && began_guarded();
        break;
    case XACT_EVENT_COMMIT:
        forget(drop);
        drop = false;
        break;
    case XACT_EVENT_ABORT:
        forget(transaction_scope);
        drop = false;
        break;
    default:
        break;
    }
}

} // namespace

void note_prepare(const char *name)
{
    TENANCY_FAULT_POINT("note_prepare");
    // A name that is taken will be refused, and the statement is not this transaction's.
    if (FetchPreparedStatement(name, false) != nullptr)
        return;
    const Size size = strlen(name) + 1;
    Prepared *one = static_cast<Prepared *>(
        MemoryContextAlloc(TopMemoryContext, offsetof(Prepared, name) + size));
    memcpy(one->name, name, size);
    one->next = noted;
    noted = one;
}

void initialize_transaction_statements()
{
    RegisterXactCallback(at_end, nullptr);
}

} // namespace tenancy::context
