-- The plan of an adoption as files for those who run migrations.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE "Order" (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
CREATE TABLE "50%s $step$ 'x' \" (id int PRIMARY KEY, "Order" int NOT NULL REFERENCES "Order");
INSERT INTO users VALUES (1, :'acme'), (2, :'beta');
INSERT INTO "Order" VALUES (1, 1), (2, 2);
INSERT INTO "50%s $step$ 'x' \" VALUES (1, 1), (2, 2);
\pset format unaligned
-- The day is that of the call.
CREATE FUNCTION regress.files(format text, adopt boolean DEFAULT true) RETURNS TABLE (n bigint, file text, content text) LANGUAGE sql AS $$
  SELECT row_number() OVER (), replace(f.file, to_char(now(), 'YYYYMMDD'), 'YYYYMMDD'), f.content FROM tenancy.plan_script('App 2', format => files.format, adopt => files.adopt) AS f
$$;
SELECT n, file FROM regress.files('psql');
SELECT n, file FROM regress.files('flyway') WHERE n < 12;
SELECT n, file FROM regress.files('rails') WHERE n < 8;
SELECT n, file FROM regress.files('prisma') WHERE n < 8;
\pset tuples_only on
SELECT content FROM regress.files('psql') WHERE file LIKE '001%';
SELECT content FROM regress.files('psql') WHERE file LIKE '%backfill_update_app_2_50%';
SELECT content FROM regress.files('psql') WHERE file LIKE '%_not_null_check_app_2_50%';
SELECT content FROM regress.files('psql') WHERE file LIKE '%references_swap_app_2_50%';
SELECT content FROM regress.files('flyway') WHERE file LIKE '%keys_unique_app_2_users%';
SELECT content FROM regress.files('rails') WHERE file LIKE '%keys_unique_app_2_users%';
SELECT content FROM regress.files('prisma') WHERE file LIKE '%references_validate_app_2_order/%';
\pset tuples_only off
-- In each format as many transactions as the plan has, and every statement of it.
SELECT f AS format, count(*) FILTER (WHERE file NOT LIKE '%.conf') AS files, count(*) FILTER (WHERE content ~ 'CONCURRENTLY|CALL ') AS alone, count(*) FILTER (WHERE content ~ 'CONCURRENTLY|CALL ' AND content ~ 'BEGIN;|lock_timeout|DO \$') AS not_alone
  FROM unnest(ARRAY['psql', 'flyway', 'rails', 'prisma']) AS f, regress.files(f) GROUP BY f ORDER BY f COLLATE "C";
-- Run as psql would: the schema is adopted, and adopt() has nothing more to do.
\pset tuples_only on
\o /dev/null
\set ECHO none
SET client_min_messages = error;
SELECT string_agg(regexp_replace(content, '^.set ON_ERROR_STOP on', ''), '' ORDER BY n) AS everything FROM regress.files('psql') \gset
:everything
RESET client_min_messages;
\set ECHO all
\o
\pset tuples_only off
CALL tenancy.adopt('App 2');
SELECT count(*) FROM tenancy.plan_script('App 2');
\d "50%s $step$ 'x' \"
-- The plan of protect(): one transaction.
SELECT n, file, content ~ 'ENABLE ROW LEVEL SECURITY' AS whole FROM regress.files('psql', adopt => false);
SELECT tenancy.protect_schema('App 2') > 0 AS protected;
SELECT count(*) FROM regress.files('rails', adopt => false);
\c - :superuser
\i :cleanup
