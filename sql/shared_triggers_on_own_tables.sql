-- The triggers of the models on an application's own tables: other names, other types, another schema.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
CREATE TABLE shop."My Projects" ("Tenant Id" uuid NOT NULL, "No" bigint NOT NULL, PRIMARY KEY ("Tenant Id", "No"));
CREATE TABLE "App 2"."Modules" (
  "Tenant Id" uuid NOT NULL, "No" bigint GENERATED ALWAYS AS IDENTITY, "Project No" bigint NOT NULL,
  "Root" varchar(100), "Title" varchar(60), "Main" boolean NOT NULL DEFAULT false, PRIMARY KEY ("Tenant Id", "No"));
CREATE TABLE shop."Stages" ("Tenant Id" uuid NOT NULL, "No" bigint NOT NULL, "Project No" bigint NOT NULL, "Std" boolean, PRIMARY KEY ("Tenant Id", "No"));
CREATE TABLE shop."Work Items" (
  "Tenant Id" uuid NOT NULL, "No" bigint GENERATED ALWAYS AS IDENTITY, "Project No" bigint, "Module No" bigint, "Module Path" varchar(200),
  "How" varchar(20), "Stage No" bigint, "State" text NOT NULL DEFAULT 'open', "Changed" timestamp, PRIMARY KEY ("Tenant Id", "No"));
INSERT INTO shop."My Projects" VALUES (:'acme', 1), (:'acme', 2), (:'beta', 1), (:'beta', 3);
INSERT INTO shop."Stages" VALUES (:'acme', 1, 1, true), (:'acme', 2, 1, false), (:'acme', 3, 2, true), (:'beta', 1, 1, true), (:'beta', 4, 3, NULL);
INSERT INTO "App 2"."Modules" ("Tenant Id", "Project No", "Root", "Title", "Main") VALUES
  (:'acme', 1, 'src', 'main', true), (:'acme', 1, 'src/auth', 'auth', false), (:'acme', 2, 'src/auth', 'auth', false), (:'beta', 1, 'src/auth', 'auth', false), (:'beta', 3, 'src', 'main', true);
CREATE TRIGGER a_module BEFORE INSERT OR UPDATE ON shop."Work Items" FOR EACH ROW EXECUTE FUNCTION
  tenancy.resolve_module('projects="My Projects"', 'modules="App 2"."Modules"', 'project=Project No', 'module=Module No', 'path=Module Path', 'resolution=How',
                         'project_key=No', 'module_key=No', 'module_project=Project No', 'root_path=Root', 'name=Title', 'is_default=Main');
CREATE TRIGGER a_stage BEFORE INSERT OR UPDATE ON shop."Work Items" FOR EACH ROW EXECUTE FUNCTION
  tenancy.default_environment('projects="My Projects"', 'environments="Stages"', 'project=Project No', 'environment=Stage No', 'project_key=No',
                              'environment_key=No', 'environment_project=Project No', 'is_default=Std');
CREATE TRIGGER a_state BEFORE UPDATE ON shop."Work Items" FOR EACH ROW EXECUTE FUNCTION tenancy.check_transition('State', 'open <-> in_work; open | in_work -> done; any -> closed');
CREATE TRIGGER a_time BEFORE UPDATE ON shop."Work Items" FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at('column=Changed');
CREATE TRIGGER a_root BEFORE INSERT OR UPDATE ON "App 2"."Modules" FOR EACH ROW EXECUTE FUNCTION tenancy.normalize_path('column=Root');

-- ---- not protected: tenants are not told apart, ids are ----
INSERT INTO shop."Work Items" ("Tenant Id", "Project No", "Module Path") VALUES (:'beta', 3, 'src/main.c');
SELECT "Project No", "Module No", "Module Path", "How", "Stage No" FROM shop."Work Items";
UPDATE shop."Stages" SET "Std" = true WHERE "No" = 4;
INSERT INTO shop."Work Items" ("Tenant Id", "Project No", "Module Path") VALUES (:'beta', 3, 'src/main.c'), (:'beta', 3, NULL) RETURNING "Project No", "Module No", "Module Path", "How", "Stage No";
-- ---- protected ----
SET client_min_messages = error;
SELECT tenancy.protect_tables(ARRAY['shop."My Projects"', '"App 2"."Modules"', 'shop."Stages"', 'shop."Work Items"']::regclass[], 'Tenant Id') > 0 AS protected;
RESET client_min_messages;
GRANT USAGE ON SCHEMA "App 2" TO regress_tenancy_app;
GRANT ALL ON shop."My Projects", "App 2"."Modules", shop."Stages", shop."Work Items" TO regress_tenancy_app;
DELETE FROM shop."Work Items";
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO shop."Work Items" ("Project No", "Module Path") VALUES (1, './src//auth/x.c'), (1, NULL), (2, 'src/auth');
SELECT "Project No", "Module No", "Module Path", "How", "Stage No" FROM shop."Work Items" ORDER BY "No";
-- No unique key over roots: who comes second could make another module, so none is made.
INSERT INTO shop."Work Items" ("Project No", "Module Path") VALUES (1, 'lib/new');
COMMIT;
\c - :superuser
CREATE UNIQUE INDEX ON "App 2"."Modules" ("Tenant Id", "Project No", "Title"); -- of names: not what is asked for
CREATE UNIQUE INDEX ON "App 2"."Modules" ("Tenant Id", "Project No", lower("Root"));
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO shop."Work Items" ("Project No", "Module Path") VALUES (1, 'lib/new');
COMMIT;
CREATE UNIQUE INDEX ON "App 2"."Modules" ("Tenant Id", "Project No", "Root");
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO shop."Work Items" ("Project No", "Module Path") VALUES (1, 'lib/new'), (1, 'lib/auth/y.c'), (1, '/lib/new/'), (2, 'lib/new');
SELECT w."Project No", m."Root", m."Title", w."Module Path", w."How", w."Stage No" FROM shop."Work Items" AS w JOIN "App 2"."Modules" AS m ON m."No" = w."Module No" ORDER BY w."No";
SELECT tenancy.resolve_module('shop."Work Items"', '2', 'lib/new/z.c') = (SELECT "No"::text FROM "App 2"."Modules" WHERE "Project No" = 2 AND "Root" = 'lib/new') AS by_function;
-- Beta has a project and a stage 1 too; this is Acme's.
INSERT INTO shop."Work Items" ("Project No", "Module No") SELECT 1, "No" FROM "App 2"."Modules" WHERE "Root" = 'src' RETURNING "How", "Stage No";
-- Refusals name what is theirs.
INSERT INTO shop."Work Items" ("Project No") VALUES (NULL);
INSERT INTO shop."Work Items" ("Project No") VALUES (3);
INSERT INTO shop."Work Items" ("Project No") VALUES (2);
INSERT INTO shop."Work Items" ("Project No", "Module No") VALUES (1, 99);
INSERT INTO shop."Work Items" ("Project No", "Stage No") VALUES (1, 3);
INSERT INTO shop."Work Items" ("Project No", "Module Path") VALUES (1, '..');
INSERT INTO shop."Work Items" ("Project No", "Module Path") VALUES (1, repeat('x/', 60));
-- States of text; a time without zone.
SET LOCAL timezone = 'UTC';
UPDATE shop."Work Items" SET "State" = 'in_work' WHERE "Project No" = 1;
UPDATE shop."Work Items" SET "State" = 'open' WHERE "Project No" = 1 AND "How" = 'created';
SELECT "State", count(*), bool_and("Changed" = now()::timestamp) AS at_this_time FROM shop."Work Items" GROUP BY 1 ORDER BY 1;
UPDATE shop."Work Items" SET "State" = 'done';
UPDATE shop."Work Items" SET "State" = 'open';
UPDATE shop."Work Items" SET "State" = 'doen';
UPDATE shop."Work Items" SET "State" = 'closed';
UPDATE shop."Work Items" SET "State" = 'open';
ROLLBACK;

-- ---- triggers that are put up wrongly ----
\c - :superuser
CREATE TABLE regress.modules (id int PRIMARY KEY, project_id int, root_path text, name text, is_default boolean);
CREATE TABLE regress.projects (id int PRIMARY KEY);
CREATE TABLE regress.environments (id int PRIMARY KEY, project_id int, is_default boolean);
CREATE TABLE regress.changes (id int PRIMARY KEY, project_id int, module_id int, module_path text, environment_id int, state text, n int, updated_at timestamptz);
INSERT INTO regress.projects VALUES (1);
INSERT INTO regress.modules VALUES (1, 1, NULL, 'one', false), (2, 1, NULL, 'two', false), (3, 1, 'x', 'three', false), (4, 1, 'x', 'four', true);
INSERT INTO regress.environments VALUES (1, 1, true);
INSERT INTO regress.changes (id, project_id, state, n) VALUES (1, 1, 'a', 1);
CREATE FUNCTION regress.try_trigger(definition text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
  code := '00000';
  EXECUTE 'CREATE TRIGGER t ' || replace(definition, 'EXECUTE', 'EXECUTE FUNCTION tenancy.');
  INSERT INTO regress.changes (id, project_id, module_path, n) VALUES (2, 1, CASE WHEN definition LIKE '%resolve_module()' THEN 'y' ELSE 'x/y.c' END, 2);
  UPDATE regress.changes SET state = 'b', n = 3, module_path = 'z' WHERE id = 1;
  DELETE FROM regress.changes WHERE id = 2;
  RAISE SQLSTATE 'UNDO0';
EXCEPTION
  WHEN SQLSTATE 'UNDO0' THEN
    RETURN NEXT;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT;
END $$;
\pset format unaligned
\pset fieldsep '\n    '
\t on
SELECT v.definition, r.* FROM (VALUES
  ('AFTER INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module()'),
  ('BEFORE INSERT ON regress.changes FOR EACH STATEMENT EXECUTE resolve_module()'),
  ('BEFORE DELETE ON regress.changes FOR EACH ROW EXECUTE resolve_module()'),
  ('AFTER UPDATE ON regress.changes FOR EACH ROW EXECUTE default_environment()'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''a -> b'')'),
  ('AFTER UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''a -> b'')'),
  ('BEFORE INSERT OR UPDATE ON regress.changes FOR EACH ROW EXECUTE set_updated_at()'),
  ('BEFORE UPDATE ON regress.changes FOR EACH STATEMENT EXECUTE set_updated_at()'),
  ('AFTER INSERT ON regress.changes FOR EACH ROW EXECUTE normalize_path(''column=module_path'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modul=modules'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules='')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules=nowhere'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules=nowhere.modules'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules=a.b.c.d'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules=modules; DROP TABLE regress.projects'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''modules=(SELECT 1)'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''root_path=true OR name'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''path=nothing'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''path=ctid'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''module_key=ctid'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''path=n'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''resolution=n'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''is_default=name'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''root_path=project_id'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module(''module=module_path'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE resolve_module()'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE default_environment(''environments=nowhere'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE default_environment(''environment=nothing'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE default_environment(''is_default=project_id'')'),
  ('BEFORE INSERT ON regress.changes FOR EACH ROW EXECUTE default_environment()'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition()'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''nothing'', ''a -> b'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''a to b'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''a ->'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''a -> any'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', '''')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''b -> a'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''state'', ''a -> b | c'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE check_transition(''n'', ''1 -> 3'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE set_updated_at(''column=nothing'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE set_updated_at(''column=state'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE set_updated_at(''updated_at'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE set_updated_at()'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE normalize_path(''column=n'')'),
  ('BEFORE UPDATE ON regress.changes FOR EACH ROW EXECUTE normalize_path()')) AS v (definition) CROSS JOIN LATERAL regress.try_trigger(v.definition) AS r;
\t off
\pset format aligned
\pset fieldsep '|'
SELECT * FROM regress.projects;
-- A value that the type of the state does not have is found out at the first step.
CREATE TYPE regress.state AS ENUM ('open', 'done');
CREATE TABLE regress.jobs (state regress.state);
INSERT INTO regress.jobs VALUES ('open');
CREATE TRIGGER t BEFORE UPDATE ON regress.jobs FOR EACH ROW EXECUTE FUNCTION tenancy.check_transition('state', 'open -> doen; any -> done');
UPDATE regress.jobs SET state = 'open';
UPDATE regress.jobs SET state = 'done';
CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON regress.jobs FOR EACH ROW EXECUTE FUNCTION tenancy.check_transition('state', 'open -> done');
UPDATE regress.jobs SET state = 'done' RETURNING state;
-- Rules that are no rules are shown in part, and never half a character.
CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON regress.jobs FOR EACH ROW EXECUTE FUNCTION tenancy.check_transition('state', 'open | done <- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxäää');
UPDATE regress.jobs SET state = 'open';
CREATE OR REPLACE TRIGGER t BEFORE UPDATE ON regress.jobs FOR EACH ROW EXECUTE FUNCTION tenancy.check_transition('state', 'open -> done');
-- NULL is no state.
UPDATE regress.jobs SET state = NULL;
UPDATE regress.jobs SET state = 'open' RETURNING state;
-- Not to be called.
SELECT tenancy.resolve_module();
SELECT tenancy.resolve_module(NULL, '1', 'x');
SELECT tenancy.resolve_module('regress.changes', '1', 'x');
SELECT tenancy.resolve_module('regress.found', '1', 'x');
-- Modules without a root, and several of one root: all may be named, more than once in a statement too.
CREATE TRIGGER t BEFORE INSERT OR UPDATE ON regress.changes FOR EACH ROW EXECUTE FUNCTION tenancy.resolve_module();
INSERT INTO regress.changes (id, project_id, module_id) SELECT 10 + i, 1, 1 + i % 4 FROM generate_series(0, 11) AS i;
INSERT INTO regress.changes (id, project_id, module_path) VALUES (30, 1, NULL), (31, 1, 'x/file.c'), (32, 1, 'README.md');
SELECT module_id, count(*), min(module_path) AS path FROM regress.changes WHERE id >= 10 GROUP BY 1 ORDER BY 1;
SELECT tenancy.resolve_module('regress.changes', '1', 'x'), tenancy.resolve_module('regress.changes', '1', NULL);
SELECT tenancy.resolve_module('regress.changes', 'one', 'x');
-- Columns get what fits them: times as precise as they are, no text that is too long.
CREATE TABLE regress.clock (n int, seconds timestamptz(0), wall timestamp(3));
INSERT INTO regress.clock VALUES (1);
CREATE TRIGGER t1 BEFORE UPDATE ON regress.clock FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at('column=seconds');
CREATE TRIGGER t2 BEFORE UPDATE ON regress.clock FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at('column=wall');
BEGIN;
UPDATE regress.clock SET n = 2;
SELECT seconds = now()::timestamptz(0) AS seconds, wall = now()::timestamp(3) AS wall FROM regress.clock;
COMMIT;
CREATE TABLE regress.keys (id text PRIMARY KEY, project_id int, root_path text, name text, is_default boolean);
INSERT INTO regress.keys VALUES ('a-long-id', 1, 'x', 'x', true), ('short', 1, 'y', 'y', false);
CREATE TABLE regress.tight (project_id int, module_id varchar(5), module_path text, module_resolution varchar(7), environment_id varchar(5));
CREATE TRIGGER t BEFORE INSERT ON regress.tight FOR EACH ROW EXECUTE FUNCTION tenancy.resolve_module('modules=keys');
CREATE TRIGGER u BEFORE INSERT ON regress.tight FOR EACH ROW EXECUTE FUNCTION tenancy.default_environment('environments=keys');
INSERT INTO regress.tight VALUES (1, NULL, 'x', NULL, 'short');
INSERT INTO regress.tight VALUES (1, NULL, 'y', NULL, NULL);
INSERT INTO regress.tight VALUES (1, NULL, 'y', NULL, 'short') RETURNING *;
DELETE FROM regress.tight;
ALTER TABLE regress.tight ALTER COLUMN module_resolution TYPE varchar(6);
INSERT INTO regress.tight VALUES (1, NULL, 'y', NULL, 'short');
INSERT INTO regress.tight VALUES (1, 'short', NULL, NULL, 'short') RETURNING *;
-- What a rename took away is told.
ALTER TABLE regress.modules RENAME COLUMN root_path TO root;
INSERT INTO regress.changes (id, project_id, module_path) VALUES (33, 1, 'x');
CREATE OR REPLACE TRIGGER t BEFORE INSERT OR UPDATE ON regress.changes FOR EACH ROW EXECUTE FUNCTION tenancy.resolve_module('root_path=root');
INSERT INTO regress.changes (id, project_id, module_path) VALUES (33, 1, 'x') RETURNING module_id;
ALTER TABLE regress.modules RENAME TO parts;
INSERT INTO regress.changes (id, project_id, module_path) VALUES (34, 1, 'x');
\i :cleanup
