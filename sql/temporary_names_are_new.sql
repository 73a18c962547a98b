-- A temporary table may not take the name of a table or type that lasts: PL/pgSQL looks such names up once for each
-- connection, the temporary schema first, and the next user of the connection would meet what it found.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SET search_path = shop;
CREATE FUNCTION shop.keeps_name() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  name projects.name%TYPE := NEW.name;
  day date := '2026-01-02';
BEGIN
  NEW.name := name;
  RETURN NEW;
END $$;
CREATE TRIGGER keeps_name BEFORE INSERT ON shop.projects FOR EACH ROW EXECUTE FUNCTION shop.keeps_name();
RESET search_path;

\c - regress_tenancy_app
SET search_path = shop;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
CREATE TEMP TABLE projects (name "char") ON COMMIT DROP;
CREATE TEMP TABLE projects ON COMMIT DROP AS SELECT 'x'::"char" AS name;
CREATE TEMP TABLE date (v int) ON COMMIT DROP;
CREATE TEMP TABLE mine (name "char") ON COMMIT DROP;
ALTER TABLE mine RENAME TO projects;
ALTER INDEX mine RENAME TO projects;
CREATE TEMP TABLE numbered (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME projects)) ON COMMIT DROP;
CREATE TEMP TABLE numbered (id int GENERATED ALWAYS AS IDENTITY) ON COMMIT DROP;
ALTER SEQUENCE numbered_id_seq RENAME TO projects;
CREATE TEMP TABLE columns (id int PRIMARY KEY) ON COMMIT DROP;
ALTER TABLE mine RENAME TO yours;
ALTER TABLE yours RENAME name TO date;
INSERT INTO projects (id, tenant_id, name) VALUES (3, :'acme', 'Acme long') RETURNING name;
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'beta') = :'beta' AS entered;
INSERT INTO projects (id, tenant_id, name) VALUES (13, :'beta', 'Beta long') RETURNING name;
COMMIT;
-- Other sessions may.
\c - :superuser
BEGIN;
CREATE TEMP TABLE projects (name "char") ON COMMIT DROP;
COMMIT;
\i :cleanup
