-- changeops takes the type of the database's tenant keys, and works with each.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE FUNCTION regress.walk(first text, second text) RETURNS TABLE (step text, answer text) LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
  one CONSTANT uuid := '00000000-0000-7000-8000-0000000000a1';
BEGIN
  SET LOCAL ROLE regress_tenancy_app;
  PERFORM tenancy.set_tenant(first);
  INSERT INTO "App 2".projects (id, name, slug) VALUES (one, 'One', 'one');
  INSERT INTO "App 2".changes (project_id, module_path, title) SELECT one, 'lib/x' || i % 2 || '/y.c', 'c' FROM generate_series(1, 8) AS i;
  RETURN QUERY SELECT 'first', format('%s changes, %s modules, %s', count(*), count(DISTINCT c.module_id), min(c.tenant_id::text)) FROM "App 2".changes AS c;
  RETURN QUERY SELECT 'function', count(*)::text FROM "App 2".modules AS m WHERE m.id = "App 2".resolve_module(one, 'lib/x1');
  RETURN QUERY SELECT 'public id', ("App 2".resolve_module(tenancy.typeid('prj', one), 'lib/x1') = "App 2".resolve_module(one, 'lib/x1'))::text;
  RETURN QUERY SELECT 'initialize', i::text FROM "App 2".initialize_projects(true) AS i;
  DELETE FROM "App 2".projects;
  RETURN QUERY SELECT 'deleted', count(*)::text FROM "App 2".projects;
  PERFORM tenancy.restore_rows('"App 2".projects', ARRAY[tenancy.typeid('prj', one)]);
  RETURN QUERY SELECT 'restored', count(*)::text FROM "App 2".projects;
  PERFORM set_config('role', 'none', true), tenancy.clear_tenant(), tenancy.set_tenant(second);
  INSERT INTO "App 2".projects (id, name, slug) VALUES (one, 'One', 'one');
  INSERT INTO "App 2".changes (project_id, module_path, title) VALUES (one, 'lib/x1', 'c') RETURNING module_resolution::text INTO answer;
  RETURN QUERY SELECT 'second', answer;
  RETURN QUERY SELECT 'own', (SELECT m.tenant_id::text FROM "App 2".modules AS m WHERE m.id = "App 2".resolve_module(one, 'lib/x1'));
  PERFORM tenancy.clear_tenant();
END $$;
CREATE FUNCTION regress.install() RETURNS text LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
  DROP SCHEMA IF EXISTS "App 2" CASCADE;
  PERFORM tenancy.install_model('changeops', 'App 2');
  GRANT USAGE ON SCHEMA "App 2" TO regress_tenancy_app;
  GRANT ALL ON ALL TABLES IN SCHEMA "App 2" TO regress_tenancy_app;
  RETURN (SELECT string_agg(DISTINCT format('%s %s DEFAULT %s', a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid)), ', ')
            FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
           WHERE c.relnamespace = '"App 2"'::regnamespace AND a.attname = 'tenant_id');
END $$;
SET client_min_messages = error;
SELECT regress.install();
SELECT * FROM regress.walk(:'acme', :'beta');
-- Tenants of the application, with text.
DROP SCHEMA "App 2" CASCADE;
SELECT count(tenancy.unprotect(target)) FROM tenancy.protected WHERE NOT part;
DELETE FROM tenancy.tenants;
CREATE TABLE shop."Tenant" ("Id" text PRIMARY KEY);
INSERT INTO shop."Tenant" VALUES ('cka'), ('ckb');
SELECT tenancy.use_tenant_table('shop."Tenant"', 'Id');
SELECT regress.install();
SELECT * FROM regress.walk('cka', 'ckb');
-- With integers.
DROP SCHEMA "App 2" CASCADE;
DELETE FROM tenancy.tenant_registry;
DELETE FROM tenancy.configuration;
CREATE TABLE shop.org (id int PRIMARY KEY);
INSERT INTO shop.org VALUES (1), (2);
SELECT tenancy.use_tenant_table('shop.org');
SELECT regress.install();
SELECT * FROM regress.walk('1', '2');
DROP SCHEMA "App 2" CASCADE;
DELETE FROM tenancy.tenant_registry;
DELETE FROM tenancy.configuration;
RESET client_min_messages;
\i :cleanup
