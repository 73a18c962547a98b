-- initialize_projects() gives projects what they lack, once, and changes nothing else.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

-- Projects from before, which lack one thing each.
SET session_replication_role = replica;
INSERT INTO changeops.projects (tenant_id, id, name, slug)
SELECT t, format('00000000-0000-7000-8000-00000000%s', n)::uuid, s, s
  FROM (VALUES (:'acme'::uuid, '1001', 'all'), (:'acme', '1002', 'module'), (:'acme', '1003', 'one-environment'), (:'acme', '1004', 'no-default'),
               (:'acme', '1005', 'src-taken'), (:'acme', '1006', 'name-taken'), (:'acme', '1007', 'both-taken'), (:'acme', '1008', 'dev-lacks'),
               (:'acme', '1009', 'other-default'), (:'beta', '2001', 'betas')) AS v (t, n, s);
INSERT INTO changeops.modules (tenant_id, project_id, name, root_path, is_default)
SELECT p.tenant_id, p.id, v.name, v.root_path, v.is_default
  FROM (VALUES ('one-environment', 'default', 'src', true), ('no-default', 'default', 'src', true), ('src-taken', 'mine', 'src', false),
               ('name-taken', 'default', 'lib', false), ('both-taken', 'default', 'src', false), ('dev-lacks', 'default', 'src', true),
               ('other-default', 'main', 'code', true)) AS v (slug, name, root_path, is_default) JOIN changeops.projects AS p USING (slug);
INSERT INTO changeops.environments (tenant_id, project_id, name, is_default)
SELECT p.tenant_id, p.id, v.name::changeops.environment_name, v.is_default
  FROM (VALUES ('module', 'dev', true), ('module', 'test', false), ('module', 'prod', false), ('one-environment', 'dev', true), ('one-environment', 'prod', false),
               ('no-default', 'dev', false), ('no-default', 'test', false), ('no-default', 'prod', false), ('dev-lacks', 'test', false),
               ('other-default', 'dev', false), ('other-default', 'test', true), ('other-default', 'prod', false)) AS v (slug, name, is_default) JOIN changeops.projects AS p USING (slug);
-- Changes from before: with paths alone.
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title)
SELECT p.tenant_id, p.id, v.path, v.slug || ': ' || coalesce(v.path, 'none')
  FROM (VALUES ('all', 'src/auth/deep/x.ts'), ('all', 'src/auth'), ('all', './src/auth/y.ts'), ('all', 'lib/a/b'), ('all', 'README.md'), ('all', '../out/x'),
               ('all', 'src/main.ts'), ('all', NULL), ('src-taken', 'src/new/x'), ('betas', 'lib/beta')) AS v (slug, path) JOIN changeops.projects AS p USING (slug);
-- A deleted project stays as it is.
INSERT INTO changeops.projects (tenant_id, id, name, slug, deleted_at) VALUES (:'acme', '00000000-0000-7000-8000-000000001010', 'gone', 'gone', now());
RESET session_replication_role;
CREATE VIEW regress.projects WITH (security_invoker = true) AS
  SELECT p.slug, (SELECT string_agg(format('%s@%s%s', replace(m.name, p.id::text, '<id>'), replace(m.root_path, p.id::text, '<id>'), CASE WHEN m.is_default THEN '*' ELSE '' END), ' ' ORDER BY m.root_path) FROM changeops.modules AS m WHERE m.tenant_id = p.tenant_id AND m.project_id = p.id) AS modules,
         (SELECT string_agg(e.name || CASE WHEN e.is_default THEN '*' ELSE '' END, ' ' ORDER BY e.name) FROM changeops.environments AS e WHERE e.tenant_id = p.tenant_id AND e.project_id = p.id) AS environments
    FROM changeops.projects AS p;
GRANT SELECT ON regress.projects TO PUBLIC;
TABLE regress.projects ORDER BY slug;
CREATE TABLE regress.old_changes AS SELECT xmin::text AS version, c.* FROM changeops.changes AS c;
CREATE TABLE regress.old_projects AS SELECT xmin::text AS version, p.* FROM changeops.projects AS p;

-- An application: its own tenant's alone.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT * FROM changeops.initialize_projects();
TABLE regress.projects ORDER BY slug;
SELECT * FROM changeops.initialize_projects();
SELECT * FROM changeops.initialize_projects(true);
SELECT * FROM changeops.initialize_projects(true);
TABLE regress.projects ORDER BY slug;
-- Now those changes can be resolved by who wants to.
UPDATE changeops.changes SET module_id = NULL, module_path = './' || module_path WHERE module_path NOT LIKE '..%';
SELECT title, module_path, resolution, root_path FROM regress.found ORDER BY title;
ROLLBACK;
-- Nobody's: nothing.
SELECT * FROM regress.refusal('SELECT * FROM changeops.initialize_projects()');

-- The superuser for one tenant: that one's, whatever others lack. Nothing of it stays.
\c - :superuser
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT * FROM changeops.initialize_projects(true);
SELECT slug, modules, environments FROM regress.projects WHERE slug IN ('all', 'betas');
ROLLBACK;
-- The platform: everybody's.
SELECT * FROM changeops.initialize_projects(from_changes => true);
TABLE regress.projects ORDER BY slug;
SELECT * FROM changeops.initialize_projects(from_changes => true);
SELECT DISTINCT m.type, m.version FROM changeops.modules AS m;

-- No change and no project was modified.
SELECT (SELECT count(*) FROM regress.old_changes) AS changes, count(*) AS untouched
  FROM regress.old_changes AS o JOIN changeops.changes AS c ON c.xmin::text = o.version AND c.id = o.id AND c.updated_at = o.updated_at AND c.module_id IS NULL;
SELECT (SELECT count(*) FROM regress.old_projects) AS projects, count(*) AS untouched FROM regress.old_projects AS o JOIN changeops.projects AS p ON p.xmin::text = o.version AND p.id = o.id;
-- A module that was deleted is not in the way of a default; a default that was deleted is made anew.
DELETE FROM changeops.modules WHERE id IN (:'anvil_default', :'bellows_default');
SELECT * FROM changeops.initialize_projects();
SELECT count(*) FROM changeops.modules WHERE project_id IN (:'anvil', :'bellows') AND is_default AND deleted_at IS NULL;
\i :cleanup
