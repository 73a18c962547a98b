-- What adopt() and plan_script() cannot do is refused before anything is changed.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
CREATE TABLE "App 2".users (id int PRIMARY KEY, tenant_id uuid REFERENCES tenancy.tenants);
CREATE TABLE "App 2".notes (id int PRIMARY KEY, user_id int NOT NULL REFERENCES "App 2".users);
CREATE TABLE "App 2".lone (id int PRIMARY KEY);
INSERT INTO "App 2".users VALUES (1, :'acme');
INSERT INTO "App 2".notes VALUES (1, 1);
-- Inside of a transaction, and where one is around.
BEGIN;
CALL tenancy.adopt('App 2');
ROLLBACK;
DO $$ BEGIN CALL tenancy.adopt('App 2'); END $$;
BEGIN;
CALL tenancy.backfill(ARRAY['"App 2".notes']::regclass[], ARRAY['SELECT $1, $2'], 'tenant_id');
ROLLBACK;
-- Names and numbers.
CALL tenancy.adopt('app 2');
CALL tenancy.adopt(NULL);
CALL tenancy.adopt('App 2', NULL);
CALL tenancy.adopt('pg_catalog');
CALL tenancy.adopt('App 2', batch_size => 0);
CALL tenancy.adopt('App 2', batch_size => 1000001);
CALL tenancy.adopt('App 2', batch_size => NULL);
CALL tenancy.backfill(NULL, NULL, 'tenant_id');
CALL tenancy.backfill('{}', '{x}', 'tenant_id');
CALL tenancy.backfill('{}', '{}', NULL);
CALL tenancy.backfill('{}', '{}', 'tenant_id', batch_size => 0);
SELECT tenancy.observe(NULL);
SELECT tenancy.observe('"App 2".users', NULL);
SELECT tenancy.enforce(NULL);
CALL tenancy.adopt('App 2', pause_ms => -1);
CALL tenancy.adopt('App 2', pause_ms => NULL);
CALL tenancy.adopt('App 2', lock_timeout_ms => 9);
CALL tenancy.adopt('App 2', lock_timeout_ms => NULL);
SELECT file FROM tenancy.plan_script('app 2');
SELECT file FROM tenancy.plan_script(NULL);
SELECT file FROM tenancy.plan_script('App 2', NULL);
SELECT file FROM tenancy.plan_script('App 2', format => 'liquibase');
SELECT file FROM tenancy.plan_script('App 2', format => NULL);
SELECT file FROM tenancy.plan_script('"App 2".gone', adopt => false);
-- A reference that is not there.
SELECT tenancy.keep_reference('"App 2".notes', 'gone_fkey', 'because');
SELECT tenancy.keep_reference('"App 2".notes', 'notes_pkey', 'because');
SELECT tenancy.keep_reference('"App 2".notes', 'notes_user_id_fkey', '');
SELECT tenancy.keep_reference(NULL, 'notes_user_id_fkey', 'because');
SELECT tenancy.keep_reference('"App 2".notes', NULL, 'because');
SELECT tenancy.keep_reference('"App 2".notes', 'notes_user_id_fkey', 'because', NULL);
-- Nothing runs.
SELECT tenancy.cancel_adoption();
-- Nothing leads to a tenant: nothing to do, and why.
DROP TABLE "App 2".notes;
DROP TABLE "App 2".users;
CALL tenancy.adopt('App 2');
-- The rows of an application's table would be read, and its code run.
CREATE TABLE "App 2".theirs (id int PRIMARY KEY, tenant_id uuid REFERENCES tenancy.tenants);
ALTER TABLE "App 2".theirs OWNER TO regress_tenancy_app;
CALL tenancy.adopt('App 2');
\d "App 2".theirs
-- Triggers and procedures are for their callers.
CREATE TRIGGER odd AFTER INSERT ON "App 2".lone FOR EACH ROW EXECUTE FUNCTION tenancy.fill_tenant('tenant_id', 'agree', '');
INSERT INTO "App 2".lone VALUES (1);
DROP TRIGGER odd ON "App 2".lone;
CREATE TRIGGER odd BEFORE INSERT ON "App 2".lone FOR EACH ROW EXECUTE FUNCTION tenancy.fill_tenant();
INSERT INTO "App 2".lone VALUES (1);
DROP TRIGGER odd ON "App 2".lone;
CREATE TRIGGER odd BEFORE INSERT ON "App 2".lone FOR EACH STATEMENT EXECUTE FUNCTION tenancy.fill_tenant('id', 'agree', '');
INSERT INTO "App 2".lone VALUES (1);
SELECT tenancy.fill_tenant();
-- Not for applications.
\c - regress_tenancy_app
CALL tenancy.adopt('App 2');
SELECT file FROM tenancy.plan_script('App 2');
SELECT tenancy.cancel_adoption();
SELECT tenancy.keep_reference('shop.tasks', 'tasks_project_id_fkey', 'because');
CALL tenancy.backfill('{}', '{}', 'tenant_id');
SELECT tenancy.adoption_run(1, 1), tenancy.adoption_next(1), tenancy.start_adoption_worker(1);
SELECT count(*) FROM tenancy.adoption_progress;
\c - :superuser
GRANT EXECUTE ON PROCEDURE tenancy.adopt(name, name, integer, integer, integer, boolean, boolean), tenancy.backfill(regclass[], text[], name, integer, integer, boolean, boolean) TO regress_tenancy_app;
GRANT EXECUTE ON FUNCTION tenancy.plan_script(text, name, text, boolean, boolean, integer, integer), tenancy.adoption_plan(name, name, boolean, integer, integer), tenancy.cancel_adoption(), tenancy.keep_reference(regclass, name, text, boolean) TO regress_tenancy_app;
\c - regress_tenancy_app
CALL tenancy.adopt('App 2');
CALL tenancy.backfill('{}', '{}', 'tenant_id');
SELECT file FROM tenancy.plan_script('App 2');
SELECT file FROM tenancy.plan_script('App 2', adopt => false);
SELECT tenancy.cancel_adoption();
SELECT tenancy.keep_reference('shop.tasks', 'tasks_project_id_fkey', 'because');
\c - :superuser
REVOKE EXECUTE ON PROCEDURE tenancy.adopt(name, name, integer, integer, integer, boolean, boolean), tenancy.backfill(regclass[], text[], name, integer, integer, boolean, boolean) FROM regress_tenancy_app;
REVOKE EXECUTE ON FUNCTION tenancy.plan_script(text, name, text, boolean, boolean, integer, integer), tenancy.adoption_plan(name, name, boolean, integer, integer), tenancy.cancel_adoption(), tenancy.keep_reference(regclass, name, text, boolean) FROM regress_tenancy_app;
\i :cleanup
