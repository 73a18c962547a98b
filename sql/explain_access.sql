-- explain_access(): why a session sees no rows. grant_auditor(): who may look without seeing rows.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
\pset format unaligned
\o /dev/null
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part;
SELECT tenancy.unenroll('regress_tenancy_app');
\o
SELECT * FROM tenancy.explain_access('shop.projects', :'acme');
SELECT tenancy.protect_schema('shop') > 0 AS protected;
SELECT * FROM tenancy.explain_access('shop.projects', :'acme');
SELECT tenancy.enroll('regress_tenancy_app');
SELECT * FROM tenancy.explain_access('shop.projects', :'acme');
REVOKE USAGE ON SCHEMA shop FROM regress_tenancy_app;
SELECT * FROM tenancy.explain_access('shop.projects', :'acme') WHERE question IN ('role', 'what it sees');
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO regress_tenancy_app;
SELECT * FROM tenancy.explain_access('shop.projects', :'acme') WHERE question IN ('role', 'tenant', 'rows of the tenant', 'what it sees');
SELECT * FROM tenancy.explain_access('shop.projects') WHERE question = 'what it sees';
SELECT * FROM tenancy.explain_access('shop.projects', 'not a tenant') WHERE question IN ('tenant', 'what it sees');
SELECT tenancy.suspend_tenant(:'beta');
SELECT * FROM tenancy.explain_access('shop.projects', :'beta') WHERE question IN ('tenant', 'rows of the tenant', 'what it sees');
SELECT tenancy.activate_tenant(:'beta');
DELETE FROM shop.tasks WHERE tenant_id = :'beta';
SELECT * FROM tenancy.explain_access('shop.tasks', :'beta') WHERE question = 'what it sees';
CREATE POLICY never ON shop.changes USING (false);
DROP POLICY tenancy_access ON shop.changes;
SELECT * FROM tenancy.explain_access('shop.changes', :'acme') WHERE question = 'what it sees';
SELECT * FROM tenancy.explain_access('shop.projects', :'acme', 'regress_tenancy_bypass') WHERE question = 'role';
SELECT * FROM tenancy.explain_access(NULL);
-- An auditor sees the state of things, and no rows.
CREATE ROLE regress_tenancy_auditor LOGIN;
SELECT tenancy.grant_auditor('regress_tenancy_app');
SELECT tenancy.grant_auditor(NULL);
SELECT tenancy.grant_auditor('regress_tenancy_auditor');
\c - regress_tenancy_auditor
SELECT count(*) > 0 AS findings FROM tenancy.lint();
SELECT count(*) > 0 AS questions_not_asked FROM tenancy.lint(data => true) WHERE detail LIKE 'It could not be asked%';
SELECT count(*) > 0 AS states FROM tenancy.status();
SELECT count(*) AS protected FROM tenancy.protected;
SELECT count(*) >= 0 AS waivers FROM tenancy.waivers;
SELECT * FROM shop.projects;
SELECT name FROM tenancy.tenants;
SELECT tenancy.waive('drift', '%', 'because');
SELECT * FROM tenancy.prove();
SELECT * FROM tenancy.explain_access('shop.projects');
\c - :superuser
\pset format aligned
DROP OWNED BY regress_tenancy_auditor;
DROP ROLE regress_tenancy_auditor;
\i :cleanup
