-- Within one's tenant all ordinary work goes on: joins, sorting, prepared statements, cursors, views.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE VIEW shop.invoker_view WITH (security_invoker) AS SELECT id, name FROM shop.projects;
CREATE VIEW shop.owner_view AS SELECT id, name FROM shop.projects;
CALL regress.settle();
CREATE VIEW shop.superuser_view AS SELECT id, name FROM shop.projects;
GRANT SELECT, INSERT, UPDATE ON shop.superuser_view TO regress_tenancy_app;
CREATE FUNCTION regress.superuser_count() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  RETURN (SELECT count(*) FROM shop.projects);
END $$;

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT p.name, t.title, c.version
  FROM shop.projects AS p JOIN shop.tasks AS t ON t.project_id = p.id LEFT JOIN shop.changes AS c ON c.project_id = p.id AND c.version = 2
 ORDER BY t.id;
SELECT id FROM shop.tasks ORDER BY id DESC LIMIT 2;
SELECT p.id, count(t.id), max(t.title) FROM shop.projects AS p LEFT JOIN shop.tasks AS t ON t.project_id = p.id GROUP BY p.id ORDER BY p.id;
SELECT id, row_number() OVER (ORDER BY id DESC), (SELECT count(*) FROM shop.tasks AS t WHERE t.project_id = p.id) FROM shop.projects AS p ORDER BY id;
SELECT name FROM shop.projects WHERE id IN (SELECT project_id FROM shop.tasks WHERE title LIKE 'S%') ORDER BY id;
WITH RECURSIVE under AS (
  SELECT id FROM shop.tasks WHERE id = 101
  UNION ALL SELECT t.id FROM shop.tasks AS t JOIN under ON t.parent_id = under.id
) SELECT id FROM under ORDER BY id;
SELECT id FROM shop.projects UNION SELECT id FROM shop.tasks ORDER BY id;
SELECT id FROM shop.projects WHERE id = 1 FOR UPDATE;
TABLE shop.projects ORDER BY id;
-- RETURNING.
INSERT INTO shop.projects (id, name) VALUES (3, 'Crate') RETURNING id, name, tenant_id = :'acme' AS own;
UPDATE shop.projects SET name = 'Box' WHERE id = 3 RETURNING name;
WITH gone AS (DELETE FROM shop.projects WHERE id = 3 RETURNING *) SELECT id, name FROM gone;
-- A cursor.
DECLARE each SCROLL CURSOR FOR SELECT id, name FROM shop.projects ORDER BY id;
FETCH ALL FROM each;
FETCH BACKWARD 1 FROM each;
CLOSE each;
DECLARE one CURSOR FOR SELECT name FROM shop.projects WHERE id = 1;
FETCH 1 FROM one;
UPDATE shop.projects SET name = 'Great Anvil' WHERE CURRENT OF one RETURNING id, name;
COMMIT;

-- Prepared statements, with custom and with generic plans, in one transaction after the other.
\c - regress_tenancy_app
PREPARE one(bigint) AS SELECT id, name FROM shop.projects WHERE id = $1;
PREPARE rename(bigint, text) AS UPDATE shop.projects SET name = $2 WHERE id = $1 RETURNING id, name;
SET plan_cache_mode = force_custom_plan;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
EXECUTE one(1);
EXECUTE one(11);
EXECUTE rename(11, 'taken');
COMMIT;
SET plan_cache_mode = force_generic_plan;
BEGIN;
SELECT tenancy.set_tenant(:'beta');
EXECUTE one(1);
EXECUTE one(11);
EXECUTE rename(1, 'taken');
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
EXECUTE one(1);
EXECUTE one(11);
EXECUTE rename(1, 'Anvil');
COMMIT;
RESET plan_cache_mode;

-- Views: of the invoker, and of an owner to whom the policies apply. One whose owner bypasses them, and
-- a function of such an owner, are refused.
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id, name FROM shop.invoker_view ORDER BY id;
SELECT id, name FROM shop.owner_view ORDER BY id;
UPDATE shop.owner_view SET name = 'taken' WHERE id = 11 RETURNING id;
UPDATE shop.owner_view SET name = 'Anvil' WHERE id = 1 RETURNING id;
SELECT id, name FROM shop.superuser_view ORDER BY id;
UPDATE shop.superuser_view SET name = 'taken';
INSERT INTO shop.superuser_view VALUES (91, 'planted');
SELECT regress.superuser_count();
COMMIT;
SELECT id FROM shop.owner_view;
\c - regress_tenancy_owner
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id, name FROM shop.owner_view ORDER BY id;
COMMIT;
-- A function in WHERE is not asked about other tenants' rows, however cheap it says it is.
\c - :superuser
CREATE FUNCTION regress.tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'asked about %', $1; RETURN true; END $$;
ALTER FUNCTION regress.tell(text) OWNER TO regress_tenancy_app;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.projects WHERE regress.tell(name) ORDER BY id;
SELECT id FROM shop.owner_view WHERE regress.tell(name) ORDER BY id;
SELECT id FROM shop.projects WHERE 1 / (id - 11) IS NOT NULL ORDER BY id;
SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', name) FROM shop.projects') ORDER BY word;
ROLLBACK;

-- What a superuser prepared is planned anew for an enrolled role, and back.
\c - :superuser
LOAD 'pg_tenancy';
SET plan_cache_mode = force_generic_plan;
PREPARE all_ids AS SELECT id FROM shop.projects ORDER BY id;
EXECUTE all_ids;
SET ROLE regress_tenancy_app;
EXECUTE all_ids;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
EXECUTE all_ids;
COMMIT;
RESET ROLE;
EXECUTE all_ids;
RESET plan_cache_mode;
SELECT count(*) FROM shop.superuser_view;
SELECT regress.others_untouched();
\i :cleanup
