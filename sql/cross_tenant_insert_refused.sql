-- Nobody who works for Acme adds a row to Beta.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'beta', 'planted');
INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'acme', 'own'), (92, :'beta', 'planted');
INSERT INTO shop.projects (id, tenant_id, name) SELECT id + 90, :'beta', name FROM shop.projects;
WITH planted AS (INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'beta', 'planted') RETURNING id)
SELECT * FROM planted;
INSERT INTO shop.changes VALUES (:'beta', 11, 2, 'planted');
INSERT INTO shop.tasks VALUES (191, :'beta', 11, NULL, 'planted');
-- A row without a tenant would belong to nobody.
INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, NULL, 'orphan');
-- What is Acme's own is accepted, with and without the tenant named.
INSERT INTO shop.projects (id, tenant_id, name) VALUES (3, :'acme', 'Crate') RETURNING id, tenant_id = :'acme' AS own;
INSERT INTO shop.projects (id, name) VALUES (4, 'Dowel') RETURNING id, tenant_id = :'acme' AS own;
ROLLBACK;
-- A prepared statement keeps no tenant: it was Beta's when it was planned.
\c - regress_tenancy_app
PREPARE add_project(bigint) AS INSERT INTO shop.projects (id, tenant_id, name) VALUES ($1, :'beta', 'prepared') RETURNING id;
BEGIN;
SELECT tenancy.set_tenant(:'beta');
EXECUTE add_project(93);
ROLLBACK;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
EXECUTE add_project(93);
ROLLBACK;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'acme', 'own')$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'beta', 'planted')$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.projects (id, tenant_id, name) VALUES (91, :'acme', 'own'), (92, :'beta', 'planted')$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (191, :'beta', 11, NULL, 'planted')$$);
SELECT regress.others_untouched();
\i :cleanup
