-- DELETE marks a row, which is then hidden from all who are under row-level security; the command says
-- how many rows it "deleted".
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SELECT step, phase, kind, sql, lock_mode FROM tenancy.planned(tenancy.table_request('soft_delete', 'shop.tasks', 'deleted_at'));
SELECT tenancy.soft_delete('shop.tasks'), tenancy.soft_delete('shop.projects', 'Gone At');
-- Nothing is left to do, for protect() either.
SELECT tenancy.soft_delete('shop.tasks'), tenancy.soft_delete('shop.projects', 'Gone At'), tenancy.protect_schema('shop');
-- Damage is found and repaired, what pg_restore --disable-triggers leaves behind included.
ALTER TABLE shop.tasks DISABLE TRIGGER ALL, ENABLE TRIGGER ALL;
DROP POLICY tenancy_not_deleted ON shop.projects;
SELECT detail, next_command FROM tenancy.status() WHERE topic = 'table';
SELECT tenancy.protect_schema('shop'), tenancy.soft_delete('shop.tasks'), tenancy.soft_delete('shop.projects', 'Gone At');
SELECT count(*) FROM tenancy.status() WHERE topic = 'table';
CALL regress.remember();

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.tasks WHERE id = 101;
\echo :ROW_COUNT
SELECT id FROM shop.tasks ORDER BY id;
-- It is not there a second time, nor may the application write the marker.
DELETE FROM shop.tasks WHERE id = 101;
\echo :ROW_COUNT
UPDATE shop.tasks SET title = 'Forged' WHERE id = 101;
SAVEPOINT before;
UPDATE shop.tasks SET deleted_at = now() WHERE id = 102;
ROLLBACK TO before;
INSERT INTO shop.tasks (id, project_id, title, deleted_at) VALUES (199, 1, 'Born dead', now());
ROLLBACK TO before;
-- RETURNING returns what was really deleted, and counts that.
DELETE FROM shop.tasks WHERE id = 102 RETURNING id;
\echo :ROW_COUNT
ROLLBACK TO before;
-- A join that finds a row several times.
DELETE FROM shop.tasks USING shop.projects, generate_series(1, 3) WHERE tasks.project_id = projects.id;
\echo :ROW_COUNT
ROLLBACK TO before;
-- In PL/pgSQL, and where a writing WITH clause or MERGE reports what it did itself.
DO $$
DECLARE
  n bigint;
  gone bigint;
BEGIN
  DELETE FROM shop.tasks WHERE id = 102;
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE '% row, found: %', n, FOUND;
  DELETE FROM shop.tasks WHERE id = 103 RETURNING id INTO gone;
  RAISE NOTICE 'returned: %', gone;
END $$;
ROLLBACK TO before;
WITH gone AS (DELETE FROM shop.tasks WHERE id = 102 RETURNING id) SELECT count(*) FROM gone;
WITH gone AS (DELETE FROM shop.tasks WHERE id = 103) SELECT 'not read';
SELECT id FROM shop.tasks ORDER BY id;
ROLLBACK TO before;
WITH gone AS (DELETE FROM shop.tasks WHERE id = 102) DELETE FROM shop.tasks WHERE id = 103;
\echo :ROW_COUNT
SELECT id FROM shop.tasks ORDER BY id;
ROLLBACK TO before;
MERGE INTO shop.tasks USING (VALUES (102), (103)) AS v(id) ON tasks.id = v.id
  WHEN MATCHED AND v.id = 102 THEN DELETE WHEN MATCHED THEN UPDATE SET title = 'Sewn';
\echo :ROW_COUNT
SELECT id, title FROM shop.tasks ORDER BY id;
ROLLBACK TO before;
-- A prepared statement with a generic plan, and a cursor.
SET LOCAL plan_cache_mode = force_generic_plan;
PREPARE remove(bigint) AS DELETE FROM shop.tasks WHERE id = $1;
EXECUTE remove(102);
\echo :ROW_COUNT
EXECUTE remove(103);
\echo :ROW_COUNT
EXECUTE remove(103);
\echo :ROW_COUNT
SELECT count(*) FROM shop.tasks;
ROLLBACK TO before;
DECLARE c CURSOR FOR SELECT id FROM shop.tasks ORDER BY id FOR UPDATE;
FETCH c;
DELETE FROM shop.tasks WHERE CURRENT OF c;
\echo :ROW_COUNT
UPDATE shop.tasks SET title = 'too late' WHERE CURRENT OF c;
\echo :ROW_COUNT
FETCH c;
UPDATE shop.tasks SET title = 'in time' WHERE CURRENT OF c;
SELECT id, title FROM shop.tasks ORDER BY id;
ROLLBACK TO before;
-- All of them.
DELETE FROM shop.tasks;
\echo :ROW_COUNT
DELETE FROM shop.projects WHERE id = 1;
SELECT count(*) FROM shop.tasks;
-- The children of a marked row stay as they are, and may still refer to it.
SELECT count(*) FROM shop.changes WHERE project_id = 1;
INSERT INTO shop.tasks (id, project_id, title) VALUES (104, 1, 'Orphan');
COMMIT;

\c - :superuser
SELECT id, deleted_at IS NOT NULL AS marked, title FROM shop.tasks ORDER BY id;
SELECT id, "Gone At" IS NOT NULL AS marked FROM shop.projects ORDER BY id;
SELECT regress.others_untouched();

-- Whoever sees a marked row deletes it really; and a foreign key's own action does, of marked and
-- other rows.
DELETE FROM shop.tasks WHERE id = 101;
\echo :ROW_COUNT
DELETE FROM shop.projects WHERE id = 1;
\echo :ROW_COUNT
SELECT id FROM shop.tasks ORDER BY id;
SELECT count(*) FROM shop.changes WHERE project_id = 1;

-- A statement of a function beneath a foreign key's action is no action of the key: it marks.
CREATE FUNCTION regress.tidy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM shop.tasks WHERE id = 112;
  RETURN OLD;
END $$;
CREATE TRIGGER tidy BEFORE DELETE ON shop.changes FOR EACH ROW EXECUTE FUNCTION regress.tidy();
BEGIN;
DELETE FROM shop.projects WHERE id = 12;
\echo :ROW_COUNT
SELECT id, "Gone At" IS NOT NULL AS marked FROM shop.projects WHERE id = 12;
DELETE FROM shop.projects WHERE id = 12;
SELECT id FROM shop.projects WHERE id = 12;
SELECT count(*) FROM shop.changes WHERE project_id = 12;
SELECT id, deleted_at IS NOT NULL AS marked FROM shop.tasks WHERE project_id IN (11, 12) ORDER BY id;
ROLLBACK;
DROP TRIGGER tidy ON shop.changes;

-- The plan that is kept follows the table: names, types of the marker, another argument of the trigger.
CREATE SCHEMA shop2;
ALTER TABLE shop.changes RENAME TO "Changes";
SELECT tenancy.soft_delete('shop."Changes"', 'a');
BEGIN;
ALTER TABLE shop."Changes" ADD b timestamptz;
DELETE FROM shop."Changes" WHERE project_id = 11;
CREATE OR REPLACE TRIGGER tenancy_soft_delete BEFORE DELETE ON shop."Changes" FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('b');
DELETE FROM shop."Changes" WHERE project_id = 12;
SELECT project_id, a IS NOT NULL AS a, b IS NOT NULL AS b FROM shop."Changes" ORDER BY project_id, version;
ALTER TABLE shop."Changes" SET SCHEMA shop2;
ALTER TABLE shop2."Changes" RENAME b TO c;
DELETE FROM shop2."Changes" WHERE project_id = 2;
ROLLBACK;
DROP SCHEMA shop2;

-- unprotect() takes it back; the column stays.
SELECT tenancy.unprotect('shop.tasks');
DELETE FROM shop.tasks WHERE id = 111;
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'tenancy.soft_delete_row()'::regprocedure AND tgrelid = 'shop.tasks'::regclass;
SELECT id, deleted_at FROM shop.tasks WHERE project_id = 11 ORDER BY id;
\i :cleanup
