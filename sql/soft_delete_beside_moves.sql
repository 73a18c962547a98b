-- A row that a trigger makes move to another partition is not deleted, whatever else its statement deletes.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
CREATE TABLE shop.events (tenant_id uuid NOT NULL, id bigint, year integer, kind text, PRIMARY KEY (tenant_id, id, year)) PARTITION BY RANGE (year);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (2001) TO (2002);
CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM (2002) TO (2003);
INSERT INTO shop.events SELECT :'acme', i, 2001 FROM generate_series(1, 8) AS i;
CREATE FUNCTION shop.late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'late' THEN
    NEW.year := 2002;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER late BEFORE UPDATE ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.late();
CALL regress.settle();
SELECT tenancy.soft_delete('shop.events');
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
WITH gone AS (DELETE FROM shop.events WHERE id = 1) UPDATE shop.events SET kind = 'late' WHERE id = 2;
WITH moved AS (UPDATE shop.events SET kind = 'late' WHERE id = 3) DELETE FROM shop.events WHERE id = 4;
MERGE INTO shop.events USING (VALUES (5), (6)) AS v(id) ON events.id = v.id
  WHEN MATCHED AND v.id = 5 THEN DELETE WHEN MATCHED THEN UPDATE SET kind = 'late';
SELECT tableoid::regclass, id, year FROM shop.events ORDER BY id;
COMMIT;
\c - :superuser
SELECT tableoid::regclass, id, year, deleted_at IS NOT NULL AS gone FROM shop.events ORDER BY id;
\i :cleanup
