// The setting app.current_tenant_id: parsed when it is set, refused where it may not come from.
//
// Values come from a live session alone (SET, SET LOCAL, set_config, a function's SET clause at
// call time); connection options, ALTER ROLE / DATABASE, configuration files and CREATE FUNCTION
// are refused. The server stores the value with a stamp, the local id of the transaction that set
// it, so that parallel workers can tell a live value from a stale one; SHOW never displays it.
#pragma once

#include "core/tenant_key.hpp"

#include "pg/postgres.hpp"

namespace tenancy::context {

inline constexpr char tenant_setting_name[] = "app.current_tenant_id";

// The parsed value; the server keeps it beside the text and restores both together.
struct SettingValue {
    core::TenantKey key;
    LocalTransactionId stamp; // transaction that set it; 0: not known, never live
    bool from_token;          // authenticate() has set it
};

// The value the server currently holds, or nullptr. Says nothing about whether it is live.
const SettingValue *current_setting_value() noexcept;

// The local id of the running transaction; in a parallel worker its leader's. 0 outside of one.
LocalTransactionId current_transaction() noexcept;

// Sets or clears (nullptr) the value as SET LOCAL would, or as SET in scope 'session'.
// Errors: those of SET.
void assign_setting(const char *text);

const char *user_setting() noexcept;    // app.current_user_id, or ""
const char *request_setting() noexcept; // app.request_id, or ""

void define_settings();

} // namespace tenancy::context
