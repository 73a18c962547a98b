-- Tenants of the application itself, with keys of every type.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT tenancy.unprotect(target) FROM tenancy.protected ORDER BY target::text;
DELETE FROM tenancy.tenants;
CREATE TABLE shop."Tenant" ("Id" text PRIMARY KEY, slug text, "primaryDomain" text);
INSERT INTO shop."Tenant" VALUES ('cka', 'acme', 'acme.example'), ('ckb', 'beta', NULL), ('CKA', 'shout', NULL);
SELECT tenancy.use_tenant_table('shop."Tenant"', 'Nope');
SELECT tenancy.use_tenant_table('shop."Tenant"', 'slug');
SELECT tenancy.use_tenant_table('shop."Tenant"', 'Id');
SELECT * FROM tenancy.find_tenant('acme');
SELECT tenancy.use_tenant_table('shop."Tenant"', 'Id', 'slug', 'primaryDomain');
SELECT * FROM tenancy.find_tenant('acme') UNION ALL SELECT * FROM tenancy.find_tenant('Acme.Example');
SELECT tenancy.key_type();
CREATE TABLE shop.items (id int, "tenantId" varchar(30) NOT NULL, label text);
INSERT INTO shop.items VALUES (1, 'cka', 'own'), (2, 'ckb', 'foreign'), (3, 'CKA', 'shouted');
GRANT ALL ON shop.items TO regress_tenancy_app;
SELECT tenancy.protect('shop.items', 'tenantId') > 0 AS protected;
SELECT count(*) FROM tenancy.plan('shop.items', 'tenantId');
SELECT tenancy.create_tenant('New', 'new');
SELECT tenancy.use_tenant_table('shop.items', 'id');
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant('cka');
SELECT id, label FROM shop.items;
INSERT INTO shop.items (id) VALUES (4) RETURNING "tenantId";
INSERT INTO shop.items VALUES (5, 'ckb');
SELECT tenancy.current_tenant_text();
SELECT tenancy.current_tenant_id();
SELECT tenancy.current_tenant_bigint();
ROLLBACK;
SELECT tenancy.set_tenant('ckz');
SELECT tenancy.set_tenant(repeat('x', 200));
SELECT tenancy.set_tenant(E'a\tb');
SELECT tenancy.set_tenant('');
\c - :superuser
SELECT tenancy.suspend_tenant('ckb');
SELECT tenant, status FROM tenancy.tenant_registry;
\c - regress_tenancy_app
SELECT tenancy.set_tenant('ckb');
\c - :superuser
SELECT tenancy.activate_tenant('ckb');
SELECT tenancy.unprotect('shop.items');
DELETE FROM tenancy.tenant_registry;
DELETE FROM tenancy.configuration;
-- integer tenants, bigint column
CREATE TABLE shop.org (id int PRIMARY KEY);
INSERT INTO shop.org VALUES (1), (2);
SELECT tenancy.use_tenant_table('shop.org');
CREATE TABLE shop.wide (id int PRIMARY KEY, tenant_id bigint NOT NULL);
CREATE TABLE shop.narrow (id int, tenant_id int NOT NULL, wide_id int REFERENCES shop.wide);
INSERT INTO shop.wide VALUES (1, 1), (2, 2);
INSERT INTO shop.narrow VALUES (1, 1, 1), (2, 2, 2);
GRANT ALL ON shop.wide, shop.narrow TO regress_tenancy_app;
SELECT tenancy.protect('shop.projects');
DROP TABLE shop.tasks, shop.changes, shop.projects;
SELECT tenancy.protect_schema('shop') > 0 AS protected;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(1);
SELECT * FROM shop.wide JOIN shop.narrow USING (tenant_id);
INSERT INTO shop.narrow (id, wide_id) VALUES (3, 1) RETURNING tenant_id;
INSERT INTO shop.narrow (id, wide_id) VALUES (4, 2);
INSERT INTO shop.wide VALUES (5, 2);
SELECT tenancy.set_tenant('01');
SELECT tenancy.set_tenant('2');
ROLLBACK;
SELECT tenancy.set_tenant(' 1');
SELECT tenancy.set_tenant('99999999999');
SELECT tenancy.set_tenant(3);
\c - :superuser
SELECT tenancy.unprotect(target) FROM tenancy.protected ORDER BY target::text;
-- Keys that are not unique, of another type, or compared loosely are refused.
CREATE COLLATION regress.loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE shop.fuzzy (id text COLLATE regress.loose PRIMARY KEY, at timestamptz UNIQUE);
SELECT tenancy.use_tenant_table('shop.fuzzy', 'id');
SELECT tenancy.use_tenant_table('shop.fuzzy', 'at');
DELETE FROM tenancy.configuration;
SELECT tenancy.key_type();
\c - :superuser
\i :cleanup
