-- A database whose every name is an attack on the page of tenancy.report(). For test/tap/report.pl, and for looking at it:
-- psql -f test/tools/report_hostile.sql in an empty database, then psql -Atc "SELECT tenancy.report()" > report.html
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS pg_tenancy;
CREATE SCHEMA "<script>document.title='schema'</script>";
CREATE SCHEMA shop;
\set hostile '"<script>document.title=''schema''</script>"'
SELECT tenancy.create_tenant('<script>document.title="tenant"</script>', 'a', id => '00000000-0000-4000-8000-00000000000a'),
       tenancy.create_tenant(E'</title></svg><img src=x onerror="document.title=1">\n\r\t''"&amp;', 'b', id => '00000000-0000-4000-8000-00000000000b'),
       tenancy.create_tenant(U&'\202Etxet desrever \202C\200B\05E9\05DC\05D5\05DD \0645\0631\062D\0628\0627 \65E5\672C\8A9E \+01F600 e\0301', 'c', id => '00000000-0000-4000-8000-00000000000c'),
       tenancy.create_tenant(repeat('A very long name of a tenant ', 40), 'd', id => '00000000-0000-4000-8000-00000000000d'),
       tenancy.create_tenant(E'\x01\x02\x1b[31m red \x7f', 'e', id => '00000000-0000-4000-8000-00000000000e');
SELECT tenancy.create_tenant('Tenant ' || n, 't' || n, id => format('00000000-0000-4000-8000-0000000001%s', lpad(n::text, 2, '0'))::uuid) FROM generate_series(1, 24) AS n;

CREATE TABLE :hostile."<img src=x onerror=document.title='table'>" (tenant_id uuid NOT NULL, id int NOT NULL, "</pre><script>document.title='column'</script>" int UNIQUE, PRIMARY KEY (tenant_id, id));
CREATE TABLE :hostile."""quoted"" 'twice' & <b>" (tenant_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE :hostile."new
line	tab" (tenant_id uuid, id int PRIMARY KEY);
CREATE TABLE shop.U&"\202Elatot\2066" (tenant_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE shop."]]>-->*/</style><script>document.title='style'</script>" ("tenant'--" uuid NOT NULL, id int NOT NULL, PRIMARY KEY ("tenant'--", id));
CREATE TABLE shop."javascript:document.title=1" (tenant_id uuid);
CREATE TABLE shop.orders (tenant_id uuid NOT NULL, id int NOT NULL, total numeric, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
CREATE TABLE shop.orders_2026 PARTITION OF shop.orders FOR VALUES FROM (0) TO (1000000);
CREATE TABLE shop.countries (code text PRIMARY KEY);
CREATE TABLE shop.invoices (tenant_id uuid NOT NULL, id int NOT NULL, order_id int, number text UNIQUE, PRIMARY KEY (tenant_id, id));
CREATE TABLE shop.forgotten (tenant_id uuid, note text);
COMMENT ON TABLE shop.invoices IS '<script>document.title=''comment''</script>';
INSERT INTO shop.orders SELECT t.id, n, n FROM tenancy.tenants AS t, generate_series(1, 40) AS n WHERE n <= 10 OR n < 40 * random() OR t.slug IN ('a', 'b', 'c');
INSERT INTO shop.invoices SELECT tenant_id, id, id, tenant_id || '/' || id FROM shop.orders WHERE id % 3 = 0;
ANALYZE;
SELECT tenancy.protect_schema('shop'), tenancy.protect(format('%I.%I', n.nspname, c.relname)::regclass)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname LIKE '<%' AND c.relkind = 'r' AND c.relname NOT LIKE 'new%';
SELECT tenancy.protect(c.oid::regclass, 'tenant''--') FROM pg_class AS c WHERE c.relname LIKE ']]>%' AND c.relkind = 'r';
SELECT tenancy.share('shop.countries');
SELECT tenancy.unprotect('shop.forgotten');
ALTER TABLE shop.invoices DISABLE ROW LEVEL SECURITY;

CREATE ROLE "<script>document.title='role'</script>" LOGIN REPLICATION;
CREATE ROLE report_app LOGIN;
GRANT USAGE ON SCHEMA shop TO report_app, "<script>document.title='role'</script>";
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA shop TO report_app, "<script>document.title='role'</script>";
SELECT tenancy.enroll('report_app');
ALTER ROLE "<script>document.title='role'</script>" NOREPLICATION;
SELECT tenancy.enroll('"<script>document.title=''role''</script>"');
ALTER ROLE "<script>document.title='role'</script>" REPLICATION;
CREATE POLICY "<svg onload=document.title=1>" ON shop.orders USING (coalesce(nullif(current_setting('<script>document.title=2</script>', true), '') = '</pre><script>document.title=3</script>', true));
CREATE VIEW shop."<iframe src=javascript:document.title=1>" AS SELECT * FROM shop.orders;
GRANT SELECT ON shop."<iframe src=javascript:document.title=1>" TO report_app;
SELECT tenancy.waive('unique_without_tenant', '%', '<script>document.title="reason"</script> they are random', '2099-01-01');
SELECT tenancy.waive('view_of_owner', '%', 'known to the operators, goes with release 7', '2098-06-30');
