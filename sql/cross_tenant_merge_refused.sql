-- MERGE reaches no row of Beta, as its target or as its source.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
CREATE TEMP TABLE wanted (id bigint, name text) ON COMMIT DROP;
INSERT INTO wanted VALUES (1, 'wanted'), (11, 'wanted');
-- Beta's row is not matched, so nothing is done to it.
MERGE INTO shop.projects AS p USING wanted AS w ON p.id = w.id WHEN MATCHED THEN UPDATE SET name = w.name;
SELECT id, name FROM shop.projects ORDER BY id;
MERGE INTO shop.tasks AS t USING (VALUES (103), (113)) AS w (id) ON t.id = w.id WHEN MATCHED THEN DELETE;
SELECT id FROM shop.tasks ORDER BY id;
-- Nor can it be inserted for Beta, or given to it.
MERGE INTO shop.projects AS p USING (VALUES (91)) AS w (id) ON p.id = w.id
  WHEN NOT MATCHED THEN INSERT (id, tenant_id, name) VALUES (w.id, :'beta', 'planted');
MERGE INTO shop.changes AS c USING (VALUES (1)) AS w (id) ON c.project_id = w.id
  WHEN MATCHED THEN UPDATE SET tenant_id = :'beta';
-- As a source, Beta's rows are not there.
MERGE INTO shop.changes AS c USING shop.projects AS p ON c.project_id = p.id
  WHEN MATCHED THEN UPDATE SET note = p.name
  WHEN NOT MATCHED THEN INSERT (project_id, version, note) VALUES (p.id, 1, p.name);
SELECT project_id, version, note FROM shop.changes ORDER BY project_id, version;
ROLLBACK;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$MERGE INTO shop.projects AS p USING (VALUES (1)) AS w (id) ON p.id = w.id WHEN MATCHED THEN UPDATE SET name = 'own'$$);
SELECT * FROM regress.attempt($$MERGE INTO shop.projects AS p USING (VALUES (11)) AS w (id) ON p.id = w.id WHEN MATCHED THEN UPDATE SET name = 'taken'$$);
SELECT * FROM regress.attempt($$MERGE INTO shop.projects AS p USING (VALUES (11)) AS w (id) ON p.id = w.id WHEN MATCHED THEN DELETE$$);
SELECT * FROM regress.attempt($$MERGE INTO shop.changes AS c USING (VALUES (1), (2)) AS w (id) ON c.project_id = w.id WHEN MATCHED THEN UPDATE SET tenant_id = :'beta'$$);
SELECT * FROM regress.attempt($$MERGE INTO shop.projects AS p USING (VALUES (91)) AS w (id) ON p.id = w.id WHEN NOT MATCHED THEN INSERT (id, tenant_id, name) VALUES (w.id, :'beta', 'planted')$$);
SELECT * FROM regress.attempt($$MERGE INTO shop.projects AS p USING (VALUES (11)) AS w (id) ON p.id = w.id WHEN MATCHED THEN UPDATE SET name = 'taken' WHEN NOT MATCHED THEN INSERT (id, tenant_id, name) VALUES (w.id, :'acme', 'own')$$);
SELECT regress.others_untouched();
\i :cleanup
