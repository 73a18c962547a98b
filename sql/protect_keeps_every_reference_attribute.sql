-- References that become composite keep their actions, timing, match, validity and name.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop."Parent Table" ("Id" int, "Second" int, tenant_id uuid NOT NULL, PRIMARY KEY ("Id"), UNIQUE ("Id", "Second"));
CREATE TABLE shop.child (
  id int PRIMARY KEY, tenant_id uuid NOT NULL,
  a int CONSTRAINT a_cascade REFERENCES shop."Parent Table" ON DELETE CASCADE ON UPDATE CASCADE,
  b int CONSTRAINT b_null REFERENCES shop."Parent Table" ON DELETE SET NULL,
  c int DEFAULT 7 CONSTRAINT c_default REFERENCES shop."Parent Table" ON DELETE SET DEFAULT DEFERRABLE,
  d int CONSTRAINT d_deferred REFERENCES shop."Parent Table" ON DELETE RESTRICT ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED,
  e int, f int, g int, h int,
  CONSTRAINT ef_some FOREIGN KEY (e, f) REFERENCES shop."Parent Table" ("Id", "Second") ON DELETE SET NULL (f),
  CONSTRAINT g_update_null FOREIGN KEY (g) REFERENCES shop."Parent Table" ON UPDATE SET NULL,
  CONSTRAINT gh_full FOREIGN KEY (g, h) REFERENCES shop."Parent Table" ("Id", "Second") MATCH FULL
);
ALTER TABLE shop.child ADD COLUMN i int, ADD CONSTRAINT i_unchecked FOREIGN KEY (i) REFERENCES shop."Parent Table" NOT VALID;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shop.child'::regclass AND contype = 'f' ORDER BY conname;
SELECT tenancy.protect_schema('shop') > 0 AS protected;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shop.child'::regclass AND contype = 'f' ORDER BY conname;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shop."Parent Table"'::regclass AND contype IN ('f', 'u') ORDER BY conname;
SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'shop.child'::regclass AND tgname LIKE 'tenancy_reference%' ORDER BY tgname;
SELECT * FROM tenancy.plan('shop');
-- They do what they did.
INSERT INTO shop."Parent Table" SELECT n, n, :'acme' FROM generate_series(1, 9) AS n;
INSERT INTO shop.child (id, tenant_id, a, b, c, e, f, g, h) VALUES (1, :'acme', 1, 2, 3, 4, 4, 5, 5);
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop."Parent Table" WHERE "Id" IN (2, 3, 4);
SELECT id, tenant_id, a, b, c, e, f, g, h FROM shop.child;
UPDATE shop."Parent Table" SET "Id" = 100 WHERE "Id" = 1;
SELECT id, tenant_id, a, b, c, e, f, g, h FROM shop.child;
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM shop."Parent Table" WHERE "Id" = 100;
SELECT count(*) FROM shop.child;
ROLLBACK;
\c - :superuser
\i :cleanup
