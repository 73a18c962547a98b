-- INSERT ... ON CONFLICT reaches no row of Beta, also where a unique key spans all tenants.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role. Both keys, id and code, span the tenants: that a value is taken shows, as with
-- every unique key; whose it is and what the row says does not.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.projects (id, name) VALUES (11, 'taken') ON CONFLICT (id) DO UPDATE SET name = 'taken';
INSERT INTO shop.projects (id, name) VALUES (11, 'taken') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING projects.*;
INSERT INTO shop.projects (id, name) VALUES (11, 'taken') ON CONFLICT (id) DO UPDATE SET name = 'taken' WHERE projects.name = 'Cask';
INSERT INTO shop.projects (id, name) VALUES (11, 'taken') ON CONFLICT (id) DO UPDATE SET name = 'taken' WHERE projects.name = 'no';
INSERT INTO shop.projects (id, code, name) VALUES (5, 'cask', 'taken') ON CONFLICT (code) DO UPDATE SET name = 'taken', tenant_id = EXCLUDED.tenant_id;
INSERT INTO shop.projects (id, tenant_id, name) VALUES (11, :'beta', 'taken') ON CONFLICT (id) DO UPDATE SET name = 'taken';
INSERT INTO shop.projects (id, tenant_id, name) VALUES (11, :'beta', 'taken') ON CONFLICT DO NOTHING;
INSERT INTO shop.projects (id, name) VALUES (11, 'taken') ON CONFLICT DO NOTHING RETURNING *;
INSERT INTO shop.projects (id, code, name) VALUES (5, 'cask', 'taken') ON CONFLICT (code) DO NOTHING RETURNING *;
-- On Acme's own rows it does what it always does, but moves none.
INSERT INTO shop.projects (id, name) VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name RETURNING id, name;
INSERT INTO shop.projects (id, name) VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET tenant_id = :'beta';
INSERT INTO shop.projects (id, name) VALUES (1, 'again'), (3, 'new') ON CONFLICT DO NOTHING RETURNING id, name;
-- A key that carries the tenant meets no row of Beta.
INSERT INTO shop.changes VALUES (:'acme', 1, 1, 'again') ON CONFLICT (tenant_id, project_id, version) DO UPDATE SET note = EXCLUDED.note RETURNING project_id, note;
ROLLBACK;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (1, :'acme', 'own') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (11, :'acme', 'taken') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, code, name) VALUES (5, :'acme', 'cask', 'taken') ON CONFLICT (code) DO UPDATE SET tenant_id = EXCLUDED.tenant_id$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (1, :'acme', 'own') ON CONFLICT (id) DO UPDATE SET tenant_id = :'beta'$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (11, :'beta', 'taken') ON CONFLICT DO NOTHING$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (11, :'acme', 'taken') ON CONFLICT DO NOTHING$$);
SELECT regress.others_untouched();
\i :cleanup
