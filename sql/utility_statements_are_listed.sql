-- A session of an application runs the utility statements that end with its transaction, and no others:
-- sent by itself, from a function, and from a function that runs as the owner of the tables.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- The application may create whatever it likes, as far as PostgreSQL is concerned.
SELECT current_database() AS database \gset
GRANT TEMP, CREATE ON DATABASE :"database" TO regress_tenancy_app, regress_tenancy_owner;
GRANT CREATE, USAGE ON SCHEMA regress TO regress_tenancy_app, regress_tenancy_owner;
CREATE SCHEMA own AUTHORIZATION regress_tenancy_app;
CREATE TABLE own.notes (id int PRIMARY KEY, note text);
ALTER TABLE own.notes OWNER TO regress_tenancy_app;
CREATE MATERIALIZED VIEW own.summary AS SELECT count(*) FROM own.notes;
ALTER MATERIALIZED VIEW own.summary OWNER TO regress_tenancy_app;
CREATE SEQUENCE own.numbers;
ALTER SEQUENCE own.numbers OWNER TO regress_tenancy_app;
CREATE TABLE shop.countries (code text PRIMARY KEY);
CREATE VIEW shop.project_names WITH (security_invoker) AS SELECT name FROM shop.projects;
SET client_min_messages = error;
CALL regress.settle();
SELECT tenancy.share('shop.countries') > 0 AS shared;
RESET client_min_messages;

CREATE FUNCTION regress.run(statement text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE statement; END $$;
CREATE FUNCTION regress.run_as_owner(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE statement; END $$;
ALTER FUNCTION regress.run_as_owner OWNER TO regress_tenancy_owner;
CREATE PROCEDURE regress.temporary(VARIADIC statements text[]) LANGUAGE plpgsql AS $$
DECLARE
  statement text;
BEGIN
  CREATE TEMP TABLE t (id int NOT NULL, note text, n int) ON COMMIT DROP;
  FOREACH statement IN ARRAY statements LOOP
    EXECUTE statement;
  END LOOP;
END $$;
CREATE PROCEDURE regress.nothing() LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
-- What comes of a statement: done, refused (by the guard), or PostgreSQL's own error. "owner" and "superuser" are
-- not guarded; "definer" is the application, by way of a function of the owner's.
CREATE FUNCTION regress.verdicts(VARIADIC statements text[])
RETURNS TABLE (statement text, app text, definer text, owner text, superuser text) LANGUAGE plpgsql AS $$
DECLARE
  actor text;
  verdict text;
  said text;
BEGIN
  FOREACH statement IN ARRAY statements LOOP
    FOREACH actor IN ARRAY ARRAY['app', 'definer', 'owner', 'superuser'] LOOP
      BEGIN
        PERFORM set_config('role', CASE actor WHEN 'superuser' THEN 'none' WHEN 'owner' THEN 'regress_tenancy_owner' ELSE 'regress_tenancy_app' END, true);
        BEGIN
          IF actor = 'definer' THEN
            PERFORM regress.run_as_owner(statement);
          ELSE
            PERFORM regress.run(statement);
          END IF;
          verdict := 'done';
        EXCEPTION WHEN OTHERS THEN
          GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
          verdict := SQLSTATE || CASE WHEN said LIKE '% is not for sessions of an application' OR said = 'a cursor WITH HOLD is refused' THEN ' refused' ELSE '' END;
        END;
        PERFORM set_config('role', 'none', true);
        RAISE SQLSTATE 'UNDO0'; -- back to before
      EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        CASE actor WHEN 'app' THEN app := verdict; WHEN 'definer' THEN definer := verdict; WHEN 'owner' THEN owner := verdict; ELSE superuser := verdict; END CASE;
      END;
    END LOOP;
    RETURN NEXT;
  END LOOP;
END $$;
SET client_min_messages = error;

-- What ends with the transaction.
SELECT * FROM regress.verdicts(
  'SET search_path = shop',
  'SET LOCAL search_path = shop',
  'RESET search_path',
  'SHOW search_path',
  'DEALLOCATE ALL',
  'DECLARE c CURSOR FOR SELECT 1',
  'CLOSE ALL',
  'EXPLAIN SELECT 1',
  'DO $do$ BEGIN NULL; END $do$',
  'CALL regress.nothing()',
  'SET CONSTRAINTS ALL IMMEDIATE',
  'DISCARD PLANS',
  'DISCARD SEQUENCES',
  'UNLISTEN *',
  'CREATE TEMP TABLE t (id serial PRIMARY KEY, n int UNIQUE CHECK (n > 0)) ON COMMIT DROP',
  'CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1 AS n');

-- Temporary tables of the transaction may be worked on; others, and lasting ones, may not.
SELECT * FROM regress.verdicts(
  'CALL regress.temporary(''CREATE INDEX i ON t (n)'', ''COMMENT ON INDEX i IS $$x$$'', ''DROP INDEX i'')',
  'CALL regress.temporary(''ALTER TABLE t ADD COLUMN m int UNIQUE'', ''ALTER TABLE t RENAME m TO o'', ''ALTER TABLE t RENAME TO u'')',
  'CALL regress.temporary(''ANALYZE t'', ''COMMENT ON TABLE t IS $$x$$'', ''COMMENT ON COLUMN t.id IS $$x$$'')',
  'CALL regress.temporary(''DROP TABLE t'', ''DROP TABLE IF EXISTS t'')',
  'CALL regress.temporary(''CREATE TEMP TABLE u () INHERITS (t) ON COMMIT DROP'')',
  'CALL regress.temporary(''ALTER TABLE t INHERIT own.notes'')',
  'CALL regress.temporary(''VACUUM t'')',
  'CALL regress.temporary(''ANALYZE t, own.notes'')',
  'CALL regress.temporary(''DROP TABLE t, own.notes'')',
  'CREATE TEMP TABLE t () INHERITS (own.notes) ON COMMIT DROP',
  'CREATE TEMP TABLE t (n int)',
  'CREATE TEMP TABLE t (n int) ON COMMIT DELETE ROWS',
  'CREATE TEMP TABLE t (n int) ON COMMIT PRESERVE ROWS',
  'CREATE TABLE pg_temp.t (n int)',
  'CREATE TEMP TABLE t AS SELECT 1 AS n',
  'CREATE TEMP VIEW v AS SELECT 1 AS n',
  'CREATE TEMP SEQUENCE s',
  'ANALYZE own.notes',
  'CREATE INDEX i ON own.notes (note)',
  'ALTER TABLE own.notes ADD COLUMN m int',
  'ALTER TABLE own.notes RENAME note TO remark',
  'COMMENT ON TABLE own.notes IS $c$x$c$',
  'DROP TABLE own.notes');

-- Whatever lasts, or acts in other sessions.
SELECT * FROM regress.verdicts(
  'CREATE TABLE regress.t (n int)',
  'CREATE UNLOGGED TABLE regress.t (n int)',
  'CREATE TABLE regress.t AS SELECT 1 AS n',
  'CREATE VIEW regress.v AS SELECT 1 AS n',
  'CREATE MATERIALIZED VIEW regress.m AS SELECT 1 AS n',
  'REFRESH MATERIALIZED VIEW own.summary',
  'CREATE SEQUENCE regress.s',
  'ALTER SEQUENCE own.numbers RESTART',
  'CREATE SCHEMA mine',
  'CREATE FUNCTION regress.f() RETURNS int LANGUAGE sql RETURN 1',
  'CREATE PROCEDURE regress.p() LANGUAGE sql BEGIN ATOMIC END',
  'ALTER FUNCTION regress.run(text) COST 1',
  'DROP FUNCTION IF EXISTS regress.nowhere()',
  'CREATE AGGREGATE regress.a (int) (SFUNC = int4pl, STYPE = int)',
  'CREATE OPERATOR regress.### (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)',
  'CREATE TYPE regress.c AS (n int)',
  'CREATE TYPE regress.e AS ENUM (''x'')',
  'CREATE DOMAIN regress.d AS int',
  'CREATE CAST (int AS bytea) WITHOUT FUNCTION',
  'CREATE COLLATION regress.co FROM "C"',
  'CREATE STATISTICS regress.st ON id, note FROM own.notes',
  'CREATE RULE r AS ON INSERT TO own.notes DO ALSO NOTHING',
  'CREATE TRIGGER t BEFORE INSERT ON own.notes EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  'CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION tenancy.on_new_table()',
  'CREATE POLICY p ON own.notes USING (true)',
  'ALTER POLICY tenancy_isolation ON shop.projects USING (true)',
  'CREATE PUBLICATION p',
  'CREATE SUBSCRIPTION s CONNECTION '''' PUBLICATION p WITH (connect = false)',
  'CREATE EXTENSION IF NOT EXISTS plpgsql',
  'CREATE FOREIGN DATA WRAPPER w',
  'CREATE SERVER s FOREIGN DATA WRAPPER nowhere',
  'CREATE USER MAPPING FOR PUBLIC SERVER nowhere',
  'IMPORT FOREIGN SCHEMA s FROM SERVER nowhere INTO regress',
  'GRANT SELECT ON own.notes TO PUBLIC',
  'REVOKE ALL ON own.notes FROM PUBLIC',
  'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC',
  'CREATE ROLE regress_tenancy_more',
  'ALTER ROLE regress_tenancy_app SET search_path = own',
  'GRANT regress_tenancy_app TO regress_tenancy_bypass',
  'SECURITY LABEL ON TABLE own.notes IS ''x''',
  'CLUSTER own.notes USING notes_pkey',
  'REINDEX TABLE own.notes',
  'DROP OWNED BY regress_tenancy_app',
  'REASSIGN OWNED BY regress_tenancy_app TO regress_tenancy_app',
  'ALTER TABLE own.notes SET SCHEMA regress',
  'ALTER TABLE own.notes OWNER TO regress_tenancy_app',
  'TRUNCATE own.notes',
  'TRUNCATE shop.projects',
  'LISTEN x',
  'NOTIFY x',
  'LOAD ''pg_tenancy''',
  'CHECKPOINT',
  'COPY own.notes TO ''/nowhere/x''',
  'COPY own.notes FROM PROGRAM ''true''',
  'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
  'EXPLAIN CREATE TABLE regress.t AS SELECT 1 AS n');

-- Locks: those that other sessions' reads and writes take too.
SELECT * FROM regress.verdicts(
  'LOCK TABLE shop.projects IN ROW EXCLUSIVE MODE',
  'LOCK TABLE shop.projects IN SHARE UPDATE EXCLUSIVE MODE',
  'LOCK TABLE shop.projects',
  'LOCK TABLE shop.countries IN SHARE MODE',
  'LOCK TABLE own.notes, shop.projects IN SHARE MODE',
  'LOCK TABLE shop.project_names IN SHARE MODE',
  'LOCK TABLE tenancy.tenants IN SHARE MODE',
  'LOCK TABLE pg_class IN SHARE MODE',
  'LOCK TABLE nowhere',
  'LOCK TABLE own.notes');

-- As statements of their own; each says what it would open, and what to do instead.
\c - regress_tenancy_app
\set VERBOSITY terse
PREPARE projects AS SELECT count(*) FROM shop.projects;
BEGIN;
SAVEPOINT s;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
EXECUTE projects;
CREATE TEMP TABLE mine ON COMMIT DROP AS EXECUTE projects;
DECLARE c CURSOR FOR SELECT id FROM shop.projects ORDER BY id;
FETCH 1 FROM c;
MOVE 1 FROM c;
CLOSE c;
COPY (SELECT id FROM shop.projects ORDER BY id) TO STDOUT;
COPY mine FROM STDIN;
5
\.
SELECT * FROM mine;
RELEASE s;
COMMIT;
DEALLOCATE projects;
DISCARD ALL;
VACUUM own.notes;
SELECT 1 AS n INTO TEMP t;
SELECT 1 AS n INTO own.t;
ALTER SYSTEM SET work_mem = '1MB';
CREATE DATABASE d;
BEGIN;
PREPARE TRANSACTION 'x';
ROLLBACK;
COMMIT PREPARED 'x';
ROLLBACK PREPARED 'x';
\set VERBOSITY default
CREATE TABLE own.t (n int);
CREATE VIEW own.v AS SELECT 1 AS n;
CREATE TRIGGER t BEFORE INSERT ON own.notes EXECUTE FUNCTION suppress_redundant_updates_trigger();
DROP TABLE own.notes;
GRANT SELECT ON own.notes TO PUBLIC;
COMMENT ON TABLE own.notes IS 'x';
ANALYZE;
NOTIFY x;
LOCK TABLE shop.projects;
LOAD 'pg_tenancy';
COPY own.notes TO PROGRAM 'true';
DECLARE c CURSOR WITH HOLD FOR SELECT 1;
SET app.current_tenant_id = :'acme';
PREPARE TRANSACTION 'x';
CREATE ACCESS METHOD a TYPE TABLE HANDLER heap_tableam_handler;
-- An event trigger that watches new tables does not mind.
\c - :superuser
SELECT tenancy.watch_new_tables();
\c - regress_tenancy_app
BEGIN;
CREATE TEMP TABLE mine (id serial PRIMARY KEY, tenant_id uuid) ON COMMIT DROP;
ALTER TABLE mine ADD COLUMN n int;
SELECT count(*) FROM mine;
COMMIT;
SELECT count(*) FROM mine;
\c - :superuser
DROP EVENT TRIGGER tenancy_new_tables;
-- A temporary table from before the role was enrolled is not the transaction's.
\c - :superuser
CREATE TEMP TABLE older (n int);
GRANT ALL ON older TO regress_tenancy_app;
SET ROLE regress_tenancy_app;
CREATE INDEX ON older (n);
INSERT INTO older VALUES (1);
RESET ROLE;
-- Who is not guarded creates and drops as ever; with a tenant too.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
CREATE TABLE own.t (n int);
CREATE INDEX ON own.t (n);
NOTIFY x;
LISTEN x;
ROLLBACK;
SET client_min_messages = error;
DROP SCHEMA own CASCADE;
DROP TABLE older;
REVOKE ALL ON DATABASE :"database" FROM regress_tenancy_app, regress_tenancy_owner;
\i :cleanup
