-- What cannot be protected says why and what to run; nothing half-done remains.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE VIEW shop.names AS SELECT name FROM shop.projects;
SELECT tenancy.protect('shop.names');
CREATE MATERIALIZED VIEW shop.counts AS SELECT 1 AS n WITH NO DATA;
SELECT tenancy.protect('shop.counts');
CREATE TEMPORARY TABLE scratch (tenant_id uuid);
SELECT tenancy.protect('scratch');
SELECT tenancy.protect('pg_class');
SELECT tenancy.protect('tenancy.tenants');
SELECT tenancy.protect('shop.nowhere');
CREATE TABLE shop.orphans (id int, tenant_id uuid);
INSERT INTO shop.orphans VALUES (1, NULL), (2, NULL), (3, :'acme');
SELECT tenancy.protect('shop.orphans');
SELECT tenancy.protect('shop.orphans', global_rows => 'write');
UPDATE shop.orphans SET tenant_id = 'cccccccc-0000-7000-8000-000000000000' WHERE tenant_id IS NULL;
SELECT tenancy.protect('shop.orphans');
CREATE TABLE shop.numbered (id int, tenant_id int);
SELECT tenancy.protect('shop.numbered');
CREATE TABLE shop.computed (id int, tenant_id uuid GENERATED ALWAYS AS (NULL::uuid) STORED);
SELECT tenancy.protect('shop.computed');
CREATE TABLE shop.bare (id int);
INSERT INTO shop.bare VALUES (1);
SELECT tenancy.protect('shop.bare');
DELETE FROM shop.bare;
SELECT tenancy.protect('shop.bare') > 0 AS empty_tables_get_the_column;
CREATE TABLE shop.crossing (id int PRIMARY KEY, tenant_id uuid NOT NULL, project_id bigint REFERENCES shop.projects);
INSERT INTO shop.crossing VALUES (1, :'acme', 11), (2, :'acme', 1);
SELECT tenancy.protect('shop.crossing');
CREATE TABLE shop.parts (id int, tenant_id uuid) PARTITION BY LIST (id);
CREATE TABLE shop.part PARTITION OF shop.parts DEFAULT;
SELECT tenancy.protect('shop.part');
SELECT tenancy.protect_schema('nowhere');
CREATE SCHEMA regress_empty;
SELECT tenancy.protect_schema('regress_empty');
DROP SCHEMA regress_empty;
SELECT * FROM tenancy.plan('nowhere');
SELECT tenancy.unprotect('shop.orphans');
-- Nothing of it was done.
SELECT c.relname, c.relrowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies,
       (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers
FROM pg_class AS c WHERE c.relname IN ('orphans', 'numbered', 'computed', 'crossing', 'parts', 'part') AND relnamespace = 'shop'::regnamespace ORDER BY 1;
-- A guarded session protects nothing, whatever it owns.
\c - regress_tenancy_app
SELECT tenancy.protect('shop.orphans');
SELECT tenancy.create_tenant('Evil', 'evil');
\c - :superuser
\i :cleanup
