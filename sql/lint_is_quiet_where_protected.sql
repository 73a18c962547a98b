-- What protect_schema(), enroll() and install_model() leave behind has no finding of weight; before, it has.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
-- Not planted, and not the same everywhere: the server's version, and what everybody may in a database.
CREATE VIEW regress.found AS SELECT l.rule, l.level, l.object, l.detail FROM tenancy.lint() AS l WHERE l.rule NOT IN ('minor_version', 'temporary_tables');
\o /dev/null
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part;
DROP SCHEMA shop CASCADE;
\o
-- Tables as they are before; each has what an application may have: parts, all rows of nobody, soft deletion, copies for all, keys of its own.
CREATE SCHEMA shop AUTHORIZATION regress_tenancy_owner;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
SET ROLE regress_tenancy_owner;
CREATE TABLE shop.projects (id uuid PRIMARY KEY, tenant_id uuid, code text, name text);
CREATE TABLE shop.tasks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid, project_id uuid REFERENCES shop.projects ON DELETE CASCADE, parent_id bigint REFERENCES shop.tasks);
CREATE TABLE shop.events (id uuid, tenant_id uuid, at date, note text) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2026 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
CREATE TABLE shop.events_2026_0 PARTITION OF shop.events_2026 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE shop."events rest" PARTITION OF shop.events DEFAULT;
CREATE TABLE shop.templates (id uuid PRIMARY KEY, tenant_id uuid, body text);
CREATE TABLE shop."Odd ""one""" (id uuid PRIMARY KEY, "Tenant Id" uuid, deleted_at timestamptz);
CREATE TABLE shop.countries (code text PRIMARY KEY);
CREATE TABLE shop.settings (tenant_id uuid PRIMARY KEY, dark boolean);
CREATE VIEW shop.names WITH (security_invoker) AS SELECT name FROM shop.projects;
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA shop TO regress_tenancy_app;
SELECT rule, level, object FROM regress.found WHERE level <> 'info';

SELECT tenancy.protect('shop.templates', global_rows => 'read') > 0 AS protected;
SELECT tenancy.protect('shop."Odd ""one"""', 'Tenant Id') > 0 AS protected;
SELECT tenancy.protect_schema('shop') > 0 AS protected;
SELECT tenancy.soft_delete('shop."Odd ""one"""', 'deleted_at') > 0 AS soft;
SELECT tenancy.share('shop.countries') > 0 AS shared;
SELECT rule, level, object, detail FROM regress.found WHERE level <> 'info';
-- Worth knowing, no more.
SELECT rule, count(*) FROM regress.found GROUP BY 1 ORDER BY 1;

-- A model.
CREATE EXTENSION IF NOT EXISTS btree_gin;
SELECT tenancy.install_model('changeops') IS NOT NULL AS installed;
GRANT USAGE ON SCHEMA changeops TO regress_tenancy_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA changeops TO regress_tenancy_app;
SELECT rule, level, object, detail FROM regress.found WHERE level <> 'info';

-- Nobody enrolled: whoever logs in and uses the tables is found.
SELECT tenancy.unenroll('regress_tenancy_app');
SELECT rule, level, object FROM regress.found WHERE level <> 'info';
SELECT tenancy.enroll('regress_tenancy_app');

-- A table of tenants of the application's own, with keys that are texts.
\o /dev/null
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part;
DROP SCHEMA changeops, shop CASCADE;
DELETE FROM tenancy.installed_models;
DELETE FROM tenancy.tenants;
\o
CREATE SCHEMA shop AUTHORIZATION regress_tenancy_owner;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
CREATE TABLE shop.firms (handle text PRIMARY KEY, name text);
CREATE TABLE shop.bills (id uuid PRIMARY KEY, firm text REFERENCES shop.firms, total numeric);
CREATE TABLE shop.lines (id uuid PRIMARY KEY, firm varchar(40) REFERENCES shop.firms, bill uuid REFERENCES shop.bills);
ALTER TABLE shop.firms OWNER TO regress_tenancy_owner;
ALTER TABLE shop.bills OWNER TO regress_tenancy_owner;
ALTER TABLE shop.lines OWNER TO regress_tenancy_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.bills, shop.lines TO regress_tenancy_app;
SELECT tenancy.use_tenant_table('shop.firms', 'handle');
SELECT rule, level, object FROM regress.found WHERE level <> 'info';
SELECT tenancy.protect_schema('shop', 'firm') > 0 AS protected;
SELECT rule, level, object, detail FROM regress.found WHERE level <> 'info';
\c - :superuser
\i :cleanup
