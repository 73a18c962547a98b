-- adopt() again goes on where it was: with nothing new there is nothing to do.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE "Order" (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
CREATE TABLE items (id int NOT NULL, order_id int NOT NULL REFERENCES "Order", PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE items_low PARTITION OF items FOR VALUES FROM (0) TO (10);
CREATE TABLE items_high PARTITION OF items FOR VALUES FROM (10) TO (20);
CREATE TABLE item_notes (id int PRIMARY KEY, item int REFERENCES items);
CREATE TABLE base (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
CREATE TABLE heir (more text) INHERITS (base);
INSERT INTO users VALUES (1, :'acme'), (2, :'beta');
INSERT INTO "Order" VALUES (1, 1), (2, 2);
INSERT INTO items VALUES (1, 1), (11, 2);
INSERT INTO item_notes VALUES (1, 1), (2, 11);
INSERT INTO base VALUES (1, 1);
CREATE VIEW regress.everything AS
  SELECT md5(string_agg(x, chr(10) ORDER BY x COLLATE "C")) AS hash FROM (
    SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, attnotnull) FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = '"App 2"'::regnamespace)
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = '"App 2"'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid, indisvalid) FROM pg_index WHERE indexrelid IN (SELECT oid FROM pg_class WHERE relnamespace = '"App 2"'::regnamespace)
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, pg_get_triggerdef(oid)) FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = '"App 2"'::regnamespace)
    UNION ALL SELECT concat_ws(' ', 'row', t.tableoid, t.xmin, t.ctid, t) FROM "Order" AS t UNION ALL SELECT concat_ws(' ', 'row', t.tableoid, t.xmin, t.ctid, t) FROM items AS t
    UNION ALL SELECT concat_ws(' ', 'row', t.tableoid, t.xmin, t.ctid, t) FROM item_notes AS t UNION ALL SELECT concat_ws(' ', 'row', t.tableoid, t.xmin, t.ctid, t) FROM base AS t) AS all_of_it (x);
SELECT hash AS before FROM regress.everything \gset
-- The plan changes nothing.
SELECT count(*) > 0 AS planned FROM tenancy.plan_script('App 2');
SELECT hash = :'before' AS untouched FROM regress.everything;
CALL tenancy.adopt('App 2');
SELECT hash AS after FROM regress.everything \gset
CALL tenancy.adopt('App 2');
SELECT hash = :'after' AS untouched FROM regress.everything;
SELECT count(*) FROM tenancy.plan_script('App 2');
SELECT schema_name, state, steps_done = steps AS complete, left_out, message FROM tenancy.adoption_progress ORDER BY adoption DESC LIMIT 2;
\d items
\d items_low
\d item_notes
\d heir
-- What is new is taken in.
CREATE TABLE items_top PARTITION OF items FOR VALUES FROM (20) TO (30);
CREATE TABLE remarks (id int PRIMARY KEY, note int NOT NULL REFERENCES item_notes);
INSERT INTO remarks VALUES (1, 1), (2, 2);
CALL tenancy.adopt('App 2');
CALL tenancy.adopt('App 2');
\d remarks
SELECT tenancy.protect_schema('App 2') > 0 AS protected;
CALL tenancy.adopt('App 2');
SELECT hash AS last FROM regress.everything \gset
CALL tenancy.adopt('App 2');
SELECT hash = :'last' AS untouched FROM regress.everything;
SELECT tenancy.protect_schema('App 2');
\c - :superuser
\i :cleanup
