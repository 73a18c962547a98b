-- Models: what there is, where it is installed, once per database, all or nothing, with what it requires; upgrades keep what is the application's.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT name, version, requires, schema, installed_version FROM tenancy.models WHERE name = 'changeops';
-- ---- who may not, and what is not there ----
SELECT tenancy.install_model('changeopps');
SELECT tenancy.upgrade_model('changeops');
SELECT tenancy.upgrade_model('changeopps');
SELECT tenancy.model_script('changeopps');
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT tenancy.install_model('changeops');
ROLLBACK;
SET ROLE regress_tenancy_app;
SELECT tenancy.install_model('changeops');
SELECT tenancy.upgrade_model('changeops');
SELECT tenancy.run_model_script('changeops', 'shop', '');
SELECT count(*) FROM tenancy.models WHERE name = 'changeops';
RESET ROLE;
GRANT EXECUTE ON FUNCTION tenancy.install_model(text, name) TO regress_tenancy_app;
GRANT EXECUTE ON FUNCTION tenancy.find_model(text, text) TO regress_tenancy_app;
SET ROLE regress_tenancy_app;
SELECT tenancy.install_model('changeops');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION tenancy.install_model(text, name) FROM regress_tenancy_app;
REVOKE EXECUTE ON FUNCTION tenancy.find_model(text, text) FROM regress_tenancy_app;
SELECT tenancy.install_model('changeops', 'pg_mine');
-- ---- not where an enrolled role has a say: what it made there would become part of the model ----
\set VERBOSITY terse
CREATE SCHEMA "App 2" AUTHORIZATION regress_tenancy_app;
SELECT tenancy.install_model('changeops', 'App 2');
ALTER SCHEMA "App 2" OWNER TO :"superuser";
GRANT CREATE, USAGE ON SCHEMA "App 2" TO regress_tenancy_app;
CREATE FUNCTION "App 2".to_tsvector(text, text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'I run as %', current_user; RETURN ''; END $$;
ALTER FUNCTION "App 2".to_tsvector OWNER TO regress_tenancy_app; -- made before it was enrolled
\set VERBOSITY default
SELECT tenancy.install_model('changeops', 'App 2');
REVOKE CREATE ON SCHEMA "App 2" FROM regress_tenancy_app, PUBLIC;
GRANT CREATE ON SCHEMA "App 2" TO PUBLIC;
SELECT tenancy.install_model('changeops', 'App 2');
REVOKE CREATE ON SCHEMA "App 2" FROM regress_tenancy_app, PUBLIC;
\set VERBOSITY terse
SELECT tenancy.install_model('changeops', 'App 2');
\set VERBOSITY default
DROP FUNCTION "App 2".to_tsvector;
DROP SCHEMA "App 2";
-- ---- all or nothing: a table of this name is there already ----
CREATE SCHEMA "App 2";
CREATE TABLE "App 2".changes (mine text);
SELECT tenancy.install_model('changeops', 'App 2');
SELECT relname FROM pg_class WHERE relnamespace = '"App 2"'::regnamespace AND relkind = 'r';
SELECT count(*) AS types FROM pg_type WHERE typnamespace = '"App 2"'::regnamespace AND typtype = 'e';
SELECT schema, installed_version FROM tenancy.models WHERE name = 'changeops';
DROP TABLE "App 2".changes;
-- ---- into a schema that has other things: they stay what they are ----
CREATE TABLE "App 2".notes (tenant_id uuid, note text);
INSERT INTO "App 2".notes VALUES (NULL, 'kept');
SHOW search_path;
SELECT tenancy.install_model('changeops', 'App 2');
SHOW search_path;
SELECT schema, installed_version = version AS current FROM tenancy.models WHERE name = 'changeops';
SELECT target FROM tenancy.protected WHERE target::text LIKE '"App 2"%' ORDER BY target::text;
SELECT * FROM "App 2".notes;
SELECT tenancy.install_model('changeops', 'App 2');
-- Elsewhere it is refused, and what the hint says works.
SELECT tenancy.install_model('changeops');
SELECT tenancy.install_model('changeops', 'elsewhere');
ALTER SCHEMA "App 2" RENAME TO changeops;
SELECT tenancy.install_model('changeops');
SELECT schema, installed_version FROM tenancy.models WHERE name = 'changeops';
SELECT count(*) FROM pg_namespace WHERE nspname = 'elsewhere';

-- ---- renamed, everything works on ----
ALTER SCHEMA changeops RENAME TO "App 2";
GRANT USAGE ON SCHEMA "App 2" TO regress_tenancy_app;
GRANT ALL ON ALL TABLES IN SCHEMA "App 2" TO regress_tenancy_app;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO "App 2".projects (id, name, slug) VALUES ('00000000-0000-7000-8000-0000000000a1', 'Anvil', 'anvil');
INSERT INTO "App 2".changes (project_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000a1', 'lib/x.c', 'c');
SELECT c.title, m.name, c.module_resolution, e.name AS environment, c.status FROM "App 2".changes AS c JOIN "App 2".modules AS m ON m.id = c.module_id JOIN "App 2".environments AS e ON e.id = c.environment_id;
SELECT "App 2".resolve_module('00000000-0000-7000-8000-0000000000a1'::uuid, 'lib/y/z') = module_id AS same FROM "App 2".changes;
UPDATE "App 2".changes SET status = 'applied';
UPDATE "App 2".environments SET is_default = false;
SELECT * FROM "App 2".initialize_projects(true);
DELETE FROM "App 2".projects;
SELECT count(*) FROM "App 2".projects;
SELECT tenancy.restore_rows('"App 2".projects', ARRAY['00000000-0000-7000-8000-0000000000a1']);
COMMIT;
\c - :superuser
ALTER SCHEMA "App 2" RENAME TO changeops;
SELECT title, status FROM changeops.changes;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'acme', '00000000-0000-7000-8000-0000000000a1', 'lib/q.c', 'd') RETURNING module_resolution;
-- ---- dropped with its schema, it can be installed again ----
SET client_min_messages = error;
DROP SCHEMA changeops CASCADE;
RESET client_min_messages;
SELECT schema, installed_version FROM tenancy.models WHERE name = 'changeops';
SELECT tenancy.install_model('changeops');
SELECT schema, installed_version FROM tenancy.models WHERE name = 'changeops';
-- ---- the printed script does the same ----
CREATE FUNCTION regress.everything(of text) RETURNS TABLE (line text) LANGUAGE sql SET search_path = pg_catalog AS $$
  SELECT replace(l, quote_ident(of) || '.', '') FROM (
    SELECT format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) || ' ' || coalesce(col_description(c.oid, a.attnum), '')
      FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relnamespace = quote_ident(of)::regnamespace AND a.attnum > 0
    UNION ALL SELECT format('table %s %s %s %s', c.relname, c.relrowsecurity, c.relforcerowsecurity, obj_description(c.oid)) FROM pg_class AS c WHERE c.relnamespace = quote_ident(of)::regnamespace AND c.relkind = 'r'
    UNION ALL SELECT format('constraint %s %s', n.conname, pg_get_constraintdef(n.oid)) FROM pg_constraint AS n WHERE n.connamespace = quote_ident(of)::regnamespace AND n.contype <> 't'
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = of
    UNION ALL SELECT format('policy %s %s %s %s %s %s', tablename, policyname, permissive, cmd, qual, with_check) FROM pg_policies WHERE schemaname = of
    UNION ALL SELECT format('trigger %s %s', t.tgenabled, pg_get_triggerdef(t.oid)) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = quote_ident(of)::regnamespace AND NOT t.tgisinternal
    UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) || obj_description(p.oid) FROM pg_proc AS p WHERE p.pronamespace = quote_ident(of)::regnamespace
    UNION ALL SELECT format('enum %s %s', t.typname, e.enumlabel) FROM pg_type AS t JOIN pg_enum AS e ON e.enumtypid = t.oid WHERE t.typnamespace = quote_ident(of)::regnamespace
    UNION ALL SELECT 'comment ' || obj_description(quote_ident(of)::regnamespace, 'pg_namespace')) AS all_of_it (l);
$$;
CREATE TABLE regress.installed AS SELECT * FROM regress.everything('changeops');
SET client_min_messages = error;
DROP SCHEMA changeops CASCADE;
SELECT tenancy.model_script('changeops', 'App 2') AS script \gset
BEGIN;
:script;
COMMIT;
RESET client_min_messages;
SELECT count(*) > 200 AS plenty FROM regress.installed;
(TABLE regress.installed EXCEPT ALL SELECT * FROM regress.everything('App 2')) UNION ALL (SELECT * FROM regress.everything('App 2') EXCEPT ALL TABLE regress.installed);
SELECT schema FROM tenancy.models WHERE name = 'changeops'; -- nobody has told
SET client_min_messages = error;
DROP SCHEMA "App 2" CASCADE;
RESET client_min_messages;

-- ---- dependencies first; upgrades step by step (models of this test alone) ----
INSERT INTO tenancy.model_scripts (name, from_version, version, requires, description, script) VALUES
  ('regress_base', '', '1.0', '{}', 'A base', 'COMMENT ON SCHEMA @schema@ IS ''base''; CREATE TABLE things (tenant_id @key_type@ NOT NULL, id uuid NOT NULL DEFAULT tenancy.uuid_v7(), name text, PRIMARY KEY (tenant_id, id)); SELECT tenancy.protect(''things'');'),
  ('regress_top', '', '1.0', '{regress_base}', 'On top of it', 'CREATE TABLE tops (tenant_id @key_type@ NOT NULL, id uuid NOT NULL, thing_id uuid NOT NULL, PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, thing_id) REFERENCES regress_base.things (tenant_id, id)); SELECT tenancy.protect(''tops'');'),
  ('regress_broken', '', '1.0', '{regress_base}', 'Fails', 'CREATE TABLE half (done text); SELECT 1 / 0;');
SELECT tenancy.install_model('regress_broken');
SELECT name, schema FROM tenancy.models WHERE name LIKE 'regress%' ORDER BY name;
SELECT to_regnamespace('regress_base'), to_regnamespace('regress_broken');
SELECT tenancy.install_model('regress_top');
SELECT name, version, requires, schema, installed_version FROM tenancy.models WHERE name LIKE 'regress%' ORDER BY name;
SELECT target FROM tenancy.protected WHERE target::text LIKE 'regress\_%' ORDER BY target::text;
INSERT INTO regress_base.things (tenant_id, name) VALUES (:'acme', 'one'), (:'beta', 'two');
-- The application adds what it likes.
ALTER TABLE regress_base.things ADD COLUMN colour text DEFAULT 'red';
CREATE INDEX things_colour ON regress_base.things (tenant_id, colour);
CREATE TABLE regress_base.own (note text);
-- A new version, two steps away; the model that was installed meanwhile is not installed again.
INSERT INTO tenancy.model_scripts (name, from_version, version, requires, description, script) VALUES
  ('regress_base', '1.0', '1.9', '{}', 'A base', 'ALTER TABLE things ADD COLUMN size integer NOT NULL DEFAULT 1;'),
  ('regress_base', '1.9', '1.10', '{}', 'A base', 'ALTER TABLE things ADD COLUMN weight integer; CREATE INDEX things_size ON things (tenant_id, size);');
UPDATE tenancy.model_scripts SET version = '1.10', script = 'CREATE TABLE never ();' WHERE name = 'regress_base' AND from_version = '';
SELECT version, installed_version FROM tenancy.models WHERE name = 'regress_base';
SELECT tenancy.install_model('regress_base');
ALTER SCHEMA regress_base RENAME TO "App 2";
-- Not while an enrolled role may put things there; its tables are in nobody's way.
ALTER TABLE "App 2".own OWNER TO regress_tenancy_app;
GRANT CREATE ON SCHEMA "App 2" TO regress_tenancy_app;
SELECT tenancy.upgrade_model('regress_base');
REVOKE CREATE ON SCHEMA "App 2" FROM regress_tenancy_app, PUBLIC;
SELECT tenancy.upgrade_model('regress_base');
SELECT tenancy.upgrade_model('regress_base');
SELECT schema, version, installed_version FROM tenancy.models WHERE name = 'regress_base';
SELECT name, colour, size, weight FROM "App 2".things ORDER BY name;
SELECT indexname FROM pg_indexes WHERE schemaname = '"App 2"' OR schemaname = 'App 2' ORDER BY 1;
SELECT count(*) FROM "App 2".own;
-- No way from here to there: refused, and nothing of the steps before stays.
INSERT INTO tenancy.model_scripts (name, from_version, version, requires, description, script) VALUES
  ('regress_base', '1.10', '2.0', '{}', 'A base', 'ALTER TABLE things DROP COLUMN size;'), ('regress_base', '2.1', '3.0', '{}', 'A base', 'SELECT 1;');
SELECT tenancy.upgrade_model('regress_base');
SELECT installed_version FROM tenancy.models WHERE name = 'regress_base';
SELECT count(size) FROM "App 2".things;
-- A step that fails leaves nothing either.
DELETE FROM tenancy.model_scripts WHERE name = 'regress_base' AND version = '3.0';
UPDATE tenancy.model_scripts SET script = script || 'SELECT 1 / 0;' WHERE name = 'regress_base' AND version = '2.0';
SELECT tenancy.upgrade_model('regress_base');
SELECT installed_version, (SELECT count(size) FROM "App 2".things) AS kept FROM tenancy.models WHERE name = 'regress_base';
-- An extension that is not there.
INSERT INTO tenancy.model_scripts (name, version, extensions, description, script) VALUES ('regress_ext', '1.0', '{no_such_extension}', 'Needs it', 'SELECT 1;');
SELECT tenancy.install_model('regress_ext');
-- A model that is not there.
INSERT INTO tenancy.model_scripts (name, version, requires, description, script) VALUES ('regress_lost', '1.0', '{regress_nowhere}', 'Needs it', 'SELECT 1;');
SELECT tenancy.install_model('regress_lost');
SET client_min_messages = error;
DROP SCHEMA regress_top, "App 2" CASCADE;
RESET client_min_messages;
DELETE FROM tenancy.model_scripts WHERE name LIKE 'regress%';
SELECT name, schema FROM tenancy.models WHERE name LIKE 'regress%';
\i :cleanup
