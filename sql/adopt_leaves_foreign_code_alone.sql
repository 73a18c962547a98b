-- What would run code of others as whoever adopts, or give a row to whoever touches it, does not happen.
\getenv here PG_ABS_SRCDIR
\set cleanup :here /sql/include/cleanup.sql
\i :cleanup
\set ECHO none
SET client_min_messages = error;
SELECT session_user AS superuser \gset
\set SHOW_CONTEXT never
\o /dev/null
CREATE ROLE regress_tenancy_owner LOGIN;
CREATE ROLE regress_tenancy_app LOGIN;
CREATE SCHEMA shop AUTHORIZATION regress_tenancy_owner;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
SET ROLE regress_tenancy_owner;
CREATE TABLE shop.firms (id text PRIMARY KEY);
INSERT INTO shop.firms VALUES ('a'), ('b');
CREATE TABLE shop.people (id int PRIMARY KEY, firm text NOT NULL REFERENCES shop.firms);
INSERT INTO shop.people VALUES (1, 'a'), (2, 'b');
CREATE TABLE shop.always (id int PRIMARY KEY, person int NOT NULL REFERENCES shop.people);
CREATE TABLE shop.ruled (id int PRIMARY KEY, person int NOT NULL REFERENCES shop.people);
CREATE TABLE shop.parted (id int, person int NOT NULL REFERENCES shop.people, firm text) PARTITION BY LIST (firm);
CREATE TABLE shop.parted_rest PARTITION OF shop.parted DEFAULT;
CREATE TABLE shop.orders (id int PRIMARY KEY, person int NOT NULL REFERENCES shop.people, firm text, code text, gone date);
CREATE UNIQUE INDEX orders_living ON shop.orders (firm, code) WHERE gone IS NULL;
INSERT INTO shop.always VALUES (1, 1);
INSERT INTO shop.ruled VALUES (1, 1);
INSERT INTO shop.parted VALUES (1, 1);
CREATE FUNCTION shop.evil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
CREATE TRIGGER evil BEFORE UPDATE ON shop.always FOR EACH ROW EXECUTE FUNCTION shop.evil();
ALTER TABLE shop.always ENABLE ALWAYS TRIGGER evil;
CREATE RULE evil AS ON UPDATE TO shop.ruled DO ALSO INSERT INTO shop.firms VALUES (current_user);
-- Code of the owner's that every UPDATE comes by.
CREATE FUNCTION shop.who(value int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_user <> 'regress_tenancy_owner' THEN
        RAISE EXCEPTION 'ran as %', current_user;
    END IF;
    PERFORM set_config('search_path', 'shop', false), set_config('shop.trace', 'behind', false);
    RETURN value;
END $$;
CREATE FUNCTION shop.who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM shop.who(1); RETURN NEW; END $$;
CREATE TABLE shop.checked (id int PRIMARY KEY, person int REFERENCES shop.people CHECK (shop.who(person) > 0), twice int GENERATED ALWAYS AS (shop.who(person) * 2) STORED);
CREATE INDEX checked_who ON shop.checked (shop.who(id)) WHERE shop.who(person) > 0;
CREATE TRIGGER late AFTER UPDATE ON shop.checked FOR EACH ROW EXECUTE FUNCTION shop.who();
CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON shop.checked DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.who();
INSERT INTO shop.checked VALUES (1, 1), (2, 2), (3, NULL), (4, NULL), (5, NULL);
-- One row of a hundred meets a key that only the server knows.
INSERT INTO shop.orders SELECT n, 1 + n % 2, CASE WHEN n = 1 THEN 'b' END, CASE WHEN n IN (1, 51) THEN 'same' ELSE 'c' || n END FROM generate_series(1, 100) AS n;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO regress_tenancy_app;
CREATE FUNCTION shop.folded(value int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT value';
CREATE TABLE shop.planned (id int PRIMARY KEY, person int NOT NULL REFERENCES shop.people);
CREATE INDEX ON shop.planned (shop.folded(id));
RESET ROLE;
RESET search_path;
ALTER FUNCTION shop.who(int) OWNER TO :"superuser"; -- read, and found to be harmless
RESET shop.trace;
SELECT tenancy.use_tenant_table('shop.firms', 'id');
RESET client_min_messages;
\o
\set ECHO all
SELECT target_table, kind FROM tenancy.plan('shop', 'firm', adopt => true) WHERE target_table ~ 'always|ruled|parted|planned';
SET client_min_messages = warning;
CALL tenancy.adopt('shop', 'firm', not_null => false);
SELECT id FROM shop.orders WHERE firm IS NULL;
SELECT count(*) AS wrong FROM shop.orders AS o JOIN shop.people AS p ON p.id = o.person WHERE o.firm <> p.firm AND o.id <> 1;
SELECT * FROM shop.firms;
SELECT * FROM shop.parted;
CALL tenancy.backfill(ARRAY['shop.always'::regclass], ARRAY['UPDATE shop.always SET id = id WHERE ctid >= $1 AND ctid < $2'], 'id');
-- What the owner's code does on the way it does as the owner, and leaves no setting behind.
SELECT id, firm FROM shop.checked ORDER BY id;
CALL tenancy.backfill(ARRAY['shop.checked'::regclass], ARRAY['UPDATE shop.checked SET id = id WHERE ctid >= $1 AND ctid < $2'], 'id', fire_triggers => true);
SET client_min_messages = error;
SELECT tenancy.archive_orphans('shop.checked', tenant_column => 'firm');
SELECT tenancy.undo_orphans((SELECT max(id) FROM tenancy.orphan_decisions));
SELECT tenancy.assign_orphans('shop.checked', 'b', tenant_column => 'firm');
SELECT tenancy.undo_orphans((SELECT max(id) FROM tenancy.orphan_decisions));
SELECT id, firm, twice FROM shop.checked ORDER BY id;
SELECT current_setting('search_path') AS search_path, current_setting('shop.trace', true) AS left_behind, current_user = session_user AS as_before;
-- Names that have changed hands since the statement was written.
CREATE VIEW shop.seen AS SELECT * FROM shop.checked;
SELECT tenancy.as_owner('shop.checked', 'UPDATE shop.seen SET id = id');
SELECT tenancy.as_owner('shop.checked', 'UPDATE shop.orders SET id = id WHERE EXISTS (SELECT FROM shop.checked)');
SELECT tenancy.as_owner('shop.checked', 'UPDATE shop.checked SET id = id WHERE EXISTS (SELECT FROM shop.seen)');
SELECT tenancy.as_owner('shop.checked', 'UPDATE shop.ruled SET id = id');
SELECT tenancy.as_owner('shop.ruled', 'UPDATE shop.ruled SET id = id');
SELECT tenancy.as_owner('shop.checked', 'SELECT FROM shop.checked');
SELECT tenancy.as_owner('shop.checked', 'DROP TABLE shop.checked');
SELECT tenancy.as_owner('shop.checked', 'UPDATE shop.checked SET id = id; DROP TABLE shop.checked');
SELECT tenancy.as_owner('shop.checked', NULL);
-- Somebody who is not a member of the owner.
CREATE ROLE regress_tenancy_operator BYPASSRLS;
GRANT EXECUTE ON FUNCTION tenancy.as_owner(regclass, text, tid, tid) TO regress_tenancy_operator;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_operator;
GRANT ALL ON shop.checked TO regress_tenancy_operator;
SET ROLE regress_tenancy_operator;
SELECT tenancy.as_owner('shop.checked', 'UPDATE shop.checked SET id = id');
RESET ROLE;
DROP OWNED BY regress_tenancy_operator;
DROP ROLE regress_tenancy_operator;
-- An old row of nobody goes where its parents say, whoever touches it.
SET client_min_messages = error;
SELECT tenancy.enroll('regress_tenancy_app');
UPDATE shop.orders SET gone = now() WHERE id = 51;
SELECT id, firm FROM shop.orders WHERE id = 51;
ALTER TABLE shop.orders DISABLE TRIGGER zzzz_tenancy_fill;
UPDATE shop.orders SET firm = NULL WHERE id IN (2, 3);
ALTER TABLE shop.orders ENABLE TRIGGER zzzz_tenancy_fill;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant('b');
UPDATE shop.orders SET gone = now() WHERE id IN (2, 3);
INSERT INTO shop.orders (id, person) VALUES (200, 1);
COMMIT;
SELECT id, person, firm FROM shop.orders WHERE id IN (2, 3, 200) ORDER BY id;
\c - :superuser
\i :cleanup
