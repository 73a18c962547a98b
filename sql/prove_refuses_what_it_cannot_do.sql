-- prove(): bad input, tables in which no row can be made, and code of tables' owners, which gains nothing.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
\set ECHO none
SET search_path = shop, public;
SET client_min_messages = error;
\o /dev/null
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part;
\o
\set ECHO all
SELECT * FROM tenancy.prove();
SELECT * FROM tenancy.prove('{}');
SELECT * FROM tenancy.prove('{projects}');
SELECT * FROM tenancy.prove(sabotage => NULL);
CREATE TABLE impossible (id int PRIMARY KEY, tenant_id uuid NOT NULL, CHECK (id < 0 AND id > 0));
SELECT tenancy.protect_schema('shop') > 0 AS protected;
SELECT operation, outcome, detail FROM tenancy.prove('{impossible}') WHERE outcome <> 'held';
SELECT * FROM tenancy.prove('{projects, pg_class}');
SET ROLE regress_tenancy_bypass;
SELECT * FROM tenancy.prove();
RESET ROLE;
GRANT EXECUTE ON FUNCTION tenancy.prove(regclass[], boolean) TO regress_tenancy_bypass;
SET ROLE regress_tenancy_bypass;
SELECT * FROM tenancy.prove();
RESET ROLE;
REVOKE EXECUTE ON FUNCTION tenancy.prove(regclass[], boolean) FROM regress_tenancy_bypass;
-- What belongs to a table tries to become a superuser, by every way there is.
\c - regress_tenancy_owner
SET search_path = shop, public;
CREATE FUNCTION rise(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RAISE WARNING '% runs as a superuser', what;
    END IF;
    BEGIN
        PERFORM set_config('role', 'none', true);
        RAISE WARNING '% got back to the session', what;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    BEGIN
        EXECUTE 'ALTER ROLE regress_tenancy_owner SUPERUSER';
        RAISE WARNING '% altered a role', what;
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    RETURN true;
END $$;
CREATE FUNCTION rise_too(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN shop.rise(what); END $$;
CREATE FUNCTION rise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.rise('a trigger'); RETURN coalesce(NEW, OLD); END $$;
CREATE TABLE hostile (id int PRIMARY KEY, tenant_id uuid NOT NULL, n int CHECK (shop.rise('a check')), g int GENERATED ALWAYS AS (CASE WHEN shop.rise_too('a generated column') THEN 1 END) STORED);
CREATE INDEX hostile_rises ON hostile ((CASE WHEN shop.rise_too('an index') THEN n END));
CREATE TRIGGER aaa BEFORE INSERT OR UPDATE OR DELETE ON hostile FOR EACH ROW EXECUTE FUNCTION rise();
CREATE CONSTRAINT TRIGGER later AFTER INSERT OR UPDATE OR DELETE ON hostile DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rise();
ALTER TABLE hostile ENABLE ALWAYS TRIGGER aaa;
\c - :superuser
SET search_path = shop, public;
GRANT REFERENCES ON tenancy.tenants TO regress_tenancy_owner;
SET client_min_messages = warning;
SELECT tenancy.protect('hostile') > 0 AS protected;
DROP INDEX hostile_rises;
SELECT tenancy.protect('hostile') > 0 AS protected;
SET client_min_messages = error;
CREATE INDEX hostile_rises ON hostile ((CASE WHEN shop.rise_too('an index') THEN n END)); -- runs as its owner
SET client_min_messages = warning;
SELECT outcome, count(*) > 0 AS some FROM tenancy.prove('{hostile}') GROUP BY outcome ORDER BY outcome;
SELECT outcome, count(*) > 0 AS some FROM tenancy.prove('{hostile}', sabotage => true) GROUP BY outcome ORDER BY outcome;
SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_tenancy_owner';
REVOKE REFERENCES ON tenancy.tenants FROM regress_tenancy_owner;
RESET search_path;
\c - :superuser
\i :cleanup
