-- A shared table is read by all tenants, as far as it says, and written by the platform without a tenant.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.countries (code text PRIMARY KEY, name text, published boolean NOT NULL DEFAULT true);
CREATE TABLE shop.news (id bigint PRIMARY KEY, title text, published boolean NOT NULL);
CREATE TABLE shop.addresses (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, country text REFERENCES shop.countries (code));
INSERT INTO shop.countries VALUES ('NO', 'Norway'), ('PE', 'Peru');
INSERT INTO shop.news VALUES (1, 'out', true), (2, 'secret', false);
INSERT INTO shop.addresses VALUES (1, :'acme', 'NO'), (11, :'beta', 'PE');
CALL regress.settle();
SELECT tenancy.share('shop.countries') > 0 AS shared, tenancy.share('shop.news', 'published') > 0 AS shared_in_part;
SELECT tenancy.share('shop.countries') AS again, tenancy.share('shop.news', 'published') AS again_in_part;
SELECT tenancy.share('shop.projects');
SELECT tenancy.protect('shop.countries');

-- An enrolled role: shared tables belong to no tenant, and none is needed to read them.
\c - regress_tenancy_app
SELECT code FROM shop.countries ORDER BY code;
SELECT id FROM shop.news;
INSERT INTO shop.countries VALUES ('XX', 'planted');
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT code FROM shop.countries ORDER BY code;
SELECT id, title FROM shop.news;
SELECT count(*) FROM shop.news WHERE NOT published;
COPY shop.news TO stdout;
SELECT a.id, c.name FROM shop.addresses AS a JOIN shop.countries AS c ON c.code = a.country;
INSERT INTO shop.addresses (id, country) VALUES (2, 'PE') RETURNING id;
INSERT INTO shop.countries VALUES ('XX', 'planted');
INSERT INTO shop.countries SELECT 'XX', 'planted' WHERE false;
INSERT INTO shop.countries VALUES ('NO', 'changed') ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name;
UPDATE shop.countries SET name = 'changed';
UPDATE shop.news SET published = true WHERE id = 2;
DELETE FROM shop.countries WHERE code = 'PE';
MERGE INTO shop.countries AS c USING (VALUES ('NO')) AS w (code) ON c.code = w.code WHEN MATCHED THEN DELETE;
TRUNCATE shop.news;
\copy shop.countries FROM '/dev/null'
ROLLBACK;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$SELECT FROM shop.news$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.countries VALUES ('XX', 'planted')$$);
SELECT * FROM regress.attempt($$UPDATE shop.countries SET name = 'changed'$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.news$$);
SELECT * FROM regress.attempt($$TRUNCATE shop.news$$);
SELECT regress.others_untouched();
-- The platform without a tenant.
BEGIN;
INSERT INTO shop.countries VALUES ('TO', 'Tonga');
UPDATE shop.news SET published = true;
DELETE FROM shop.countries WHERE code = 'TO' RETURNING code;
TRUNCATE shop.news;
ROLLBACK;
\i :cleanup
