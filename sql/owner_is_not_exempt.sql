-- The owner of the tables sees and writes the tenant's rows only, like everybody else.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE FUNCTION regress.project_count() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT count(*) FROM shop.projects $$;
ALTER FUNCTION regress.project_count() OWNER TO regress_tenancy_owner;
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class
 WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' ORDER BY relname COLLATE "C";

\c - regress_tenancy_owner
SELECT count(*) FROM shop.projects;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.projects ORDER BY id;
SELECT id FROM shop.projects WHERE id = 11;
INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'beta', 'planted');
UPDATE shop.projects SET tenant_id = :'beta' WHERE id = 1;
UPDATE shop.projects SET name = 'taken' WHERE id = 11 RETURNING id;
DELETE FROM shop.projects WHERE id = 11 RETURNING id;
TRUNCATE shop.tasks;
-- row_security = off asks for an error, not for all rows.
SET LOCAL row_security = off;
SELECT id FROM shop.projects ORDER BY id;
ROLLBACK;

-- Its functions lend an enrolled role no more than the tenant's rows.
\c - regress_tenancy_app
SELECT regress.project_count();
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT regress.project_count();
SET LOCAL row_security = off;
SELECT regress.project_count();
SELECT count(*) FROM shop.projects;
ROLLBACK;

-- An owner can take protection away. Then guarded sessions are shown the tenant's rows or nothing.
\c - regress_tenancy_owner
ALTER TABLE shop.projects NO FORCE ROW LEVEL SECURITY;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.projects ORDER BY id;
SELECT regress.project_count();
ROLLBACK;
\c - regress_tenancy_owner
ALTER TABLE shop.projects FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.projects ORDER BY id;
UPDATE shop.projects SET name = 'taken' WHERE id = 11;
SELECT regress.project_count();
ROLLBACK;
\c - :superuser
SELECT state, next_command FROM tenancy.status() WHERE topic = 'table';
CALL regress.settle();
SELECT state, next_command FROM tenancy.status() WHERE topic = 'table';
-- Who owns protected tables cannot be enrolled.
SELECT tenancy.enroll('regress_tenancy_owner');
SELECT regress.others_untouched();
\i :cleanup
