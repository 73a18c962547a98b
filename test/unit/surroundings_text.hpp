// One of everything that tenancy.surroundings() tells, as JSON.
#pragma once

#include <nlohmann/json.hpp>

namespace tenancy::core {

inline nlohmann::json surroundings_json()
{
    return nlohmann::json::parse(R"json({
"database": "shop", "database_owner": "postgres", "database_grants": [{"to": "", "may": "CONNECT TEMPORARY"}], "extensions": ["dblink", "pg_tenancy"], "preload": "pg_tenancy,",
"roles": [{"name": "App \"2\"", "sql": "\"App \"\"2\"\"\"", "superuser": false, "bypassrls": true, "replication": false, "createrole": false, "createdb": false, "login": true, "application": true, "granted": true, "member_of": ["group"], "reaches": ["group", "owner"]}],
"stored_settings": [{"role": "App \"2\"", "database": "", "name": "app.current_tenant_id", "value": "a=b"}],
"parameters": [{"name": "log_statement", "to": "", "may": "ALTER SYSTEM"}],
"schemas": [{"name": "s", "sql": "s", "owner": "owner", "grants": [{"to": "", "may": "CREATE"}]}],
"servers": [{"sql": "far", "owner": "owner", "grants": [{"to": "", "may": "USAGE"}]}],
"languages": [{"name": "c", "sql": "c", "owner": "postgres", "grants": [{"to": "", "may": "USAGE"}]}],
"table_grants": [{"oid": 16385, "grants": [{"to": "App \"2\"", "may": "SELECT TRUNCATE"}]}],
"views": [{"oid": 90000, "schema": "s", "sql": "s.v", "owner": "postgres", "materialized": true, "invoker": false, "barrier": false, "filters": false, "of_extension": false, "reads": [16385]}],
"functions": [{"oid": 95000, "name": "f", "sql": "s.f()", "owner": "owner", "language": "sql", "body": "", "definer": true, "leakproof": true, "trigger": false, "parsed": true, "of_extension": false, "volatility": "i", "parallel": "u", "search_path": null, "grants": []}],
"policy_uses": [{"table": 16385, "policy": "rows", "functions": [95000], "relations": [16386]}],
"publications": [{"sql": "p", "all": false, "tables": [16385], "schemas": ["s"]}],
"large_objects": [{"owner": "App \"2\"", "count": 7}],
"rules": [{"table": 16385, "sql": "r"}],
"statistics": [{"table": 16385, "sql": "s.x"}],
"sequences": [{"table": 16385, "sql": "s.q", "identity": true, "grants": [{"to": "", "may": "USAGE"}]}],
"exclusions": [{"table": 16385, "sql": "x", "columns": ["during"]}]
})json");
}

} // namespace tenancy::core
