-- report(), explain_access() and prove() meet code of tables whose owners want the caller's rights, or a clean answer.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
GRANT USAGE, CREATE ON SCHEMA shop TO regress_tenancy_owner;
CREATE TABLE regress.left_behind (n integer);
GRANT ALL ON regress.left_behind TO PUBLIC;

-- Planning a statement already evaluates what is constant in an index: report() plans as the owner.
SET ROLE regress_tenancy_owner;
CREATE FUNCTION shop.evil(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
    RAISE EXCEPTION 'code of the table runs as a superuser';
  END IF;
  RETURN 1;
END $$;
CREATE INDEX tasks_evil ON shop.tasks ((shop.evil(1)));
RESET ROLE;
SELECT jsonb_path_query(report::jsonb, '$.tenants.sizes.biggest[*].rows') AS rows, report::jsonb #> '{tenants,trouble}' AS trouble FROM tenancy.report('json', data => true) AS report;
DROP INDEX shop.tasks_evil;

-- What a policy calls: no row stays, and no cursor is exchanged for another.
SET ROLE regress_tenancy_owner;
CREATE FUNCTION shop.writes() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO regress.left_behind VALUES (1);
  RETURN true;
END $$;
CREATE FUNCTION shop.swaps() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  mine refcursor := 'mine';
BEGIN
  IF EXISTS (SELECT FROM pg_cursors AS c WHERE c.name = 'mine' AND c.statement LIKE 'DECLARE%') THEN
    CLOSE mine;
    OPEN mine FOR SELECT 'put there by the table''s owner';
  END IF;
  RETURN true;
END $$;
CREATE POLICY of_the_owner ON shop.tasks AS RESTRICTIVE USING (shop.writes());
RESET ROLE;
SELECT answer FROM tenancy.explain_access('shop.tasks', :'acme') WHERE question = 'what it sees';
SELECT count(*) FROM regress.left_behind;
ALTER POLICY of_the_owner ON shop.tasks USING (shop.swaps());
\set ON_ERROR_ROLLBACK off
BEGIN;
DECLARE mine CURSOR FOR SELECT 'of the caller';
SELECT answer FROM tenancy.explain_access('shop.tasks', :'acme') WHERE question = 'what it sees';
FETCH mine;
ROLLBACK;
DROP POLICY of_the_owner ON shop.tasks;

-- Code of a table does not move prove() past its attacks.
SELECT count(*) AS cells FROM tenancy.prove('{shop.tasks}') \gset
SET ROLE regress_tenancy_owner;
CREATE FUNCTION shop.skips(bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  cursor_name text;
  one refcursor;
BEGIN
  FOREACH cursor_name IN ARRAY ARRAY(SELECT c.name FROM pg_cursors AS c WHERE c.name LIKE '<unnamed%') LOOP
    one := cursor_name;
    BEGIN
      MOVE FORWARD 100 FROM one;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  RETURN true;
END $$;
ALTER TABLE shop.tasks ADD CONSTRAINT skips CHECK (shop.skips(id));
RESET ROLE;
SELECT count(*) = :cells AS all_of_them FROM tenancy.prove('{shop.tasks}');
ALTER TABLE shop.tasks DROP CONSTRAINT skips;

-- Nor end it with an error that it takes for its own.
SET ROLE regress_tenancy_owner;
CREATE FUNCTION shop.ends(bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF $1 > 1000 THEN
    RAISE SQLSTATE 'UNDO0';
  END IF;
  RETURN true;
END $$;
ALTER TABLE shop.tasks ADD CONSTRAINT ends CHECK (shop.ends(id));
RESET ROLE;
SELECT operation, outcome FROM tenancy.prove('{shop.tasks}') WHERE target = 'shop.tasks';
ALTER TABLE shop.tasks DROP CONSTRAINT ends;

-- Nor read tables of another owner with the rights that attackers have: a sequence keeps what was read.
CREATE SCHEMA private AUTHORIZATION regress_tenancy_bypass;
CREATE TABLE private.secrets (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, secret bigint);
INSERT INTO private.secrets VALUES (1, :'beta', 4711);
ALTER TABLE private.secrets OWNER TO regress_tenancy_bypass;
SELECT tenancy.protect('private.secrets') > 0 AS protected;
SET ROLE regress_tenancy_owner;
CREATE SEQUENCE shop.leak;
GRANT ALL ON SEQUENCE shop.leak TO PUBLIC;
CREATE FUNCTION shop.spies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM setval('shop.leak', max(s.secret)) FROM private.secrets AS s HAVING max(s.secret) = 4711;
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  RETURN NEW;
END $$;
CREATE TRIGGER spies BEFORE INSERT OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.spies();
RESET ROLE;
SELECT count(*) > 0 AS proved FROM tenancy.prove();
SELECT last_value FROM shop.leak;
SET client_min_messages = error;
DROP SCHEMA private CASCADE;

-- A guard that names no column is told as such, and the other tables are proved.
DROP TRIGGER spies ON shop.tasks;
DROP TRIGGER zzzz_tenancy_guard ON shop.tasks;
CREATE TRIGGER zzzz_tenancy_guard BEFORE INSERT ON shop.tasks FOR EACH ROW EXECUTE FUNCTION tenancy.write_guard();
SELECT target, operation, outcome, detail FROM tenancy.prove('{shop.tasks}');
SELECT outcome, count(*) > 0 AS some FROM tenancy.prove('{shop.projects}') GROUP BY outcome ORDER BY outcome;
\c - :superuser
\i :cleanup
