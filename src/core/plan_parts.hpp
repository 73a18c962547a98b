// Shared between the parts of planning; not for other rooms.
#pragma once

#include "core/plan.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

inline constexpr char write_guard_function[] = "tenancy.write_guard";
inline constexpr char truncate_guard_function[] = "tenancy.truncate_guard";
inline constexpr char shared_guard_function[] = "tenancy.shared_guard";
inline constexpr char reference_guard_function[] = "tenancy.reference_guard";
inline constexpr char fill_function[] = "tenancy.fill_tenant"; // while a table is being adopted
inline constexpr char soft_delete_function[] = "tenancy.soft_delete_row";
inline constexpr char observer_function[] = "tenancy.observe_writes";
inline constexpr char isolation_policy[] = "tenancy_isolation";
inline constexpr char isolation_update_policy[] = "tenancy_isolation_update";
inline constexpr char isolation_delete_policy[] = "tenancy_isolation_delete";
inline constexpr char access_policy[] = "tenancy_access";
inline constexpr char not_deleted_policy[] = "tenancy_not_deleted";
// Where row-level security was off before a canary: opens everything to everybody else.
inline constexpr char unenforced_policy[] = "tenancy_unenforced";

// A table as it is to be protected.
struct Target {
    const Table *table = nullptr;
    std::string column, column_sql;
    GlobalRows global_rows = GlobalRows::none;
    bool column_missing = false;
    bool stays_nullable = false; // of online plans: its references stay as they are, too
};

// One side of a reference, as its table will stand once the plan has run.
struct Side {
    const Table *table = nullptr;
    std::string column, column_sql;
    GlobalRows global_rows = GlobalRows::none;
    bool stays_nullable = false;
};

std::string plan_text(const Plan &plan); // as plan_as_json answers
std::string accessor_sql(KeyType type); // tenancy.current_tenant_id() and its kind
std::string quoted_literal(const std::string &value);
inline constexpr std::size_t name_bytes = 63; // what the server keeps of a name
std::string fitting(const std::string &name, std::size_t bytes); // whole characters of it, from its beginning
std::string quoted_name(const std::string &name); // cut to what the server keeps
// Equal but for parentheses and blanks, as the server prints what it was given.
bool same_expression(const std::optional<std::string> &printed, const std::string &wanted);
// A column's SQL name; the name itself where the table does not have it yet.
std::string column_sql(const Table &table, const std::string &name);

// May a column of this type hold tenant keys of that one?
bool comparable(KeyType key, const std::string &type);

bool is_canary(const Table &table); // its isolation is not for everybody, and it is not FORCEd
Target resolve_target(const Schema &schema, const ProtectRequest &request, const char *verb);
std::string tenant_condition(const Schema &schema, const Table &table, const Target &target);
const Table &require_table(const Schema &schema, const TargetName &target, const char *verb);

// Parts of a plan, in the order they run.
void plan_columns(const Schema &schema, const Target &target, Plan &plan);
void plan_index(const Schema &schema, const Target &target, Plan &plan); // after references
void plan_references(const Schema &schema, const std::vector<Target> &targets, Plan &plan);
void plan_policies(const Schema &schema, const Target &target, Plan &plan);
// Of an adoption. While a table is enforced for some roles only, all others still need it.
void plan_end_of_fill(const Schema &schema, const Target &target, Plan &plan);
void plan_guards(const Schema &schema, const Target &target, Plan &plan);
void plan_end_of_observation(const Schema &schema, const Table &table, Plan &plan);

// RLS on and, unless told otherwise, forced, and the truncate guard: the same for protected and shared tables.
void plan_row_security(const Table &table, Plan &plan, bool force = true);
const char *deferral(bool deferrable, bool deferred); // " DEFERRABLE..." or nothing
void plan_reference_guard(const ForeignKey &key, const Side &child, const Side &parent,
                          const Check &crossing, Plan &plan);
void enable_always(const Table &table, const std::string &trigger, Plan &plan);
// A BEFORE ROW trigger with one argument, ENABLE ALWAYS.
struct RowTrigger {
    const char *function;
    std::string name; // as SQL
    const char *events;
    int type;
    std::string argument;
    const char *reason, *reason_against; // why it is made, and why another like it is dropped
};
// Partitions have their parent's; one they brought along is dropped before it comes.
void drop_brought_along(const std::vector<const Table *> &family, const char *function,
                        const char *reason, Plan &plan);
void plan_row_trigger(const Table &table, const RowTrigger &wanted, Plan &plan);
void plan_statement_trigger(const Table &table, const char *name, const char *function,
                            const std::string &events, int type, Plan &plan);
// Creates the policy, or replaces one of that name that differs.
void plan_policy(const Table &table, const char *name, bool permissive, char command,
                 const std::string &using_sql, const std::string &check_sql, Plan &plan,
                 const std::vector<std::string> &roles = {}); // none: to everybody

} // namespace tenancy::core
