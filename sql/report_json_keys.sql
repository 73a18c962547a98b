-- report('json'): the facts and a verdict, with keys that stay; format and parameters are checked; sessions of an
-- application are refused.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE regress.reports AS SELECT tenancy.report('json', data => true)::json AS report;
SELECT string_agg(k.name, ' ' ORDER BY k.n) AS facts FROM regress.reports, json_object_keys(report) WITH ORDINALITY AS k(name, n);
SELECT string_agg(k.name, ' ' ORDER BY k.n) AS verdict FROM regress.reports, json_object_keys(report -> 'verdict') WITH ORDINALITY AS k(name, n);
SELECT DISTINCT string_agg(k.name, ' ' ORDER BY k.n) AS each_table FROM regress.reports, json_array_elements(report -> 'tables') WITH ORDINALITY AS t(one, m), json_object_keys(t.one) WITH ORDINALITY AS k(name, n) GROUP BY t.m;
SELECT DISTINCT string_agg(k.name, ' ' ORDER BY k.n) AS each_role FROM regress.reports, json_array_elements(report -> 'roles') WITH ORDINALITY AS t(one, m), json_object_keys(t.one) WITH ORDINALITY AS k(name, n) GROUP BY t.m;
SELECT t ->> 'sql' AS target, t ->> 'kind' AS kind, t ->> 'row_security' AS row_security, t ->> 'forced' AS forced, t ->> 'isolated' AS isolated, t ->> 'guarded' AS guarded
  FROM regress.reports, json_array_elements(report -> 'tables') AS t WHERE t ->> 'schema' = 'shop';
-- Rows of each tenant, where rows are counted.
SELECT s ->> 'name' AS tenant, (s ->> 'rows')::int > 0 AS has_rows FROM regress.reports, json_array_elements(report #> '{tenants,sizes,biggest}') AS s WHERE s ->> 'tenant' IN (:'acme', :'beta') ORDER BY 1;
SELECT report ->> 'proof' AS proof, report ->> 'proof_state' AS proof_state, report ->> 'data' AS data, report #>> '{verdict,tables}' = report #>> '{verdict,tables_held}' AS all_held FROM regress.reports;
SELECT tenancy.report('json')::json -> 'tenants' ->> 'sizes' AS not_counted;

-- A table that is forgotten, and a guard that is switched off.
CREATE TABLE shop.forgotten (tenant_id uuid);
ALTER TABLE shop.tasks NO FORCE ROW LEVEL SECURITY;
SELECT r.v #>> '{verdict,grade}' AS grade, r.v #>> '{verdict,holds}' AS holds, (r.v #>> '{verdict,tables}')::int - (r.v #>> '{verdict,tables_held}')::int AS not_held FROM (SELECT tenancy.report('json')::json AS v) AS r;
SELECT x ->> 'text' AS reason FROM json_array_elements(tenancy.report('json')::json #> '{verdict,reasons}') AS x WHERE x ->> 'text' ~ '^shop\.|no protection';

-- What is refused.
SELECT tenancy.report('pdf');
\echo :LAST_ERROR_SQLSTATE
SELECT tenancy.report(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT tenancy.report(data => NULL);
\echo :LAST_ERROR_SQLSTATE
\c - regress_tenancy_app
SELECT tenancy.report();
-- Also where somebody has granted it.
\c - :superuser
GRANT EXECUTE ON FUNCTION tenancy.report(text, boolean, boolean), tenancy.require_platform(text) TO regress_tenancy_app;
\c - regress_tenancy_app
SELECT tenancy.report();
\echo :LAST_ERROR_SQLSTATE
\c - :superuser
REVOKE EXECUTE ON FUNCTION tenancy.report(text, boolean, boolean), tenancy.require_platform(text) FROM regress_tenancy_app;
\i :cleanup
