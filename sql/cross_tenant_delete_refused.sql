-- Nobody who works for Acme deletes a row of Beta.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role does not reach the row: nothing is found, as if it did not exist.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.tasks WHERE id = 113 RETURNING id;
DELETE FROM shop.tasks WHERE tenant_id = :'beta' RETURNING id;
DELETE FROM shop.tasks USING shop.projects WHERE tasks.project_id = projects.id AND projects.id = 11 RETURNING tasks.id;
-- Without WHERE it deletes Acme's own alone.
DELETE FROM shop.tasks RETURNING id;
COMMIT;

\c - :superuser
SELECT id FROM shop.tasks ORDER BY id;
-- Everybody: who bypasses policies reaches the row, and is refused.
SELECT * FROM regress.attempt($$DELETE FROM shop.changes WHERE project_id = 2$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.changes WHERE project_id = 12$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.changes$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.projects WHERE id = 11$$);
SELECT regress.others_untouched();
\i :cleanup
