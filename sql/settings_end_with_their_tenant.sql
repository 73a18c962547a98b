-- In a session of an application, what a transaction that has or had a tenant sets is undone at its end; what is set
-- outside of such transactions stays.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE FUNCTION regress.state() RETURNS text LANGUAGE sql STABLE
RETURN concat_ws(' | ', current_setting('search_path'), nullif(current_setting('app.carried', true), ''),
                 current_setting('default_transaction_read_only'), current_setting('work_mem'), current_user);
CREATE PROCEDURE regress.commits(setting text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
  PERFORM set_config('app.carried', setting, false);
  COMMIT;
  RAISE NOTICE 'after COMMIT: "%"', current_setting('app.carried', true);
  PERFORM set_config('app.carried', setting || ' without a tenant', false);
  COMMIT;
  RAISE NOTICE 'after COMMIT without a tenant: "%"', current_setting('app.carried', true);
  PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
  PERFORM set_config('app.carried', 'lost', false);
END $$;
CREATE FUNCTION regress.deferred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'at COMMIT: "%"', current_setting('app.carried', true);
  PERFORM set_config('app.carried', 'by a deferred trigger', false);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deferred AFTER UPDATE ON shop.tasks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION regress.deferred();

\c - regress_tenancy_app
-- Connection set-up.
SET search_path = shop;
SELECT set_config('app.carried', 'set up', false);
SELECT regress.state();
-- SET and set_config() of a transaction with a tenant, seen by itself only.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET search_path = shop, regress;
SET app.carried = 'acme''s';
SET default_transaction_read_only = on;
SET SESSION work_mem = '8MB';
SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT set_config('app.new', 'acme''s', false);
SELECT regress.state();
COMMIT;
SELECT regress.state(), current_setting('app.new', true) AS new, current_setting('default_transaction_isolation') AS isolation;
-- Before the tenant was set; after it was cleared; with a tenant that only a rolled-back savepoint knew.
BEGIN;
SET app.carried = 'earlier';
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
COMMIT;
SELECT regress.state();
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT tenancy.clear_tenant();
SET app.carried = 'later';
COMMIT;
SELECT regress.state();
BEGIN;
SAVEPOINT s;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
ROLLBACK TO s;
SET app.carried = 'after the savepoint';
COMMIT;
SELECT regress.state();
-- Savepoints, released and rolled back.
BEGIN;
SET LOCAL app.current_tenant_id = :'acme';
SAVEPOINT s;
SET app.carried = 'one';
SAVEPOINT t;
SET app.carried = 'two';
ROLLBACK TO t;
SELECT current_setting('app.carried');
RELEASE s;
SET LOCAL app.carried = 'local';
RESET search_path;
COMMIT;
SELECT regress.state();
-- One statement; several sent as one; DO; UPDATE pg_settings; a function's SET clause.
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered, set_config('app.carried', 'one statement', false);
SELECT regress.state();
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered \; SET app.carried = 'several' \; SELECT regress.state();
SELECT regress.state();
DO $$ BEGIN PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000'); SET app.carried = 'do'; SET search_path = regress; END $$;
SELECT regress.state();
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
UPDATE pg_settings SET setting = '8192' WHERE name = 'work_mem';
SELECT current_setting('work_mem');
COMMIT;
SELECT regress.state();
-- Errors, and a transaction that fails at COMMIT.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET app.carried = 'error';
SELECT 1 / 0;
\set ON_ERROR_ROLLBACK off
SELECT 1 / 0;
COMMIT;
\set ON_ERROR_ROLLBACK on
SELECT regress.state();
-- A deferred trigger sets at COMMIT, and still finds what was set.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
UPDATE shop.tasks SET title = 'Forged' WHERE id = 101;
SET app.carried = 'until the end';
COMMIT;
SELECT regress.state();
-- Transactions in procedures.
CALL regress.commits('in a procedure');
SELECT regress.state();
SET app.carried = 'set up';
-- The transaction's own characteristics hold to its end: serializable, read only, chained.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
UPDATE shop.tasks SET title = 'Forge' WHERE id = 101;
SET app.carried = 'serializable';
COMMIT AND CHAIN;
SHOW transaction_isolation;
SELECT regress.state();
COMMIT;
SHOW transaction_isolation;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT count(*) FROM shop.tasks;
SET app.carried = 'deferrable';
COMMIT;
SHOW transaction_read_only;
SELECT regress.state();
-- Workers.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT count(*) FROM shop.tasks;
COMMIT;
SHOW min_parallel_table_scan_size;
-- The role too: what SET ROLE changes goes back.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET ROLE NONE;
SET ROLE regress_tenancy_app;
COMMIT;
SHOW role;
-- Without a tenant nothing is undone, and DISCARD ALL starts afresh.
BEGIN;
SET app.carried = 'no tenant';
COMMIT;
SELECT regress.state();
SHOW search_path;
DISCARD ALL;
SHOW search_path;
-- Under context_scope = session settings stay, as the tenant does.
\c - :superuser
SET tenancy.context_scope = session;
SET SESSION AUTHORIZATION regress_tenancy_app;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET app.carried = 'stays';
COMMIT;
SELECT regress.state();
\c - :superuser
-- Who is not guarded keeps what he sets, also where he becomes the application on the way: going back
-- would make him a platform role again, unasked.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET app.carried = 'superuser''s';
COMMIT;
SHOW app.carried;
BEGIN;
SET ROLE regress_tenancy_app;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET app.carried = 'app''s';
COMMIT;
SELECT current_user, current_setting('app.carried') AS carried;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET app.carried = 'gone';
RESET ROLE;
COMMIT;
SELECT current_user, current_setting('app.carried') AS carried;
RESET ROLE;
\i :cleanup
