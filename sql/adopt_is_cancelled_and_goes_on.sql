-- An adoption that is cancelled keeps what is done; the next call goes on from there.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy.tenants);
CREATE TABLE notes (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, body text);
INSERT INTO users VALUES (1, :'acme'), (2, :'beta');
INSERT INTO notes SELECT n, 1 + n % 2, repeat('x', 1000) FROM generate_series(1, 30) AS n;
CREATE PROCEDURE regress.until(condition text) LANGUAGE plpgsql AS $$
DECLARE
  met boolean;
BEGIN
  FOR i IN 1 .. 600 LOOP
    EXECUTE 'SELECT ' || condition INTO met;
    EXIT WHEN met;
    COMMIT;
    PERFORM pg_sleep(0.1);
  END LOOP;
  IF met IS NOT TRUE THEN
    RAISE 'not within a minute: %', condition;
  END IF;
END $$;
SELECT tenancy.cancel_adoption();
SET client_min_messages = error;
-- One page, and then a pause that nobody waits for.
CALL tenancy.adopt('App 2', batch_size => 1, pause_ms => 3600000, wait => false);
CALL regress.until('EXISTS (SELECT FROM tenancy.adoption_progress WHERE rows_done > 0)');
SELECT schema_name, state, phase, target, kind, steps_done, steps, rows_done BETWEEN 1 AND 29 AS some, percent BETWEEN 1 AND 99 AS part FROM tenancy.adoption_progress ORDER BY adoption DESC LIMIT 1;
-- One at a time.
CALL tenancy.adopt('App 2');
SELECT tenancy.cancel_adoption();
CALL regress.until($$tenancy.adoption_pid() IS NULL AND NOT EXISTS (SELECT FROM tenancy.adoptions WHERE state = 'running')$$);
SELECT tenancy.cancel_adoption();
SELECT state, ended_at IS NOT NULL AS ended FROM tenancy.adoptions ORDER BY id DESC LIMIT 1;
SELECT count(*) FILTER (WHERE tenant_id IS NOT NULL) BETWEEN 1 AND 29 AS some FROM notes;
-- New rows get theirs meanwhile.
INSERT INTO notes VALUES (31, 2, 'new');
SELECT tenant_id = :'beta' AS filled FROM notes WHERE id = 31;
CALL tenancy.adopt('App 2');
SELECT state FROM tenancy.adoptions ORDER BY id DESC LIMIT 1;
SELECT count(*) FILTER (WHERE n.tenant_id = u.tenant_id), count(*) FROM notes AS n JOIN users AS u ON u.id = n.user_id;
\d notes
\c - :superuser
\i :cleanup
