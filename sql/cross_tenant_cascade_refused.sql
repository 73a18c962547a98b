-- No cascade of Acme's reaches a row of Beta.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- Protected references carry the tenant: a cascade has nothing of Beta to reach. So that the guard
-- itself is met, references without the tenant are added afterwards, with rows that point across.
CREATE TABLE shop.parcels (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  project_id bigint,
  task_id bigint,
  code text
);
INSERT INTO shop.parcels VALUES
  (1, :'acme', 1, 101, NULL), (2, :'acme', 2, 103, 'bellows'),
  (11, :'beta', 2, NULL, NULL), (12, :'beta', NULL, NULL, 'bellows'), (13, :'beta', NULL, 101, NULL);
CALL regress.settle();
ALTER TABLE shop.parcels
  ADD FOREIGN KEY (project_id) REFERENCES shop.projects (id) ON DELETE CASCADE ON UPDATE CASCADE,
  ADD FOREIGN KEY (task_id) REFERENCES shop.tasks (id) ON DELETE CASCADE,
  ADD FOREIGN KEY (code) REFERENCES shop.projects (code) ON UPDATE CASCADE;

-- An enrolled role; the context shows that it is PostgreSQL's own cascade that is refused.
\set SHOW_CONTEXT errors
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 2;
DELETE FROM shop.tasks WHERE id = 101;
-- Two steps: the project takes its tasks along, and a task Beta's parcel.
DELETE FROM shop.projects WHERE id = 1;
UPDATE shop.projects SET code = 'billows' WHERE id = 2;
WITH gone AS (DELETE FROM shop.tasks WHERE id = 101 RETURNING id) SELECT id FROM gone;
ROLLBACK;

-- Everybody. Under session_replication_role = replica there are no cascades, and only Acme's row goes.
\c - :superuser
SELECT * FROM regress.attempt($$DELETE FROM shop.projects WHERE id = 2$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks WHERE id = 101$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.projects WHERE id = 1$$);
SELECT * FROM regress.attempt($$UPDATE shop.projects SET code = 'billows' WHERE id = 2$$);
SELECT regress.others_untouched();

-- Where only Acme's rows refer, the same references cascade; protected again, they carry the tenant.
DELETE FROM shop.parcels WHERE tenant_id = :'beta';
CALL regress.settle();
SELECT * FROM regress.attempt($$DELETE FROM shop.projects WHERE id = 1$$);
SELECT * FROM regress.attempt($$UPDATE shop.projects SET code = 'billows' WHERE id = 2$$);
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.projects WHERE id = 1 RETURNING id;
UPDATE shop.projects SET code = 'billows' WHERE id = 2 RETURNING code;
SELECT id, project_id, task_id, code FROM shop.parcels ORDER BY id;
SELECT id FROM shop.tasks ORDER BY id;
COMMIT;
\c - :superuser
SELECT regress.others_untouched();
\i :cleanup
