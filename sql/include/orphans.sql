\set ECHO none
\o /dev/null
-- A schema that is being adopted, "App 2", with orphans of every kind. Needs fixture.sql.
--
-- "Tenant" a, b; users have no path to a tenant, orders one to users, lines one to orders. orders are unique by
-- tenant and number. A trigger notes every change of orders in "App 2".log: what an application's triggers do.
-- regress.refusal(statement) is how a statement fails; nothing of it stays.
SET client_min_messages = error;
SELECT tenancy.unprotect(target) FROM tenancy.protected ORDER BY target::text;
DELETE FROM tenancy.tenants;
CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE "Tenant" (id text PRIMARY KEY);
CREATE TABLE users (id integer PRIMARY KEY, "tenantId" varchar(30) REFERENCES "Tenant", name text);
CREATE TABLE orders (id integer PRIMARY KEY, "tenantId" text, user_id integer REFERENCES users, number integer, parent_id integer REFERENCES orders ON DELETE SET NULL, UNIQUE ("tenantId", number));
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer REFERENCES orders ON DELETE CASCADE, text text);
CREATE TABLE contacts (at timestamptz, "e-mail" text, price numeric(6,2), PRIMARY KEY (at, "e-mail"));
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "App 2".log VALUES (TG_OP);
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER note BEFORE INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION note();
INSERT INTO "Tenant" VALUES ('a'), ('b');
INSERT INTO users VALUES (1, 'a', 'Ann'), (2, 'b', 'Bob'), (3, NULL, 'Cyd');
-- 1 of a; 2 derivable, its number taken; 3 and 4 derivable, 4 after 3 with the same number; 5 without user; 6 waits for user 3;
-- 7 and 8 name tenants that do not exist; 9 without user and the number that 1 has; 10 refers to 5.
INSERT INTO orders (id, "tenantId", user_id, number, parent_id) VALUES (1, 'a', 1, 100, NULL), (2, NULL, 1, 100, NULL), (3, NULL, 2, 7, NULL), (4, NULL, 2, 7, NULL),
  (5, NULL, NULL, 50, NULL), (6, NULL, 3, 60, NULL), (7, 'gone', 1, 70, NULL), (8, '', 1, 71, NULL), (9, NULL, NULL, 100, NULL), (10, NULL, NULL, NULL, 5);
INSERT INTO lines VALUES (1, 1, 'nail'), (2, 6, 'screw');
INSERT INTO contacts VALUES ('2024-01-01 10:00+02', 'x@y.z', 1.50), ('2024-01-01 10:00+02', E'it''s "odd"\\', 1.5);
TRUNCATE log;
CREATE FUNCTION regress.refusal(statement text, OUT code text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    code := '00000';
    EXECUTE statement;
    SET CONSTRAINTS ALL IMMEDIATE;
    RAISE SQLSTATE 'UNDO0';
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN
        NULL;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
SELECT tenancy.use_tenant_table('"Tenant"');
RESET client_min_messages;
\pset format unaligned
\o
\set ECHO all
