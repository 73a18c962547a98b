-- Code of a table that a soft delete runs has the rights of whoever deletes, never those of the owner in whose
-- name the row is marked; and never a superuser's where the table is an application's own.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SELECT tenancy.soft_delete('shop.tasks');
-- Says for whom code of the table runs, and how many rows of projects it sees.
CREATE TABLE regress.seen (n serial, who text, place text, projects bigint);
GRANT ALL ON regress.seen, regress.seen_n_seq TO PUBLIC;
CREATE FUNCTION regress.look(place text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO regress.seen (who, place, projects) VALUES (current_user, place, (SELECT count(*) FROM shop.projects));
  RETURN true;
END $$;
CREATE FUNCTION regress.generated(title text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  PERFORM regress.look('generated column');
  RETURN upper(title);
END $$;
CREATE FUNCTION regress.watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM regress.look(lower(concat_ws(' ', TG_WHEN, TG_OP, TG_LEVEL)));
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
ALTER TABLE shop.tasks ADD CHECK (regress.look('check')), ADD loud text GENERATED ALWAYS AS (regress.generated(title)) STORED;
CREATE TRIGGER watch BEFORE UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION regress.watch();
CREATE TRIGGER watch_after AFTER DELETE OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION regress.watch();
CREATE TRIGGER watch_all AFTER DELETE OR UPDATE ON shop.tasks FOR EACH STATEMENT EXECUTE FUNCTION regress.watch();
TRUNCATE regress.seen;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.tasks WHERE id = 101;
SELECT who, projects, count(*), string_agg(DISTINCT place, ', ') AS places FROM regress.seen GROUP BY 1, 2;
DELETE FROM regress.seen;
SELECT tenancy.restore_rows('shop.tasks', '{101}');
SELECT who, projects, string_agg(DISTINCT place, ', ') AS places FROM regress.seen GROUP BY 1, 2;
ROLLBACK;
-- A superuser: the same.
\c - :superuser
DELETE FROM shop.tasks WHERE id = 113;
SELECT who = :'superuser' AS myself, string_agg(DISTINCT place, ', ') AS places FROM regress.seen GROUP BY 1 ORDER BY 1;
TRUNCATE regress.seen;
-- A role with BYPASSRLS and an owner who is superuser.
ALTER TABLE shop.tasks OWNER TO :superuser;
SET ROLE regress_tenancy_bypass;
DELETE FROM shop.tasks WHERE id = 112;
RESET ROLE;
SELECT who, string_agg(DISTINCT place, ', ') AS places FROM regress.seen GROUP BY 1 ORDER BY 1;

-- A role of the application with a table of its own: the function serves there, and gains it nothing.
CREATE SCHEMA AUTHORIZATION regress_tenancy_app;
SELECT tenancy.unenroll('regress_tenancy_app');
\c - regress_tenancy_app
CREATE FUNCTION regress_tenancy_app.take() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'runs as %', current_user;
  RETURN true;
END $$;
CREATE TABLE regress_tenancy_app.trap (id bigint, deleted_at timestamptz, CHECK (regress_tenancy_app.take()));
INSERT INTO regress_tenancy_app.trap VALUES (1);
\c - :superuser
SELECT tenancy.enroll('regress_tenancy_app');
\c - regress_tenancy_app
CREATE TRIGGER t BEFORE DELETE ON regress_tenancy_app.trap FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('deleted_at');
\c - :superuser
-- Not even if somebody else made the trigger.
CREATE TRIGGER t BEFORE DELETE ON regress_tenancy_app.trap FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('deleted_at');
DELETE FROM regress_tenancy_app.trap;
SELECT current_user = :'superuser' AS myself;
-- Nor what comes after the mark.
CREATE FUNCTION regress_tenancy_app.after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE '% % runs as %', TG_WHEN, TG_OP, current_user;
  RETURN NULL;
END $$;
CREATE TRIGGER after AFTER UPDATE ON regress_tenancy_app.trap FOR EACH ROW EXECUTE FUNCTION regress_tenancy_app.after();
SET client_min_messages = warning;
INSERT INTO regress_tenancy_app.trap VALUES (2);
RESET client_min_messages;
DELETE FROM regress_tenancy_app.trap WHERE id = 2;
-- It cannot be made a way to rows of others: not by restore_rows(), which needs the guards of a protected table.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT tenancy.restore_marked('regress_tenancy_app.trap', '{1}');
ROLLBACK;
\c - :superuser
DROP SCHEMA regress_tenancy_app CASCADE;
\i :cleanup
