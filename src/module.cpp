// Loading the library: every room's initialisation, in order.

#include "context/installation.hpp"
#include "context/replay.hpp"
#include "context/session.hpp"
#include "context/setting.hpp"
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
        tenancy::context::define_settings();
        tenancy::models::define_log_resolution();
        tenancy::install_hooks();
#ifdef TENANCY_FAULT_INJECTION
        tenancy::pg::define_fault_setting();
#endif
    });
}
