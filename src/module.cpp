// Loading the library: every room's initialisation, in order.

#include "adopt/observe_counters.hpp"
#include "context/installation.hpp"
#include "context/replay.hpp"
#include "context/session.hpp"
#include "context/setting.hpp"
#include "context/transaction_settings.hpp"
#include "context/transaction_statements.hpp"
#include "guard/explain_guard.hpp"
#include "guard/function_guard.hpp"
#include "hooks.hpp"
#include "models/module_resolver.hpp"
#include "pg/entry.hpp"
#include "pg/fault.hpp"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void)
{
    tenancy::pg::entry([] {
        tenancy::context::initialize_installation();
        tenancy::context::initialize_session();
        tenancy::context::initialize_replay();
        tenancy::context::initialize_transaction_settings();
        tenancy::context::initialize_transaction_statements();
        tenancy::guard::define_allow_explain();
        tenancy::context::define_settings();
        tenancy::models::define_log_resolution();
        tenancy::guard::initialize_function_guard();
        tenancy::adopt::initialize_counters();
        tenancy::install_hooks();
#ifdef TENANCY_FAULT_INJECTION
        tenancy::pg::define_fault_setting();
#endif
    });
}
