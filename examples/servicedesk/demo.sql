-- The service desk becomes a database of many tenants: what is there, what is decided, adopted, enforced, and what
-- is refused then. Run by `make demo` in a database of its own, by a superuser; :directory is this folder.
\set ON_ERROR_STOP on
SELECT session_user AS superuser \gset
\encoding UTF8
\pset null ''
\pset footer off
\cd :directory
SET client_min_messages = warning;
\o /dev/null
\i schema.sql
\set size 10000
\i generate.sql
ANALYZE;
CREATE ROLE desk_app LOGIN;
GRANT USAGE ON SCHEMA servicedesk TO desk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA servicedesk TO desk_app;
CREATE EXTENSION pg_tenancy;
SELECT tenancy.use_tenant_table('servicedesk."Tenant"', 'id');
\o
\echo
\echo 'A service desk that was built for one company and is used by several. Before:'
\echo
SELECT table_name, kind, rows, null_tenants AS "without tenant", derivable, conflicting, orphans, crossing FROM tenancy.classify('servicedesk', 'tenantId');
\echo 'CALL tenancy.adopt() in four rounds, with decisions in between (decisions.sql); the application could go on meanwhile.'
\echo
\o /dev/null
SET client_min_messages = error;
\set round 1
\i decisions.sql
CALL tenancy.adopt('servicedesk', 'tenantId');
\set round 2
\i decisions.sql
CALL tenancy.adopt('servicedesk', 'tenantId');
\set round 3
\i decisions.sql
CALL tenancy.adopt('servicedesk', 'tenantId', not_null => true);
\set round 4
\i decisions.sql
CALL tenancy.adopt('servicedesk', 'tenantId', not_null => true);
\o
SELECT phase, count(*) AS steps, sum(rows_done) AS "rows given a tenant", count(*) FILTER (WHERE state = 'left out' AND message <> '') AS "left out, with a reason",
       round(1000 * extract(epoch FROM sum(ended_at - began_at))) AS ms
FROM tenancy.adoption_steps GROUP BY phase ORDER BY min(step);
SELECT action, target, tenant, reason, rows FROM tenancy.orphan_decisions ORDER BY id;
\echo 'Enforced: policies, guards and what was missing.'
\echo
\o /dev/null
SELECT tenancy.protect_schema('servicedesk', 'tenantId');
SELECT tenancy.share('servicedesk."Tenant"', 'id = tenancy.current_tenant_text()');
SELECT tenancy.enroll('desk_app');
CREATE FUNCTION servicedesk.attempt(what text, statement text) RETURNS TABLE (attempt text, answer text) LANGUAGE plpgsql AS $$
DECLARE
    rows bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS rows = ROW_COUNT;
    RETURN QUERY SELECT what, rows || ' rows';
EXCEPTION WHEN OTHERS THEN
    RETURN QUERY SELECT what, SQLSTATE || ' ' || SQLERRM;
END $$;
\o
\echo 'After:'
\echo
SELECT table_name, kind, rows, null_tenants AS "without tenant", crossing FROM tenancy.classify('servicedesk', 'tenantId');
\c - desk_app
BEGIN;
\o /dev/null
SELECT tenancy.set_tenant('default');
\o
SELECT a.* FROM (VALUES
    (1, 'read all bookings', 'SELECT FROM servicedesk.bookings'),
    (2, 'read those of others', 'SELECT FROM servicedesk.bookings WHERE "tenantId" <> ''default'''),
    (3, 'book for another tenant', 'INSERT INTO servicedesk.services (id, "tenantId", slug, name, "basePrice") SELECT ''x'', ''other'', ''x'', ''x'', 1'),
    (4, 'give away an invoice', 'UPDATE servicedesk.invoices SET "tenantId" = ''other'''),
    (5, 'empty a table', 'TRUNCATE servicedesk.chat_messages'),
    (6, 'become another tenant', 'SELECT set_config(''app.current_tenant_id'', ''other'', true)')) AS t(n, what, statement),
    servicedesk.attempt(t.what, t.statement) AS a ORDER BY t.n;
COMMIT;
SELECT a.* FROM servicedesk.attempt('read without a tenant', 'SELECT FROM servicedesk.bookings') AS a;
\c - :superuser
\echo 'Proof: every table is attacked as an enrolled role, with rows made for it; then each guard is taken away in turn, and'
\echo 'some attack has to notice. All of it is taken back.'
\echo
SET client_min_messages = warning;
\o /dev/null
CREATE TEMP TABLE proof AS SELECT * FROM tenancy.prove(sabotage => true);
\o
SELECT split_part(operation, ' by ', 1) AS attack, count(*) FILTER (WHERE outcome = 'held') AS held, count(*) FILTER (WHERE outcome = 'left out') AS "left out",
       count(*) FILTER (WHERE outcome IN ('crossed', 'missing', 'unnoticed')) AS crossed, min(sqlstate) FILTER (WHERE sqlstate <> '00000') AS sqlstate
FROM proof WHERE operation NOT LIKE 'without %' GROUP BY 1 ORDER BY 1;
SELECT outcome, count(*) AS "guards taken away" FROM proof WHERE operation LIKE 'without %' GROUP BY outcome ORDER BY outcome;
\echo 'Lint: what is left to be done.'
\echo
SELECT level, rule, object FROM tenancy.lint() WHERE level IN ('error', 'warning') ORDER BY level, rule, object;
\if :{?report}
\pset format unaligned
\pset tuples_only on
\o :report
SELECT tenancy.report(data => true, proof => true);
\o
\pset tuples_only off
\pset format aligned
\endif
