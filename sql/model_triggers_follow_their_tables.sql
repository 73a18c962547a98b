-- What triggers know of their tables is kept from statement to statement; a change of any definition counts
-- at once, in the session that makes it too, and while a statement runs.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
CREATE SCHEMA tools;
CREATE DOMAIN tools.part_key AS integer;
CREATE TABLE tools.projects (id integer PRIMARY KEY);
CREATE TABLE tools.parts (
  id tools.part_key PRIMARY KEY,
  project_id integer NOT NULL REFERENCES tools.projects,
  name text NOT NULL,
  root_path text NOT NULL,
  is_default boolean NOT NULL DEFAULT false,
  UNIQUE (project_id, root_path)
);
CREATE TABLE tools.stages (id integer PRIMARY KEY, project_id integer NOT NULL REFERENCES tools.projects, is_default boolean NOT NULL);
CREATE TABLE tools.changes (
  n integer PRIMARY KEY,
  project_id integer NOT NULL,
  module_path text,
  module_id tools.part_key,
  module_resolution text,
  stage_id integer
);
CREATE TRIGGER find_part BEFORE INSERT OR UPDATE ON tools.changes FOR EACH ROW
  EXECUTE FUNCTION tenancy.resolve_module('modules=parts');
CREATE TRIGGER find_stage BEFORE INSERT OR UPDATE ON tools.changes FOR EACH ROW
  EXECUTE FUNCTION tenancy.default_environment('environments=stages', 'environment=stage_id');
INSERT INTO tools.projects VALUES (1);
INSERT INTO tools.parts VALUES (10, 1, 'default', 'src', true), (11, 1, 'a', 'src/a', false), (12, 1, 'b', 'src/b', false);
INSERT INTO tools.stages VALUES (20, 1, true), (21, 1, false);
\set returning 'RETURNING module_id, module_resolution, stage_id'

INSERT INTO tools.changes (n, project_id, module_path) VALUES (1, 1, 'src/a/x.c') :returning;

-- A column of another name: as long as the trigger does not know, and then.
\set VERBOSITY sqlstate
ALTER TABLE tools.parts RENAME root_path TO place;
INSERT INTO tools.changes (n, project_id, module_path) VALUES (2, 1, 'src/b/x.c') :returning;
CREATE OR REPLACE TRIGGER find_part BEFORE INSERT OR UPDATE ON tools.changes FOR EACH ROW
  EXECUTE FUNCTION tenancy.resolve_module('modules=parts', 'root_path=place');
INSERT INTO tools.changes (n, project_id, module_path) VALUES (3, 1, 'src/b/x.c') :returning;

-- A table of another name; another table of the old name.
ALTER TABLE tools.stages RENAME TO old_stages;
INSERT INTO tools.changes (n, project_id, module_path) VALUES (4, 1, 'src/b/x.c') :returning;
CREATE TABLE tools.stages (id integer PRIMARY KEY, project_id integer NOT NULL, is_default boolean NOT NULL);
INSERT INTO tools.stages VALUES (30, 1, true);
INSERT INTO tools.changes (n, project_id, module_path) VALUES (5, 1, 'src/b/x.c') :returning;

-- A change that is taken back.
BEGIN;
SAVEPOINT before;
ALTER TABLE tools.parts RENAME place TO elsewhere;
INSERT INTO tools.changes (n, project_id, module_path) VALUES (6, 1, 'src/a') :returning;
ROLLBACK TO before;
INSERT INTO tools.changes (n, project_id, module_path) VALUES (7, 1, 'src/a') :returning;
COMMIT;

-- The type of ids, the schema.
ALTER DOMAIN tools.part_key RENAME TO part_number;
INSERT INTO tools.changes (n, project_id, module_path) VALUES (8, 1, 'src/a') :returning;
ALTER SCHEMA tools RENAME TO kit;
INSERT INTO kit.changes (n, project_id, module_path) VALUES (9, 1, 'src/a') :returning;

-- A definition changes, and the same trigger runs again, while a statement makes a module.
CREATE SEQUENCE kit.part_numbers START 100;
ALTER TABLE kit.parts ALTER id SET DEFAULT nextval('kit.part_numbers');
CREATE FUNCTION kit.busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  CREATE TABLE kit.passing (n integer);
  DROP TABLE kit.passing;
  INSERT INTO kit.changes (n, project_id, module_path) VALUES (1000 + (SELECT count(*) FROM kit.changes), 1, 'src/b/y.c');
  RETURN NEW;
END $$;
CREATE TRIGGER busy BEFORE INSERT ON kit.parts FOR EACH ROW EXECUTE FUNCTION kit.busy();
\set VERBOSITY terse
INSERT INTO kit.changes (n, project_id, module_path) SELECT 100 + i, 1, 'lib/part' || i % 3 || '/x.c' FROM generate_series(1, 6) AS i :returning;
SELECT module_path, module_id, module_resolution, stage_id FROM kit.changes WHERE n > 1000 ORDER BY n;

-- The key that makes modules unique is gone: noticed before another is made.
\set VERBOSITY sqlstate
ALTER TABLE kit.parts DROP CONSTRAINT parts_project_id_root_path_key;
INSERT INTO kit.changes (n, project_id, module_path) VALUES (200, 1, 'new/x.c');

\set VERBOSITY default
SET client_min_messages = warning;
DROP SCHEMA kit CASCADE;
\c - :superuser
\i :cleanup
