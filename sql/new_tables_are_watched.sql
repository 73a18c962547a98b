-- A new table with a tenant column is reported or protected; a new part of a protected table joins it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT tenancy.watch_new_tables();
SELECT tenancy.watch_new_tables();
CREATE TABLE shop.plain (id int);
CREATE TABLE shop.fresh (id int, tenant_id uuid);
CREATE TABLE shop.copy AS SELECT * FROM shop.projects;
CREATE TEMPORARY TABLE scratch (tenant_id uuid);
SET tenancy.new_tables = 'ignore';
CREATE TABLE shop.ignored (id int, tenant_id uuid);
SET tenancy.new_tables = 'protect';
CREATE TABLE shop.guarded (id int, tenant_id uuid);
SELECT target, guarded FROM tenancy.protected WHERE target = 'shop.guarded'::regclass;
-- One that was taken back stays so, whatever else is altered.
SELECT tenancy.unprotect('shop.guarded');
ALTER TABLE shop.guarded ADD COLUMN note text;
SELECT count(*) FROM tenancy.protected WHERE target = 'shop.guarded'::regclass;
SET tenancy.new_tables = 'ignore';
CREATE TABLE shop.events (id int, tenant_id uuid NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE shop.base (id int, tenant_id uuid NOT NULL);
SELECT tenancy.protect('shop.events') > 0 AND tenancy.protect('shop.base') > 0 AS protected;
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.events_2 (id int, tenant_id uuid NOT NULL, at date NOT NULL);
ALTER TABLE shop.events ATTACH PARTITION shop.events_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE shop.derived () INHERITS (shop.base);
CREATE TABLE shop.adopted (id int, tenant_id uuid NOT NULL);
ALTER TABLE shop.adopted INHERIT shop.base;
SELECT target, part, row_security, forced, isolated, guarded FROM tenancy.protected WHERE target::text ~ 'events|base|derived|adopted' ORDER BY target::text;
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgrelid::regclass::text ~ 'events|derived|adopted' AND NOT tgisinternal ORDER BY 1, 2;
SELECT count(*) FROM tenancy.plan('shop.events');
SELECT count(*) FROM tenancy.plan('shop.base');
DROP EVENT TRIGGER tenancy_new_tables;
\c - :superuser
\i :cleanup
