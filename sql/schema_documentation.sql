-- docs/schema.sql documents any schema: all of it, and as Markdown and Mermaid that its names cannot break.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "Odd |";
COMMENT ON SCHEMA "Odd |" IS '- a <script> & `code` with $a$ and a | bar,
second line';
CREATE TYPE "Odd |"."mood|" AS ENUM ('a|b', 'c`d', '<e>');
CREATE DOMAIN "Odd |".percent AS numeric NOT NULL CHECK (VALUE >= 0);
COMMENT ON DOMAIN "Odd |".percent IS 'Zero and more';
CREATE TYPE "Odd |".pair AS (a integer, "b c" text);
CREATE TYPE "Odd |".span AS RANGE (subtype = date);
CREATE TABLE "Odd |"."one to ""many""" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid,
  "PK" uuid UNIQUE,
  "1st" "Odd |"."mood|" DEFAULT 'a|b',
  mark timestamptz,
  twice bigint GENERATED ALWAYS AS (peer * 2) STORED,
  parent bigint REFERENCES "Odd |"."one to ""many""" ON DELETE SET NULL,
  peer bigint NOT NULL UNIQUE REFERENCES shop.projects (id) DEFERRABLE
);
COMMENT ON TABLE "Odd |"."one to ""many""" IS '# No heading, *bold* _it_ snake_case [x](y) \| ~';
COMMENT ON COLUMN "Odd |"."one to ""many""".id IS E'first\n\nthird | line';
SELECT tenancy.protect('"Odd |"."one to ""many"""', global_rows => 'read') > 0 AS protected;
CREATE TRIGGER touched BEFORE UPDATE OF peer, "1st" ON "Odd |"."one to ""many""" FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at('column=mark');
CREATE TRIGGER moods BEFORE UPDATE ON "Odd |"."one to ""many""" FOR EACH ROW EXECUTE FUNCTION tenancy.check_transition('1st', 'a|b -> c`d');
CREATE TABLE "Odd |".parted (day date, number integer) PARTITION BY RANGE (day);
CREATE TABLE "Odd |".parted_1 PARTITION OF "Odd |".parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE UNIQUE INDEX "odd |" ON "Odd |".parted (day DESC, number) WHERE day > '2025-01-01';
CREATE INDEX plain ON "Odd |".parted (abs(number));
SELECT tenancy.share('"Odd |".parted') > 0 AS shared;
CREATE TABLE "Odd |".bare ();
COMMENT ON TABLE "Odd |".bare IS 'Without columns';
CREATE VIEW "Odd |".seen AS SELECT 1 AS one;
CREATE FUNCTION "Odd |"."f`g"(a integer[] DEFAULT '{}') RETURNS TABLE (x integer) LANGUAGE sql RETURN 1;
CREATE PROCEDURE "Odd |".run(a integer) LANGUAGE sql BEGIN ATOMIC END;

\set schema 'Odd |'
\set generator :here /docs/schema.sql
\set ECHO none
\pset format unaligned
\pset tuples_only on
\i :generator
\pset tuples_only off
\pset format aligned
\set ECHO all

-- It leaves nothing behind.
SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema();
SET client_min_messages = warning;
DROP SCHEMA "Odd |" CASCADE;
\c - :superuser
\i :cleanup
