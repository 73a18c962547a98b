-- A guarded transaction works for one tenant: the first wins, whatever savepoints, RESET and errors do.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT tenancy.set_tenant(:'beta');
SET LOCAL app.current_tenant_id = 'bbbbbbbb-0000-7000-8000-000000000000';
SELECT set_config('app.current_tenant_id', :'beta', true);
SELECT set_config('app.current_tenant_id', :'beta', false);
RESET app.current_tenant_id;
SELECT count(*) FROM shop.projects;
SELECT tenancy.set_tenant(:'beta');
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered_again;
SELECT count(*) FROM shop.projects;
SELECT tenancy.clear_tenant();
SELECT tenancy.set_tenant(:'beta');
COMMIT;
BEGIN;
SAVEPOINT before;
SET LOCAL app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
ROLLBACK TO before;
SHOW app.current_tenant_id;
SET LOCAL app.current_tenant_id = 'bbbbbbbb-0000-7000-8000-000000000000';
COMMIT;
-- In one statement, too.
SELECT set_config('app.current_tenant_id', :'acme', true) IS NOT NULL AS first, set_config('app.current_tenant_id', :'beta', true) AS second;
DO $$ BEGIN
  PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
  BEGIN PERFORM tenancy.set_tenant('bbbbbbbb-0000-7000-8000-000000000000'); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END;
  COMMIT;
  PERFORM tenancy.set_tenant('bbbbbbbb-0000-7000-8000-000000000000');
  RAISE NOTICE 'another transaction, another tenant: % projects', (SELECT count(*) FROM shop.projects);
END $$;
-- Nothing is carried to the next transaction.
SELECT set_config('app.current_tenant_id', :'acme', false) = :'acme' AS set_for_the_session;
SHOW app.current_tenant_id;
SELECT count(*) FROM shop.projects;
SET app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SET SESSION app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SET LOCAL app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SELECT count(*) FROM shop.projects;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT tenant, source, role, guarded FROM tenancy.context();
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM shop.projects;
DECLARE open CURSOR FOR SELECT id FROM shop.projects ORDER BY id;
FETCH 1 FROM open;
COMMIT;
FETCH 1 FROM open;
SELECT tenant, source, role, guarded FROM tenancy.context();
DISCARD ALL;
SELECT count(*) FROM shop.projects;
-- Malformed and unknown.
SELECT tenancy.set_tenant('acme');
SET LOCAL app.current_tenant_id = 'acme';
SELECT tenancy.set_tenant('dddddddd-0000-7000-8000-000000000000');
SELECT tenancy.set_tenant('{AAAAAAAA-0000-7000-8000-000000000000}');
SELECT tenancy.set_tenant(tenancy.typeid('ten', :'acme'));
SELECT tenancy.set_tenant(tenancy.typeid('prj', :'acme'));
-- From elsewhere: refused.
BEGIN;
UPDATE pg_settings SET setting = 'aaaaaaaa-0000-7000-8000-000000000000' WHERE name = 'app.current_tenant_id';
SELECT count(*) FROM shop.projects;
UPDATE pg_settings SET setting = 'bbbbbbbb-0000-7000-8000-000000000000' WHERE name = 'app.current_tenant_id';
ROLLBACK;
SET tenancy.context_scope = 'session';
SET tenancy.missing_context = 'empty';
-- For dedicated connections an operator may let it last.
\c - :superuser
ALTER ROLE regress_tenancy_app SET tenancy.context_scope = 'session';
\c - regress_tenancy_app
SET app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SELECT count(*) FROM shop.projects;
SELECT count(*) FROM shop.projects;
SELECT tenancy.set_tenant(:'beta') = :'beta' AS another_transaction;
SELECT min(id) FROM shop.projects;
DISCARD ALL;
SELECT count(*) FROM shop.projects;
\c - :superuser
-- From elsewhere: refused to platform roles too.
ALTER ROLE regress_tenancy_app SET app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
CREATE FUNCTION pg_temp.sneak() RETURNS bigint LANGUAGE sql SET app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000' AS 'SELECT count(*) FROM shop.projects';
-- A platform role's tenant lasts as any setting does.
SET app.current_tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000';
SHOW app.current_tenant_id;
INSERT INTO shop.projects (id, name) VALUES (50, 'Own') RETURNING tenant_id;
SET app.current_tenant_id = 'bbbbbbbb-0000-7000-8000-000000000000';
DELETE FROM shop.projects WHERE id = 50;
RESET app.current_tenant_id;
DELETE FROM shop.projects WHERE id = 50;
\c - :superuser
\i :cleanup
