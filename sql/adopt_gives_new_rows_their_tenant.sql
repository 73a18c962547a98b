-- What is written while a database is being adopted gets its tenant from its parents, or none: never a guess.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid, name text);
CREATE TABLE "Order" (id int PRIMARY KEY, user_id int REFERENCES users);
CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL REFERENCES "Order", tenant_id uuid);
CREATE TABLE agreeing (id int PRIMARY KEY, owner int NOT NULL REFERENCES users, helper int REFERENCES users);
CREATE TABLE by_rule (id int PRIMARY KEY, giver int REFERENCES users, taker int REFERENCES users);
CREATE TABLE parts (id int, owner int REFERENCES users) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO users VALUES (1, :'acme', 'Ada'), (2, :'beta', 'Ben'), (3, NULL, 'Nobody''s'), (4, '00000000-0000-7000-8000-000000000000', 'Gone''s');
SELECT tenancy.set_derivation('by_rule', ARRAY['by_rule.taker -> users.tenant_id', 'by_rule.giver -> users.tenant_id']);
SELECT tenancy.set_derivation('items', ARRAY['items.order_id -> "Order".user_id -> users.tenant_id']);
SET client_min_messages = error;
-- Columns stay nullable, so that it shows what is not filled in.
CALL tenancy.adopt('App 2', not_null => false);
RESET client_min_messages;
CREATE VIEW regress.tenants_of AS
  SELECT t.tableoid::regclass::text AS target, t.id, CASE t.tenant_id WHEN 'aaaaaaaa-0000-7000-8000-000000000000' THEN 'Acme' WHEN 'bbbbbbbb-0000-7000-8000-000000000000' THEN 'Beta' ELSE t.tenant_id::text END AS tenant
  FROM (SELECT tableoid, id, tenant_id FROM "Order" UNION ALL SELECT tableoid, id, tenant_id FROM items UNION ALL SELECT tableoid, id, tenant_id FROM agreeing
        UNION ALL SELECT tableoid, id, tenant_id FROM by_rule UNION ALL SELECT tableoid, id, tenant_id FROM parts) AS t ORDER BY 1, 2;
-- INSERT, COPY, several hops at once; a tenant that does not exist counts as none; what is said stays.
INSERT INTO "Order" VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, NULL);
INSERT INTO "Order" VALUES (6, 1, :'beta');
COPY items (id, order_id) FROM STDIN;
1	1
2	2
3	3
4	4
5	5
6	6
\.
-- Parents and children of one statement; each row sees those before it.
WITH o AS (INSERT INTO "Order" VALUES (7, 2) RETURNING id) INSERT INTO items SELECT 7, id FROM o;
-- Two parents agree, disagree, one of them alone; by rule the first that gives one.
INSERT INTO agreeing VALUES (1, 1, 1), (2, 1, 2), (3, 2, NULL), (4, 3, 1), (5, 2, 4);
INSERT INTO by_rule VALUES (1, 1, 2), (2, 1, 3), (3, NULL, NULL), (4, 4, 1), (5, 2, NULL);
INSERT INTO parts VALUES (1, 1);
INSERT INTO parts_low VALUES (2, 2);
TABLE regress.tenants_of;
-- UPDATE: only what has none, and gets a parent.
UPDATE "Order" SET user_id = 2 WHERE id IN (1, 3, 5);
UPDATE items SET order_id = order_id;
UPDATE users SET tenant_id = :'acme' WHERE id = 3;
UPDATE by_rule SET id = id + 10;
SELECT * FROM regress.tenants_of WHERE target IN ('"Order"', 'items', 'by_rule');
-- The tenant in force comes first, and is the only one for an application.
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO items VALUES (20, 2);
INSERT INTO agreeing VALUES (20, 2, 2);
COMMIT;
GRANT USAGE ON SCHEMA "App 2" TO regress_tenancy_app;
GRANT INSERT, UPDATE, SELECT ON items TO regress_tenancy_app;
SET ROLE regress_tenancy_app;
INSERT INTO items VALUES (21, 1);
BEGIN;
SELECT tenancy.set_tenant(:'beta');
INSERT INTO items VALUES (22, 1);
COMMIT;
RESET ROLE;
SELECT * FROM regress.tenants_of WHERE id BETWEEN 20 AND 29;
-- A writer that may not read the parents: their owners' rights, as with foreign keys.
GRANT USAGE ON SCHEMA "App 2" TO regress_tenancy_owner;
GRANT INSERT ON items, agreeing TO regress_tenancy_owner;
SET ROLE regress_tenancy_owner;
SELECT count(*) FROM "Order";
INSERT INTO items VALUES (30, 2);
INSERT INTO agreeing VALUES (30, 1, 1);
-- What leads nowhere is the foreign key's to refuse; and who is it after an error?
INSERT INTO items VALUES (31, 999);
SELECT current_user;
RESET ROLE;
-- Not by an operator of somebody else's.
CREATE FUNCTION regress.never(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'called'; END $$;
CREATE OPERATOR regress.= (leftarg = uuid, rightarg = uuid, function = regress.never);
SET search_path = regress, "App 2", pg_catalog;
INSERT INTO items VALUES (32, 2);
SET search_path = "App 2";
DROP OPERATOR regress.= (uuid, uuid);
SELECT * FROM regress.tenants_of WHERE id BETWEEN 30 AND 39;
-- The tenant when nothing gives one.
DROP TRIGGER zzzz_tenancy_fill ON by_rule;
CREATE TRIGGER zzzz_tenancy_fill BEFORE INSERT OR UPDATE ON by_rule FOR EACH ROW WHEN (NEW.tenant_id IS NULL)
  EXECUTE FUNCTION tenancy.fill_tenant('tenant_id', 'agree', 'bbbbbbbb-0000-7000-8000-000000000000', 'tenant_id', 'by_rule_taker_fkey', '', 'tenant_id', 'by_rule_giver_fkey', '');
INSERT INTO by_rule VALUES (40, NULL, NULL), (41, 1, NULL), (42, 1, 2);
SELECT * FROM regress.tenants_of WHERE id BETWEEN 40 AND 49;
-- Keys that carry the tenant are followed without it.
CREATE TABLE teams (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy.tenants);
CREATE TABLE members (id int PRIMARY KEY, team int NOT NULL REFERENCES teams);
CREATE TABLE badges (id int PRIMARY KEY, member int NOT NULL REFERENCES members);
INSERT INTO teams VALUES (1, :'acme'), (2, :'beta');
SET client_min_messages = error;
CALL tenancy.adopt('App 2', not_null => true);
RESET client_min_messages;
\d badges
INSERT INTO members VALUES (1, 1), (2, 2);
INSERT INTO badges VALUES (1, 1), (2, 2);
INSERT INTO badges VALUES (3, 2, :'acme');
INSERT INTO badges VALUES (3, 9);
SELECT b.id, b.tenant_id = t.tenant_id AS right FROM badges AS b JOIN members AS m ON m.id = b.member JOIN teams AS t ON t.id = m.team ORDER BY b.id;
-- A foreign key on the way that was renamed: an error that says what to do, and that does it.
ALTER TABLE badges RENAME CONSTRAINT badges_member_fkey TO other;
INSERT INTO badges VALUES (4, 1);
SET client_min_messages = error;
CALL tenancy.adopt('App 2');
RESET client_min_messages;
INSERT INTO badges VALUES (4, 1);
ALTER TABLE users RENAME COLUMN tenant_id TO tenant;
INSERT INTO agreeing VALUES (50, 1, 1);
\c - :superuser
\i :cleanup
