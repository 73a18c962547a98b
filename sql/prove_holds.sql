-- prove(): every protected table of many kinds, every attack; nothing is left behind.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
\set ECHO none
\o /dev/null
SET client_min_messages = error;
SELECT tenancy.install_model('changeops');
SET search_path = shop, public;
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 10 AND 90);
CREATE TABLE odd (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL, mood mood NOT NULL, share percent NOT NULL, code varchar(4) NOT NULL UNIQUE, level text NOT NULL CHECK (level IN ('low', 'high')),
    price numeric(4, 2) NOT NULL, tags text[] NOT NULL, body jsonb NOT NULL, raw bytea NOT NULL, seen date NOT NULL, twice numeric GENERATED ALWAYS AS (price * 2) STORED, CHECK (length(code) > 1), address inet NOT NULL, span daterange NOT NULL,
    EXCLUDE USING gist (span WITH &&));
CREATE TABLE events (tenant_id uuid NOT NULL, at date NOT NULL, id int, PRIMARY KEY (tenant_id, at, id)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE "Weird ""Name""" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, "select" text);
CREATE TABLE heirs () INHERITS ("Weird ""Name""");
CREATE TABLE ring_a (id int PRIMARY KEY, tenant_id uuid NOT NULL, b int);
CREATE TABLE ring_b (id int PRIMARY KEY, tenant_id uuid NOT NULL, a int NOT NULL REFERENCES ring_a ON DELETE CASCADE);
ALTER TABLE ring_a ADD FOREIGN KEY (b) REFERENCES ring_b ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE settings (tenant_id uuid NOT NULL, id int PRIMARY KEY, UNIQUE (tenant_id));
CREATE TABLE prices (id int PRIMARY KEY, tenant_id uuid, amount int);
CREATE TABLE notes (id int PRIMARY KEY, tenant_id uuid NOT NULL, deleted_at timestamptz);
CREATE TABLE countries (code char(2) PRIMARY KEY, name text);
INSERT INTO countries VALUES ('at', 'Austria');
-- The application says no to everything, for reasons of its own.
CREATE FUNCTION grumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not on Sundays'; END $$;
CREATE TABLE grumpy (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TRIGGER grumble BEFORE INSERT OR UPDATE OR DELETE ON grumpy FOR EACH ROW EXECUTE FUNCTION grumble();
SELECT tenancy.protect('prices', global_rows => 'read');
SELECT tenancy.share('countries');
SELECT tenancy.protect_schema('shop');
SELECT tenancy.soft_delete('notes');
SELECT tenancy.enroll('regress_tenancy_app');
CREATE FUNCTION regress.everything() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    part record;
    one text;
    total text := '';
BEGIN
    FOR part IN SELECT * FROM (VALUES ('pg_class'), ('pg_attribute'), ('pg_policy'), ('pg_trigger'), ('pg_constraint'), ('pg_authid'), ('pg_auth_members'), ('pg_namespace'), ('pg_db_role_setting'), ('pg_proc'), ('pg_rewrite'), ('pg_depend'), ('pg_shdepend')) AS v(name) LOOP
        EXECUTE format('SELECT md5(coalesce(string_agg(j::text, '','' ORDER BY j::text), '''')) FROM (SELECT to_jsonb(t) - ''{relpages,reltuples,relallvisible,relfrozenxid,relminmxid}''::text[] AS j FROM %I AS t) AS x', part.name) INTO one;
        total := total || part.name || one;
    END LOOP;
    FOR part IN SELECT c.oid::regclass AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname IN ('shop', 'tenancy', 'changeops') AND c.relkind = 'r' LOOP
        EXECUTE format('SELECT md5(coalesce(string_agg(to_jsonb(t)::text || t.ctid, '','' ORDER BY t.ctid), '''')) FROM %s AS t', part.name) INTO one;
        total := total || part.name || one;
    END LOOP;
    RETURN md5(total);
END $$;
RESET client_min_messages;
\o
\set ECHO all
CREATE TEMP TABLE proof AS SELECT * FROM tenancy.prove();
RESET search_path;
SELECT outcome, count(*) > 0 AS some FROM proof GROUP BY outcome ORDER BY outcome;
SELECT target, operation, sqlstate, rows, outcome, detail FROM proof WHERE outcome NOT IN ('held', 'left out');
-- No table and no attack is missing.
SELECT p.target FROM tenancy.protected AS p WHERE NOT EXISTS (SELECT FROM proof AS f WHERE f.target = p.target::text);
SELECT count(DISTINCT attacks) = 1 AS alike FROM (SELECT target, string_agg(operation, ',' ORDER BY operation) FILTER (WHERE operation !~ '^(refer|cascade) by|on conflict') AS attacks
    FROM proof WHERE target IN (SELECT p.target::text FROM tenancy.protected AS p WHERE p.kind = 'protected') GROUP BY target) AS by_table;
SELECT operation, sqlstate, rows, outcome, left(detail, 80) AS detail FROM proof WHERE target = 'shop.odd' ORDER BY operation;
SELECT operation, sqlstate, outcome, left(detail, 90) AS detail FROM proof WHERE target = 'shop.ring_b' AND operation ~ '^(refer|cascade)' ORDER BY operation;
SELECT operation, sqlstate, outcome, left(detail, 80) AS detail FROM proof WHERE target IN ('shop.countries', 'session') ORDER BY target, operation;
DROP TABLE proof;
-- Nothing stays: rows, catalogs, roles.
SELECT regress.everything() AS once_more \gset
SELECT * FROM (SELECT count(*) FROM tenancy.prove(sabotage => true)) AS proof WHERE count = 0;
SELECT regress.everything() = :'once_more' AS untouched;
SELECT count(*) AS left_behind FROM pg_roles WHERE rolname LIKE 'tenancy\_probe%';
SELECT current_setting('session_replication_role') AS mode, current_user = session_user AS as_before, coalesce(current_setting('app.current_tenant_id', true), '') AS tenant;
\c - :superuser
\i :cleanup
