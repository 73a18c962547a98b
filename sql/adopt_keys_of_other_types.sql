-- Tenants with text and integer keys, in tables of the application's own; partitions of partitions.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SET client_min_messages = error;
SELECT count(tenancy.unprotect(target)) > 0 AS open FROM tenancy.protected;
DELETE FROM tenancy.tenants;
CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE "Tenant" (id varchar(30) PRIMARY KEY);
SELECT tenancy.use_tenant_table('"Tenant"');
CREATE TABLE users (id int PRIMARY KEY, "tenantId" varchar(30) COLLATE "C" REFERENCES "Tenant");
CREATE TABLE notes (id int PRIMARY KEY, owner int NOT NULL REFERENCES users);
-- A column of that name which cannot hold it is left alone.
CREATE TABLE words (id int PRIMARY KEY, note int NOT NULL REFERENCES notes, "tenantId" char(5));
INSERT INTO "Tenant" VALUES ('a'), (E'b''\\x');
INSERT INTO users VALUES (1, 'a'), (2, E'b''\\x');
INSERT INTO notes VALUES (1, 1), (2, 2);
INSERT INTO words VALUES (1, 1);
CALL tenancy.adopt('App 2', 'tenantId', not_null => true);
INSERT INTO notes VALUES (3, 2);
TABLE notes;
TABLE words;
\d notes
SELECT count(*) FROM tenancy.plan_script('App 2', 'tenantId', not_null => true);
DELETE FROM tenancy.configuration;
DROP SCHEMA "App 2" CASCADE;
CREATE SCHEMA "App 2";
CREATE TABLE tenants (id int PRIMARY KEY);
SELECT tenancy.use_tenant_table('tenants');
CREATE TABLE users (id int PRIMARY KEY, tenant_id bigint);
CREATE TABLE base (id int PRIMARY KEY, owner int REFERENCES users, tenant_id int) PARTITION BY LIST (id);
CREATE TABLE base_1 PARTITION OF base FOR VALUES IN (1, 2, 3, 4) PARTITION BY LIST (id);
CREATE TABLE base_1_1 PARTITION OF base_1 FOR VALUES IN (1, 2);
CREATE TABLE base_1_2 PARTITION OF base_1 FOR VALUES IN (3, 4);
-- Like what is needed, but not what a whole could take in; and one that is.
CREATE INDEX base_1_1_tenant_id_id_key ON base_1_1 (tenant_id, id, owner);
CREATE UNIQUE INDEX handy ON base_1_2 (tenant_id, id);
CREATE TABLE children (id int PRIMARY KEY, base int NOT NULL REFERENCES base ON DELETE CASCADE);
INSERT INTO tenants VALUES (1), (2);
INSERT INTO users VALUES (1, 1), (2, 2);
INSERT INTO base VALUES (1, 1), (2, 2), (3, 1), (4, 2);
INSERT INTO children SELECT n, 1 + n % 4 FROM generate_series(1, 8) AS n;
CALL tenancy.adopt('App 2', not_null => true);
INSERT INTO children VALUES (9, 4);
SELECT tenant_id, count(*) FROM children GROUP BY 1 ORDER BY 1;
SELECT indrelid::regclass, indexrelid::regclass, indisvalid, indisunique FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('base')) ORDER BY indexrelid::regclass::text COLLATE "C";
\d base_1_1
\d children
SELECT count(*) FROM tenancy.plan_script('App 2', not_null => true);
SELECT tenancy.protect_schema('App 2') > 0 AS protected;
CALL tenancy.adopt('App 2', not_null => true);
SELECT tenancy.protect_schema('App 2');
SELECT count(tenancy.unprotect(target)) > 0 AS open FROM tenancy.protected WHERE NOT part;
DELETE FROM tenancy.configuration;
\c - :superuser
\i :cleanup
