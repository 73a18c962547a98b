// Shared between the rules of lint; not for other rooms.
#pragma once

#include "core/lint.hpp"
#include "core/plan_parts.hpp"

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// A table whose rows belong to tenants.
struct Tenanted {
    const Table *table = nullptr;
    const Column *column = nullptr;
    Protection protection;
    bool part = false;    // of another one
    bool protects = false; // by this extension
};

struct LintContext {
    const Schema &schema;
    const Surroundings &around;
    const LintRequest &request;
    std::vector<Tenanted> tables;
    std::map<TableId, std::size_t> by_oid;             // into tables
    std::map<std::int64_t, const Function *> functions;
    std::map<std::pair<TableId, std::string>, const PolicyUses *> uses;
    std::set<std::string> applications; // roles of the application and their members
    std::set<std::string> reachable;    // these and all they are members of
    std::set<std::string> guarded;      // enrolled roles and their members

    const Tenanted *tenanted(TableId oid) const;
    // To which of these roles, or PUBLIC, one of the privileges is given: SQL, commas between; "" to none.
    std::string given(const Grants &grants, const std::vector<std::string> &privileges) const;
    std::string given_on(TableId table, const std::vector<std::string> &privileges) const;
    std::string role_sql(const std::string &name) const;
    const PolicyUses *uses_of(const Table &table, const Policy &policy) const;
    bool bypasses(const std::string &role) const; // policies do not hold for it anywhere
    bool sees_all(const std::string &role, const Tenanted &table) const; // nor for it on this table
};

LintContext lint_context(const Schema &schema, const Surroundings &around, const LintRequest &request);

// Rows of a table, through whatever names them.
std::vector<std::string> row_privileges();

// The table that is protected in its place: of a partition the root.
const Table &root_of(const Schema &schema, const Table &table);
// protect(), where the extension is there; otherwise what is given.
std::string protect_command(const LintContext &context, const Tenanted &table, const std::string &otherwise);

// Adds a finding of the rule; the title and the level are the rule's.
Finding &add_finding(const LintRule &rule, const std::string &object, const std::string &detail, const std::string &remediation, LintResult &out);

// ---- what an expression of a policy says; printed by the server ----
bool is_own_policy(const Tenanted &table, const Policy &policy); // made by the extension
bool always_true(const std::optional<std::string> &expression);
bool mentions(const std::string &expression, const std::string &identifier);
bool reads_setting(const std::string &expression);
bool reads_setting_in_subselect(const std::string &expression); // and nowhere else
std::string with_settings_in_subselects(const std::string &expression);
// True without a tenant: "setting IS NULL OR ...", "column = COALESCE(setting, column)".
bool fails_open(const std::string &expression, const std::string &column);

// Families; lint.cpp has the list of their rules.
#define TENANCY_LINT_RULE(name) void lint_##name(const LintContext &context, const LintRule &rule, LintResult &out)
TENANCY_LINT_RULE(rls_disabled);
TENANCY_LINT_RULE(rls_not_forced);
TENANCY_LINT_RULE(policies_without_rls);
TENANCY_LINT_RULE(partition_open);
TENANCY_LINT_RULE(no_policy);
TENANCY_LINT_RULE(no_restrictive_policy);
TENANCY_LINT_RULE(tenant_column_nullable);
TENANCY_LINT_RULE(tenant_column_loose);
TENANCY_LINT_RULE(guard_missing);
TENANCY_LINT_RULE(drift);
TENANCY_LINT_RULE(policy_for_some_roles);
TENANCY_LINT_RULE(policy_always_true);
TENANCY_LINT_RULE(policy_fails_open);
TENANCY_LINT_RULE(policy_without_tenant);
TENANCY_LINT_RULE(policy_reads_table);
TENANCY_LINT_RULE(policy_function_immutable);
TENANCY_LINT_RULE(function_leakproof);
TENANCY_LINT_RULE(role_superuser);
TENANCY_LINT_RULE(role_bypassrls);
TENANCY_LINT_RULE(role_replication);
TENANCY_LINT_RULE(role_createrole);
TENANCY_LINT_RULE(role_owns_table);
TENANCY_LINT_RULE(role_reaches_owner);
TENANCY_LINT_RULE(role_reaches_bypass);
TENANCY_LINT_RULE(role_predefined);
TENANCY_LINT_RULE(role_not_enrolled);
TENANCY_LINT_RULE(grant_truncate);
TENANCY_LINT_RULE(grant_references);
TENANCY_LINT_RULE(grant_trigger);
TENANCY_LINT_RULE(grant_public);
TENANCY_LINT_RULE(stored_context);
TENANCY_LINT_RULE(stored_secret);
TENANCY_LINT_RULE(stored_row_security);
TENANCY_LINT_RULE(stored_enforcement);
TENANCY_LINT_RULE(parameter_granted);
TENANCY_LINT_RULE(library_not_preloaded);
TENANCY_LINT_RULE(view_of_owner);
TENANCY_LINT_RULE(materialized_view);
TENANCY_LINT_RULE(definer_search_path);
TENANCY_LINT_RULE(definer_bypasses);
TENANCY_LINT_RULE(rule_on_table);
TENANCY_LINT_RULE(foreign_table);
TENANCY_LINT_RULE(foreign_server);
TENANCY_LINT_RULE(dblink_callable);
TENANCY_LINT_RULE(publication);
TENANCY_LINT_RULE(large_objects);
TENANCY_LINT_RULE(create_in_schema);
TENANCY_LINT_RULE(temporary_tables);
TENANCY_LINT_RULE(untrusted_language);
TENANCY_LINT_RULE(unique_without_tenant);
TENANCY_LINT_RULE(exclusion_without_tenant);
TENANCY_LINT_RULE(reference_without_tenant);
TENANCY_LINT_RULE(cascade_without_tenant);
TENANCY_LINT_RULE(sequence_granted);
TENANCY_LINT_RULE(extended_statistics);
TENANCY_LINT_RULE(index_without_tenant);
TENANCY_LINT_RULE(tenant_null);
TENANCY_LINT_RULE(tenant_unknown);
TENANCY_LINT_RULE(reference_crosses);
TENANCY_LINT_RULE(setting_per_row);
TENANCY_LINT_RULE(setting_in_subselect);
TENANCY_LINT_RULE(policy_function_slow);
TENANCY_LINT_RULE(policy_function_serial);
TENANCY_LINT_RULE(no_tenant_index);
TENANCY_LINT_RULE(minor_version);
#undef TENANCY_LINT_RULE

} // namespace tenancy::core
