-- No SET NULL or SET DEFAULT of Acme's reaches a row of Beta, or empties a row's tenant.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- References without the tenant, added after protection, with rows that point across.
CREATE TABLE shop.parcels (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  null_project bigint,
  default_project bigint DEFAULT 2,
  code text
);
INSERT INTO shop.parcels VALUES
  (1, :'acme', 1, NULL, NULL), (11, :'beta', 1, NULL, NULL), (12, :'beta', NULL, 1, NULL), (13, :'beta', NULL, NULL, 'bellows');
CALL regress.settle();
ALTER TABLE shop.parcels
  ADD FOREIGN KEY (null_project) REFERENCES shop.projects (id) ON DELETE SET NULL,
  ADD FOREIGN KEY (default_project) REFERENCES shop.projects (id) ON DELETE SET DEFAULT,
  ADD FOREIGN KEY (code) REFERENCES shop.projects (code) ON UPDATE SET NULL;

-- An enrolled role; the context shows that it is PostgreSQL's own action that is refused.
\set SHOW_CONTEXT errors
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 1;
UPDATE shop.projects SET code = 'billows' WHERE id = 2;
ROLLBACK;

-- Everybody. Under session_replication_role = replica only Acme's own row changes.
\c - :superuser
SELECT * FROM regress.attempt($$DELETE FROM shop.projects WHERE id = 1$$);
SELECT * FROM regress.attempt($$UPDATE shop.projects SET code = 'billows' WHERE id = 2$$);
UPDATE shop.parcels SET null_project = NULL WHERE id = 11;
CALL regress.remember();
SELECT * FROM regress.attempt($$DELETE FROM shop.projects WHERE id = 1$$);
SELECT regress.others_untouched();

-- Within a tenant SET NULL and SET DEFAULT touch the reference and leave the tenant, the deletion of a
-- task above another one included.
CREATE TABLE shop.labels (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  null_project bigint REFERENCES shop.projects (id) ON DELETE SET NULL,
  default_project bigint DEFAULT 2 REFERENCES shop.projects (id) ON DELETE SET DEFAULT,
  loose_code text REFERENCES shop.projects (code) ON UPDATE SET NULL
);
DELETE FROM shop.parcels WHERE id > 1;
CALL regress.settle();
SELECT pg_get_constraintdef(oid) AS reference
  FROM pg_constraint
 WHERE contype = 'f' AND conrelid IN ('shop.labels'::regclass, 'shop.tasks'::regclass) AND confrelid <> 'tenancy.tenants'::regclass
 ORDER BY conname;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.labels (id, null_project, default_project) VALUES (1, 1, 1);
INSERT INTO shop.labels (id, loose_code) VALUES (2, 'bellows');
DELETE FROM shop.tasks WHERE id = 101;
SELECT id, parent_id, tenant_id = :'acme' AS own FROM shop.tasks ORDER BY id;
DELETE FROM shop.projects WHERE id = 1;
UPDATE shop.projects SET code = 'billows' WHERE id = 2;
SELECT id, null_project, tenant_id = :'acme' AS own FROM shop.parcels ORDER BY id;
SELECT id, null_project, default_project, loose_code, tenant_id = :'acme' AS own FROM shop.labels ORDER BY id;
COMMIT;
\c - :superuser
SELECT id, tenant_id = :'acme' AS own FROM shop.labels ORDER BY id;
SELECT regress.others_untouched();
\i :cleanup
