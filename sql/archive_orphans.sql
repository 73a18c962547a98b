-- archive_orphans(): rows of no tenant move into an archive; rows that others refer to stay, and no trigger of the application fires.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set orphans :here /sql/include/orphans.sql
\i :fixture
\i :orphans

-- Default privileges do not reach the archive.
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO regress_tenancy_app;
-- Of the orphans 5, 6, 9 and 10 a line refers to 6; 10 refers to 5, and goes with it.
SELECT tenancy.archive_orphans('orders');
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON SCHEMAS FROM regress_tenancy_app;
SELECT id FROM orders ORDER BY id;
SELECT count(*) FROM log;
SHOW session_replication_role;
SELECT id, "tenantId", number, parent_id, tenancy_decision, tenancy_archived_at IS NOT NULL AS at FROM tenancy_archive."App 2.orders" ORDER BY id;
SELECT id, target, action, tenant, reason, rows, archive FROM tenancy.orphan_decisions;
SELECT row_key FROM tenancy.orphan_rows ORDER BY row_key;
SELECT has_schema_privilege('regress_tenancy_app', 'tenancy_archive', 'USAGE') AS schema, has_table_privilege('regress_tenancy_app', 'tenancy_archive."App 2.orders"', 'SELECT') AS "table",
       EXISTS (SELECT FROM pg_depend WHERE objid = 'tenancy_archive'::regnamespace OR objid = 'tenancy_archive."App 2.orders"'::regclass AND deptype = 'e' AND refclassid = 'pg_extension'::regclass) AS member;
-- Once the child has gone.
SELECT tenancy.archive_orphans('lines', tenant_column => 'tenantId');
SELECT tenancy.archive_orphans('orders');
SELECT tenancy.archive_orphans('orders');
-- Other reasons where they are named. A row that stays keeps those it refers to.
UPDATE orders SET parent_id = 7 WHERE id = 8;
UPDATE orders SET parent_id = 8 WHERE id = 1;
SELECT tenancy.archive_orphans('orders', 'tenant does not exist');
UPDATE orders SET parent_id = NULL WHERE id = 1;
-- The table has other columns by now: another archive.
ALTER TABLE orders ADD COLUMN note text;
SELECT tenancy.archive_orphans('orders', 'tenant does not exist');
SELECT relname FROM pg_class WHERE relnamespace = 'tenancy_archive'::regnamespace AND relkind = 'r' ORDER BY relname;
-- Without the tenant column, and with generated ones; nothing is added.
ALTER TABLE contacts ADD total numeric GENERATED ALWAYS AS (price * 2) STORED, ADD n integer GENERATED ALWAYS AS IDENTITY;
SELECT tenancy.archive_orphans('contacts');
SELECT at, "e-mail", price, total, n FROM tenancy_archive."App 2.contacts" ORDER BY n;
SELECT count(*) FROM contacts;
-- An archive is nothing to protect, nor to report.
SELECT topic, detail FROM tenancy.status() WHERE detail LIKE '%tenancy_archive%';
SELECT count(*) FROM tenancy.plan('App 2', 'tenantId') WHERE target_table LIKE 'tenancy_archive%';
-- All columns of a key; partitions; a key that has no action.
CREATE TABLE parts (a integer, b integer, "tenantId" text, PRIMARY KEY (a, b)) PARTITION BY RANGE (a);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE uses (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (a, b) REFERENCES parts);
CREATE TABLE uses_2 (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (a, b) REFERENCES parts_2 ON DELETE CASCADE);
INSERT INTO parts VALUES (1, 1), (1, 2), (11, 1), (11, 2), (12, 1);
INSERT INTO uses VALUES (1, 1, 2), (2, 11, 1);
INSERT INTO uses_2 VALUES (1, 11, 2);
\set VERBOSITY terse
SELECT tenancy.archive_orphans('parts');
\set VERBOSITY default
SELECT * FROM parts ORDER BY a, b;

-- Refused.
SELECT arguments, r.* FROM unnest(ARRAY['NULL', '''parts_1''', '''"Tenant"''', '''log''', '''users'', ''derivable''']) WITH ORDINALITY AS given(arguments, n),
    regress.refusal(format('SELECT tenancy.archive_orphans(%s)', arguments)) AS r ORDER BY n;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM regress.refusal($$SELECT tenancy.archive_orphans('users')$$);
ROLLBACK;
ALTER SCHEMA tenancy_archive OWNER TO regress_tenancy_app;
INSERT INTO contacts (at, "e-mail") VALUES (now(), 'new');
SELECT * FROM regress.refusal($$SELECT tenancy.archive_orphans('contacts')$$);
ALTER SCHEMA tenancy_archive OWNER TO :"superuser";
-- A trigger that keeps the row, where triggers cannot be kept quiet.
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE DELETE ON contacts FOR EACH ROW EXECUTE FUNCTION keep();
ALTER TABLE contacts ENABLE ALWAYS TRIGGER keep;
SELECT * FROM regress.refusal($$SELECT tenancy.archive_orphans('contacts')$$);
ALTER TABLE contacts ENABLE TRIGGER keep;
SELECT tenancy.archive_orphans('contacts');
SELECT count(*) FROM contacts;

\c - :superuser
\pset format aligned
DELETE FROM tenancy.configuration;
\i :cleanup
