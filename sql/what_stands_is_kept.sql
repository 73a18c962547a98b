-- A repair keeps what was decided: the rows a shared table shows, the rows of the platform, the column.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.news (id int PRIMARY KEY, published boolean NOT NULL);
SELECT tenancy.share('shop.news', 'published') > 0 AS shared;
ALTER TABLE shop.news DISABLE ROW LEVEL SECURITY;
SELECT next_command FROM tenancy.status() WHERE detail LIKE 'shop.news%';
SELECT tenancy.share('shop.news');
SELECT qual FROM pg_policies WHERE tablename = 'news' AND policyname = 'tenancy_isolation';
DROP POLICY tenancy_isolation ON shop.news;
SELECT tenancy.share('shop.news');
CREATE TABLE shop.forms (id int, "tenantId" uuid);
INSERT INTO shop.forms VALUES (1, NULL);
SELECT tenancy.protect('shop.forms', 'tenantId', 'read') > 0 AS protected;
ALTER TABLE shop.forms DISABLE ROW LEVEL SECURITY;
SELECT next_command FROM tenancy.status() WHERE detail LIKE 'shop.forms%';
SELECT tenancy.protect('shop.forms', 'tenantId');
SELECT global_rows FROM tenancy.protected WHERE target = 'shop.forms'::regclass;
SELECT count(*) FROM tenancy.plan('shop.forms');
\c - regress_tenancy_app
SELECT tenancy.set_tenant(NULL::text);
SELECT tenancy.set_tenant(NULL::uuid);
\c - :superuser
\i :cleanup
