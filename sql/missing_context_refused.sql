-- A guarded session that says no tenant gets no rows and no row in: refused, or shown nothing at all.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.empty (id bigint PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE VIEW shop.project_names WITH (security_invoker) AS SELECT id, name FROM shop.projects;
CREATE FUNCTION regress.project_count() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT count(*) FROM shop.projects);
END $$;
CALL regress.settle();

\c - regress_tenancy_app
SELECT * FROM shop.projects;
SELECT count(*) FROM shop.projects WHERE tenant_id = :'acme';
SELECT * FROM shop.empty;
SELECT 1 FROM shop.empty WHERE false;
SELECT * FROM shop.project_names;
SELECT regress.project_count();
SELECT name FROM (VALUES (1)) AS v (x) LEFT JOIN shop.projects ON false;
SELECT * FROM shop.projects FOR UPDATE;
INSERT INTO shop.projects (id, name) VALUES (91, 'lost');
INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'acme', 'lost');
INSERT INTO shop.projects (id, tenant_id, name) VALUES (1, :'acme', 'lost') ON CONFLICT DO NOTHING;
UPDATE shop.projects SET name = 'lost';
UPDATE shop.projects SET name = 'lost' WHERE false;
DELETE FROM shop.projects;
DELETE FROM shop.empty;
MERGE INTO shop.projects AS p USING (VALUES (1)) AS w (id) ON p.id = w.id WHEN MATCHED THEN DELETE;
TRUNCATE shop.empty;
COPY shop.projects TO stdout;
COPY (SELECT * FROM shop.projects) TO stdout;
\copy shop.projects (id, name) FROM '/dev/null'
DECLARE all_projects CURSOR WITH HOLD FOR SELECT * FROM shop.projects;
EXPLAIN SELECT * FROM shop.projects;
CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT * FROM shop.projects;
DO $$ BEGIN PERFORM FROM shop.projects; END $$;
-- LOCK TABLE reads nothing.
BEGIN;
LOCK TABLE shop.projects IN ACCESS SHARE MODE;
COMMIT;

-- Prepared statements, planned with a tenant or without one.
PREPARE names AS SELECT name FROM shop.projects ORDER BY id;
EXECUTE names;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
EXECUTE names;
COMMIT;
EXECUTE names;
SET plan_cache_mode = force_generic_plan;
BEGIN;
SELECT tenancy.set_tenant(:'beta');
EXECUTE names;
COMMIT;
EXECUTE names;
RESET plan_cache_mode;

-- A tenant set for one transaction is gone in the next, also after ROLLBACK, and none outlives a connection.
BEGIN;
SET LOCAL app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SELECT name FROM shop.projects ORDER BY id;
ROLLBACK;
SELECT name FROM shop.projects ORDER BY id;
SET app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SELECT name FROM shop.projects ORDER BY id;
SELECT set_config('app.current_tenant_id', :'acme', false) = :'acme' AS set;
SELECT name FROM shop.projects ORDER BY id;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT tenancy.clear_tenant();
SELECT name FROM shop.projects ORDER BY id;
COMMIT;

-- A role that became enrolled by SET ROLE is no different; the owner, not enrolled, meets the policy.
\c - :superuser
LOAD 'pg_tenancy';
SET ROLE regress_tenancy_app;
SELECT name FROM shop.projects ORDER BY id;
UPDATE shop.projects SET name = 'lost' WHERE false;
RESET ROLE;
SELECT count(*) FROM shop.projects;
\c - regress_tenancy_owner
SELECT name FROM shop.projects ORDER BY id;
INSERT INTO shop.projects (id, name) VALUES (91, 'lost');

-- missing_context = 'empty': no error, and nothing there. Nothing can be written either.
\c - :superuser
LOAD 'pg_tenancy';
ALTER ROLE regress_tenancy_app IN DATABASE :"DBNAME" SET tenancy.missing_context = 'empty';
\c - regress_tenancy_app
SHOW tenancy.missing_context;
SELECT * FROM shop.projects;
SELECT count(*) FROM shop.projects WHERE tenant_id = :'acme';
SELECT * FROM shop.project_names;
SELECT regress.project_count();
COPY shop.projects TO stdout;
UPDATE shop.projects SET name = 'lost' RETURNING id;
DELETE FROM shop.projects RETURNING id;
INSERT INTO shop.projects (id, name) VALUES (91, 'lost');
INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'acme', 'lost');
TRUNCATE shop.empty;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT name FROM shop.projects ORDER BY id;
COMMIT;
-- The session cannot choose it for itself.
SET tenancy.missing_context = 'error';

\c - :superuser
SELECT id, name FROM shop.projects ORDER BY id;
SELECT regress.others_untouched();
\i :cleanup
