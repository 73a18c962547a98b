-- What resolve_module() as a function remembers: nothing that was deleted since, nothing another user saw,
-- and no more memory than one call needs.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
\set changeops :here /sql/include/changeops.sql
\i :changeops
\set ECHO all
\o
\set ON_ERROR_ROLLBACK off
-- plpgsql keeps an expression, and what its functions remember, for the whole transaction.
SET client_min_messages = warning;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
CREATE FUNCTION regress.module_of(path text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN tenancy.resolve_module('changeops.changes', '00000000-0000-7000-8000-0000000000a1', path);
END $$;
CREATE TEMP TABLE found AS SELECT regress.module_of('lib/a') AS id;
DELETE FROM changeops.modules WHERE id = (SELECT f.id::uuid FROM found AS f);
SELECT regress.module_of('lib/a') = (SELECT f.id FROM found AS f) AS deleted_one;
SAVEPOINT before;
CREATE POLICY hidden ON changeops.modules AS RESTRICTIVE USING (current_user = session_user);
SELECT regress.module_of('src/auth/a.ts') = :'anvil_auth' AS sees;
SET LOCAL ROLE regress_tenancy_app;
SELECT regress.module_of('src/auth/a.ts');
ROLLBACK TO before;
DO $$
DECLARE
  id text;
  before bigint;
BEGIN
  FOR i IN 1..3000 LOOP
    BEGIN
      id := tenancy.resolve_module('changeops.changes', '00000000-0000-7000-8000-0000000000a1', 'src');
    EXCEPTION WHEN division_by_zero THEN
      NULL;
    END;
    IF i = 500 THEN
      before := sum(total_bytes) FROM pg_backend_memory_contexts;
    END IF;
  END LOOP;
  RAISE WARNING 'grows: %', (SELECT sum(total_bytes) - before > 1000000 FROM pg_backend_memory_contexts);
END $$;
ROLLBACK;

\i :cleanup
