-- The rows that are there get the tenant that their parents have, and no other.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, "tenantId" uuid REFERENCES tenancy.tenants, name text);
CREATE TABLE "Order" (id int PRIMARY KEY, "userId" int NOT NULL REFERENCES users);
CREATE TABLE "Order Items" (id int PRIMARY KEY, "orderId" int NOT NULL REFERENCES "Order", "a""b" text);
-- Where what is above is settled, what is below follows.
CREATE TABLE remarks (id int PRIMARY KEY, item int NOT NULL REFERENCES "Order Items", answer_to int REFERENCES remarks);
-- Two that refer to each other.
CREATE TABLE teams (id int PRIMARY KEY, owner int REFERENCES users, lead int, "tenantId" uuid);
CREATE TABLE people (id int PRIMARY KEY, team int REFERENCES teams, "tenantId" uuid);
ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES people;
-- Two parents: by rule, and where they agree.
CREATE TABLE by_rule (id int PRIMARY KEY, giver int NOT NULL REFERENCES users, taker int NOT NULL REFERENCES users);
CREATE TABLE agreeing (id int PRIMARY KEY, owner int NOT NULL REFERENCES users, helper int REFERENCES users);
CREATE TABLE undecided (id int PRIMARY KEY, giver int NOT NULL REFERENCES users, taker int NOT NULL REFERENCES users);
-- No foreign key says it.
CREATE TABLE comments (id int PRIMARY KEY, owner_type text, owner_id int);
CREATE TABLE parts (id int, owner int NOT NULL REFERENCES users) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (id);
CREATE TABLE parts_leaf PARTITION OF parts_high FOR VALUES FROM (10) TO (30);
-- A key in which the tenant takes part, and a place that is taken.
CREATE TABLE slugs (id int PRIMARY KEY, owner int REFERENCES users, "tenantId" uuid, slug text, UNIQUE ("tenantId", slug));

INSERT INTO users VALUES (1, :'acme', 'Ada'), (2, :'beta', 'Ben'), (3, NULL, 'Nobody''s');
INSERT INTO "Order" VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO "Order Items" VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z'), (4, 1, NULL);
INSERT INTO remarks VALUES (1, 1, NULL), (2, 2, NULL), (3, 1, 1), (4, 3, NULL);
INSERT INTO teams VALUES (1, 1, NULL), (2, NULL, NULL), (3, NULL, NULL), (4, NULL, NULL);
INSERT INTO people VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
UPDATE teams SET lead = id - 1 WHERE id IN (2, 3);
INSERT INTO by_rule VALUES (1, 1, 1), (2, 1, 2), (3, 3, 2), (4, 3, 3);
INSERT INTO agreeing VALUES (1, 1, 1), (2, 1, 2), (3, 2, NULL), (4, 3, 2);
INSERT INTO undecided VALUES (1, 1, 2);
INSERT INTO comments VALUES (1, 'user', 1);
INSERT INTO parts VALUES (1, 1), (2, 2), (11, 1), (12, 2);
INSERT INTO slugs VALUES (1, 1, NULL, 'a'), (2, 1, :'acme', 'b'), (3, 1, NULL, 'b'), (4, 2, NULL, 'b'), (5, 1, NULL, 'c'), (6, 1, NULL, 'c'), (7, 1, NULL, NULL), (8, 1, NULL, NULL);
SELECT tenancy.set_derivation('by_rule', ARRAY['by_rule.taker -> users."tenantId"', 'by_rule.giver -> users."tenantId"']);
SELECT tenancy.set_derivation('teams', ARRAY['teams.owner -> users."tenantId"', 'teams.lead -> people."tenantId"'], 'tenantId');
SELECT tenancy.set_derivation('people', ARRAY['people.team -> teams."tenantId"'], 'tenantId');
CREATE FUNCTION regress.of(target regclass) RETURNS TABLE (tenant text, rows text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$SELECT CASE r ->> 'tenantId' WHEN 'aaaaaaaa-0000-7000-8000-000000000000' THEN 'Acme' WHEN 'bbbbbbbb-0000-7000-8000-000000000000' THEN 'Beta' END,
    string_agg((r - 'tenantId')::text, ' ' ORDER BY (r ->> 'id')::int) FROM (SELECT to_jsonb(t) FROM %s AS t) AS x(r) GROUP BY 1 ORDER BY 1$q$, target);
END $$;
\set list 'SELECT c.relname, f.* FROM pg_class AS c, regress.of(c.oid::regclass) AS f WHERE c.relnamespace = ''"App 2"''::regnamespace AND c.relkind IN (''r'', ''p'') AND NOT c.relispartition ORDER BY c.relname COLLATE "C", f.tenant;'
\pset format unaligned
:list
CALL tenancy.adopt('App 2', 'tenantId', batch_size => 2);
:list
SELECT tableoid::regclass, id, "tenantId" IS NOT NULL AS filled FROM parts ORDER BY id;
-- What is left, and why.
SELECT table_name, reason, rows FROM tenancy.unassigned('App 2', 'tenantId');
-- What is decided by hand is taken up by the next call.
UPDATE users SET "tenantId" = :'beta' WHERE id = 3;
DELETE FROM slugs WHERE id IN (3, 6);
SELECT tenancy.set_derivation('undecided', ARRAY['undecided.giver -> users."tenantId"']);
CALL tenancy.adopt('App 2', 'tenantId');
:list
SELECT table_name, reason, rows FROM tenancy.unassigned('App 2', 'tenantId');
\pset format aligned
\d "Order Items"
\d parts
\d parts_leaf
\c - :superuser
\i :cleanup
