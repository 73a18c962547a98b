-- Functions of the server that show or disturb other sessions, or leave something behind, are refused in a
-- session of an application; what clients and ORMs look things up with works.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SEQUENCE shop.numbers;
GRANT ALL ON SEQUENCE shop.numbers TO regress_tenancy_app, regress_tenancy_owner;
CREATE FUNCTION regress.run_as_owner(expression text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE 'SELECT ' || expression; END $$;
ALTER FUNCTION regress.run_as_owner OWNER TO regress_tenancy_owner;
CREATE FUNCTION regress.verdicts(VARIADIC expressions text[])
RETURNS TABLE (expression text, app text, definer text, superuser text) LANGUAGE plpgsql AS $$
DECLARE
  actor text;
  verdict text;
  said text;
BEGIN
  FOREACH expression IN ARRAY expressions LOOP
    FOREACH actor IN ARRAY ARRAY['app', 'definer', 'superuser'] LOOP
      BEGIN
        PERFORM set_config('role', CASE actor WHEN 'superuser' THEN 'none' ELSE 'regress_tenancy_app' END, true);
        BEGIN
          IF actor = 'definer' THEN
            PERFORM regress.run_as_owner(expression);
          ELSE
            EXECUTE 'SELECT ' || expression;
          END IF;
          verdict := 'done';
        EXCEPTION WHEN OTHERS THEN
          GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
          verdict := SQLSTATE || CASE WHEN said LIKE '% is not for sessions of an application' THEN ' refused' ELSE '' END;
        END;
        PERFORM set_config('role', 'none', true);
        RAISE SQLSTATE 'UNDO0';
      EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        CASE actor WHEN 'app' THEN app := verdict; WHEN 'definer' THEN definer := verdict; ELSE superuser := verdict; END CASE;
      END;
    END LOOP;
    RETURN NEXT;
  END LOOP;
END $$;

SET client_min_messages = error;
SELECT * FROM regress.verdicts(
  'pg_stat_get_activity(NULL)',
  'v FROM pg_stat_activity AS v',
  'v FROM pg_stat_user_tables AS v',
  'v FROM pg_stat_user_indexes AS v',
  'v FROM pg_statio_user_tables AS v',
  'v FROM pg_stat_user_functions AS v',
  'v FROM pg_stat_database AS v',
  'v FROM pg_stat_progress_vacuum AS v',
  'pg_stat_get_numscans(0)',
  'pg_stat_get_live_tuples(0)',
  'pg_stat_get_backend_activity(1)',
  'pg_stat_reset_single_table_counters(0)',
  'v FROM pg_locks AS v',
  'v FROM pg_prepared_xacts AS v',
  'pg_blocking_pids(0)',
  'pg_notify(''x'', ''y'')',
  'lo_create(0)',
  'lo_creat(1)',
  'lo_from_bytea(0, ''x'')',
  'lo_get(1)',
  'lo_put(1, 0, ''x'')',
  'lo_open(1, 262144)',
  'lo_unlink(1)',
  'loread(0, 1)',
  'lowrite(0, ''x'')',
  'lo_import(''/nowhere'')',
  'lo_export(1, ''/nowhere'')',
  'pg_advisory_lock(1)',
  'pg_advisory_lock(1, 2)',
  'pg_advisory_lock_shared(1)',
  'pg_try_advisory_lock(1)',
  'pg_try_advisory_lock_shared(1, 2)',
  'pg_advisory_unlock(1)',
  'pg_advisory_unlock_shared(1)',
  'pg_cancel_backend(0)',
  'pg_terminate_backend(0)',
  'pg_export_snapshot()',
  'pg_logical_emit_message(true, ''x'', ''y'')',
  'FROM pg_logical_slot_peek_changes(''x'', NULL, NULL)',
  'pg_drop_replication_slot(''nowhere'')',
  'v FROM pg_replication_slots AS v',
  'pg_replication_origin_session_is_setup()',
  'setval(''shop.numbers'', 5)',
  'setval(''shop.numbers'', 5, true)');

-- These stay.
SELECT * FROM regress.verdicts(
  'nextval(''shop.numbers''), currval(''shop.numbers''), lastval()',
  'pg_advisory_xact_lock(1)',
  'pg_advisory_xact_lock_shared(1, 2)',
  'pg_try_advisory_xact_lock(1)',
  'pg_advisory_unlock_all()',
  'pg_backend_pid()',
  'pg_sleep(0)',
  'pg_table_size(''shop.projects''), pg_total_relation_size(''shop.projects''), pg_database_size(current_database())',
  'pg_get_userbyid(10), pg_get_viewdef(''pg_tables''::regclass), pg_get_constraintdef(0), pg_get_indexdef(0)',
  'v FROM pg_settings AS v',
  'v FROM information_schema.tables AS v',
  'v FROM information_schema.columns AS v',
  'v FROM information_schema.table_constraints AS v',
  'v FROM information_schema.key_column_usage AS v',
  'v FROM information_schema.routines AS v',
  'v FROM pg_sequences AS v',
  'v FROM pg_prepared_statements AS v',
  'v FROM pg_cursors AS v');

-- Wherever they hide.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT count(*) FROM shop.projects WHERE pg_notify('x', name) IS NULL;
UPDATE shop.projects SET name = pg_try_advisory_lock(id)::text;
INSERT INTO shop.projects (id, tenant_id, name) VALUES (pg_stat_get_live_tuples('shop.projects'::regclass), :'acme', 'x');
SELECT CASE WHEN id < 0 THEN setval('shop.numbers', 1) END FROM shop.projects;
PREPARE p AS SELECT pg_advisory_lock(1);
EXECUTE p;
DO $$ BEGIN PERFORM pg_notify('x', 'y'); END $$;
DO $$ DECLARE n bigint := setval('shop.numbers', 1); BEGIN END $$;
COPY (SELECT lo_create(0)) TO STDOUT;
SELECT state FROM pg_stat_activity;
ROLLBACK;
\lo_unlink 1
-- psql looks around, and meets no error.
\o /dev/null
\dt+ shop.*
\d+ shop.changes
\dn+
\df+ regress.*
\di+ shop.*
\ds+ shop.*
\dv+ tenancy.*
\dm
\dp shop.*
\dT+
\du+
\dx+ pg_tenancy
\ddp
\dO
\l+
\o
-- pg_stat_statements is known by its name and its extension, not by its schema.
\c - :superuser
CREATE FUNCTION shop.pg_stat_statements(boolean) RETURNS int LANGUAGE sql RETURN 1;
\c - regress_tenancy_app
SELECT shop.pg_stat_statements(true);
\c - :superuser
CREATE EXTENSION pg_stat_statements SCHEMA regress;
GRANT SELECT ON regress.pg_stat_statements, regress.pg_stat_statements_info TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA regress TO PUBLIC;
\c - regress_tenancy_app
\set VERBOSITY sqlstate
SELECT count(*) FROM regress.pg_stat_statements;
SELECT dealloc FROM regress.pg_stat_statements_info;
SELECT regress.pg_stat_statements_reset();
\set VERBOSITY default
SELECT shop.pg_stat_statements(true);
\c - :superuser
DROP EXTENSION pg_stat_statements;
\i :cleanup
