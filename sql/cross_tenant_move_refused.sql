-- Nobody who works for Acme gives a row to Beta or takes one from it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
-- Given away: without WHERE, with one, under another value, and among other columns.
UPDATE shop.changes SET tenant_id = :'beta';
UPDATE shop.changes SET tenant_id = :'beta' WHERE project_id = 2;
UPDATE shop.tasks SET tenant_id = :'beta', project_id = 11 WHERE id = 103;
UPDATE shop.tasks SET tenant_id = NULL WHERE id = 103;
UPDATE shop.tasks SET tenant_id = 'cccccccc-0000-7000-8000-000000000000' WHERE id = 103;
-- Taken: the row is not there.
UPDATE shop.tasks SET tenant_id = :'acme', project_id = 1 WHERE id = 113 RETURNING id;
UPDATE shop.tasks SET tenant_id = tenancy.current_tenant_id(), project_id = 1 RETURNING id;
-- Writing the value that stands there moves nothing.
UPDATE shop.tasks SET tenant_id = :'acme' WHERE id = 103 RETURNING id;
ROLLBACK;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET tenant_id = :'acme' WHERE id = 103$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET tenant_id = :'beta', project_id = 11 WHERE id = 103$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET tenant_id = :'acme', project_id = 1 WHERE id = 113$$);
SELECT * FROM regress.attempt($$UPDATE shop.changes SET tenant_id = :'beta'$$);
SELECT * FROM regress.attempt($$UPDATE shop.changes SET tenant_id = :'acme'$$);
SELECT regress.others_untouched();
\i :cleanup
