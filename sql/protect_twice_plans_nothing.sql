-- A protected schema plans nothing; what was damaged is planned and repaired.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT target, kind, tenant_column, global_rows, part, row_security, forced, isolated, guarded FROM tenancy.protected ORDER BY target::text;
SELECT * FROM tenancy.plan('shop');
SELECT tenancy.protect_schema('shop');
SELECT tenancy.protect('shop.projects');
-- As after pg_restore --disable-triggers.
ALTER TABLE shop.projects DISABLE TRIGGER ALL;
ALTER TABLE shop.projects ENABLE TRIGGER ALL;
ALTER TABLE shop.tasks DISABLE ROW LEVEL SECURITY;
DROP POLICY tenancy_isolation ON shop.changes;
ALTER TABLE shop.changes ALTER COLUMN tenant_id DROP DEFAULT;
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE state = 'missing' ORDER BY detail;
SELECT step, phase, target_table, kind, sql, lock_mode FROM tenancy.plan('shop');
SELECT tenancy.protect_schema('shop');
SELECT * FROM tenancy.plan('shop');
-- A policy that was opened is put right.
ALTER POLICY tenancy_isolation ON shop.projects USING (true);
SELECT sql FROM tenancy.plan('shop.projects');
SELECT tenancy.protect('shop.projects');
-- The way back, and forth again.
SELECT tenancy.unprotect('shop.tasks');
\d shop.tasks
SELECT tenancy.protect('shop.tasks') > 0 AS again;
SELECT * FROM tenancy.plan('shop');
\set VERBOSITY terse
DROP EXTENSION pg_tenancy;
\c - :superuser
\i :cleanup
