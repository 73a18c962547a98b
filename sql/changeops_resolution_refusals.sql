-- What resolution refuses, and what it says then; another tenant's row is told like one that does not exist.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

CREATE TABLE regress.attempts (n int GENERATED ALWAYS AS IDENTITY, what text, statement text);
GRANT SELECT ON regress.attempts TO PUBLIC;
INSERT INTO regress.attempts (what, statement)
SELECT what, replace(statement, 'INTO changes (', 'INTO changeops.changes (title, tenant_id, ')
  FROM (VALUES
  ('no project',                     $$INSERT INTO changes (project_id) VALUES ('t', :acme, NULL)$$),
  ('unknown project',                $$INSERT INTO changes (project_id) VALUES ('t', :acme, :nobody)$$),
  ('another tenant''s project',      $$INSERT INTO changes (project_id) VALUES ('t', :acme, :cask)$$),
  ('unknown project, path',          $$INSERT INTO changes (project_id, module_path) VALUES ('t', :acme, :nobody, 'src/auth')$$),
  ('another tenant''s, path',        $$INSERT INTO changes (project_id, module_path) VALUES ('t', :acme, :cask, 'src/auth')$$),
  ('unknown project, new path',      $$INSERT INTO changes (project_id, environment_id, module_path) VALUES ('t', :acme, :nobody, :anvil_dev, 'new')$$),
  ('unknown module',                 $$INSERT INTO changes (project_id, module_id) VALUES ('t', :acme, :anvil, :nobody)$$),
  ('another project''s module',      $$INSERT INTO changes (project_id, module_id) VALUES ('t', :acme, :anvil, :bellows_auth)$$),
  ('another tenant''s module',       $$INSERT INTO changes (project_id, module_id) VALUES ('t', :acme, :anvil, :cask_auth)$$),
  ('unknown environment',            $$INSERT INTO changes (project_id, environment_id) VALUES ('t', :acme, :anvil, :nobody)$$),
  ('another project''s environment', $$INSERT INTO changes (project_id, environment_id) VALUES ('t', :acme, :anvil, :bellows_dev)$$),
  ('another tenant''s environment',  $$INSERT INTO changes (project_id, environment_id) VALUES ('t', :acme, :anvil, :cask_dev)$$),
  ('climbs',                         $$INSERT INTO changes (project_id, module_path) VALUES ('t', :acme, :anvil, '../x')$$),
  ('climbs in the middle',           $$INSERT INTO changes (project_id, module_path) VALUES ('t', :acme, :anvil, 'src/../../anvil/src')$$),
  ('too long',                       $$INSERT INTO changes (project_id, module_path) VALUES ('t', :acme, :anvil, repeat('x', 1025))$$),
  ('far too long',                   $$INSERT INTO changes (project_id, module_path) VALUES ('t', :acme, :anvil, repeat('./', 1000000))$$),
  ('moved to another project',       $$UPDATE changeops.changes SET project_id = :bellows WHERE title = 'stays'$$),
  ('moved to another tenant''s',     $$UPDATE changeops.changes SET project_id = :cask WHERE title = 'stays'$$),
  ('to another project''s module',   $$UPDATE changeops.changes SET module_id = :bellows_auth WHERE title = 'stays'$$),
  ('to another tenant''s module',    $$UPDATE changeops.changes SET module_id = :cask_auth, module_path = 'src/auth' WHERE title = 'stays'$$),
  ('to another environment',         $$UPDATE changeops.changes SET environment_id = :bellows_dev WHERE title = 'stays'$$),
  ('to no project',                  $$UPDATE changeops.changes SET project_id = NULL WHERE title = 'stays'$$),
  ('to a path that climbs',          $$UPDATE changeops.changes SET module_path = '/..' WHERE title = 'stays'$$),
  ('function: no project',           $$SELECT changeops.resolve_module(NULL::uuid, 'src')$$),
  ('function: unknown project',      $$SELECT changeops.resolve_module(:nobody::uuid, 'src/auth')$$),
  ('function: other tenant''s path', $$SELECT changeops.resolve_module(:cask::text, 'src/auth/../..//src/auth')$$),
  ('function: climbs',               $$SELECT changeops.resolve_module(:anvil::uuid, 'a/../..')$$),
  ('function: no id',                $$SELECT changeops.resolve_module('anvil'::text, 'src')$$),
  ('function: a module''s id',       $$SELECT changeops.resolve_module(tenancy.typeid('mod', :anvil::uuid), 'src')$$)) AS v (what, statement);
UPDATE regress.attempts SET statement = replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(statement,
  ':anvil_dev', quote_literal(:'anvil_dev')), ':bellows_dev', quote_literal(:'bellows_dev')), ':cask_dev', quote_literal(:'cask_dev')),
  ':anvil_auth', quote_literal(:'anvil_auth')), ':bellows_auth', quote_literal(:'bellows_auth')), ':cask_auth', quote_literal(:'cask_auth')),
  ':anvil', quote_literal(:'anvil')), ':bellows', quote_literal(:'bellows')), ':cask', quote_literal(:'cask')), ':nobody', quote_literal(:'nobody')),
  ':acme', quote_literal(:'acme')), ':beta', quote_literal(:'beta'));
INSERT INTO changeops.changes (tenant_id, project_id, module_id, title) VALUES (:'acme', :'anvil', :'anvil_auth', 'stays');

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
\pset format unaligned
\pset fieldsep '\n    '
\t on
SELECT a.what, r.code || ' ' || r.message, r.hint FROM regress.attempts AS a CROSS JOIN LATERAL regress.refusal(a.statement) AS r ORDER BY a.n;
\t off
\pset format aligned
\pset fieldsep '|'
SELECT count(*) AS modules, (SELECT count(*) FROM changeops.changes) AS changes FROM changeops.modules;
ROLLBACK;
-- Others are told the same, for Acme and for nobody; only who works for nobody may resolve paths of Beta's project.
\c - :superuser
CREATE TABLE regress.told AS SELECT 'superuser' AS who, a.n, a.what, r.* FROM regress.attempts AS a CROSS JOIN LATERAL regress.refusal(a.statement) AS r;
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO regress.told SELECT 'superuser for Acme', a.n, a.what, r.* FROM regress.attempts AS a CROSS JOIN LATERAL regress.refusal(a.statement) AS r;
COMMIT;
GRANT ALL ON regress.told TO PUBLIC;
\c - regress_tenancy_bypass
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO regress.told SELECT 'bypass for Acme', a.n, a.what, r.* FROM regress.attempts AS a CROSS JOIN LATERAL regress.refusal(a.statement) AS r;
COMMIT;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT t.who, t.what, t.code, t.message
  FROM regress.told AS t JOIN regress.attempts AS a ON a.n = t.n CROSS JOIN LATERAL regress.refusal(a.statement) AS r
 WHERE (t.code, t.message, t.hint) IS DISTINCT FROM (r.code, r.message, r.hint) ORDER BY t.who, t.n;
COMMIT;
\c - :superuser
SELECT who, count(*), count(*) FILTER (WHERE code = '00000') AS done, count(*) FILTER (WHERE code LIKE 'XX%' OR code <> '00000' AND hint IS NULL) AS bad FROM regress.told GROUP BY who ORDER BY who;
-- Nobody has left anything.
SELECT count(*) AS modules, (SELECT count(*) FROM changeops.changes) AS changes FROM changeops.modules;
SELECT regress.others_untouched();

-- ---- a project without defaults ----
DELETE FROM changeops.modules WHERE id = :'anvil_default';
ALTER TABLE changeops.environments DISABLE TRIGGER environments_keep_default;
UPDATE changeops.environments SET is_default = false WHERE project_id = :'anvil';
ALTER TABLE changeops.environments ENABLE TRIGGER environments_keep_default;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (project_id, title) VALUES ('00000000-0000-7000-8000-0000000000a1', 't')$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (project_id, environment_id, title) VALUES ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-000000000da1', 't')$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (project_id, environment_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-000000000da1', 'README.md', 't')$$);
SELECT * FROM regress.refusal($$SELECT changeops.resolve_module('00000000-0000-7000-8000-0000000000a1'::uuid, NULL)$$);
-- What the hint says mends it.
SELECT * FROM changeops.initialize_projects();
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', 't');
SELECT title, resolution, root_path, environment FROM regress.found WHERE title = 't';
-- A deleted project has no changes to come; a deleted module takes none.
DELETE FROM changeops.modules WHERE id = :'bellows_auth';
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (project_id, module_id, title) VALUES ('00000000-0000-7000-8000-0000000000a2', '00000000-0000-7000-8000-000000000aa2', 't')$$);
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'bellows', 'src/auth', 'anew');
SELECT title, resolution, root_path FROM regress.found WHERE title = 'anew';
DELETE FROM changeops.projects WHERE id = :'bellows';
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (project_id, title) VALUES ('00000000-0000-7000-8000-0000000000a2', 't')$$);
SELECT * FROM regress.refusal($$SELECT changeops.resolve_module('00000000-0000-7000-8000-0000000000a2'::uuid, 'src')$$);
ROLLBACK;
-- Without a tenant an application gets nowhere.
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (project_id, title) VALUES ('00000000-0000-7000-8000-0000000000a1', 't')$$);
SELECT * FROM regress.refusal($$SELECT changeops.resolve_module('00000000-0000-7000-8000-0000000000a1'::uuid, 'src')$$);
SELECT * FROM regress.refusal($$SELECT tenancy.resolve_module('changeops.changes', '00000000-0000-7000-8000-0000000000a1', 'src', 'aaaaaaaa-0000-7000-8000-000000000000')$$);
\c - :superuser
\i :cleanup
