-- What grown schemas do: keys that carry the parent's reference along, a tenant column spelled in another
-- way, people of several tenants, tables of tools; and what status() says of tables that were left out.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SET client_min_messages = error;
DROP SCHEMA shop CASCADE;
RESET client_min_messages;
CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE "Organization" (id text PRIMARY KEY);
CREATE TABLE "Billing" (organization_id text PRIMARY KEY REFERENCES "Organization");
CREATE TABLE "User" (id text PRIMARY KEY);
CREATE TABLE "Session" (id int PRIMARY KEY, "userId" text NOT NULL REFERENCES "User");
CREATE TABLE "Membership" ("organizationId" text REFERENCES "Organization", "userId" text REFERENCES "User", PRIMARY KEY ("organizationId", "userId"));
CREATE TABLE "Space" (id int PRIMARY KEY, "organizationId" text NOT NULL REFERENCES "Organization");
CREATE TABLE "Flow" (id int, "spaceId" int NOT NULL REFERENCES "Space", PRIMARY KEY (id, "spaceId"));
CREATE TABLE "Run" (id int PRIMARY KEY, "spaceId" int NOT NULL REFERENCES "Space", "flowId" int, FOREIGN KEY ("flowId", "spaceId") REFERENCES "Flow");
CREATE TABLE "RunLog" (id int PRIMARY KEY, "runId" int NOT NULL REFERENCES "Run", "authorId" text REFERENCES "User");
CREATE TABLE "Survey" (id int PRIMARY KEY, "spaceId" int NOT NULL REFERENCES "Space", "teamId" int REFERENCES "Space");
CREATE TABLE "Answer" (id int PRIMARY KEY, "surveyId" int NOT NULL REFERENCES "Survey");
CREATE TABLE "Change" (id int PRIMARY KEY, "organizationId" text, "itemType" text, "itemId" text);
CREATE TABLE "Currency" (code text PRIMARY KEY);
CREATE TABLE _prisma_migrations (id text PRIMARY KEY);
CREATE TABLE schema_migrations (id int PRIMARY KEY, by text REFERENCES "User");
INSERT INTO "Organization" VALUES ('a'), ('b');
INSERT INTO "Billing" VALUES ('a');
INSERT INTO "Space" VALUES (1, 'a'), (2, 'b');
INSERT INTO "Flow" VALUES (1, 1), (2, 2);
INSERT INTO "Run" VALUES (1, 1, NULL), (2, 2, 2);
INSERT INTO "RunLog" VALUES (1, 1), (2, 2);
INSERT INTO "Survey" VALUES (1, 1, 2), (2, 2, 2), (3, 1, NULL);
INSERT INTO "Answer" VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO "Change" VALUES (1, NULL, 'Survey', '1');
INSERT INTO _prisma_migrations VALUES ('init');
\pset format unaligned
-- The tenants stand in another table: no column has to change its type.
SELECT table_name, kind, reason, next_command FROM tenancy.classify('App 2', 'organizationId', counts => false) WHERE kind = 'ambiguous';
DELETE FROM tenancy.tenants;
SELECT tenancy.use_tenant_table('"Organization"');
SELECT table_name, kind, tenant_column, reason, derivable, conflicting FROM tenancy.classify('App 2', 'organizationId');
SELECT table_name, paths FROM tenancy.classify('App 2', 'organizationId', counts => false) WHERE paths <> '{}';
-- The question is put to the parent, and answered for both.
SELECT table_name, next_command FROM tenancy.classify('App 2', 'organizationId') WHERE kind IN ('ambiguous', 'settings') OR table_name = '_prisma_migrations'::regclass;
SELECT tenancy.set_derivation('"Survey"', ARRAY['"spaceId" -> "Space"."organizationId"'], 'organizationId');
SELECT table_name, kind, reason FROM tenancy.classify('App 2', 'organizationId') WHERE table_name IN ('"Survey"'::regclass, '"Answer"');
SELECT table_name, reason FROM tenancy.unassigned('App 2', 'organizationId');
-- A tenant column spelled in another way ends a path, too.
SELECT next_command FROM tenancy.classify('App 2', 'organizationId') WHERE kind = 'settings' \gexec
SELECT count(*) > 0 AS protected FROM tenancy.protected WHERE target = '"Billing"'::regclass AND tenant_column = 'organization_id';
-- Tables that were left out, and lead to rows of tenants.
DELETE FROM "Change";
SELECT tenancy.protect_schema('App 2', 'organizationId') > 0 AS protected;
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE topic IN ('tables', 'table');
SELECT next_command FROM tenancy.status() WHERE detail LIKE 'foreign keys lead%' \gset
\pset tuples_only on
:next_command
\pset tuples_only off
-- Many tables are one line.
\set ECHO errors
SELECT format('CREATE TABLE many_%s (id int PRIMARY KEY, "organizationId" text)', n) FROM generate_series(1, 11) AS n \gexec
\set ECHO all
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE topic = 'tables' ORDER BY detail;
\pset format aligned
RESET search_path;
\c - :superuser
DELETE FROM tenancy.configuration;
\i :cleanup
