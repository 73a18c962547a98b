-- Nobody who works for Acme changes a row of Beta.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role does not reach the row: nothing is found, as if it did not exist.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
UPDATE shop.projects SET name = 'taken' WHERE id = 11 RETURNING id;
UPDATE shop.projects SET name = 'taken' WHERE tenant_id = :'beta' RETURNING id;
UPDATE shop.tasks SET title = 'taken' FROM shop.projects WHERE tasks.project_id = projects.id AND projects.id = 11 RETURNING tasks.id;
SELECT id FROM shop.projects WHERE id = 11 FOR UPDATE;
-- Without WHERE it changes Acme's own alone.
UPDATE shop.projects SET name = upper(name) RETURNING id, name;
COMMIT;

\c - :superuser
SELECT id, name FROM shop.projects ORDER BY id;
-- Everybody: who bypasses policies reaches the row, and is refused.
SELECT * FROM regress.attempt($$UPDATE shop.projects SET name = 'own' WHERE id = 1$$);
SELECT * FROM regress.attempt($$UPDATE shop.projects SET name = 'taken' WHERE id = 11$$);
SELECT * FROM regress.attempt($$UPDATE shop.projects SET name = 'taken'$$);
SELECT * FROM regress.attempt($$UPDATE shop.changes SET note = 'taken' WHERE tenant_id = :'beta'$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'taken' FROM shop.projects WHERE tasks.project_id = projects.id AND projects.id = 11$$);
SELECT regress.others_untouched();
\i :cleanup
