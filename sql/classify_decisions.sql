-- What is ambiguous is decided by set_derivation(); what it cannot mean is refused, and nothing is changed.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT tenancy.unprotect(target) FROM tenancy.protected ORDER BY target::text;
DELETE FROM tenancy.tenants;
CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE "Tenant" (id text PRIMARY KEY);
CREATE TABLE shop."User" (id text PRIMARY KEY, "tenantId" varchar(30) REFERENCES "Tenant", email text);
CREATE TABLE services (id text PRIMARY KEY, "tenantId" text);
CREATE TABLE "ServiceRequest" (id text PRIMARY KEY, "tenantId" text, "clientId" text REFERENCES shop."User", "serviceId" text REFERENCES services);
CREATE TABLE "Attachment" (id text PRIMARY KEY, "requestId" text NOT NULL REFERENCES "ServiceRequest");
CREATE TABLE log ("clientId" text REFERENCES shop."User", "serviceId" text REFERENCES services);
CREATE VIEW names AS SELECT id FROM services;
INSERT INTO "Tenant" VALUES ('a'), ('b');
INSERT INTO shop."User" VALUES ('u1', 'a'), ('u2', 'b'), ('u3', NULL);
INSERT INTO services VALUES ('s1', 'a'), ('s2', 'b'), ('s3', 'gone');
INSERT INTO "ServiceRequest" VALUES ('r1', NULL, 'u1', 's1'), ('r2', NULL, 'u1', 's2'), ('r3', NULL, 'u3', NULL), ('r4', NULL, NULL, NULL), ('r5', 'a', 'u2', NULL), ('r6', NULL, NULL, 's3');
INSERT INTO "Attachment" VALUES ('x1', 'r5'), ('x2', 'r1');
SELECT tenancy.use_tenant_table('"Tenant"');
SELECT count(*) FROM tenancy.classify('App 2', 'tenant_id');
\pset format unaligned
SELECT table_name, kind, reason, next_command FROM tenancy.classify('App 2', 'tenantId') WHERE kind NOT IN ('root', 'shared');
SELECT * FROM tenancy.conflicts('"ServiceRequest"', tenant_column => 'tenantId');
SELECT * FROM tenancy.conflicts('"ServiceRequest"', 1, 'tenantId');
SELECT table_name, reason, rows FROM tenancy.unassigned('App 2', 'tenantId');
-- The query that it shows, run as it is.
SELECT query FROM tenancy.unassigned('App 2', 'tenantId') WHERE reason = 'parents disagree' \gset
:query
-- The decision: paths as they are kept, and what classify() makes of them.
SELECT next_command FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = '"ServiceRequest"'::regclass \gexec
SELECT kind, reason, derivable, conflicting, orphans FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = '"ServiceRequest"'::regclass;
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"serviceId" -> services."tenantId"']);
SELECT kind, reason, derivable, conflicting, orphans FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = '"ServiceRequest"'::regclass;
SELECT target, paths FROM tenancy.derivations;
-- Refused.
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['nope -> services."tenantId"']);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['serviceId -> services."tenantId"']);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"serviceId" -> "Tenant".id']);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"clientId" -> shop."User".email']);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"clientId" -> shop."User".email'], 'tenantId');
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"clientId" -> "User"."tenantId"']);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"clientId"']);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"serviceId" -> services."tenantId"', NULL]);
SELECT tenancy.set_derivation('"ServiceRequest"', ARRAY['"serviceId" -> services."tenantId"', '"ServiceRequest"."serviceId"->services."tenantId"']);
SELECT tenancy.set_derivation('"Tenant"', ARRAY['id -> services."tenantId"']);
SELECT tenancy.set_derivation('names', ARRAY['id -> services."tenantId"']);
SELECT tenancy.set_derivation(NULL, ARRAY['id -> services."tenantId"']);
SELECT * FROM tenancy.conflicts('log', tenant_column => 'tenantId');
SELECT * FROM tenancy.conflicts('"ServiceRequest"', 0);
SELECT * FROM tenancy.conflicts('names');
SELECT * FROM tenancy.conflicts(NULL);
SELECT * FROM tenancy.classify('nowhere');
SELECT * FROM tenancy.classify('App 2', NULL);
SELECT * FROM tenancy.unassigned('nowhere');
SELECT target, paths FROM tenancy.derivations;
-- A renamed table keeps its rule; a renamed column makes it void, and that is said.
ALTER TABLE "ServiceRequest" RENAME TO requests;
SELECT kind, reason FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = 'requests'::regclass;
ALTER TABLE requests RENAME "serviceId" TO service;
SELECT kind, reason FROM tenancy.classify('App 2', 'tenantId') WHERE table_name = 'requests'::regclass;
SELECT tenancy.set_derivation('requests', '{}');
SELECT count(*) FROM tenancy.derivations;
SELECT tenancy.set_derivation('"Attachment"', ARRAY['"requestId" -> requests."tenantId"']);
DROP TABLE "Attachment";
SELECT tenancy.set_derivation('requests', NULL);
SELECT count(*) FROM tenancy.derivations;
\pset format aligned
-- Not for sessions of an application.
\c - regress_tenancy_app
SELECT * FROM tenancy.classify('shop');
SELECT * FROM tenancy.unassigned('shop');
SELECT * FROM tenancy.conflicts('shop.tasks');
SELECT tenancy.set_derivation('shop.tasks', NULL);
\c - :superuser
GRANT EXECUTE ON FUNCTION tenancy.classify(name, name, boolean), tenancy.classified_tables(name, name, boolean), tenancy.conflicts(regclass, integer, name), tenancy.tenant_column_in(name), tenancy.tenant_columns(name) TO regress_tenancy_app;
\c - regress_tenancy_app
SELECT * FROM tenancy.classify('shop');
SELECT * FROM tenancy.conflicts('shop.tasks');
\c - :superuser
REVOKE EXECUTE ON FUNCTION tenancy.classify(name, name, boolean), tenancy.classified_tables(name, name, boolean), tenancy.conflicts(regclass, integer, name), tenancy.tenant_column_in(name), tenancy.tenant_columns(name) FROM regress_tenancy_app;
DELETE FROM tenancy.configuration;
\i :cleanup
