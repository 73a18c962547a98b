-- rescope_unique(): a unique key of all tenants becomes one of each, and keeps everything else.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set orphans :here /sql/include/orphans.sql
\i :fixture
\i :orphans

CREATE COLLATION c (locale = 'C');
CREATE TABLE services (
  id integer PRIMARY KEY, "tenantId" text, slug text NOT NULL, "Code" text, n integer, note text,
  CONSTRAINT services_code UNIQUE NULLS NOT DISTINCT ("Code", n) INCLUDE (note) WITH (fillfactor = 70) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT services_plain UNIQUE (n)
);
CREATE UNIQUE INDEX services_slug_key ON services (slug);
CREATE UNIQUE INDEX "Odd ""Key""" ON services (lower("Code") COLLATE c text_pattern_ops DESC NULLS LAST, n) INCLUDE (note) WITH (fillfactor = 80) WHERE n > 0 AND note <> '(';
CREATE INDEX services_note ON services (note);
COMMENT ON CONSTRAINT services_code ON services IS 'it''s one';
COMMENT ON INDEX services_slug_key IS 'by address';
INSERT INTO services VALUES (1, 'a', 'one', 'x', 1, ''), (2, 'b', 'two', 'y', 2, '');
-- As it would be done, and done.
SELECT step, kind, sql, lock_mode, reason FROM tenancy.plan_rescope_unique('services', 'services_slug_key', 'tenantId');
SELECT tenancy.rescope_unique('services', 'services_slug_key', 'tenantId');
SELECT tenancy.rescope_unique('services', 'services_slug_key', 'tenantId');
SELECT tenancy.rescope_unique('services', 'services_code', 'tenantId');
SELECT tenancy.rescope_unique('services', 'Odd "Key"', 'tenantId');
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'services'::regclass ORDER BY indexrelid::regclass::text COLLATE "C";
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'services'::regclass AND contype <> 'n' ORDER BY conname;
SELECT obj_description('services_slug_key'::regclass, 'pg_class'), (SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'services_code');
INSERT INTO services VALUES (3, 'b', 'one', 'x', 1, '');
INSERT INTO services VALUES (4, 'b', 'one', 'z', 3, '');
-- What the NOTICE says of the application, and of doing it by hand.
INSERT INTO services VALUES (4, 'b', 'one', 'z', 3, '') ON CONFLICT (slug) DO NOTHING;
INSERT INTO services VALUES (4, 'b', 'one', 'z', 3, '') ON CONFLICT ("tenantId", slug) DO NOTHING;
CREATE TABLE by_hand (id integer PRIMARY KEY, "tenantId" text NOT NULL, slug text, code text CONSTRAINT by_hand_code UNIQUE DEFERRABLE);
CREATE UNIQUE INDEX by_hand_slug ON by_hand (slug);
CREATE UNIQUE INDEX CONCURRENTLY tenancy_rescoped ON "App 2".by_hand USING btree ("tenantId", slug); DROP INDEX CONCURRENTLY "App 2".by_hand_slug; ALTER INDEX "App 2".tenancy_rescoped RENAME TO by_hand_slug;
SELECT tenancy.rescope_unique('by_hand', 'by_hand_slug', 'tenantId');
SELECT count(*) FROM tenancy.plan_rescope_unique('by_hand', 'by_hand_code', 'tenantId');
CREATE UNIQUE INDEX CONCURRENTLY tenancy_rescoped ON "App 2".by_hand USING btree ("tenantId", code); ALTER TABLE "App 2".by_hand DROP CONSTRAINT by_hand_code, ADD CONSTRAINT by_hand_code UNIQUE USING INDEX tenancy_rescoped DEFERRABLE;
SELECT tenancy.rescope_unique('by_hand', 'by_hand_code', 'tenantId');
-- Partitions follow.
CREATE TABLE events (id integer, "tenantId" text, key text, UNIQUE (id, key)) PARTITION BY RANGE (id);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE UNIQUE INDEX events_key ON events (key, id);
SELECT tenancy.rescope_unique('events', 'events_key', 'tenantId');
SELECT tenancy.rescope_unique('events', 'events_id_key_key', 'tenantId');
SELECT indrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN ('events'::regclass, 'events_old'::regclass) ORDER BY indexrelid::regclass::text COLLATE "C";

-- Refused: references that rely on the key, with what is in the way.
CREATE TABLE uses (id integer PRIMARY KEY, n integer REFERENCES services (n), m integer CONSTRAINT "by M" REFERENCES services (n));
SELECT * FROM regress.refusal($$SELECT tenancy.rescope_unique('services', 'services_plain', 'tenantId')$$);
-- Another key that is the same is not the one that they rely on.
CREATE UNIQUE INDEX services_again ON services (n);
SELECT * FROM regress.refusal($$SELECT tenancy.rescope_unique('services', 'services_plain', 'tenantId')$$);
SELECT tenancy.rescope_unique('services', 'services_again', 'tenantId');
DROP TABLE uses;
ALTER TABLE services ALTER n SET NOT NULL, REPLICA IDENTITY USING INDEX services_plain;
SELECT * FROM regress.refusal($$SELECT tenancy.rescope_unique('services', 'services_plain', 'tenantId')$$);
ALTER TABLE services REPLICA IDENTITY DEFAULT;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'services_plain'::regclass;
SELECT * FROM regress.refusal($$SELECT tenancy.rescope_unique('services', 'services_plain', 'tenantId')$$);
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'services_plain'::regclass;
CREATE VIEW names AS SELECT slug FROM services;
CREATE TABLE theirs (id integer PRIMARY KEY, "tenantId" text, key text CONSTRAINT theirs_key UNIQUE);
ALTER TABLE theirs OWNER TO regress_tenancy_app;
SELECT arguments, r.* FROM unnest(ARRAY['NULL, ''k''', '''services'', NULL', '''services'', ''services_plain'', ''tenant_id''', '''services'', ''services_plain''', '''services'', ''services_plain'', ''n''', '''services'', ''nope'', ''tenantId''',
    '''services'', ''services_pkey'', ''tenantId''', '''services'', ''services_note'', ''tenantId''', '''contacts'', ''k''', '''"Tenant"'', ''Tenant_pkey'', ''id''', '''names'', ''k''', '''events_old'', ''k'', ''tenantId''',
    '''theirs'', ''theirs_key'', ''tenantId''']) WITH ORDINALITY AS given(arguments, n), regress.refusal(format('SELECT tenancy.rescope_unique(%s)', arguments)) AS r ORDER BY n;
\c - regress_tenancy_app
SELECT tenancy.rescope_unique('shop.projects', 'projects_code_key');

\c - :superuser
\pset format aligned
DELETE FROM tenancy.configuration;
\i :cleanup
