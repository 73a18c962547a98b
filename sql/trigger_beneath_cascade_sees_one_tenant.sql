-- Code that runs beneath a foreign key's cascade sees what the session sees: one tenant's rows.
-- PostgreSQL runs the cascade itself as the owner of the table, without the policies FORCEd on it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- What a function sees of the protected tables, and how much of it is not the tenant's. Static
-- statements: their plans are kept for the session.
CREATE FUNCTION shop.visible(OUT projects bigint, OUT tasks bigint, OUT changes bigint, OUT of_others bigint)
LANGUAGE plpgsql AS $$
BEGIN
  projects := (SELECT count(*) FROM shop.projects);
  tasks := (SELECT count(*) FROM shop.tasks);
  changes := (SELECT count(*) FROM shop.changes);
  of_others := (SELECT count(*) FROM shop.projects WHERE tenant_id <> tenancy.current_tenant_id())
             + (SELECT count(*) FROM shop.tasks WHERE tenant_id <> tenancy.current_tenant_id())
             + (SELECT count(*) FROM shop.changes WHERE tenant_id <> tenancy.current_tenant_id());
END $$;
CREATE FUNCTION shop.report_visible() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  seen record;
BEGIN
  SELECT * INTO seen FROM shop.visible();
  RAISE NOTICE '% % % %: % projects, % of others', TG_WHEN, TG_OP, TG_LEVEL,
    CASE WHEN TG_WHEN = 'BEFORE' THEN 'as ' || current_user ELSE 'of ' || TG_TABLE_NAME END, seen.projects, seen.of_others;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER before_row BEFORE DELETE OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.report_visible();
CREATE TRIGGER after_row AFTER DELETE OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.report_visible();
CREATE TRIGGER before_statement BEFORE DELETE ON shop.tasks FOR EACH STATEMENT EXECUTE FUNCTION shop.report_visible();
CREATE TRIGGER after_statement AFTER DELETE ON shop.tasks FOR EACH STATEMENT EXECUTE FUNCTION shop.report_visible();
ALTER FUNCTION shop.visible() OWNER TO regress_tenancy_owner;
ALTER FUNCTION shop.report_visible() OWNER TO regress_tenancy_owner;
CALL regress.settle();

-- An enrolled role: every trigger runs as that role.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
-- SET NULL of a reference to the table itself.
DELETE FROM shop.tasks WHERE id = 101;
-- Afterwards, with the plans made beneath the cascade.
SELECT * FROM shop.visible();
ROLLBACK;
-- Nor does a plan made beneath Acme's cascade serve Beta, or a session without a tenant.
BEGIN;
SELECT tenancy.set_tenant(:'beta');
SELECT * FROM shop.visible();
COMMIT;
SELECT (shop.visible()).projects;

-- The owner of the tables, to whom policies apply by FORCE.
\c - regress_tenancy_owner
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
SELECT * FROM shop.visible();
SELECT tenancy.set_tenant(:'beta');
SELECT * FROM shop.visible();
ROLLBACK;
-- A cascade that fails beneath a trigger leaves nothing behind either.
BEGIN;
CREATE FUNCTION shop.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no, with % projects seen', (SELECT projects FROM shop.visible()); END $$;
CREATE TRIGGER a_fail BEFORE DELETE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.fail();
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
SELECT * FROM shop.visible();
SELECT current_user = session_user AS still_the_same;
ROLLBACK;

-- A superuser owns the tables: an enrolled role's cascade gives its triggers no more to see.
\c - :superuser
ALTER TABLE shop.projects OWNER TO :superuser;
ALTER TABLE shop.tasks OWNER TO :superuser;
ALTER TABLE shop.changes OWNER TO :superuser;
ALTER FUNCTION shop.visible() OWNER TO :superuser;
ALTER FUNCTION shop.report_visible() OWNER TO :superuser;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
DELETE FROM shop.tasks WHERE id = 101;
SELECT * FROM shop.visible();
ROLLBACK;

-- SECURITY DEFINER functions keep their owner beneath a cascade: one to whom the policies apply sees the
-- tenant's rows, one who bypasses them is refused.
\c - :superuser
CREATE FUNCTION shop.definer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  RAISE NOTICE 'definer: % projects', (SELECT count(*) FROM shop.projects);
  RETURN OLD;
END $$;
CREATE TRIGGER definer BEFORE DELETE ON shop.changes FOR EACH ROW EXECUTE FUNCTION shop.definer();
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
ROLLBACK;
\c - :superuser
ALTER FUNCTION shop.definer() OWNER TO regress_tenancy_owner;
GRANT SELECT ON shop.projects TO regress_tenancy_owner;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
ROLLBACK;
\c - :superuser
DROP TRIGGER definer ON shop.changes;

-- A default is code too: SET DEFAULT evaluates it beneath the cascade. It counts Acme's projects, of
-- which one is left and is number 1; with Beta's it would name one that does not exist.
\c - :superuser
CREATE FUNCTION shop.count_projects() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT count(*) FROM shop.projects);
END $$;
CREATE TABLE shop.seen (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  project_id bigint DEFAULT shop.count_projects() REFERENCES shop.projects (id) ON DELETE SET DEFAULT
);
INSERT INTO shop.seen VALUES (1, :'acme', 2);
CALL regress.settle();
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
SELECT id, project_id FROM shop.seen ORDER BY id;
COMMIT;
\c - :superuser
SELECT regress.others_untouched();
\i :cleanup
