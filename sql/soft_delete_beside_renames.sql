-- A table that takes the name of a soft-deleted one while rows are deleted keeps its rows unmarked.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
CREATE TABLE shop.events (tenant_id uuid NOT NULL, id bigint, PRIMARY KEY (tenant_id, id));
CALL regress.settle();
SELECT tenancy.soft_delete('shop.events');
INSERT INTO shop.events SELECT :'acme', i FROM generate_series(1, 3) AS i;
CREATE TABLE shop.archive AS SELECT * FROM shop.events;
ALTER TABLE shop.archive OWNER TO regress_tenancy_owner;
CREATE FUNCTION shop.swap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('shop.archive') IS NOT NULL THEN
    ALTER TABLE shop.events RENAME TO events_now;
    ALTER TABLE shop.archive RENAME TO events;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER swap BEFORE UPDATE ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.swap();
DELETE FROM shop.events;
SELECT id, deleted_at IS NULL AS kept FROM shop.archive ORDER BY id;
\i :cleanup
