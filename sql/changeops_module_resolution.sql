-- The module of a change: named, found by its path, created for it, or the default.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
-- ---- the order ----
INSERT INTO changeops.changes (project_id, module_id, module_path, title) VALUES (:'anvil', :'anvil_auth', 'lib/other', '1 named, whatever the path');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'src/auth/login.ts', '2 found by its path');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'lib/new', '3 created');
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', '4 neither');
SELECT title, module_path, resolution, root_path, name, type FROM regress.found ORDER BY title;
SELECT count(*) AS made_for_a_named_one FROM changeops.modules WHERE root_path LIKE 'lib/other%';
ROLLBACK;

-- ---- normalisation: all of these are src/auth ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
CREATE TEMPORARY TABLE paths (n int GENERATED ALWAYS AS IDENTITY, path text) ON COMMIT DROP;
INSERT INTO paths (path) VALUES ('src/auth'), ('./src//auth/'), ('/src/auth'), ('src/x/../auth'), ('src/auth/.'), ('///src///auth///'),
  ('src/auth/x/..'), ('.//./src/./auth'), ('a/../b/../src/auth'), ('src/auth/...'), ('src/auth/..x');
-- In one statement, and each in one of its own: first few are asked about, then all modules are loaded.
INSERT INTO changeops.changes (project_id, module_path, title) SELECT :'anvil', path, 'one' FROM paths ORDER BY n;
DO $$
DECLARE
  p text;
BEGIN
  FOR p IN SELECT path FROM paths ORDER BY n LOOP
    INSERT INTO changeops.changes (project_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000a1', p, 'each');
  END LOOP;
END $$;
SELECT title, count(*), min(root_path), max(root_path), min(resolution), max(resolution) FROM regress.found GROUP BY title;
-- The path itself is kept as it was given.
SELECT count(*) FROM changeops.changes JOIN paths ON path = module_path;
SELECT path, tenancy.normalize_path(path) FROM paths ORDER BY n;
-- The root of a module is written normalised.
INSERT INTO changeops.modules (project_id, name, root_path) VALUES (:'anvil', 'docs', './docs//api/');
UPDATE changeops.modules SET root_path = '/docs/../docs/api2/' WHERE name = 'docs' RETURNING root_path;
SELECT * FROM regress.refusal($$INSERT INTO changeops.modules (project_id, name, root_path) VALUES ('00000000-0000-7000-8000-0000000000a1', 'again', '/src//auth')$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.modules (project_id, name, root_path) VALUES ('00000000-0000-7000-8000-0000000000a1', 'again', 'src/../..')$$);
ROLLBACK;

-- ---- which module: longest root, whole segments; the default swallows nothing; files and folders ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.modules (project_id, name, root_path) VALUES (:'anvil', 'oauth', 'src/auth/oauth'), (:'anvil', 'v1.2', 'api/v1.2');
CREATE TEMPORARY TABLE paths (n int GENERATED ALWAYS AS IDENTITY, path text) ON COMMIT DROP;
INSERT INTO paths (path) VALUES
  ('src/auth/oauth/token.ts'), ('src/auth/oauth'), ('src/auth/oauth2'), ('src/auth/session/a/b/c.ts'), ('src/auth.ts'),
  ('src/authentication'), ('src/auth-old/x.ts'), ('SRC/auth'),
  ('src'), ('src/'), ('src/main.ts'), ('src/other'), ('src/other/deep/x'), ('src/third/x.ts'),
  (''), ('/'), ('.'), ('a/..'), ('README.md'), ('.gitignore'), ('Makefile'), ('Makefile/x'),
  ('lib/util.c'), ('lib/sub/x'), ('web/v1.0/page'), ('web/v1.0/page/x.html'), ('etc/.hidden'), ('api/v1.2'), ('api/v1.2/x.y'), ('api/v1.3'),
  (E'gr\u00f6\u00dfe/\u65e5\u672c\u8a9e/datei.txt'), ('with blank/and ''quote"/x'), ('%s/%I');
SAVEPOINT before;
INSERT INTO changeops.changes (project_id, module_path, title) SELECT :'anvil', path, to_char(n, 'FM00') FROM paths ORDER BY n;
SELECT title AS n, module_path, resolution, root_path, name FROM regress.found ORDER BY title;
SELECT DISTINCT type, is_default FROM changeops.modules WHERE root_path <> 'src';
-- The same one after the other.
CREATE TEMPORARY TABLE first_time ON COMMIT DROP AS SELECT * FROM regress.found;
DELETE FROM changeops.changes;
DELETE FROM changeops.modules WHERE name NOT IN ('default', 'auth', 'oauth', 'v1.2');
SET LOCAL client_min_messages = warning;
DO $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT * FROM paths ORDER BY n LOOP
    INSERT INTO changeops.changes (project_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000a1', p.path, to_char(p.n, 'FM00'));
  END LOOP;
END $$;
SELECT count(*) AS alike FROM (TABLE first_time INTERSECT TABLE regress.found) AS both_times;
RESET client_min_messages;
-- Two statements: what was created is matched.
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'brand/new/file.c', 'new'), (:'anvil', 'brand/new', 'same statement');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'brand/new/sub', 'later');
SELECT title, resolution, root_path FROM regress.found WHERE title IN ('new', 'same statement', 'later') ORDER BY title;
-- Another project of the tenant has modules of its own.
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'bellows', 'brand/new', 'elsewhere');
SELECT project, resolution, root_path FROM regress.found WHERE root_path = 'brand/new' ORDER BY project, title;
-- A module that somebody roots at the project's root takes everything that no other takes.
INSERT INTO changeops.modules (project_id, name, root_path) VALUES (:'bellows', 'everything', '/');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'bellows', 'README.md', 'r1'), (:'bellows', 'src/x/y', 'r2'), (:'bellows', 'src', 'r3'), (:'bellows', 'src/auth/z', 'r4');
SELECT title, name, resolution FROM regress.found WHERE title LIKE 'r_' ORDER BY title;
ROLLBACK;

-- ---- names that are taken ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.modules (project_id, name, root_path) VALUES (:'anvil', 'taken/auth', 'x1'), (:'anvil', 'all/taken/auth', 'x2'), (:'anvil', 'all/taken/auth-2', 'x3');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES
  (:'anvil', 'lib/auth', 'n1'), (:'anvil', 'a/b/lib/auth', 'n2'), (:'anvil', 'all/taken/auth', 'n3'), (:'anvil', 'default', 'n4'), (:'anvil', 'auth', 'n5');
SELECT title, root_path, name FROM regress.found ORDER BY title;
ROLLBACK;

-- ---- the notice, for matches too when it is asked for ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SHOW changeops.log_resolution;
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', './/fresh/x.c', 'created'), (:'anvil', 'fresh', 'matched'), (:'anvil', 'README.md', 'default');
SET LOCAL changeops.log_resolution = 'all';
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', '/src/auth/../auth/x', 'matched');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'README.md', 'default');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'fresh2', 'created');
INSERT INTO changeops.changes (project_id, module_id, title) VALUES (:'anvil', :'anvil_auth', 'given');
SET changeops.log_resolution = 'none';
ROLLBACK;

-- ---- UPDATE ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.modules (id, project_id, name, root_path) VALUES ('00000000-0000-7000-8000-000000000aa9', :'anvil', 'web', 'web');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'src/auth/x.ts', 'a change');
UPDATE changeops.changes SET title = 'its title alone', module_path = module_path, module_id = module_id;
SELECT module_path, resolution, root_path, environment FROM regress.found;
UPDATE changeops.changes SET module_path = 'src/auth/y.ts'; -- still there
SELECT module_path, resolution, root_path FROM regress.found;
UPDATE changeops.changes SET module_path = 'web/page.ts'; -- a new path moves it
SELECT module_path, resolution, root_path FROM regress.found;
UPDATE changeops.changes SET module_path = 'quite/new/page.ts';
SELECT module_path, resolution, root_path FROM regress.found;
UPDATE changeops.changes SET module_id = :'anvil_auth'; -- named: wins over the path
SELECT module_path, resolution, root_path FROM regress.found;
UPDATE changeops.changes SET module_id = '00000000-0000-7000-8000-000000000aa9', module_path = 'src/auth'; -- both
SELECT module_path, resolution, root_path FROM regress.found;
UPDATE changeops.changes SET module_id = NULL; -- find it anew
SELECT module_path, resolution, root_path FROM regress.found;
UPDATE changeops.changes SET module_path = NULL; -- the module stays
SELECT module_path, root_path FROM regress.found;
UPDATE changeops.changes SET module_id = NULL;
SELECT module_path, resolution, root_path FROM regress.found;
-- Into another project: what it names has to be found there.
SELECT * FROM regress.refusal($$UPDATE changeops.changes SET project_id = '00000000-0000-7000-8000-0000000000a2', environment_id = NULL$$);
UPDATE changeops.changes SET project_id = :'bellows', module_id = NULL, environment_id = NULL, module_path = 'src/auth/z.ts';
SELECT project, module_path, resolution, root_path, environment FROM regress.found;
-- By upsert and MERGE.
SELECT id AS change FROM changeops.changes \gset
INSERT INTO changeops.changes (id, project_id, module_path, title) VALUES (:'change', :'bellows', 'up/sert/x.c', 'upsert')
  ON CONFLICT (tenant_id, id) DO UPDATE SET module_path = excluded.module_path, title = excluded.title;
SELECT title, module_path, resolution, root_path FROM regress.found;
MERGE INTO changeops.changes AS c USING (VALUES (:'change'::uuid, 'src/auth'), (:'nobody', 'src/auth/x')) AS n (id, path) ON c.id = n.id
  WHEN MATCHED THEN UPDATE SET module_path = n.path, title = 'merged'
  WHEN NOT MATCHED THEN INSERT (id, project_id, module_path, title) VALUES (n.id, :'anvil', n.path, 'made by MERGE');
SELECT title, project, module_path, resolution, root_path FROM regress.found ORDER BY title;
INSERT INTO changeops.changes (project_id, module_path, title) SELECT project_id, module_path || '/../again/x.c', 'copy of ' || title FROM changeops.changes;
SELECT title, project, module_path, resolution, root_path FROM regress.found ORDER BY title;
ROLLBACK;

-- ---- changes from before: they have a path alone, and nothing touches them ----
\c - :superuser
SET session_replication_role = replica;
INSERT INTO changeops.changes (tenant_id, id, project_id, module_path, title) VALUES
  (:'acme', '00000000-0000-7000-8000-00000000c001', :'anvil', 'old/way/x.c', 'old'),
  (:'acme', '00000000-0000-7000-8000-00000000c002', :'anvil', '../outside/x.c', 'climbs'),
  (:'acme', '00000000-0000-7000-8000-00000000c003', :'anvil', NULL, 'none');
RESET session_replication_role;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT title, module_path, resolution, root_path, environment FROM regress.found ORDER BY title;
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'old/way/y.c', 'new');
UPDATE changeops.changes SET description = 'told later', status = 'submitted', module_path = module_path, module_id = module_id WHERE title <> 'new';
SELECT title, module_path, resolution, root_path, environment FROM regress.found ORDER BY title;
-- A search finds them; who changes the path has it resolved.
SELECT title FROM changeops.changes WHERE search @@ to_tsquery('simple', 'climbs & later');
UPDATE changeops.changes SET module_path = 'old/way/z.c' WHERE title = 'climbs';
SELECT title, module_path, resolution, root_path FROM regress.found WHERE title = 'climbs';
ROLLBACK;

-- ---- the function gives what a change would get ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT changeops.resolve_module(:'anvil'::uuid, 'src/auth/x.ts') = :'anvil_auth' AS matched;
SELECT changeops.resolve_module(public_id, '/src/auth') = :'anvil_auth' AS by_public_id, changeops.resolve_module(id::text, 'src/auth') = :'anvil_auth' AS by_text FROM changeops.projects WHERE id = :'anvil';
SELECT changeops.resolve_module(:'anvil'::uuid, NULL) = id AS the_default FROM changeops.modules WHERE project_id = :'anvil' AND is_default;
SELECT changeops.resolve_module(:'anvil'::uuid, 'made/by/function/x.c') AS made \gset
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'made/by/function/y.c', 'f');
SELECT module_id = :'made' AS same, module_resolution FROM changeops.changes WHERE title = 'f';
-- What was made and rolled back is made again.
SAVEPOINT s;
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'rolled/back', 'undone');
ROLLBACK TO s;
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'anvil', 'rolled/back', 'done');
SELECT title, resolution, root_path FROM regress.found WHERE root_path = 'rolled/back';
-- A cursor does not remember what was rolled back either.
DECLARE c CURSOR FOR SELECT changeops.resolve_module(:'anvil'::uuid, 'cursor/one') AS id, tenancy.resolve_module('changeops.changes', :'anvil', 'cursor/two') AS id2 FROM generate_series(1, 3);
SAVEPOINT s;
FETCH 1 FROM c \gset gone_
ROLLBACK TO s;
FETCH 1 FROM c \gset
SELECT root_path FROM changeops.modules WHERE id IN (:'id', :'id2') ORDER BY 1;
ROLLBACK;
\c - :superuser
\i :cleanup
