-- find_tenant() looks before a tenant is known, also where the application's own tenant table is shared; it
-- tells id and status, and nothing else gets through with it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT * FROM tenancy.doors;
SET client_min_messages = error;
DROP SCHEMA shop CASCADE;
DELETE FROM tenancy.tenants;
CREATE SCHEMA shop;
CREATE TABLE shop.companies (id uuid PRIMARY KEY, handle text UNIQUE, host varchar(50), secret text);
INSERT INTO shop.companies VALUES (:'acme', 'acme', 'acme.example', 'secret of acme'), (:'beta', 'beta', 'beta.example', 'secret of beta');
SELECT tenancy.use_tenant_table('shop.companies', 'id', slug_column => 'handle', domain_column => 'host');
SELECT tenancy.share('shop.companies', 'id = tenancy.current_tenant_id()') > 0 AS shared;
RESET client_min_messages;
ALTER TABLE shop.companies OWNER TO regress_tenancy_owner;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
GRANT SELECT ON shop.companies TO regress_tenancy_app;

\c - regress_tenancy_app
SELECT * FROM tenancy.find_tenant('beta');
SELECT * FROM tenancy.find_tenant('ACME.example');
SELECT * FROM tenancy.find_tenant('nobody');
SELECT * FROM tenancy.find_tenant(NULL);
SELECT secret FROM shop.companies;
SELECT tenancy.tenants_named('beta');
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
SELECT tenant, (SELECT string_agg(secret, ' ') FROM shop.companies) AS seen FROM tenancy.find_tenant('beta');
PREPARE find AS SELECT * FROM tenancy.find_tenant($1);
EXECUTE find('beta');
COMMIT;

-- A type that is no text; a column that is gone; names that nobody gave.
\c - :superuser
ALTER TABLE shop.companies ALTER handle TYPE name;
\c - regress_tenancy_app
SELECT * FROM tenancy.find_tenant('beta');
\c - :superuser
ALTER TABLE shop.companies ALTER handle TYPE char(9);
\c - regress_tenancy_app
SELECT * FROM tenancy.find_tenant('beta') UNION ALL SELECT * FROM tenancy.find_tenant('bet') UNION ALL SELECT * FROM tenancy.find_tenant('betaa');
\c - :superuser
ALTER TABLE shop.companies RENAME handle TO nickname;
\c - regress_tenancy_app
SELECT * FROM tenancy.find_tenant('beta');
SELECT secret FROM shop.companies;
\c - :superuser
UPDATE tenancy.configuration SET slug_column = NULL, domain_column = NULL;
\c - regress_tenancy_app
SELECT * FROM tenancy.find_tenant('beta');
\c - :superuser
DROP SCHEMA shop CASCADE;
DELETE FROM tenancy.configuration;
\i :cleanup
