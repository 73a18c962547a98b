-- assign_orphans(): rows of no tenant go to one, without the application's triggers, and every decision is kept.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set orphans :here /sql/include/orphans.sql
\i :fixture
\i :orphans

SELECT tenancy.assign_orphans('users', 'b');
SELECT tenancy.assign_orphans('users', 'b');
UPDATE users SET "tenantId" = NULL WHERE id = 3;
-- 5, 6, 9 and 10 are orphans of orders; the number of 9 is taken in a, and is not in b.
SELECT tenancy.assign_orphans('orders', 'a');
SELECT * FROM regress.refusal($$SELECT tenancy.assign_orphans('orders', 'nobody')$$);
SELECT tenancy.assign_orphans('orders', 'b');
SELECT id, "tenantId" FROM orders ORDER BY id;
SELECT count(*) FROM log;
SHOW session_replication_role;
-- Other reasons only where they are named.
SELECT tenancy.assign_orphans('orders', 'a', 'parents disagree');
SELECT tenancy.assign_orphans('orders', 'a', 'tenant does not exist');
SELECT tenancy.assign_orphans('orders', 'b', 'key is taken');
SELECT id, "tenantId" FROM orders WHERE id IN (2, 4, 7, 8) ORDER BY id;
SELECT reason, rows FROM tenancy.unassigned('App 2', 'tenantId') WHERE table_name = 'orders'::regclass;
-- A table without the column: it is added, nullable. Keys of any type name the rows.
SET TimeZone = 'Asia/Tokyo';
SELECT tenancy.assign_orphans('contacts', 'a', new_rows => true);
RESET TimeZone;
SELECT "tenantId", count(*) FROM contacts GROUP BY 1;
SELECT attname, atttypid::regtype, attnotnull, atthasdef FROM pg_attribute WHERE attrelid = 'contacts'::regclass AND attname = 'tenantId';
-- One whose other rows have parents is not given a column on the way.
SELECT tenancy.assign_orphans('lines', 'a');
-- Decisions without rows are kept where new rows are meant.
SELECT tenancy.assign_orphans('users', 'a', 'tenant does not exist', new_rows => true);
SELECT id, target, action, tenant, reason, tenant_column, rows, new_rows, undone_at IS NULL AS stands, decided_by = session_user AS mine FROM tenancy.orphan_decisions ORDER BY id;
SELECT decision, row_key, before FROM tenancy.orphan_rows ORDER BY decision, row_key;

-- Other keys with the tenant than that to the tenants are checked by triggers, so that those fire.
BEGIN;
UPDATE orders SET "tenantId" = NULL WHERE id IN (9, 10);
TRUNCATE log;
ALTER TABLE users ADD UNIQUE ("tenantId", id);
ALTER TABLE orders ADD FOREIGN KEY ("tenantId", user_id) REFERENCES users ("tenantId", id) NOT VALID;
SELECT tenancy.assign_orphans('orders', 'b');
SELECT count(*) FROM log;
ROLLBACK;
-- Triggers that fire on replicas too would fire.
ALTER TABLE orders ENABLE ALWAYS TRIGGER note;
SELECT tenancy.assign_orphans('orders', 'a', 'key is taken');
UPDATE orders SET "tenantId" = NULL WHERE id = 5;
SELECT tenancy.assign_orphans('orders', 'b');
ALTER TABLE orders ENABLE TRIGGER note;
-- Triggers of this extension that serve the application are the application's.
CREATE TABLE stamped (id integer PRIMARY KEY, "tenantId" text, updated_at timestamptz);
CREATE TRIGGER stamp BEFORE UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
INSERT INTO stamped VALUES (1);
SELECT tenancy.assign_orphans('stamped', 'b');
SELECT * FROM stamped;
-- Who may not keep them quiet is told what is needed.
GRANT USAGE ON SCHEMA "App 2" TO regress_tenancy_bypass;
GRANT EXECUTE ON FUNCTION tenancy.orphan_quiet(regclass, integer, name), tenancy.orphan_family(regclass), tenancy.orphan_tenants() TO regress_tenancy_bypass;
SET ROLE regress_tenancy_bypass;
SELECT * FROM regress.refusal($$SELECT tenancy.orphan_quiet('"App 2".orders', 16, 'tenantId')$$);
RESET ROLE;
GRANT SET ON PARAMETER session_replication_role TO regress_tenancy_bypass;
SET ROLE regress_tenancy_bypass;
SELECT tenancy.orphan_quiet('"App 2".orders', 16, 'tenantId');
RESET ROLE;
REVOKE SET ON PARAMETER session_replication_role FROM regress_tenancy_bypass;
REVOKE EXECUTE ON FUNCTION tenancy.orphan_quiet(regclass, integer, name), tenancy.orphan_family(regclass), tenancy.orphan_tenants() FROM regress_tenancy_bypass;
-- A key over an expression, and of a part of the rows.
CREATE UNIQUE INDEX by_half ON orders ("tenantId", (number / 2)) WHERE "tenantId" <> 'a';
UPDATE orders SET number = 51, "tenantId" = NULL WHERE id = 6;
SELECT message, hint AS query FROM regress.refusal($$SELECT tenancy.assign_orphans('orders', 'b')$$) \gset
\echo :message
:query
DROP INDEX by_half;
UPDATE orders SET "tenantId" = 'b' WHERE id = 6;
-- A key that is checked at the end of the transaction is checked nevertheless.
ALTER TABLE orders DROP CONSTRAINT "orders_tenantId_number_key", ADD CONSTRAINT by_number UNIQUE ("tenantId", number) DEFERRABLE INITIALLY DEFERRED;
UPDATE orders SET number = 100 WHERE id = 5;
SELECT tenancy.assign_orphans('orders', 'b');
SELECT "tenantId" FROM orders WHERE id = 5;

-- Refused.
CREATE VIEW names AS SELECT name FROM users;
CREATE TABLE events (id integer PRIMARY KEY, "tenantId" text) PARTITION BY RANGE (id);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (0) TO (10);
INSERT INTO events VALUES (1), (2);
CREATE TEMP TABLE passing (id integer PRIMARY KEY);
CREATE TABLE two (id integer PRIMARY KEY, "tenantId" text, owner text REFERENCES "Tenant");
CREATE TABLE heir () INHERITS (two);
CREATE TABLE theirs (id integer PRIMARY KEY);
ALTER TABLE theirs OWNER TO regress_tenancy_app;
SELECT tenancy.share('contacts');
SELECT arguments, r.* FROM unnest(ARRAY['NULL, ''a''', '''users'', NULL', '''users'', ''a'', new_rows => NULL', '''users'', ''a'', ''derivable''', '''users'', ''a'', tenant_column => ''id''', '''"Tenant"'', ''a''',
    '''log'', ''a''', '''names'', ''a''', '''events_old'', ''a''', '''passing'', ''a''', '''two'', ''a''', '''two'', ''a'', tenant_column => ''owner''', '''tenancy.plans'', ''a''', '''theirs'', ''a''',
    '''contacts'', ''a''', '1, ''a''']) WITH ORDINALITY AS given(arguments, n), regress.refusal(format('SELECT tenancy.assign_orphans(%s)', arguments)) AS r ORDER BY n;
SELECT tenancy.assign_orphans('events', 'b');
SELECT * FROM events ORDER BY id;
GRANT EXECUTE ON FUNCTION tenancy.assign_orphans(regclass, text, text, name, boolean), tenancy.orphan_question(text, regclass, text, name), tenancy.require_orphan_table(text, regclass), tenancy.require_platform(text) TO regress_tenancy_app;
\c - regress_tenancy_app
SELECT tenancy.assign_orphans('shop.tasks', 'a');
\c - :superuser
REVOKE EXECUTE ON FUNCTION tenancy.assign_orphans(regclass, text, text, name, boolean), tenancy.orphan_question(text, regclass, text, name), tenancy.require_orphan_table(text, regclass), tenancy.require_platform(text) FROM regress_tenancy_app;
\pset format aligned
DELETE FROM tenancy.configuration;
\i :cleanup
