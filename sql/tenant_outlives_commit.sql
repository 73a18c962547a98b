-- A tenant that was handed to a procedure is the same after the procedure's COMMIT, however many tenants the session
-- has met before.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An application's own batch: works on memory between its transactions.
CREATE PROCEDURE shop.work(whose uuid, written text) LANGUAGE plpgsql AS $$
DECLARE
  filling text[];
BEGIN
  FOR round IN 1..3 LOOP
    COMMIT;
    FOR i IN 1..200 LOOP
      filling := filling || repeat('Z', 500 * i);
    END LOOP;
    RAISE NOTICE 'after commit %: % %', round, whose = 'aaaaaaaa-0000-7000-8000-000000000000', written = 'aaaaaaaa-0000-7000-8000-000000000000';
    ROLLBACK;
    RAISE NOTICE 'after rollback %: %', round, whose = 'aaaaaaaa-0000-7000-8000-000000000000';
    filling := NULL;
  END LOOP;
END $$;
CREATE PROCEDURE shop.meet_many() LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..4200 LOOP
    BEGIN
      PERFORM tenancy.set_tenant(md5(i::text)::uuid);
    EXCEPTION WHEN undefined_object THEN
      NULL;
    END;
  END LOOP;
  PERFORM tenancy.clear_tenant();
END $$;
GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA shop TO regress_tenancy_app;

-- A platform role meets many in one transaction, and they stay in use until the statement has ended.
DO $$ BEGIN
  CALL shop.meet_many();
  PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
  CALL shop.work(tenancy.current_tenant_id(), tenancy.current_tenant_text());
END $$;
-- The session goes on as ever.
BEGIN;
SELECT tenancy.set_tenant(:'beta') = :'beta' AS entered;
SELECT count(*) FROM shop.projects WHERE tenant_id = tenancy.current_tenant_id();
COMMIT;

-- An application's pooled connection meets them one by one.
\c - regress_tenancy_app
\set ECHO none
\o /dev/null
SELECT format('DO $x$ BEGIN PERFORM tenancy.set_tenant(%L); EXCEPTION WHEN undefined_object THEN NULL; END $x$', md5(n::text)::uuid)
  FROM generate_series(1, 4096) AS n
\gexec
\o
\set ECHO all
DO $$ BEGIN
  PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
  CALL shop.work(tenancy.current_tenant_id(), tenancy.current_tenant_text());
END $$;
SELECT count(*) FROM shop.projects;

\c - :superuser
\i :cleanup
