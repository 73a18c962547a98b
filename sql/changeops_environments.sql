-- Environments: a change without one gets its project's default, and a project has exactly one default at all times.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', 'default'), (:'bellows', 'of the other project');
INSERT INTO changeops.changes (project_id, environment_id, title) SELECT :'anvil', id, 'given: ' || name FROM changeops.environments WHERE project_id = :'anvil';
SELECT title, project, environment FROM regress.found ORDER BY title;
-- NULL asks for the default again, another project brings another default.
UPDATE changeops.changes SET environment_id = NULL WHERE title = 'given: prod';
UPDATE changeops.changes SET project_id = :'bellows', environment_id = NULL, module_id = NULL WHERE title = 'given: test';
SELECT title, project, environment FROM regress.found WHERE title LIKE 'given%' ORDER BY title;
-- One statement moves the default; changes stay where they are, new ones follow.
UPDATE changeops.environments SET is_default = (name = 'test') WHERE project_id = :'anvil';
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', 'after the move');
SELECT title, environment FROM regress.found WHERE title IN ('default', 'after the move') ORDER BY title;
-- Rows in either order, and for all projects in one statement.
UPDATE changeops.environments SET is_default = (name = 'dev');
UPDATE changeops.environments SET is_default = (name = 'prod');
SELECT p.slug, string_agg(e.name::text, ' ') FROM changeops.environments AS e JOIN changeops.projects AS p ON p.id = e.project_id WHERE e.is_default GROUP BY p.slug ORDER BY p.slug;
ROLLBACK;

-- ---- never none, never two ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT * FROM regress.refusal($$UPDATE changeops.environments SET is_default = false WHERE id = '00000000-0000-7000-8000-000000000da1'$$);
SELECT * FROM regress.refusal($$UPDATE changeops.environments SET is_default = false$$);
SELECT * FROM regress.refusal($$UPDATE changeops.environments SET is_default = true WHERE name = 'test'$$);
SELECT * FROM regress.refusal($$DELETE FROM changeops.environments WHERE id = '00000000-0000-7000-8000-000000000da1'$$);
SELECT * FROM regress.refusal($$DELETE FROM changeops.environments WHERE project_id = '00000000-0000-7000-8000-0000000000a1'$$);
SELECT * FROM regress.refusal($$DELETE FROM changeops.environments WHERE project_id = '00000000-0000-7000-8000-0000000000a2' AND name = 'test';
  UPDATE changeops.environments SET project_id = '00000000-0000-7000-8000-0000000000a2', name = 'test', is_default = false WHERE id = '00000000-0000-7000-8000-000000000da1'$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.environments (project_id, name, is_default) VALUES ('00000000-0000-7000-8000-0000000000a1', 'dev', false)$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.environments (project_id, name) VALUES ('00000000-0000-7000-8000-0000000000a1', 'staging')$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.environments (project_id, name) VALUES ('00000000-0000-7000-8000-0000000000b1', 'dev')$$);
SELECT * FROM regress.refusal($$MERGE INTO changeops.environments AS e USING (VALUES ('dev'::changeops.environment_name)) AS d (name) ON e.name = d.name WHEN MATCHED THEN DELETE$$);
-- In two statements, within one transaction, it goes when the check waits; it does not wait longer than the transaction.
SELECT * FROM regress.refusal($$SET CONSTRAINTS changeops.environments_keep_default, changeops.environments_one_default DEFERRED;
  UPDATE changeops.environments SET is_default = false WHERE name = 'dev'$$);
SELECT * FROM regress.refusal($$SET CONSTRAINTS changeops.environments_keep_default, changeops.environments_one_default DEFERRED;
  UPDATE changeops.environments SET is_default = false WHERE name = 'dev'; UPDATE changeops.environments SET is_default = true WHERE name = 'prod'$$);
-- What is not the default may go, unless changes are there; the default may when another has taken its place.
DELETE FROM changeops.environments WHERE project_id = :'anvil' AND name = 'test';
UPDATE changeops.environments SET is_default = (name = 'prod') WHERE project_id = :'anvil';
DELETE FROM changeops.environments WHERE id = :'anvil_dev';
INSERT INTO changeops.environments (project_id, name) VALUES (:'anvil', 'dev');
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', 'in prod');
SELECT title, environment FROM regress.found;
SELECT code, message FROM regress.refusal($$UPDATE changeops.environments SET is_default = (name = 'dev'); DELETE FROM changeops.environments WHERE name = 'prod'$$);
ROLLBACK;

-- ---- a project goes with its environments ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', 'goes too');
DELETE FROM changeops.projects WHERE id = :'anvil';
SELECT slug FROM changeops.projects ORDER BY slug;
SELECT tenancy.restore_rows('changeops.projects', ARRAY[:'anvil']);
SELECT title, project, environment FROM regress.found;
COMMIT;
-- For good: who works for nobody deletes what is marked.
\c - :superuser
DELETE FROM changeops.projects WHERE id = :'anvil';
SELECT count(*) AS kept FROM changeops.environments WHERE project_id = :'anvil';
DELETE FROM changeops.projects WHERE id = :'anvil';
SELECT (SELECT count(*) FROM changeops.environments WHERE project_id = :'anvil') AS environments, (SELECT count(*) FROM changeops.modules WHERE project_id = :'anvil') AS modules,
       (SELECT count(*) FROM changeops.changes WHERE project_id = :'anvil') AS changes;
\i :cleanup
