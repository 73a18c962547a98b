-- Policies of the application stay, are listed, and nothing of ours widens them.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.notes (id int, tenant_id uuid NOT NULL, author name, body text);
CREATE POLICY author_reads ON shop.notes FOR SELECT USING (author = current_user);
CREATE TABLE shop.locked (id int, tenant_id uuid NOT NULL);
ALTER TABLE shop.locked ENABLE ROW LEVEL SECURITY;
INSERT INTO shop.notes VALUES (1, :'acme', 'regress_tenancy_app', 'own'), (2, :'acme', 'somebody', 'else'), (3, :'beta', 'regress_tenancy_app', 'foreign');
INSERT INTO shop.locked VALUES (1, :'acme');
GRANT ALL ON shop.notes, shop.locked TO regress_tenancy_app;
SELECT tenancy.protect('shop.notes') > 0 AS protected;
SELECT tenancy.protect('shop.locked') > 0 AS protected;
SELECT tablename, policyname, permissive, cmd FROM pg_policies WHERE schemaname = 'shop' AND tablename IN ('notes', 'locked') ORDER BY 1, 2;
SELECT count(*) FROM tenancy.plan('shop');
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id, body FROM shop.notes ORDER BY id;
INSERT INTO shop.notes (id, author) VALUES (4, current_user);
SELECT count(*) FROM shop.locked;
ROLLBACK;
\c - :superuser
-- The way back keeps them and leaves row-level security on.
SELECT tenancy.unprotect('shop.notes');
SELECT policyname FROM pg_policies WHERE tablename = 'notes';
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'shop.notes'::regclass;
\c - :superuser
\i :cleanup
