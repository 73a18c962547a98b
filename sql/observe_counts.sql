-- Observation counts what enforcement would hide or refuse, per table and kind of statement, and changes no result.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
-- A table that is not protected yet, with rows of nobody.
CREATE ROLE regress_tenancy_clerk LOGIN;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_clerk;
CREATE TABLE shop.tickets (id int PRIMARY KEY, tenant_id uuid, title text);
INSERT INTO shop.tickets VALUES (1, :'acme', 'a'), (2, :'acme', 'b'), (3, :'beta', 'c'), (4, NULL, 'd');
CREATE TABLE shop.notes (ticket_id int REFERENCES shop.tickets ON DELETE CASCADE, tenant_id uuid, note text);
INSERT INTO shop.notes VALUES (1, :'acme', 'x'), (3, :'beta', 'y');
GRANT ALL ON shop.tickets, shop.notes TO regress_tenancy_clerk, regress_tenancy_bypass;
CREATE VIEW shop.counted AS SELECT target, kind, statements, statements_without_tenant AS without, hidden_rows AS hidden, refused_rows AS refused FROM tenancy.observations ORDER BY target::text, kind;
CREATE FUNCTION regress.counts(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  line text;
  found boolean := false;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
    found := found OR line ~ 'count_hidden';
  END LOOP;
  RETURN found;
END $$;
-- The steps; a second time there are none.
SELECT tenancy.observe('shop.tickets'), tenancy.observe('shop.tickets'), tenancy.observe('shop.notes');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'shop.tickets'::regclass AND NOT tgisinternal;

-- Without a tenant each statement would be refused.
\c - regress_tenancy_clerk
SELECT count(*) FROM shop.tickets;
UPDATE shop.tickets SET title = 'e' WHERE id = 1;
INSERT INTO shop.tickets VALUES (5, NULL, 'e');
DELETE FROM shop.tickets WHERE id = 5;
\c - :superuser
SELECT * FROM shop.counted;
SELECT tenancy.observations_reset('shop.tickets');
SELECT * FROM shop.counted;

-- With one: rows of others and of nobody, in each table of a join.
\c - regress_tenancy_clerk
SET app.current_tenant_id = :'acme';
SELECT id FROM shop.tickets ORDER BY id;
SELECT t.id, n.note FROM shop.tickets AS t LEFT JOIN shop.notes AS n ON n.ticket_id = t.id WHERE t.id < 4 ORDER BY id;
-- Only what passes everything else.
SELECT id FROM shop.tickets AS t WHERE EXISTS (SELECT FROM generate_series(1, 3) AS g WHERE g = t.id) AND title <> 'b' ORDER BY id;
UPDATE shop.tickets SET title = title || '!' WHERE id > 2;
UPDATE shop.tickets SET tenant_id = :'beta' WHERE id = 2;
INSERT INTO shop.tickets VALUES (6, :'beta', 'f'), (7, NULL, 'g'), (8, :'acme', 'h');
-- protect() gives the column a default: left out, it is not refused.
INSERT INTO shop.tickets (id) VALUES (9);
INSERT INTO shop.tickets (id) VALUES (9) ON CONFLICT (id) DO UPDATE SET title = 'upsert';
COPY shop.tickets FROM stdin;
10	bbbbbbbb-0000-7000-8000-000000000000	copied
\.
COPY shop.tickets (id) FROM stdin;
11
\.
-- The cascade deletes a note of Beta; PostgreSQL's own queries are not counted.
DELETE FROM shop.tickets WHERE id = 3;
MERGE INTO shop.tickets AS t USING (VALUES (1, 'bbbbbbbb-0000-7000-8000-000000000000'::uuid), (12, 'bbbbbbbb-0000-7000-8000-000000000000')) AS s (id, tenant) ON s.id = t.id
  WHEN MATCHED THEN UPDATE SET tenant_id = s.tenant WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.tenant, 'merged');
RESET app.current_tenant_id;
\c - :superuser
SELECT * FROM shop.counted;
SELECT bool_and(since <= last_seen AND last_seen <= clock_timestamp()) AS sane FROM tenancy.observations;

-- A platform role reads everything; with a tenant the write guard would look at what it writes.
SELECT tenancy.observations_reset();
\c - regress_tenancy_bypass
SELECT count(*) FROM shop.tickets;
DELETE FROM shop.tickets WHERE id = 12;
SET app.current_tenant_id = :'acme';
SELECT count(*) FROM shop.tickets;
UPDATE shop.tickets SET title = 'platform' WHERE id IN (6, 8);
DELETE FROM shop.tickets WHERE id = 10;
\c - :superuser
SELECT * FROM shop.counted;

-- A prepared statement is planned again when observation begins and ends.
SELECT tenancy.observe('shop.tickets', false), tenancy.observe('shop.notes', false), tenancy.observe('shop.notes', false);
SELECT tenancy.observations_reset();
SET plan_cache_mode = force_generic_plan;
SET app.current_tenant_id = :'acme';
SET ROLE regress_tenancy_clerk;
PREPARE many(int) AS SELECT count(*) FROM shop.tickets WHERE id < $1;
EXECUTE many(5);
RESET ROLE;
SELECT tenancy.observe('shop.tickets');
SET ROLE regress_tenancy_clerk;
EXECUTE many(5);
SELECT regress.counts('EXECUTE many(5)');
RESET ROLE;
SELECT * FROM shop.counted;
SELECT tenancy.observe('shop.tickets', false);
SET ROLE regress_tenancy_clerk;
EXECUTE many(5);
SELECT regress.counts('EXECUTE many(5)');
RESET ROLE;
RESET app.current_tenant_id;
RESET plan_cache_mode;
SELECT * FROM shop.counted;

-- Partitions and children count for their root, read directly too.
CREATE TABLE shop.parted (id int, tenant_id uuid) PARTITION BY LIST (id);
CREATE TABLE shop.part PARTITION OF shop.parted FOR VALUES IN (1, 2);
CREATE TABLE shop.base (id int, tenant_id uuid);
CREATE TABLE shop.child (extra int) INHERITS (shop.base);
INSERT INTO shop.parted VALUES (1, :'acme'), (2, :'beta');
INSERT INTO shop.child VALUES (1, :'acme', 1), (2, :'beta', 2);
GRANT ALL ON shop.parted, shop.part, shop.base, shop.child TO regress_tenancy_clerk;
SELECT tenancy.observe('shop.parted'), tenancy.observe('shop.base');
SELECT tenancy.observe('shop.part');
\c - regress_tenancy_clerk
SET app.current_tenant_id = :'acme';
SELECT count(*) FROM shop.parted;
SELECT count(*) FROM shop.part;
SELECT count(*) FROM shop.base;
SELECT count(*) FROM shop.child;
INSERT INTO shop.part VALUES (1, :'beta');
INSERT INTO shop.child VALUES (3, :'beta', 3);
\c - :superuser
SELECT * FROM shop.counted;
SELECT tenancy.observe('shop.parted', false), tenancy.observe('shop.base', false);
SELECT tenancy.observations_reset();
SELECT * FROM shop.counted;

-- Refusals. The session of an application neither switches nor sees it.
SELECT tenancy.observe('shop.projects');
CREATE TABLE shop.others (id int);
SELECT tenancy.observe('shop.others');
ALTER TABLE shop.others ADD COLUMN tenant_id text;
SELECT tenancy.observe('shop.others');
SELECT tenancy.observe('shop.counted');
\c - regress_tenancy_app
SELECT tenancy.observe('shop.tickets');
SELECT * FROM tenancy.observations;
SELECT tenancy.count_hidden(NULL, 1);
\c - :superuser
DROP OWNED BY regress_tenancy_clerk;
DROP ROLE regress_tenancy_clerk;
\i :cleanup
