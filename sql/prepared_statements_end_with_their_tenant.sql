-- What an application's transaction PREPAREs is gone after it, once the connection has worked for a tenant, so that nobody executes another tenant's statement under a name of his own.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

\c - regress_tenancy_app
-- As the connection is set up: stays.
PREPARE usual AS SELECT count(*) FROM shop.projects;
BEGIN;
PREPARE before AS SELECT 1;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
PREPARE mine AS DELETE FROM shop.projects;
PREPARE usual AS DELETE FROM shop.projects;
DO $$ BEGIN EXECUTE 'PREPARE hidden AS SELECT 2'; END $$;
SAVEPOINT s;
PREPARE in_savepoint AS SELECT 3;
ROLLBACK TO s;
EXECUTE usual;
SELECT name FROM pg_prepared_statements ORDER BY name;
COMMIT;
SELECT name FROM pg_prepared_statements ORDER BY name;
-- A name of the set-up, replaced.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
DEALLOCATE usual;
PREPARE usual AS DELETE FROM shop.projects;
COMMIT;
EXECUTE usual;
-- When the transaction fails, and when it only had a tenant.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
PREPARE mine AS SELECT 1;
ROLLBACK;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT tenancy.clear_tenant();
PREPARE mine_too AS SELECT 1;
COMMIT;
SELECT name FROM pg_prepared_statements ORDER BY name;
-- Without a tenant, once the connection has worked for one.
BEGIN;
PREPARE without AS SELECT 1;
EXECUTE without;
COMMIT;
PREPARE outside AS DELETE FROM shop.projects;
DO $$ BEGIN EXECUTE 'PREPARE hidden AS SELECT 2'; END $$;
SELECT name FROM pg_prepared_statements ORDER BY name;
-- Executed while it ends, dropped meanwhile.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
PREPARE rows AS SELECT id FROM shop.projects ORDER BY id;
DO $$ BEGIN EXECUTE 'EXECUTE rows'; EXECUTE 'DEALLOCATE rows'; END $$;
COMMIT;
-- A platform role keeps its statements.
\c - :superuser
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
PREPARE mine AS SELECT 1;
COMMIT;
SELECT name FROM pg_prepared_statements ORDER BY name;
DEALLOCATE ALL;
\i :cleanup
