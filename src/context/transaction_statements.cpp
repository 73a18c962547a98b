#include "context/transaction_statements.hpp"

#include "context/installation.hpp"
#include "context/session.hpp"
#include "pg/fault.hpp"

namespace tenancy::context {

namespace {

struct Prepared {
    Prepared *next;
    char name[FLEXIBLE_ARRAY_MEMBER];
};
Prepared *noted = nullptr;

// Only memory is touched: at the end of a transaction nothing may raise.
void forget()
{
    while (noted != nullptr) {
        Prepared *gone = noted;
        noted = gone->next;
        const PreparedStatement *kept =
            has_met_tenant() ? FetchPreparedStatement(gone->name, false) : nullptr;
        if (kept != nullptr && kept->from_sql)
            DropPreparedStatement(gone->name, false);
        pfree(gone);
    }
}

void at_end(XactEvent event, void *)
{
    if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT)
        forget();
}

} // namespace

void note_prepare(const char *name)
{
    TENANCY_FAULT_POINT("note_prepare");
    if (context_scope == static_cast<int>(Scope::session))
        return;
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
