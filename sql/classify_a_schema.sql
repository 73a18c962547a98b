-- What each table of a schema is to tenants, with counts that plain SQL confirms; nothing is changed.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid REFERENCES tenancy.tenants);
CREATE TABLE services (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy.tenants);
CREATE TABLE requests (id int PRIMARY KEY, tenant_id uuid, client_id int REFERENCES users, service_id int REFERENCES services);
CREATE TABLE attachments (id int PRIMARY KEY, request_id int NOT NULL REFERENCES requests);
CREATE TABLE bookings (id int PRIMARY KEY, tenant_id uuid, request_id int REFERENCES requests, parent_id int REFERENCES bookings);
CREATE TABLE comments (id int PRIMARY KEY, owner_type text, owner_id int);
CREATE TABLE countries (code text PRIMARY KEY);
CREATE TABLE booking_settings (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy.tenants);
CREATE TABLE limits (tenant_id uuid PRIMARY KEY REFERENCES tenancy.tenants);
CREATE TABLE labels (id int PRIMARY KEY, tenant_id uuid REFERENCES tenancy.tenants);
CREATE TABLE numbers (id int PRIMARY KEY, tenant_id bigint);
INSERT INTO users SELECT n, CASE n % 7 WHEN 0 THEN NULL WHEN 1 THEN :'acme'::uuid ELSE :'beta'::uuid END FROM generate_series(1, 70) AS n;
INSERT INTO services SELECT n, CASE n % 2 WHEN 0 THEN :'acme'::uuid ELSE :'beta'::uuid END FROM generate_series(1, 20) AS n;
INSERT INTO requests SELECT n, CASE n % 3 WHEN 0 THEN :'acme'::uuid END, nullif(n % 71, 0), nullif(n % 21, 0) FROM generate_series(1, 300) AS n;
INSERT INTO attachments SELECT n, n FROM generate_series(1, 300) AS n;
INSERT INTO bookings SELECT n, CASE n % 2 WHEN 0 THEN :'beta'::uuid END, CASE WHEN n % 5 <> 0 THEN n END, CASE WHEN n > 10 THEN n - 7 END FROM generate_series(1, 50) AS n;
UPDATE bookings SET tenant_id = 'cccccccc-0000-7000-8000-000000000000' WHERE id IN (2, 4);
INSERT INTO countries VALUES ('de'), ('fr');
INSERT INTO booking_settings VALUES (1, :'acme'), (2, :'acme'), (3, :'beta');
INSERT INTO limits VALUES (:'acme');
INSERT INTO labels VALUES (1, NULL), (2, NULL), (3, :'acme');
SELECT table_name, kind, tenant_column, rows, null_tenants AS "null", derivable AS deriv, conflicting AS conf, orphans AS orph, crossing AS cross
FROM tenancy.classify('App 2');
\pset format unaligned
SELECT table_name, reason FROM tenancy.classify('App 2');
SELECT table_name, path FROM tenancy.classify('App 2'), unnest(paths) AS path;
SELECT table_name, next_command FROM tenancy.classify('App 2') WHERE next_command IS NOT NULL;
\pset format aligned
-- The same by hand.
SELECT count(*) AS rows, count(*) FILTER (WHERE r.tenant_id IS NULL) AS "null",
       count(*) FILTER (WHERE r.tenant_id IS NULL AND num_nonnulls(u.tenant_id, s.tenant_id) > 0 AND coalesce(u.tenant_id = s.tenant_id, true)) AS deriv,
       count(*) FILTER (WHERE r.tenant_id IS NULL AND u.tenant_id <> s.tenant_id) AS conf,
       count(*) FILTER (WHERE r.tenant_id IS NULL AND num_nonnulls(u.tenant_id, s.tenant_id) = 0) AS orph,
       count(*) FILTER (WHERE r.tenant_id <> u.tenant_id) + count(*) FILTER (WHERE r.tenant_id <> s.tenant_id) AS cross
FROM requests AS r LEFT JOIN users AS u ON u.id = client_id LEFT JOIN services AS s ON s.id = service_id;
SELECT count(*) FILTER (WHERE b.tenant_id IS NULL) AS "null", count(*) FILTER (WHERE b.tenant_id IS NULL AND r.tenant_id IS NOT NULL) AS deriv,
       count(*) FILTER (WHERE b.tenant_id IS NULL AND r.tenant_id IS NULL) AS orph, count(*) FILTER (WHERE b.tenant_id IS NULL AND r.id IS NOT NULL AND r.tenant_id IS NULL) AS waiting,
       count(*) FILTER (WHERE b.tenant_id <> r.tenant_id) + count(*) FILTER (WHERE b.tenant_id <> p.tenant_id) AS cross,
       count(*) FILTER (WHERE b.tenant_id IS NOT NULL AND NOT EXISTS (SELECT FROM tenancy.tenants AS t WHERE t.id = b.tenant_id)) AS unknown
FROM bookings AS b LEFT JOIN requests AS r ON r.id = b.request_id LEFT JOIN bookings AS p ON p.id = b.parent_id;
-- By the schema alone.
SELECT table_name, kind, rows, reason FROM tenancy.classify('App 2', counts => false);
-- No lock outlives its question.
BEGIN;
SELECT count(*) FROM tenancy.classify('App 2');
SELECT DISTINCT relation::regclass FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN (SELECT oid FROM pg_class WHERE relnamespace = '"App 2"'::regnamespace);
COMMIT;
-- Tables that are protected, shared, or in another schema.
SELECT table_name, kind, reason, rows, crossing, next_command FROM tenancy.classify('shop');
SELECT tenancy.protect('"App 2".services') > 0 AS protected, tenancy.share('"App 2".countries') > 0 AS shared;
SELECT table_name, kind, reason FROM tenancy.classify('App 2') WHERE kind IN ('protected', 'shared');
RESET search_path;
\i :cleanup
