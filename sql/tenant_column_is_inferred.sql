-- Where nobody names the tenant column it is the table's own, of several the one that more tables of the schema have, and of
-- equals none is guessed.
\getenv here PG_ABS_SRCDIR
\set cleanup :here /sql/include/cleanup.sql
\i :cleanup

SELECT session_user AS superuser \gset
\set SHOW_CONTEXT never
CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE companies (id text PRIMARY KEY);
INSERT INTO companies VALUES ('acme'), ('beta');
SELECT tenancy.use_tenant_table('companies', 'id');
CREATE TABLE cars (id integer PRIMARY KEY, company text REFERENCES companies);
CREATE TABLE drivers (id integer PRIMARY KEY, company text REFERENCES companies);
CREATE TABLE keys (id integer PRIMARY KEY, car_id integer REFERENCES cars, "companyId" text REFERENCES companies, company text REFERENCES companies);
CREATE TABLE badges (id integer PRIMARY KEY, "companyId" text REFERENCES companies);
CREATE TABLE loans (id integer PRIMARY KEY, giver text REFERENCES companies, taker text REFERENCES companies);
CREATE TABLE notes (id integer PRIMARY KEY, text text);
SELECT t AS target, sql FROM unnest('{cars,keys,badges}'::text[]) AS t, tenancy.plan_one_row_per_tenant(t::regclass) WHERE kind = 'unique' ORDER BY t;
SELECT tenancy.plan_one_row_per_tenant('loans');
SELECT tenancy.plan_one_row_per_tenant('notes');
INSERT INTO cars VALUES (1, 'acme');
INSERT INTO keys VALUES (1, 1, 'acme', 'acme'), (2, NULL, NULL, NULL), (3, NULL, 'beta', NULL);
SET client_min_messages = warning;
SELECT tenancy.archive_orphans('keys');
SELECT * FROM keys ORDER BY id;
INSERT INTO keys VALUES (4, NULL, NULL, NULL);
-- As many tables have one as the other.
ALTER TABLE drivers DROP COLUMN company;
SELECT tenancy.assign_orphans('keys', 'beta');
SELECT tenancy.assign_orphans('keys', 'beta', tenant_column => 'company');

\c - :superuser
\i :cleanup
