-- A function that ran beneath a platform role's cascade, where PostgreSQL suspends FORCE for the owner,
-- leaves no plan behind that knows no policies.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE FUNCTION shop.projects_seen() RETURNS bigint LANGUAGE plpgsql AS $$ DECLARE seen bigint; BEGIN SELECT count(*) INTO seen FROM shop.projects; RETURN seen; END $$;
CREATE FUNCTION shop.look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'beneath: % projects as %', shop.projects_seen(), current_user; RETURN OLD; END $$;
CREATE TRIGGER look BEFORE DELETE ON shop.changes FOR EACH ROW EXECUTE FUNCTION shop.look();
CALL regress.settle();
DELETE FROM shop.projects WHERE id = 12;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SET LOCAL ROLE regress_tenancy_owner;
SELECT shop.projects_seen();
ROLLBACK;
\c - :superuser
\i :cleanup
