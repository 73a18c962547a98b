-- What changeops must do wherever it is installed; run by models.pl with the variables schema, a and b
-- (two tenants) as an enrolled role. Prints no ids: every copy of the model answers alike.
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
\pset format unaligned
\pset tuples_only on
\set ON_ERROR_ROLLBACK on
SET client_min_messages = warning;
BEGIN;
SELECT set_config('app.current_tenant_id', :'b', true) = :'b';
INSERT INTO :"schema".projects (name, slug) VALUES ('Other', 'other') RETURNING id AS other \gset
SELECT id AS other_module FROM :"schema".modules WHERE project_id = :'other' \gset
SELECT id AS other_environment FROM :"schema".environments WHERE project_id = :'other' AND is_default \gset
COMMIT;
BEGIN;
SELECT set_config('app.current_tenant_id', :'a', true) = :'a';
\echo -- a new project gets its defaults
INSERT INTO :"schema".projects (name, slug) VALUES ('Shop', 'shop') RETURNING id AS project, public_id \gset
INSERT INTO :"schema".projects (name, slug) VALUES ('Till', 'till') RETURNING id AS second \gset
SELECT m.name, m.root_path, m.type, m.version, m.is_default FROM :"schema".modules AS m WHERE m.project_id = :'project';
SELECT e.name, e.is_default FROM :"schema".environments AS e WHERE e.project_id = :'project' ORDER BY 1;
\echo -- paths
INSERT INTO :"schema".changes (project_id, title, module_path) VALUES
    (:'project', '1', './src//auth/'), (:'project', '2', '/src/auth'), (:'project', '3', 'src/x/../auth/a.c'), (:'project', '4', 'src/authx'),
    (:'project', '5', 'src'), (:'project', '6', NULL), (:'project', '7', 'lib/auth/b.c');
SELECT c.title, c.module_path, m.name, m.root_path, c.module_resolution, e.name, c.status
FROM :"schema".changes AS c JOIN :"schema".modules AS m ON m.id = c.module_id JOIN :"schema".environments AS e ON e.id = c.environment_id ORDER BY 1;
SELECT m.name FROM :"schema".modules AS m WHERE m.id = :"schema".resolve_module(:'public_id', 'src/auth/deep/er.c');
\echo -- refusals
INSERT INTO :"schema".changes (project_id, title, module_path) VALUES (:'project', 'out', 'a/../../b');
INSERT INTO :"schema".changes (project_id, title) VALUES (NULL, 'nothing');
INSERT INTO :"schema".changes (project_id, title) VALUES (:'other', 'another tenant''s project');
INSERT INTO :"schema".changes (project_id, title, module_id) VALUES (:'project', 'its module', :'other_module');
INSERT INTO :"schema".changes (project_id, title, environment_id) VALUES (:'project', 'its environment', :'other_environment');
INSERT INTO :"schema".changes (project_id, title, module_id) SELECT :'project', 'another project''s module', m.id FROM :"schema".modules AS m WHERE m.project_id = :'second';
UPDATE :"schema".changes SET status = 'applied' WHERE title = '1';
INSERT INTO :"schema".templates (name, domain) VALUES ('Mine', 'HR');
\echo -- nothing of the other tenant
SELECT count(*) FROM :"schema".projects AS p WHERE p.id = :'other';
DELETE FROM :"schema".modules AS m WHERE m.id = :'other_module';
\echo -- soft delete
DELETE FROM :"schema".projects AS p WHERE p.id = :'second';
SELECT count(*) FROM :"schema".projects;
SELECT tenancy.restore_rows(format('%I.projects', :'schema')::regclass, ARRAY[:'second']);
SELECT count(*) FROM :"schema".projects;
\echo -- defaults are there already
SELECT * FROM :"schema".initialize_projects(true);
ROLLBACK;
BEGIN;
SELECT set_config('app.current_tenant_id', :'b', true) = :'b';
DELETE FROM :"schema".projects AS p WHERE p.id = :'other';
COMMIT;
