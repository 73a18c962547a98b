-- Partitions and inheritance children are protected with their table, also when addressed directly.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.events (id bigint, tenant_id uuid NOT NULL, day date NOT NULL, PRIMARY KEY (id, day, tenant_id)) PARTITION BY RANGE (day);
CREATE TABLE shop.events_old PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (tenant_id);
CREATE TABLE shop.events_old_beta PARTITION OF shop.events_old FOR VALUES IN (:'beta');
CREATE TABLE shop.events_old_rest PARTITION OF shop.events_old DEFAULT;
CREATE TABLE shop.events_new PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE shop.papers (id bigint, tenant_id uuid NOT NULL);
CREATE TABLE shop.letters (stamp text) INHERITS (shop.papers);
INSERT INTO shop.events VALUES (1, :'acme', '2025-05-05'), (2, :'acme', '2026-05-05'), (11, :'beta', '2025-05-05'), (12, :'beta', '2026-05-05');
INSERT INTO shop.papers VALUES (1, :'acme'), (11, :'beta');
INSERT INTO shop.letters VALUES (2, :'acme', 'red'), (12, :'beta', 'blue');
CALL regress.settle();
SELECT target, part, row_security, forced, isolated, guarded FROM tenancy.protected
 WHERE target::text ~ 'events|papers|letters' ORDER BY target::text COLLATE "C";

-- An enrolled role, to which everything was granted.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.events ORDER BY id;
SELECT id FROM shop.events_old ORDER BY id;
SELECT id FROM shop.events_old_beta;
SELECT id FROM shop.events_old_rest;
SELECT id FROM shop.events_new;
SELECT id FROM ONLY shop.papers;
SELECT id FROM shop.papers ORDER BY id;
SELECT id, stamp FROM shop.letters;
COPY shop.events_old_beta TO stdout;
COPY shop.events_new TO stdout;
-- Writing: through the table, and directly.
INSERT INTO shop.events VALUES (13, :'beta', '2025-06-06');
INSERT INTO shop.events_old VALUES (13, :'beta', '2025-06-06');
INSERT INTO shop.events_old_beta VALUES (13, :'beta', '2025-06-06');
INSERT INTO shop.events_new VALUES (13, :'beta', '2026-06-06');
INSERT INTO shop.letters VALUES (13, :'beta', 'blue');
INSERT INTO shop.events_old_beta (id, day) VALUES (13, '2025-06-06');
UPDATE shop.events_old_beta SET id = 14 RETURNING id;
UPDATE shop.events_new SET tenant_id = :'beta' WHERE id = 2;
UPDATE shop.events_old SET tenant_id = :'beta' WHERE id = 1;
UPDATE shop.events SET tenant_id = :'beta' WHERE id = 1;
UPDATE shop.letters SET tenant_id = :'beta' WHERE id = 2;
DELETE FROM shop.events_old_beta RETURNING id;
DELETE FROM shop.letters WHERE stamp = 'blue' RETURNING id;
-- Acme's own rows, with the tenant filled in; from one partition into another.
INSERT INTO shop.events (id, day) VALUES (3, '2025-07-07') RETURNING tableoid::regclass, tenant_id = :'acme' AS own;
INSERT INTO shop.events_new (id, day) VALUES (4, '2026-07-07') RETURNING tenant_id = :'acme' AS own;
INSERT INTO shop.letters (id) VALUES (5) RETURNING tenant_id = :'acme' AS own;
UPDATE shop.events SET day = '2026-07-07' WHERE id = 3 RETURNING tableoid::regclass, id;
UPDATE shop.events_old SET day = '2026-07-07' WHERE id = 1;
SELECT tableoid::regclass, id FROM shop.events ORDER BY id;
ROLLBACK;

-- Everybody. A row that moves from partition to partition is deleted and inserted: both are guarded.
\c - :superuser
SELECT * FROM regress.attempt($$UPDATE shop.events SET day = '2026-09-09' WHERE id = 1$$);
SELECT * FROM regress.attempt($$UPDATE shop.events SET day = '2026-09-09' WHERE id = 11$$);
SELECT * FROM regress.attempt($$UPDATE shop.events SET day = '2026-09-09', tenant_id = :'acme' WHERE id = 11$$);
SELECT * FROM regress.attempt($$UPDATE shop.events SET tenant_id = :'beta' WHERE id = 1$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.events_old_beta VALUES (13, :'beta', '2025-06-06')$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.events_old_beta$$);
SELECT * FROM regress.attempt($$UPDATE shop.papers SET id = id + 100$$);
SELECT * FROM regress.attempt($$DELETE FROM ONLY shop.letters$$);
SELECT regress.others_untouched();

-- A partition and a child that came later, not protected yet: through the table they are what the
-- table is, and directly they are closed to guarded sessions. Its columns may stand in another order.
CREATE TABLE shop.events_late (gone uuid, day date NOT NULL, id bigint NOT NULL, tenant_id uuid NOT NULL);
ALTER TABLE shop.events_late DROP COLUMN gone;
INSERT INTO shop.events_late (id, tenant_id, day) VALUES (5, :'acme', '2027-05-05'), (15, :'beta', '2027-05-05');
ALTER TABLE shop.events ATTACH PARTITION shop.events_late FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE shop.cards () INHERITS (shop.papers);
INSERT INTO shop.cards VALUES (5, :'acme'), (15, :'beta');
GRANT ALL ON shop.events_late, shop.cards TO regress_tenancy_app;
CALL regress.remember();
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.events ORDER BY id;
SELECT id FROM shop.papers ORDER BY id;
SELECT id FROM shop.events_late;
SELECT id FROM shop.cards;
COPY shop.events_late TO stdout;
\copy shop.events_late FROM '/dev/null'
INSERT INTO shop.events_late (id, tenant_id, day) VALUES (16, :'beta', '2027-06-06');
UPDATE shop.events_late SET id = 17;
DELETE FROM shop.cards;
INSERT INTO shop.events VALUES (16, :'beta', '2027-06-06');
UPDATE shop.events SET tenant_id = :'beta' WHERE id = 5;
UPDATE shop.papers SET tenant_id = :'beta' WHERE id = 5;
UPDATE shop.events SET day = '2027-05-05' WHERE id = 2 RETURNING tableoid::regclass, tenant_id = :'acme' AS own;
INSERT INTO shop.events (id, day) VALUES (6, '2027-06-06') RETURNING tableoid::regclass, tenant_id = :'acme' AS own;
DO $$ BEGIN TRUNCATE shop.events_late; RAISE NOTICE 'truncated'; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
DO $$ BEGIN TRUNCATE shop.cards; RAISE NOTICE 'truncated'; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
TRUNCATE shop.papers;
ROLLBACK;
DO $$ BEGIN TRUNCATE shop.events_late; RAISE EXCEPTION 'truncated'; EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
\c - :superuser
SELECT regress.others_untouched();
SELECT actor, code = '42501' AS refused, others FROM regress.attempt($$TRUNCATE shop.events_late$$);
SELECT * FROM regress.attempt($$UPDATE shop.events SET id = id + 100 WHERE day > '2027-01-01'$$);
SELECT * FROM regress.attempt($$UPDATE shop.events SET day = '2027-05-05' WHERE id = 12$$);
SELECT target_table, kind FROM tenancy.plan('shop.events') WHERE phase IN ('policies', 'guards') ORDER BY step;
CALL regress.settle();
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id FROM shop.events_late;
SELECT id FROM shop.cards;
TRUNCATE shop.events_late;
COMMIT;
\c - :superuser
SELECT regress.others_untouched();
\i :cleanup
