-- Rows of partitions are marked too; one that an UPDATE moves to another partition is not deleted.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
CREATE TABLE shop.events (tenant_id uuid NOT NULL, id bigint, year integer, PRIMARY KEY (tenant_id, id, year)) PARTITION BY RANGE (year);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (2001) TO (2002);
CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM (2002) TO (2003);
INSERT INTO shop.events VALUES (:'acme', 1, 2001), (:'acme', 2, 2001), (:'acme', 3, 2002), (:'beta', 11, 2001);
CREATE TABLE shop.sheets (tenant_id uuid NOT NULL, id bigint PRIMARY KEY);
CREATE TABLE shop.large_sheets () INHERITS (shop.sheets);
INSERT INTO shop.sheets VALUES (:'acme', 1);
INSERT INTO shop.large_sheets VALUES (:'acme', 2);
CALL regress.settle();
SELECT tenancy.watch_new_tables();
RESET client_min_messages;
SELECT tenancy.soft_delete('shop.events'), tenancy.soft_delete('shop.sheets');
-- A partition that comes later is one of them.
CREATE TABLE shop.events_3 PARTITION OF shop.events FOR VALUES FROM (2003) TO (2004);
SELECT tenancy.soft_delete('shop.events'), tenancy.protect('shop.events');

CALL regress.remember();

CREATE FUNCTION regress.rows_of_acme() RETURNS text LANGUAGE sql RETURN
  (SELECT string_agg(format('%s %s%s', id, year, CASE WHEN deleted_at IS NOT NULL THEN ' gone' END), ', ' ORDER BY id) FROM shop.events WHERE tenant_id = 'aaaaaaaa-0000-7000-8000-000000000000');
SELECT * FROM regress.attempt($$DELETE FROM shop.events WHERE id = 11$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.events_1 WHERE id = 11$$);
BEGIN;
SELECT tenancy.set_tenant(:'acme');
UPDATE shop.events SET year = 2002 WHERE id = 1;
SELECT regress.rows_of_acme();
DELETE FROM shop.events WHERE id IN (1, 3);
\echo :ROW_COUNT
SELECT regress.rows_of_acme();
SAVEPOINT before;
-- One statement that deletes and moves cannot be told from another.
MERGE INTO shop.events USING (VALUES (2), (9)) AS v(id) ON events.id = v.id
  WHEN MATCHED AND v.id = 2 THEN UPDATE SET year = 2003 WHEN MATCHED THEN DELETE;
ROLLBACK TO before;
MERGE INTO shop.events USING (VALUES (2)) AS v(id) ON events.id = v.id AND deleted_at IS NULL WHEN MATCHED THEN UPDATE SET year = 2003;
SELECT regress.rows_of_acme();
MERGE INTO shop.events USING (VALUES (2)) AS v(id) ON events.id = v.id WHEN MATCHED THEN DELETE;
SELECT regress.rows_of_acme();
COMMIT;
-- Straight from a partition, and through the parent of tables that inherit.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT count(*) FROM shop.events_2;
INSERT INTO shop.events (id, year) VALUES (4, 2002);
DELETE FROM shop.events_2;
DELETE FROM shop.sheets;
SELECT count(*) FROM shop.sheets;
SELECT tenancy.restore_rows('shop.sheets', '{1,2,3}');
SELECT id FROM shop.sheets ORDER BY id;
SELECT count(*) FROM shop.events;
COMMIT;
\c - :superuser
SELECT regress.rows_of_acme();
SELECT regress.others_untouched();
DROP EVENT TRIGGER tenancy_new_tables;
\i :cleanup
