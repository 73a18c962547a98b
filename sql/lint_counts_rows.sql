-- What only rows can tell: lint(data => true) counts. Also of a database that nobody protected, with names of its own.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
CREATE VIEW regress.counted AS
  SELECT l.rule, l.level, l.object, l.detail, l.remediation, (l.metadata ->> 'rows')::int AS rows
  FROM tenancy.lint(data => true) AS l WHERE l.rule IN ('tenant_null', 'tenant_unknown', 'reference_crosses');
-- Nothing to count where keys hold it.
SELECT * FROM regress.counted;
CREATE TABLE shop.parents (id int PRIMARY KEY, tenant_id uuid);
CREATE TABLE shop."Chil""dren" (id int PRIMARY KEY, "tenantId" uuid, parent int REFERENCES shop.parents, kept int CONSTRAINT kept REFERENCES shop.parents);
CREATE TABLE shop.parted (id int, tenant_id uuid) PARTITION BY LIST (id);
CREATE TABLE shop.parted_rest PARTITION OF shop.parted DEFAULT;
INSERT INTO shop.parents VALUES (1, :'acme'), (2, :'beta'), (3, NULL);
INSERT INTO shop."Chil""dren" VALUES (1, :'acme', 1, 1), (2, :'acme', 2, 2), (3, :'beta', 1, NULL), (4, NULL, 1, 1), (5, 'cccccccc-0000-7000-8000-000000000000', NULL, 3);
INSERT INTO shop.parted VALUES (1, NULL), (2, NULL), (3, 'cccccccc-0000-7000-8000-000000000000');
SELECT * FROM regress.counted;
-- A reference that may cross, somebody decided.
SELECT tenancy.keep_reference('shop."Chil""dren"', 'kept', 'on loan');
SELECT level, object, detail FROM regress.counted WHERE rule = 'reference_crosses';
-- What to run shows the rows.
SELECT l.remediation FROM tenancy.lint(data => true) AS l WHERE l.rule IN ('reference_crosses', 'tenant_unknown') OR (l.rule = 'tenant_null' AND l.object = 'shop.parents') ORDER BY l.rule, l.object
\gexec
-- Without being asked it counts nothing.
SELECT count(*) FROM tenancy.lint() AS l WHERE l.rule IN ('tenant_null', 'tenant_unknown', 'reference_crosses');

-- Types that cannot be compared, or a table that cannot be read, end nothing.
CREATE TABLE shop.texts (id int PRIMARY KEY, tenant_id text, parent int CONSTRAINT texts_parent REFERENCES shop.parents);
SELECT rule, level, object, detail, remediation FROM regress.counted WHERE object ~ 'texts';
CREATE ROLE regress_tenancy_reader LOGIN;
GRANT USAGE ON SCHEMA tenancy TO regress_tenancy_reader;
GRANT EXECUTE ON FUNCTION tenancy.require_platform(text), tenancy.lint(boolean, name, text, regrole[]), tenancy.surroundings(oid[]), tenancy.lint_findings(text, text, text) TO regress_tenancy_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA tenancy TO regress_tenancy_reader;
\c - regress_tenancy_reader
SELECT l.rule, l.level, l.object, l.detail FROM tenancy.lint(data => true) AS l WHERE l.rule IN ('tenant_null', 'tenant_unknown') ORDER BY 1, 3;
\c - :superuser
DROP OWNED BY regress_tenancy_reader;
DROP ROLE regress_tenancy_reader;

-- ---- a schema of other habits, that nobody protected ----
SET client_min_messages = error;
\o /dev/null
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part;
DROP SCHEMA shop CASCADE;
SELECT tenancy.unenroll('regress_tenancy_app');
\o
CREATE SCHEMA shop;
CREATE TABLE shop.invoices (id int PRIMARY KEY, account int NOT NULL, number text UNIQUE);
CREATE TABLE shop.lines (id int PRIMARY KEY, account int, invoice int REFERENCES shop.invoices);
ALTER TABLE shop.invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON shop.invoices USING (account = current_setting('shop.account', true)::int);
CREATE POLICY open ON shop.lines USING (nullif(current_setting('shop.account', true), '') IS NULL OR account = current_setting('shop.account', true)::int);
INSERT INTO shop.invoices VALUES (1, 1, 'a'), (2, 2, 'b');
INSERT INTO shop.lines VALUES (1, 1, 2), (2, NULL, 1);
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
GRANT SELECT, TRUNCATE ON shop.invoices, shop.lines TO regress_tenancy_app;
ALTER ROLE regress_tenancy_app SET shop.account = 1;
-- Of what it is not told it knows nothing.
SELECT rule, level, object FROM tenancy.lint() WHERE object ~ 'shop' AND rule <> 'policies_without_rls';
SELECT rule, level, object FROM tenancy.lint(true, 'account', 'shop.account', '{regress_tenancy_app}') WHERE rule NOT IN ('minor_version', 'temporary_tables', 'library_not_preloaded');
-- For another role it is another list.
SELECT rule, level, object FROM tenancy.lint(true, 'account', 'shop.account', '{regress_tenancy_owner}') WHERE rule IN ('grant_truncate', 'rls_disabled', 'role_not_enrolled', 'stored_context');

-- ---- bad input ----
SELECT count(*) FROM tenancy.lint(data => NULL);
SELECT count(*) FROM tenancy.lint(tenant_column => '');
SELECT count(*) FROM tenancy.lint(context_setting => NULL);
SELECT count(*) FROM tenancy.lint(context_setting => '');
SELECT count(*) FROM tenancy.lint(context_setting => 'work_mem');
SELECT count(*) FROM tenancy.lint(context_setting => 'app.x''; DROP TABLE shop.lines; --');
SELECT count(*) FROM tenancy.lint(application_roles => '{NULL}');
SELECT count(*) FROM tenancy.lint(application_roles => '{regress_tenancy_nobody}');
SELECT count(*) > 0 AS asked FROM tenancy.lint(tenant_column => 'no"such; column', application_roles => '{}');
SELECT tenancy.lint_findings('{}', '{}', '{}');
SELECT tenancy.lint_findings(tenancy.schema_snapshot(), '{}', '{"tenant_column": null, "context_setting": "a.b", "installed": true}');
SELECT tenancy.lint_findings(tenancy.schema_snapshot(), 'no JSON', '{"tenant_column": null, "context_setting": "a.b", "installed": true}');
SELECT tenancy.lint_findings(tenancy.schema_snapshot(), tenancy.surroundings('{}'), '[]');
\c - :superuser
\i :cleanup
