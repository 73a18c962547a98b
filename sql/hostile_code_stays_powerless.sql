-- What a session of an application can make gains nothing: no code of it runs in another tenant's session
-- or as a platform role, and our own functions cannot be turned against the server.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA evil AUTHORIZATION regress_tenancy_app;
CREATE ROLE regress_tenancy_stranger LOGIN;
\c - regress_tenancy_stranger
-- Guards on tables of one's own.
CREATE TEMP TABLE t (k text, x text);
CREATE TRIGGER a AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION tenancy.reference_guard('c', 'k', 'pg_catalog.pg_authid', 'ALTER ROLE regress_tenancy_stranger SUPERUSER; SELECT 1', 'x');
INSERT INTO t VALUES ('1', '2');
CREATE TEMP TABLE u (k text REFERENCES shop.projects (code));
CREATE TEMP TABLE w (f float8);
CREATE TRIGGER a BEFORE INSERT ON w FOR EACH ROW EXECUTE FUNCTION tenancy.write_guard('f');
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
\set VERBOSITY sqlstate
INSERT INTO w VALUES (1.5);
\set VERBOSITY default
ROLLBACK;
CREATE TEMP TABLE g (status int);
CREATE TRIGGER a BEFORE INSERT ON g FOR EACH ROW EXECUTE FUNCTION tenancy.guard_tenant_row();
CREATE TRIGGER a AFTER INSERT ON g FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
\c - regress_tenancy_app
-- Code, tables, foreign keys and triggers that would act in other sessions.
CREATE FUNCTION evil.f() RETURNS bigint LANGUAGE sql RETURN 1;
CREATE TABLE evil.mine (id bigint REFERENCES shop.projects (id) ON DELETE SET DEFAULT);
\c - :superuser
-- Those it has from before it was enrolled.
SELECT tenancy.unenroll('regress_tenancy_app');
\c - regress_tenancy_app
CREATE FUNCTION evil.f() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'planted code runs as %', current_user; RETURN NULL; END $$;
CREATE TABLE evil.mine (id bigint DEFAULT evil.f(), tenant_id uuid);
\c - :superuser
SELECT tenancy.enroll('regress_tenancy_app');
\c - regress_tenancy_app
ALTER TABLE evil.mine ADD FOREIGN KEY (id) REFERENCES shop.projects (id) ON DELETE SET DEFAULT;
ALTER TABLE evil.mine ADD COLUMN p uuid REFERENCES tenancy.tenants;
CREATE TRIGGER spy BEFORE INSERT ON shop.projects FOR EACH ROW EXECUTE FUNCTION tenancy.write_guard('tenant_id');
\c - :superuser
-- Planted before: it runs as its owner, never as who deletes.
ALTER TABLE evil.mine ADD FOREIGN KEY (id) REFERENCES shop.projects (id) ON DELETE SET DEFAULT;
INSERT INTO shop.projects (id, tenant_id, name) VALUES (61, :'acme', 'bait');
INSERT INTO evil.mine VALUES (61);
DELETE FROM shop.projects WHERE id = 61;
-- Tables of the application are neither protected nor recommended.
SELECT tenancy.protect('evil.mine');
SELECT detail, next_command FROM tenancy.status() WHERE detail LIKE '%evil.mine%';
SELECT tenancy.protect_schema('evil');
-- A tenant column under another name, and another column under its name.
ALTER TABLE shop.tasks RENAME tenant_id TO org;
ALTER TABLE shop.tasks ADD COLUMN tenant_id uuid;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
INSERT INTO shop.tasks (id, org, project_id, title, tenant_id) VALUES (161, :'beta', 11, 'planted', :'acme');
ROLLBACK;
ALTER TABLE shop.tasks DROP COLUMN tenant_id;
ALTER TABLE shop.tasks RENAME org TO tenant_id;
-- A cursor opened before the session was guarded, fetched or not.
BEGIN;
DECLARE fetched CURSOR FOR SELECT id FROM shop.projects ORDER BY id;
FETCH 1 FROM fetched;
DECLARE unfetched CURSOR FOR SELECT id FROM shop.projects ORDER BY id;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET LOCAL ROLE regress_tenancy_app;
FETCH ALL FROM fetched;
FETCH ALL FROM unfetched;
SELECT id FROM shop.projects ORDER BY id;
ROLLBACK;
-- A policy of ours that was opened protects nothing: refused, not widened.
ALTER POLICY tenancy_isolation ON shop.projects USING (true);
CREATE POLICY everybody ON shop.projects USING (true);
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT count(*) FROM shop.projects;
ROLLBACK;
\c - :superuser
-- Names that need care.
CREATE TABLE shop."strän""ge\ %s" (id int, "män\dant" uuid NOT NULL);
SELECT tenancy.protect('shop."strän""ge\ %s"', 'män\dant') > 0 AS protected;
SELECT target, tenant_column FROM tenancy.protected WHERE target::text LIKE '%str%';
SELECT count(*) FROM tenancy.plan('shop."strän""ge\ %s"', 'män\dant');
-- A role that may become one that bypasses policies is not enrolled.
GRANT regress_tenancy_bypass TO regress_tenancy_stranger;
SELECT tenancy.enroll('regress_tenancy_stranger');
DROP ROLE regress_tenancy_stranger;
DROP SCHEMA evil CASCADE;
-- A child without a guard, written directly with a tenant.
CREATE TABLE shop.papers (id int, tenant_id uuid NOT NULL);
SELECT tenancy.protect('shop.papers') > 0 AS protected;
CREATE TABLE shop.cards () INHERITS (shop.papers);
INSERT INTO shop.cards VALUES (1, :'beta');
SELECT detail FROM tenancy.status() WHERE detail LIKE '%cards%';
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
DELETE FROM shop.cards;
ROLLBACK;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
UPDATE shop.papers SET id = 9;
ROLLBACK;
-- The tenant table's key is renamed: closed for tenants, open for whoever puts it right.
SELECT current_database() AS database \gset
CREATE DATABASE regress_tenancy_broken;
\c regress_tenancy_broken
CREATE EXTENSION pg_tenancy;
CREATE TABLE acc (id text PRIMARY KEY);
INSERT INTO acc VALUES ('a');
SELECT tenancy.use_tenant_table('acc');
ALTER TABLE acc RENAME COLUMN id TO account_id;
SELECT 1 AS works;
SELECT tenancy.set_tenant('a');
SELECT topic, state, next_command FROM tenancy.status() WHERE topic = 'tenants';
SELECT tenancy.use_tenant_table('acc', 'account_id');
SELECT tenancy.set_tenant('a');
DROP TABLE acc;
DROP TABLE acc CASCADE;
SELECT tenancy.key_type();
DROP EXTENSION pg_tenancy;
\c :database
DROP DATABASE regress_tenancy_broken;
\c - :superuser
\i :cleanup
