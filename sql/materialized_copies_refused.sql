-- A materialized view of protected tables holds all tenants' rows without policies: a session of an application does
-- not read it, whatever it is made of in between.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.countries (code text PRIMARY KEY);
INSERT INTO shop.countries VALUES ('de'), ('dk');
CREATE TABLE regress.plain AS SELECT 1 AS n;
CREATE VIEW regress.project_names AS SELECT name FROM shop.projects;
CREATE FUNCTION regress.names() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT name FROM shop.projects; END;
CREATE MATERIALIZED VIEW regress.copied AS SELECT * FROM shop.projects;
CREATE MATERIALIZED VIEW regress.counted AS SELECT count(*) AS n FROM (SELECT FROM shop.tasks) AS t;
CREATE MATERIALIZED VIEW regress.by_view AS SELECT * FROM regress.project_names;
CREATE MATERIALIZED VIEW regress.by_copy AS SELECT code FROM regress.copied;
CREATE MATERIALIZED VIEW regress.by_function AS SELECT * FROM regress.names();
CREATE MATERIALIZED VIEW regress.by_subquery AS SELECT n FROM regress.plain WHERE EXISTS (SELECT FROM shop.changes);
CREATE MATERIALIZED VIEW regress.of_tenants AS SELECT name FROM tenancy.tenants;
CREATE MATERIALIZED VIEW regress.of_shared AS SELECT * FROM shop.countries;
CREATE MATERIALIZED VIEW regress.of_plain AS SELECT * FROM regress.plain;
CREATE MATERIALIZED VIEW regress.of_nothing AS SELECT 1 AS n;
CREATE VIEW regress.over_copied WITH (security_invoker) AS SELECT name FROM regress.copied;
CREATE VIEW regress.over_copied_as_owner AS SELECT name FROM regress.copied;
CREATE UNIQUE INDEX ON regress.copied (id);
GRANT SELECT ON ALL TABLES IN SCHEMA regress TO regress_tenancy_app, regress_tenancy_owner, regress_tenancy_bypass;
SET client_min_messages = error;
SELECT tenancy.share('shop.countries') > 0 AS shared;
RESET client_min_messages;

CREATE FUNCTION regress.verdicts() RETURNS TABLE (relation name, state text) LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  FOR relation IN SELECT c.relname FROM pg_class AS c
                   WHERE c.relnamespace = 'regress'::regnamespace AND (c.relkind = 'm' OR c.relname LIKE 'over%') ORDER BY 1
  LOOP
    BEGIN
      EXECUTE format('SELECT count(*) FROM regress.%I', relation) INTO n;
      state := 'read';
    EXCEPTION WHEN OTHERS THEN
      state := SQLSTATE;
    END;
    RETURN NEXT;
  END LOOP;
END $$;

\c - regress_tenancy_app
SELECT * FROM regress.verdicts();
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT * FROM regress.verdicts();
SELECT * FROM regress.copied;
SELECT 1 FROM regress.counted WHERE false;
PREPARE p AS SELECT count(*) FROM regress.counted;
EXECUTE p;
COPY regress.copied TO STDOUT;
LOCK TABLE regress.copied;
ROLLBACK;
-- Not guarded: as ever, with a tenant too.
\c - regress_tenancy_owner
SELECT count(*) FILTER (WHERE state = 'read') AS read, count(*) FILTER (WHERE state <> 'read') AS refused FROM regress.verdicts();
\c - :superuser
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT count(*) FILTER (WHERE state = 'read') AS read, count(*) FILTER (WHERE state <> 'read') AS refused FROM regress.verdicts();
REFRESH MATERIALIZED VIEW CONCURRENTLY regress.copied;
COMMIT;

-- The answer follows the tables: protected later, and no more.
CREATE TABLE shop.later (id int, tenant_id uuid);
CREATE MATERIALIZED VIEW regress.of_later AS SELECT * FROM shop.later;
GRANT SELECT ON regress.of_later TO regress_tenancy_app;
SET ROLE regress_tenancy_app;
SELECT count(*) FROM regress.of_later;
RESET ROLE;
SELECT tenancy.protect('shop.later') > 0 AS protected;
SET ROLE regress_tenancy_app;
SELECT count(*) FROM regress.of_later;
RESET ROLE;
SELECT tenancy.unprotect('shop.later') > 0 AS unprotected;
SET ROLE regress_tenancy_app;
SELECT count(*) FROM regress.of_later;
RESET ROLE;

-- A cursor from before the session was guarded.
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM regress.copied;
SET LOCAL ROLE regress_tenancy_app;
FETCH 1 FROM c;
ROLLBACK;

-- Foreign tables that are partitions or children of protected tables have no policies either.
CREATE EXTENSION file_fdw;
CREATE SERVER regress_tenancy_server FOREIGN DATA WRAPPER file_fdw;
CREATE TABLE shop.papers (id int, tenant_id uuid NOT NULL) PARTITION BY LIST (id);
CREATE FOREIGN TABLE shop.papers_far PARTITION OF shop.papers FOR VALUES IN (1) SERVER regress_tenancy_server OPTIONS (filename '/dev/null');
SELECT tenancy.protect('shop.papers') > 0 AS protected;
DROP TABLE shop.papers;
CREATE TABLE shop.cards (id int, tenant_id uuid NOT NULL);
SELECT tenancy.protect('shop.cards') > 0 AS protected;
CREATE FOREIGN TABLE shop.cards_far () INHERITS (shop.cards) SERVER regress_tenancy_server OPTIONS (filename '/dev/null');
CREATE FOREIGN TABLE shop.far (id int, tenant_id uuid) SERVER regress_tenancy_server OPTIONS (filename '/dev/null');
GRANT SELECT ON shop.cards, shop.cards_far, shop.far TO regress_tenancy_app;
SET ROLE regress_tenancy_app;
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT * FROM shop.cards;
SELECT * FROM shop.cards_far;
SELECT * FROM shop.far;
ROLLBACK;
RESET ROLE;
SET client_min_messages = error;
DROP EXTENSION file_fdw CASCADE;
RESET client_min_messages;
\i :cleanup
