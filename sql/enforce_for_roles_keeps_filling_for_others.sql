-- A table that was adopted, and is enforced for some roles first: sessions of others write as they did.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE ROLE regress_tenancy_job LOGIN;
CREATE SCHEMA live;
CREATE TABLE live.parents (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE live.children (id int PRIMARY KEY, parent int NOT NULL REFERENCES live.parents);
INSERT INTO live.parents VALUES (1, :'acme'), (2, :'beta');
INSERT INTO live.children VALUES (1, 1), (2, 2);
GRANT USAGE ON SCHEMA live TO regress_tenancy_app, regress_tenancy_job;
GRANT ALL ON ALL TABLES IN SCHEMA live TO regress_tenancy_app, regress_tenancy_job;
CALL tenancy.adopt('live');
SELECT tenancy.enroll('regress_tenancy_app');
SELECT tenancy.enforce('live.children', '{regress_tenancy_app}') > 0 AS steps;
\c - regress_tenancy_job
INSERT INTO live.children (id, parent) VALUES (3, 1), (4, 2) RETURNING id, tenant_id;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme'::uuid);
INSERT INTO live.children (id, parent) VALUES (5, 1) RETURNING id, tenant_id;
INSERT INTO live.children (id, parent) VALUES (6, 2);
ROLLBACK;
\c - :superuser
SELECT tenancy.enforce('live.children', '{regress_tenancy_app}') AS again;
-- For everybody, nothing is filled in any more: the column's default says it.
SELECT tenancy.enforce('live.children') > 0 AS steps;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'live.children'::regclass AND NOT tgisinternal ORDER BY 1;
SET client_min_messages = error;
DROP SCHEMA live CASCADE;
DROP OWNED BY regress_tenancy_job;
DROP ROLE regress_tenancy_job;
\c - :superuser
\i :cleanup
