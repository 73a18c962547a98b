-- A new project gets its default module and its three environments, however it comes.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.projects (name, slug) VALUES ('Chisel', 'chisel'), ('Drill', 'drill');
SELECT p.slug, m.name, m.type, m.root_path, m.version, m.is_default
  FROM changeops.projects AS p JOIN changeops.modules AS m ON m.project_id = p.id WHERE p.slug IN ('chisel', 'drill') ORDER BY p.slug;
SELECT p.slug, e.name, e.is_default
  FROM changeops.projects AS p JOIN changeops.environments AS e ON e.project_id = p.id WHERE p.slug IN ('chisel', 'drill') ORDER BY p.slug, e.name;
-- Both are used at once.
INSERT INTO changeops.changes (project_id, title) SELECT id, 'first' FROM changeops.projects WHERE slug = 'chisel';
SELECT * FROM regress.found;
-- Every row tells whose it is and when it came.
SELECT public_id ~ '^prj_[0-9a-z]{26}$' AS public_id, tenant_id = :'acme' AS own, created_at = now() AS created, updated_at = now() AS updated, deleted_at
  FROM changeops.projects WHERE slug = 'chisel';
ROLLBACK;
-- Nothing of it stays.
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT count(*) AS projects, (SELECT count(*) FROM changeops.modules) AS modules, (SELECT count(*) FROM changeops.environments) AS environments FROM changeops.projects;
-- An upsert gives them to what is new alone; MERGE too.
INSERT INTO changeops.projects (id, name, slug) VALUES (:'anvil', 'Anvil II', 'anvil'), (:'nobody', 'Chisel', 'chisel')
  ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name;
INSERT INTO changeops.projects (name, slug) VALUES ('Drill', 'drill'), ('Again', 'anvil') ON CONFLICT DO NOTHING;
MERGE INTO changeops.projects AS p USING (VALUES ('file'), ('anvil')) AS n (slug) ON p.slug = n.slug
  WHEN MATCHED THEN UPDATE SET name = upper(p.name) WHEN NOT MATCHED THEN INSERT (name, slug) VALUES (n.slug, n.slug);
SELECT p.name, (SELECT string_agg(m.name, ' ' ORDER BY m.name) FROM changeops.modules AS m WHERE m.project_id = p.id) AS modules,
       (SELECT string_agg(e.name || CASE WHEN e.is_default THEN '*' ELSE '' END, ' ' ORDER BY e.name) FROM changeops.environments AS e WHERE e.project_id = p.id) AS environments
  FROM changeops.projects AS p ORDER BY p.slug;
-- A slug is free again once its project is deleted.
DELETE FROM changeops.projects WHERE slug = 'file';
INSERT INTO changeops.projects (name, slug) VALUES ('File', 'file');
SELECT * FROM regress.refusal($$INSERT INTO changeops.projects (name, slug) VALUES ('File', 'file')$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.projects (name, slug) VALUES ('File', 'No Slug')$$);
SELECT * FROM regress.refusal($$INSERT INTO changeops.projects (name, slug) VALUES ('', 'empty')$$);
COMMIT;

-- Another tenant may have a project of the same id and slug; each has its own.
BEGIN;
SELECT tenancy.set_tenant(:'beta') AS tenant \gset
INSERT INTO changeops.projects (id, name, slug) VALUES (:'anvil', 'Beta''s anvil', 'anvil');
INSERT INTO changeops.changes (project_id, title) VALUES (:'anvil', 'of beta');
SELECT * FROM regress.found;
COMMIT;
\c - :superuser
-- So may the superuser make one, for a tenant and for none.
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.projects (id, name, slug) VALUES (:'cask', 'Acme''s cask', 'cask');
INSERT INTO changeops.changes (project_id, module_path, title) VALUES (:'cask', 'src', 'of acme');
SELECT changeops.resolve_module(:'cask'::uuid, 'src') = module_id AS same, tenant_id = :'acme' AS own FROM changeops.changes WHERE title = 'of acme';
COMMIT;
COPY changeops.projects (tenant_id, name, slug) FROM stdin;
bbbbbbbb-0000-7000-8000-000000000000	Eyelet	eyelet
aaaaaaaa-0000-7000-8000-000000000000	Eyelet	eyelet
\.
SELECT t.slug AS tenant, p.slug, (SELECT count(*) FROM changeops.modules AS m WHERE m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.is_default) AS default_modules,
       (SELECT count(*) FROM changeops.environments AS e WHERE e.tenant_id = p.tenant_id AND e.project_id = p.id) AS environments
  FROM changeops.projects AS p JOIN tenancy.tenants AS t ON t.id = p.tenant_id WHERE p.deleted_at IS NULL ORDER BY 1, 2;
\i :cleanup
