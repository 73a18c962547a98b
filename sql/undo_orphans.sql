-- undo_orphans(): rows lose the tenant that a decision gave them, or come back from the archive; once.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set orphans :here /sql/include/orphans.sql
\i :fixture
\i :orphans

CREATE TABLE before AS SELECT md5(string_agg(o::text, ' ' ORDER BY id)) AS orders, (SELECT md5(string_agg(c::text, ' ' ORDER BY "e-mail")) FROM contacts AS c) AS contacts FROM orders AS o;
CREATE FUNCTION same() RETURNS boolean LANGUAGE sql
    RETURN (SELECT b.orders = (SELECT md5(string_agg(o::text, ' ' ORDER BY id)) FROM orders AS o) AND b.contacts = (SELECT md5(string_agg(c::text, ' ' ORDER BY "e-mail")) FROM contacts AS c) FROM before AS b);
-- Assigned and back: those of no tenant, and those whose tenant does not exist.
SELECT tenancy.assign_orphans('orders', 'b');
SELECT tenancy.assign_orphans('orders', 'b', 'tenant does not exist');
SELECT tenancy.undo_orphans(2), tenancy.undo_orphans(1), same();
SELECT count(*) FROM log;
-- Archived and back, those that refer to each other too.
SELECT tenancy.archive_orphans('orders');
SELECT tenancy.archive_orphans('contacts');
SELECT tenancy.undo_orphans(4), tenancy.undo_orphans(3), same();
SELECT count(*) FROM tenancy_archive."App 2.orders";
SELECT count(*) FROM log;
SHOW session_replication_role;
SELECT id, action, rows, undone_at IS NOT NULL AS undone FROM tenancy.orphan_decisions ORDER BY id;
-- Rows that have gone to somebody else meanwhile, or are gone, stay so.
SELECT tenancy.assign_orphans('orders', 'b');
UPDATE orders SET "tenantId" = 'a' WHERE id = 5;
DELETE FROM orders WHERE id = 9;
SELECT tenancy.undo_orphans(5);
SELECT id, "tenantId" FROM orders WHERE id IN (5, 6, 9, 10) ORDER BY id;
-- With a column, under new names, and with a default for what was not there.
SELECT tenancy.assign_orphans('contacts', 'a');
ALTER TABLE contacts RENAME TO people;
SELECT tenancy.undo_orphans(6);
SELECT count(*) FROM people WHERE "tenantId" IS NULL;
SELECT tenancy.archive_orphans('people');
ALTER TABLE people ADD kind text NOT NULL DEFAULT 'person', ALTER price TYPE double precision;
SELECT tenancy.undo_orphans(7);
SELECT "e-mail", price, kind FROM people ORDER BY 1;

-- All archived rows, or an error.
UPDATE orders SET "tenantId" = NULL, parent_id = NULL;
DELETE FROM lines;
DELETE FROM orders WHERE id NOT IN (5, 6);
UPDATE orders SET parent_id = 5, user_id = NULL WHERE id = 6;
SELECT tenancy.archive_orphans('orders');
TRUNCATE log;
INSERT INTO orders (id) VALUES (5);
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(8)');
DELETE FROM orders;
ALTER TABLE orders RENAME number TO no;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(8)');
ALTER TABLE orders RENAME no TO number;
UPDATE tenancy_archive."App 2.orders" SET user_id = 99 WHERE id = 6;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(8)');
UPDATE tenancy_archive."App 2.orders" SET user_id = NULL WHERE id = 6;
BEGIN;
DELETE FROM tenancy_archive."App 2.orders" WHERE id = 5;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(8)');
UPDATE tenancy_archive."App 2.orders" SET parent_id = NULL;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(8)');
DROP TABLE tenancy_archive."App 2.orders";
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(8)');
ROLLBACK;
SELECT tenancy.undo_orphans(8);
SELECT id, parent_id FROM orders ORDER BY id;
-- The INSERT above; none of the undoing.
SELECT * FROM log WHERE what = 'INSERT';

-- Refused: twice; nothing; a table that is protected, gone, or whose rows cannot be without a tenant; another key.
SELECT tenancy.assign_orphans('orders', 'b');
SELECT decision, r.* FROM unnest(ARRAY['1', '99', 'NULL']) WITH ORDINALITY AS given(decision, n), regress.refusal(format('SELECT tenancy.undo_orphans(%s)', decision)) AS r ORDER BY n;
ALTER TABLE orders ALTER "tenantId" SET NOT NULL;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(9)');
SET client_min_messages = error;
SELECT tenancy.protect('orders', 'tenantId') > 0 AS protected;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(9)');
SELECT tenancy.unprotect('orders') > 0 AS unprotected;
RESET client_min_messages;
ALTER TABLE orders ALTER "tenantId" DROP NOT NULL;
ALTER TABLE orders RENAME "tenantId" TO tenant;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(9)');
ALTER TABLE orders RENAME tenant TO "tenantId";
ALTER TABLE orders RENAME id TO key;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(9)');
ALTER TABLE orders RENAME key TO id;
-- protect() has made the tenant part of a reference, which a trigger checks.
SELECT tenancy.undo_orphans(9);
SELECT tenancy.archive_orphans('people');
DROP FUNCTION same;
DROP TABLE people;
SELECT code, message ~ '^table [0-9]+ does not exist$' AS says_so, hint FROM regress.refusal('SELECT tenancy.undo_orphans(10)');
-- Archived rows of nobody do not come back where there must be a tenant.
SELECT tenancy.archive_orphans('orders');
DELETE FROM orders WHERE "tenantId" IS NULL;
ALTER TABLE orders ALTER "tenantId" SET NOT NULL;
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(11)');
ALTER TABLE orders ALTER "tenantId" DROP NOT NULL;
-- A tenant that does not exist comes back, also where there must be one, but not against a reference to the tenants.
DO $$ DECLARE k name; BEGIN FOR k IN SELECT conname FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'f' LOOP EXECUTE format('ALTER TABLE orders DROP CONSTRAINT %I', k); END LOOP; END $$;
ALTER TABLE orders DISABLE TRIGGER USER;
INSERT INTO orders (id, "tenantId") VALUES (20, 'gone');
ALTER TABLE orders ENABLE TRIGGER USER;
DELETE FROM orders WHERE "tenantId" IS NULL;
ALTER TABLE orders ALTER "tenantId" SET NOT NULL;
SELECT tenancy.assign_orphans('orders', 'b', 'tenant does not exist');
ALTER TABLE orders ADD CONSTRAINT of_tenant FOREIGN KEY ("tenantId") REFERENCES "Tenant";
SELECT * FROM regress.refusal('SELECT tenancy.undo_orphans(12)');
ALTER TABLE orders DROP CONSTRAINT of_tenant;
SELECT tenancy.undo_orphans(12);
SELECT id, "tenantId" FROM orders;

\c - :superuser
\pset format aligned
DELETE FROM tenancy.configuration;
\i :cleanup
