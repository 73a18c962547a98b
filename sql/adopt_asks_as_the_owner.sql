-- Questions about rows are planned and executed as the owner of the tables: expressions of indexes are the owner's code, for the planner already.
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
GRANT CREATE, USAGE ON SCHEMA shop TO regress_tenancy_app;
SET ROLE regress_tenancy_owner;
-- Nothing but a constant to the planner.
CREATE FUNCTION shop.who() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF current_user <> 'regress_tenancy_owner' THEN
        RAISE EXCEPTION 'ran as %', current_user;
    END IF;
    RETURN 0;
END $$;
CREATE TABLE shop.firms (id text PRIMARY KEY);
INSERT INTO shop.firms VALUES ('a'), ('b');
CREATE TABLE shop.people (id int PRIMARY KEY, firm text REFERENCES shop.firms);
INSERT INTO shop.people VALUES (1, 'a'), (2, 'b');
CREATE TABLE shop.orders (id int PRIMARY KEY, person int REFERENCES shop.people, firm text REFERENCES shop.firms);
INSERT INTO shop.orders VALUES (1, 1, 'b'), (2, 2, NULL), (3, NULL, NULL);
CREATE INDEX firms_who ON shop.firms ((length(id) + shop.who()));
CREATE INDEX people_who ON shop.people ((id + shop.who()));
CREATE INDEX orders_who ON shop.orders (id) WHERE id > shop.who();
RESET ROLE;
CREATE SCHEMA regress AUTHORIZATION regress_tenancy_owner;
SELECT tenancy.use_tenant_table('shop.firms', 'id');
\o
\set ECHO all
-- Each in a session that knows of no table yet.
\c - :superuser
\set SHOW_CONTEXT never
SELECT table_name, kind, orphans FROM tenancy.classify('shop');
\c - :superuser
SELECT reason, rows FROM tenancy.unassigned('shop');
\c - :superuser
SELECT * FROM tenancy.conflicts('shop.orders');
\c - :superuser
SET client_min_messages = warning;
SELECT tenancy.assign_orphans('shop.orders', 'b');
\c - :superuser
SET client_min_messages = warning;
SELECT tenancy.protect('shop.people', 'firm') > 0 AS protected;
ALTER FUNCTION shop.who() OWNER TO CURRENT_USER;
CALL tenancy.adopt('shop', not_null => true);
\c - :superuser
SET client_min_messages = warning;
SELECT tenancy.protect('shop.people', 'firm') > 0 AS protected;
-- What is asked for is a value, of what is there.
SELECT tenancy.answer('SELECT count(*) FROM shop.firms');
SELECT tenancy.answer('SELECT to_json(id) FROM shop.firms WHERE id = ''z''');
SELECT tenancy.answer('SELECT p FROM shop.people AS p');
SELECT tenancy.answer('SELECT FROM shop.people');
SELECT tenancy.answer('SELECT FROM shop.people ORDER BY id');
SELECT tenancy.answer('SELECT firm FROM shop.people ORDER BY id DESC LIMIT 1');
SELECT tenancy.answer('DELETE FROM shop.people');
SELECT tenancy.answer('WITH gone AS (DELETE FROM shop.people RETURNING id) SELECT count(*) FROM gone');
CREATE VIEW shop.seen AS SELECT * FROM shop.people;
SELECT tenancy.answer('SELECT count(*) FROM shop.seen');
-- A table of a superuser's, whose rows get their tenants from tables of others.
CREATE TABLE shop.bills (id int PRIMARY KEY, person int REFERENCES shop.people, firm text);
\set VERBOSITY sqlstate
SELECT tenancy.as_owner('shop.bills', 'UPDATE shop.bills AS b SET firm = p.firm FROM shop.people AS p WHERE p.id = b.person');
\set VERBOSITY default
-- Tables of two who are strangers to each other.
ALTER TABLE shop.bills OWNER TO regress_tenancy_app;
SELECT tenancy.answer('SELECT count(*) FROM shop.people, shop.bills');
GRANT regress_tenancy_owner TO regress_tenancy_app;
SELECT tenancy.answer('SELECT count(*) FROM shop.bills, shop.people');
-- Cursors of the session are not exchanged for others.
CREATE FUNCTION shop.exchange() RETURNS int LANGUAGE plpgsql AS $$
DECLARE c refcursor := 'report';
BEGIN
    CLOSE c;
    OPEN c FOR SELECT shop.who();
    RETURN 0;
END $$;
ALTER FUNCTION shop.exchange() OWNER TO regress_tenancy_owner;
BEGIN;
DECLARE report CURSOR FOR SELECT 'mine';
SELECT tenancy.answer('SELECT id::bigint + shop.exchange() FROM shop.people WHERE id = 1');
ROLLBACK;
-- Nor are those of our own loops moved on: no step is left out.
CREATE FUNCTION shop.move_on() RETURNS int LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    FOREACH found IN ARRAY ARRAY(SELECT c.name FROM pg_cursors AS c) LOOP
        EXECUTE format('MOVE FORWARD ALL IN %I', found);
    END LOOP;
    RETURN 0;
END $$;
ALTER FUNCTION shop.move_on() OWNER TO regress_tenancy_owner;
SET ROLE regress_tenancy_owner;
CREATE FUNCTION shop.moved() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN CASE WHEN current_user <> session_user THEN shop.move_on() ELSE 0 END; END $$;
CREATE TABLE regress.one (id int PRIMARY KEY, firm text);
CREATE TABLE regress.two (id int PRIMARY KEY, firm text);
CREATE INDEX one_moved ON regress.one ((id + shop.moved()));
CREATE INDEX two_moved ON regress.two ((id + shop.moved()));
INSERT INTO regress.one VALUES (1, 'a');
INSERT INTO regress.two VALUES (1, 'a');
RESET ROLE;
ALTER FUNCTION shop.moved() OWNER TO CURRENT_USER;
SELECT tenancy.protect_schema('regress', 'firm') > 10 AS all_of_them;
SELECT count(*) AS steps_left FROM tenancy.plan('regress', 'firm');
-- Who is not the owner, and could not become it.
CREATE ROLE regress_tenancy_bypass BYPASSRLS;
GRANT USAGE ON SCHEMA shop, tenancy TO regress_tenancy_bypass;
GRANT SELECT ON shop.people TO regress_tenancy_bypass;
SET ROLE regress_tenancy_bypass;
SELECT tenancy.answer('SELECT count(*) FROM shop.people');
RESET ROLE;
DROP OWNED BY regress_tenancy_bypass;
\c - :superuser
\i :cleanup
