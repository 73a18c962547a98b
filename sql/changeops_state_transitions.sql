-- Every step from every state of a change to every other; the model's rules and no others.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

CREATE FUNCTION regress.step(from_state changeops.change_status, to_state changeops.change_status) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text := 'no';
BEGIN
  INSERT INTO changeops.changes (project_id, title, status) VALUES ('00000000-0000-7000-8000-0000000000a1', 'walker', from_state);
  BEGIN
    UPDATE changeops.changes SET status = to_state WHERE title = 'walker';
    answer := CASE WHEN from_state = to_state THEN '=' ELSE 'yes' END;
  EXCEPTION WHEN object_not_in_prerequisite_state THEN
    answer := '.';
  END;
  IF (SELECT status FROM changeops.changes WHERE title = 'walker') IS DISTINCT FROM (CASE answer WHEN '.' THEN from_state ELSE to_state END) THEN
    answer := 'WRONG';
  END IF;
  DELETE FROM changeops.changes WHERE title = 'walker';
  RETURN answer;
END $$;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SELECT f.state AS "from \ to", t.state, regress.step(f.state, t.state)
  FROM unnest(enum_range(NULL::changeops.change_status)) AS f (state) CROSS JOIN unnest(enum_range(NULL::changeops.change_status)) AS t (state)
 ORDER BY f.state, t.state \crosstabview
-- A new change is a draft.
INSERT INTO changeops.changes (id, project_id, title) VALUES (:'nobody', :'anvil', 'new') RETURNING status;
\set VERBOSITY default
UPDATE changeops.changes SET status = 'applied';
UPDATE changeops.changes SET status = 'submitted' RETURNING status;
UPDATE changeops.changes SET status = 'rejected' RETURNING status;
UPDATE changeops.changes SET status = 'draft';
-- No way around: upsert, MERGE, a statement of many rows with one wrong step among them.
SELECT code, message FROM regress.refusal($$INSERT INTO changeops.changes (id, project_id, title) VALUES ('00000000-0000-7000-8000-000000000fff', '00000000-0000-7000-8000-0000000000a1', 'x')
  ON CONFLICT (tenant_id, id) DO UPDATE SET status = 'applied'$$);
SELECT code, message FROM regress.refusal($$MERGE INTO changeops.changes AS c USING (VALUES (1)) AS v ON true WHEN MATCHED THEN UPDATE SET status = 'running'$$);
INSERT INTO changeops.changes (project_id, title, status) VALUES (:'anvil', 'a', 'draft'), (:'anvil', 'b', 'approved');
SELECT code, message FROM regress.refusal($$UPDATE changeops.changes SET status = 'submitted' WHERE title IN ('a', 'b')$$);
SELECT title, status FROM changeops.changes ORDER BY title;
COMMIT;
-- The superuser neither.
\c - :superuser
SELECT code, message FROM regress.refusal($$UPDATE changeops.changes SET status = 'draft' WHERE title = 'new'$$);
\i :cleanup
