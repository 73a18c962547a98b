-- one_row_per_tenant(): a unique key over the tenant alone, once no tenant has several rows.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set orphans :here /sql/include/orphans.sql
\i :fixture
\i :orphans

CREATE TABLE booking_settings (id integer PRIMARY KEY, "tenantId" text, minutes integer);
INSERT INTO booking_settings VALUES (1, 'a', 30), (2, 'a', 60), (3, 'b', 30), (4, NULL, 1), (5, NULL, 2);
SELECT message, hint AS query FROM regress.refusal($$SELECT tenancy.one_row_per_tenant('booking_settings', 'tenantId')$$) \gset
\echo :message
:query
DELETE FROM booking_settings WHERE id = 2;
SELECT kind, sql, lock_mode FROM tenancy.plan_one_row_per_tenant('booking_settings', 'tenantId');
SELECT tenancy.one_row_per_tenant('booking_settings', 'tenantId');
SELECT tenancy.one_row_per_tenant('booking_settings', 'tenantId');
INSERT INTO booking_settings VALUES (6, 'b', 1);
SELECT kind, reason FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = 'booking_settings'::regclass;
-- The way back.
ALTER TABLE booking_settings DROP CONSTRAINT booking_settings_one_row_per_tenant;
-- Any unique index will do, but one that sees a part of the rows, or sees them late.
CREATE UNIQUE INDEX ON booking_settings ("tenantId") WHERE id > 0;
ALTER TABLE booking_settings ADD UNIQUE ("tenantId") DEFERRABLE;
SELECT count(*) FROM tenancy.plan_one_row_per_tenant('booking_settings', 'tenantId');
CREATE UNIQUE INDEX ON booking_settings ("tenantId");
SELECT count(*) FROM tenancy.plan_one_row_per_tenant('booking_settings', 'tenantId');

-- Refused.
CREATE TABLE two (id integer PRIMARY KEY, "tenantId" text);
CREATE TABLE heir () INHERITS (two);
SELECT arguments, r.* FROM unnest(ARRAY['NULL', '''booking_settings'', ''tenant_id''', '''booking_settings''', '''booking_settings'', ''id''', '''two'', ''tenantId''', '''heir'', ''tenantId''', '''"Tenant"'', ''id''', '''contacts'', ''tenant_id'''])
    WITH ORDINALITY AS given(arguments, n), regress.refusal(format('SELECT tenancy.one_row_per_tenant(%s)', arguments)) AS r ORDER BY n;
\c - regress_tenancy_app
SELECT tenancy.one_row_per_tenant('shop.projects');

\c - :superuser
\pset format aligned
DELETE FROM tenancy.configuration;
\i :cleanup
