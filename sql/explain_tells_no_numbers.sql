-- EXPLAIN in a session of an application shows the plan without estimates, which are made of all
-- tenants' rows, and measures nothing; a superuser may allow it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

INSERT INTO shop.tasks SELECT n, :'beta', 11, NULL, 'Task ' || n FROM generate_series(1000, 1999) AS n;
ANALYZE shop.tasks;
-- Does EXPLAIN with these options, or EXPLAIN of this, tell numbers?
CREATE FUNCTION regress.told(explain text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  told text := 'no numbers';
BEGIN
  FOR line IN EXECUTE explain LOOP
    IF line ~ 'cost=|rows=|width=|time=|Plan Rows|Plan-Rows|Startup Cost|Buffers|Planning' THEN
      told := 'numbers';
    END IF;
  END LOOP;
  RETURN told;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ': ' || SQLERRM;
END $$;
CREATE VIEW regress.explanations AS
  SELECT n, explain FROM unnest(ARRAY[
    'EXPLAIN SELECT * FROM shop.tasks',
    'EXPLAIN (COSTS ON) SELECT * FROM shop.tasks',
    'EXPLAIN (COSTS OFF, COSTS) SELECT * FROM shop.tasks',
    'EXPLAIN (COSTS OFF) SELECT * FROM shop.tasks',
    'EXPLAIN VERBOSE SELECT * FROM shop.tasks',
    'EXPLAIN (FORMAT JSON) SELECT * FROM shop.tasks',
    'EXPLAIN (FORMAT XML, SETTINGS) SELECT * FROM shop.tasks',
    'EXPLAIN DELETE FROM shop.tasks',
    'EXPLAIN DECLARE c CURSOR FOR SELECT * FROM shop.tasks',
    'EXPLAIN CREATE TEMP TABLE t ON COMMIT DROP AS SELECT * FROM shop.tasks',
    'EXPLAIN EXECUTE tasks',
    'EXPLAIN ANALYZE SELECT * FROM shop.tasks',
    'EXPLAIN (ANALYZE ON) SELECT * FROM shop.tasks',
    'EXPLAIN (ANALYZE OFF, BUFFERS false, TIMING 0) SELECT * FROM shop.tasks',
    'EXPLAIN (BUFFERS) SELECT * FROM shop.tasks',
    'EXPLAIN (ANALYZE, WAL, COSTS OFF) DELETE FROM shop.tasks',
    'EXPLAIN (SUMMARY) SELECT * FROM shop.tasks',
    'EXPLAIN (SUMMARY ON, COSTS OFF) SELECT * FROM shop.tasks',
    'EXPLAIN ANALYZE EXECUTE tasks',
    'EXPLAIN (ANALYZE) CREATE TABLE regress.t AS SELECT * FROM shop.tasks',
    'EXPLAIN (NO_SUCH_OPTION) SELECT * FROM shop.tasks']) WITH ORDINALITY AS e (explain, n);
GRANT SELECT ON regress.explanations TO PUBLIC;

\c - regress_tenancy_app
PREPARE tasks AS SELECT * FROM shop.tasks;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
EXPLAIN SELECT 1 AS n;
EXPLAIN (COSTS ON, FORMAT JSON) SELECT 1 AS n;
EXPLAIN ANALYZE SELECT * FROM shop.projects;
EXPLAIN (BUFFERS) SELECT * FROM shop.projects;
PREPARE explanation AS SELECT regress.told($1);
EXECUTE explanation('EXPLAIN SELECT * FROM shop.tasks');
SELECT explain, regress.told(explain) FROM regress.explanations ORDER BY n;
ROLLBACK;
-- The setting is a superuser's.
SET tenancy.allow_explain = on;
SELECT set_config('tenancy.allow_explain', 'on', true);
-- The plan itself, in the log that the client asks for.
SET debug_print_plan = on;
SELECT 1 AS harmless;
SET client_min_messages = log;
SELECT 1 AS quiet;
SHOW client_min_messages;
RESET debug_print_plan;
RESET client_min_messages;
\c - :superuser
ALTER ROLE regress_tenancy_app SET tenancy.allow_explain = on;
\c - regress_tenancy_app
PREPARE tasks AS SELECT * FROM shop.tasks;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT explain, regress.told(explain) FROM regress.explanations ORDER BY n;
ROLLBACK;
\c - :superuser
-- Others are told as ever, a tenant set or not.
PREPARE tasks AS SELECT * FROM shop.tasks;
BEGIN;
SELECT explain, regress.told(explain) FROM regress.explanations ORDER BY n;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT regress.told('EXPLAIN ANALYZE SELECT * FROM shop.tasks');
ROLLBACK;
\i :cleanup
