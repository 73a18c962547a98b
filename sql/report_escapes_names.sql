-- report(): names, comments and reasons that are markup are text on the page; the page is ASCII, whatever they are.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop."<script>alert('t')</script>" ("</pre>" int UNIQUE, tenant_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE shop."two
lines" (tenant_id uuid);
CREATE TABLE shop.U&"\202Edlo\202C \65E5" (tenant_id uuid);
CREATE VIEW shop."<img src=x onerror=alert(1)>" AS SELECT * FROM shop.projects;
GRANT SELECT ON shop."<img src=x onerror=alert(1)>" TO regress_tenancy_app;
UPDATE tenancy.tenants SET name = '</title></svg><script>alert("n")</script>' WHERE id = :'acme';
SET client_min_messages = error;
SELECT tenancy.protect('shop."<script>alert(''t'')</script>"') > 0 AS protected;
RESET client_min_messages;
SELECT tenancy.waive('unique_without_tenant', '%', '<b>random</b> & "known"', '2099-01-01');

CREATE TABLE regress.pages AS SELECT tenancy.report(data => true) AS page;
SELECT page LIKE '<!DOCTYPE html>%' AS is_a_page, page ~ '^[\n -~]*$' AS is_ascii, page ~ '<script|<img|<b>|</title></svg>' AS is_broken FROM regress.pages;
SELECT DISTINCT m.found[1] COLLATE "C" AS shown FROM regress.pages, regexp_matches(page, '(&lt;script&gt;alert\(&#39;t&#39;\)&lt;/script&gt;|&lt;img src=x onerror=alert\(1\)&gt;|two\[U\+000A\]lines|\[U\+202E\]dlo\[U\+202C\] &#x65E5;|&lt;b&gt;random&lt;/b&gt; &amp; &quot;known&quot;|&lt;/title&gt;&lt;/svg&gt;)', 'g') AS m(found) ORDER BY 1;
-- Commands can be copied: their lines stay lines.
SELECT page LIKE E'%tenancy.protect(&#39;shop.&quot;two\nlines&quot;&#39;%' AS lines_stay FROM regress.pages;
SELECT tenancy.unwaive('unique_without_tenant', '%');
\c - :superuser
\i :cleanup
