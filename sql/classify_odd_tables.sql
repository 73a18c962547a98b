-- Partitions, inheritance, tables of an application's role, keys that cannot be compared, row-level security.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
GRANT ALL ON SCHEMA "App 2" TO regress_tenancy_app, regress_tenancy_bypass;
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy.tenants);
CREATE TABLE events (id int, at date, user_id int REFERENCES users, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE marks (id int PRIMARY KEY, event_id int, event_at date, FOREIGN KEY (event_id, event_at) REFERENCES events);
CREATE TABLE base (id int PRIMARY KEY, user_id int REFERENCES users);
CREATE TABLE heir (extra text) INHERITS (base);
CREATE TABLE notes (id int PRIMARY KEY, base_id int REFERENCES base);
INSERT INTO users VALUES (1, :'acme'), (2, :'beta');
INSERT INTO events VALUES (1, '2024-01-01', 1), (2, '2026-01-01', 2), (3, '2026-01-01', NULL);
INSERT INTO marks VALUES (1, 1, '2024-01-01'), (2, 2, '2026-01-01'), (3, NULL, '2026-01-01');
INSERT INTO base VALUES (1, 1);
INSERT INTO heir VALUES (1, 2), (7, 1);
INSERT INTO notes VALUES (1, 1);
\pset format unaligned
SELECT table_name, kind, paths, rows, derivable, conflicting, orphans FROM tenancy.classify('App 2');
SELECT tenancy.set_derivation('events_old', ARRAY['user_id -> users.tenant_id']);
SELECT tenancy.set_derivation('marks', ARRAY['(event_id, event_at) -> events.user_id -> users.tenant_id']);
-- What an enrolled role owns is not read: its casts would run.
CREATE TABLE mine (id int PRIMARY KEY, tenant_id uuid NOT NULL);
ALTER TABLE mine OWNER TO regress_tenancy_app;
ALTER TABLE heir OWNER TO regress_tenancy_app;
SELECT table_name, kind, reason, rows, next_command FROM tenancy.classify('App 2') WHERE next_command LIKE '%OWNER%';
SELECT * FROM tenancy.conflicts('mine');
SELECT * FROM tenancy.conflicts('notes');
-- Counts see all rows or fail.
CREATE ROLE regress_tenancy_dba LOGIN;
GRANT USAGE ON SCHEMA "App 2", tenancy TO regress_tenancy_dba;
GRANT SELECT ON ALL TABLES IN SCHEMA "App 2" TO regress_tenancy_dba;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA tenancy TO regress_tenancy_dba;
GRANT SELECT ON tenancy.derivations, tenancy.crossing_references, tenancy.tenants TO regress_tenancy_dba;
ALTER TABLE marks ENABLE ROW LEVEL SECURITY;
SET ROLE regress_tenancy_dba;
SELECT table_name, rows FROM tenancy.classify('App 2') WHERE kind = 'direct';
SELECT count(*) FROM tenancy.classify('App 2', counts => false);
RESET ROLE;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA tenancy FROM regress_tenancy_dba;
DROP OWNED BY regress_tenancy_dba;
DROP ROLE regress_tenancy_dba;
\pset format aligned
RESET search_path;
\i :cleanup
