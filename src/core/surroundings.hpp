// What stands around the tables - roles, rights, views, functions, settings - as plain values, read from the JSON of
// tenancy.surroundings(). The rules of lint are pure functions of it and of core/schema.hpp.
// Errors of read_surroundings: 22023 when the text is not such a description.
#pragma once

#include "core/schema.hpp"

#include <set>

#ifdef POSTGRES_H
#error "core is free of the server: include it before pg/postgres.hpp"
#endif

namespace tenancy::core {

// What others than the owner may do; to: a role, or "" for PUBLIC. may: privileges as SQL names them, blanks between.
struct Grant {
    std::string to, may;
    bool gives(std::string_view privilege) const;
};
using Grants = std::vector<Grant>;

struct Role {
    std::string name, sql;
    bool superuser = false, bypassrls = false, replication = false, createrole = false, createdb = false, login = false;
    bool application = false; // isolation must hold for it
    bool granted = false;     // something of this database is granted to it
    std::vector<std::string> member_of; // itself
    std::vector<std::string> reaches;   // over any number of steps
};

struct StoredSetting { // ALTER ROLE ... SET, ALTER DATABASE ... SET
    std::string role, database, name, value; // "": all
};

struct View {
    TableId oid = 0;
    std::string schema, sql, owner;
    bool materialized = false, invoker = false, barrier = false, filters = false, of_extension = false;
    std::vector<TableId> reads; // tables and views
};

// Only those that a rule asks about: SECURITY DEFINER, LEAKPROOF, of policies, dblink's.
struct Function {
    std::int64_t oid = 0;
    std::string name, sql, owner, language, body;
    bool definer = false, leakproof = false, trigger = false, of_extension = false;
    bool parsed = false; // when it was made: BEGIN ATOMIC
    char volatility = 'v', parallel = 'u';
    std::optional<std::string> search_path; // fixed by SET
    Grants grants;
};

struct PolicyUses {
    TableId table = 0;
    std::string policy;
    std::vector<std::int64_t> functions; // none of the server's own
    std::vector<TableId> relations;      // besides the table
};

struct Publication {
    std::string sql;
    bool all = false;
    std::vector<TableId> tables; // without a row filter
    std::vector<std::string> schemas;
};

struct Granted { // a schema, foreign server, or language that is not confined and yet marked as trusted
    std::string name, sql, owner;
    Grants grants;
};

struct OfTable { // a rule, statistics object, sequence or exclusion constraint
    TableId table = 0;
    std::string sql;
    bool identity = false;            // of sequences
    std::vector<std::string> columns; // of exclusion constraints
    Grants grants;                    // of sequences
};

struct Parameter {
    std::string name, to, may;
};

struct LargeObjects {
    std::string owner;
    std::int64_t count = 0;
};

struct Surroundings {
    std::string database, database_owner;
    std::optional<std::string> preload; // libraries; none: not known
    std::vector<std::string> extensions;
    Grants database_grants;
    std::vector<Role> roles;
    std::vector<StoredSetting> stored_settings;
    std::vector<Parameter> parameters;
    std::vector<Granted> schemas, servers, languages;
    std::map<TableId, Grants> table_grants; // of tables, views and foreign tables
    std::vector<View> views;
    std::vector<Function> functions;
    std::vector<PolicyUses> policy_uses;
    std::vector<Publication> publications;
    std::vector<LargeObjects> large_objects;
    std::vector<OfTable> rules, statistics, sequences, exclusions;

    const Role *role(std::string_view name) const;
    const Function *function(std::int64_t oid) const;
    bool has_extension(std::string_view name) const;
};

Surroundings read_surroundings(std::string_view json);

} // namespace tenancy::core
