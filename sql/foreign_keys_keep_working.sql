-- Within a tenant references do what they always did: accepted, refused, cascaded, checked at COMMIT.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.invoices (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  number text,
  project_id bigint REFERENCES shop.projects (id) ON DELETE RESTRICT,
  next_id bigint REFERENCES shop.invoices (id) DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (tenant_id, number)
);
CREATE TABLE shop.lines (
  tenant_id uuid NOT NULL,
  number text,
  line integer,
  PRIMARY KEY (tenant_id, number, line),
  FOREIGN KEY (tenant_id, number) REFERENCES shop.invoices (tenant_id, number) ON UPDATE CASCADE ON DELETE CASCADE
);
CALL regress.settle();

-- An enrolled role.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.invoices VALUES (1, :'acme', 'A-1', 2, NULL);
INSERT INTO shop.lines (number, line) VALUES ('A-1', 1), ('A-1', 2);
-- RESTRICT.
DO $$ BEGIN DELETE FROM shop.projects WHERE id = 2; EXCEPTION WHEN restrict_violation OR foreign_key_violation THEN RAISE NOTICE 'restricted'; END $$;
-- No row of that key.
INSERT INTO shop.lines (number, line) VALUES ('A-7', 1);
-- NO ACTION.
INSERT INTO shop.changes (project_id, version) VALUES (77, 1);
-- ON UPDATE CASCADE, ON DELETE CASCADE, ON DELETE SET NULL.
UPDATE shop.invoices SET number = 'A-2' WHERE id = 1;
SELECT number, line FROM shop.lines ORDER BY line;
DELETE FROM shop.tasks WHERE id = 101;
SELECT id, project_id, parent_id FROM shop.tasks ORDER BY id;
DELETE FROM shop.projects WHERE id = 1;
SELECT id FROM shop.tasks ORDER BY id;
SELECT project_id, version FROM shop.changes ORDER BY 1, 2;
DELETE FROM shop.invoices WHERE id = 1;
SELECT count(*) FROM shop.lines;
COMMIT;
-- Deferred: what is wrong in between is right at COMMIT, or refused there.
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.invoices (id, number, next_id) VALUES (1, 'A-1', 2);
INSERT INTO shop.invoices (id, number, next_id) VALUES (2, 'A-2', 1);
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.invoices (id, number, next_id) VALUES (3, 'A-3', 4);
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO shop.invoices (id, number, next_id) VALUES (3, 'A-3', 4);
SELECT id, next_id FROM shop.invoices ORDER BY id;
COMMIT;

-- The owner, and the platform without a tenant.
\c - regress_tenancy_owner
BEGIN;
SELECT tenancy.set_tenant(:'beta');
INSERT INTO shop.tasks (id, project_id, title) VALUES (114, 12, 'Tune');
INSERT INTO shop.tasks (id, project_id, title) VALUES (115, 2, 'Not Beta''s');
DELETE FROM shop.projects WHERE id = 12;
SELECT id FROM shop.tasks ORDER BY id;
ROLLBACK;
\c - :superuser
BEGIN;
INSERT INTO shop.tasks VALUES (103, :'acme', 2, NULL, 'Again') ON CONFLICT DO NOTHING;
INSERT INTO shop.tasks VALUES (114, :'beta', 12, 113, 'Tune');
DELETE FROM shop.projects WHERE id IN (2, 12);
SELECT id FROM shop.tasks ORDER BY id;
ROLLBACK;
SELECT regress.others_untouched();

-- New references over rows of all tenants: checked for all of them, without a tenant.
ALTER TABLE shop.invoices ADD COLUMN task_id bigint;
UPDATE shop.invoices SET task_id = 103;
ALTER TABLE shop.invoices ADD CONSTRAINT of_task FOREIGN KEY (tenant_id, task_id) REFERENCES shop.tasks (tenant_id, id);
ALTER TABLE shop.invoices DROP CONSTRAINT of_task;
UPDATE shop.invoices SET task_id = 113;
ALTER TABLE shop.invoices ADD CONSTRAINT of_task FOREIGN KEY (tenant_id, task_id) REFERENCES shop.tasks (tenant_id, id);
ALTER TABLE shop.invoices ADD CONSTRAINT of_task FOREIGN KEY (tenant_id, task_id) REFERENCES shop.tasks (tenant_id, id) NOT VALID;
UPDATE shop.invoices SET task_id = 103 WHERE id = 1;
ALTER TABLE shop.invoices VALIDATE CONSTRAINT of_task;
UPDATE shop.invoices SET task_id = 103;
ALTER TABLE shop.invoices VALIDATE CONSTRAINT of_task;
-- The owner would read rows of all tenants to check them; it may leave that to the platform.
\c - regress_tenancy_owner
ALTER TABLE shop.invoices DROP CONSTRAINT of_task;
ALTER TABLE shop.invoices ADD CONSTRAINT of_task FOREIGN KEY (tenant_id, task_id) REFERENCES shop.tasks (tenant_id, id);
ALTER TABLE shop.invoices ADD CONSTRAINT of_task FOREIGN KEY (tenant_id, task_id) REFERENCES shop.tasks (tenant_id, id) NOT VALID;
\c - :superuser
SELECT regress.others_untouched();
\i :cleanup
