#include "guard/explain_guard.hpp"

#include "context/guarded.hpp"
#include "context/installation.hpp"
#include "pg/fault.hpp"

namespace tenancy::guard {

namespace {

bool allow_explain = false;

// What is not here measures, or is of a later major.
bool is_harmless(const DefElem *option)
{
    static constexpr const char *harmless[] = {"costs", "verbose", "settings", "format",
                                               "generic_plan"};
    for (const char *name : harmless)
        if (strcmp(option->defname, name) == 0)
            return true;
    return false;
}

bool is_off(DefElem *option)
{
    if (option->arg == nullptr)
        return false;
    static constexpr const char *off[] = {"off", "false", "0", "none"};
    const char *value = defGetString(option);
    for (const char *word : off)
        if (pg_strcasecmp(value, word) == 0)
            return true;
    return false;
}

} // namespace

PlannedStmt *without_estimates(PlannedStmt *statement)
{
    if (!IsA(statement->utilityStmt, ExplainStmt) || allow_explain || !context::guarded())
        return statement;
    TENANCY_FAULT_POINT("without_estimates");
    PlannedStmt *copy = static_cast<PlannedStmt *>(copyObjectImpl(statement));
    ExplainStmt *explain = reinterpret_cast<ExplainStmt *>(copy->utilityStmt);
    const ListCell *cell;
    foreach (cell, explain->options) {
        DefElem *option = static_cast<DefElem *>(lfirst(cell));
        if (is_harmless(option) || is_off(option))
            continue;
        const char *name = asc_toupper(option->defname, strlen(option->defname));
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("EXPLAIN (%s) is not for sessions of an application", name),
                        errdetail("What it measures tells of the rows of all tenants."),
                        errhint("EXPLAIN without it, or, as a superuser: ALTER ROLE %s SET "
                                "tenancy.allow_explain = on;",
                                quote_identifier(GetUserNameFromId(GetSessionUserId(), false)))));
    }
    // The last one of a name counts.
    explain->options = lappend(
        explain->options,
        makeDefElem(pstrdup("costs"), reinterpret_cast<Node *>(makeString(pstrdup("off"))), -1));
    return copy;
}

void keep_quiet()
{
    if (client_min_messages < NOTICE && !allow_explain && context::guarded())
        client_min_messages = NOTICE; // the setting itself stays, for when the session is not guarded
}

bool is_kept_from_client(int level) noexcept
{
    const context::Installation *here = context::installation_known();
    return level < NOTICE && level != INFO && !allow_explain && here != nullptr && here->installed &&
           context::guarded_known();
}

void define_allow_explain()
{
    DefineCustomBoolVariable("tenancy.allow_explain",
                             "Shows guarded sessions the estimates and measurements of EXPLAIN.",
                             "They are made of the rows of all tenants.", &allow_explain, false,
                             PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

} // namespace tenancy::guard
