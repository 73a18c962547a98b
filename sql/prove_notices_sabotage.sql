-- prove(sabotage => true): each guard is taken away in turn, and some attack notices; and holes that are there are seen.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
\set ECHO none
\o /dev/null
SET client_min_messages = error;
SET search_path = shop, public;
CREATE TABLE events (tenant_id uuid NOT NULL, at date NOT NULL, id int, PRIMARY KEY (tenant_id, at, id)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE countries (code char(2) PRIMARY KEY, name text);
CREATE TABLE own_rules (id int PRIMARY KEY, tenant_id uuid NOT NULL, mine boolean NOT NULL DEFAULT false);
CREATE POLICY mine ON own_rules USING (mine);
SELECT tenancy.share('countries');
SELECT tenancy.protect_schema('shop');
SELECT tenancy.enroll('regress_tenancy_app');
RESET client_min_messages;
\o
\set ECHO all
CREATE TEMP TABLE proof AS SELECT * FROM tenancy.prove(sabotage => true);
SELECT outcome, count(*) > 0 AS some FROM proof GROUP BY outcome ORDER BY outcome;
SELECT target, operation, outcome, detail FROM proof WHERE operation LIKE 'without %' ORDER BY target, operation;
SELECT target, operation, sqlstate, rows, outcome, detail FROM proof WHERE outcome NOT IN ('held', 'left out', 'noticed');
-- A table with policies of its own: left out, where they are in force, opened here.
SELECT operation, outcome, detail FROM tenancy.prove('{own_rules}') WHERE outcome <> 'held';
SELECT operation, outcome FROM proof WHERE target = 'shop.own_rules' AND operation ~ 'own|move';
DROP TABLE proof;
-- Holes that somebody has made.
ALTER TABLE tasks DISABLE TRIGGER zzzz_tenancy_guard;
SELECT operation, sqlstate, rows, outcome, detail FROM tenancy.prove('{tasks}') WHERE outcome NOT IN ('held', 'left out');
ALTER TABLE tasks ENABLE ALWAYS TRIGGER zzzz_tenancy_guard;
DROP POLICY tenancy_isolation ON tasks;
CREATE POLICY open ON tasks USING (true) WITH CHECK (true);
SELECT operation, sqlstate, rows, outcome, detail FROM tenancy.prove('{tasks}') WHERE outcome NOT IN ('held', 'left out');
DROP POLICY open ON tasks;
SELECT tenancy.protect('tasks') > 0 AS mended;
DO $$ DECLARE k name; BEGIN FOR k IN SELECT conname FROM pg_constraint WHERE conrelid = 'tasks'::regclass AND contype = 'f' LOOP EXECUTE format('ALTER TABLE tasks DROP CONSTRAINT %I', k); END LOOP; END $$;
ALTER TABLE tasks ADD CONSTRAINT plain FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE;
SELECT operation, sqlstate, rows, outcome, detail FROM tenancy.prove('{tasks}') WHERE outcome NOT IN ('held', 'left out');
RESET search_path;
\c - :superuser
\i :cleanup
