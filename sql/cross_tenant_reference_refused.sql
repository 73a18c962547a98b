-- No row of Acme points at a row of Beta, and asking tells nothing about what Beta has.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- References of every shape, beside the fixture's: to the table itself, two columns, checked at COMMIT,
-- names that need quotes, another tenant column.
CREATE TABLE shop.boxes (
  tenant_id uuid NOT NULL,
  shelf integer NOT NULL,
  place integer NOT NULL,
  partner_shelf integer,
  partner_place integer,
  PRIMARY KEY (shelf, place),
  FOREIGN KEY (partner_shelf, partner_place) REFERENCES shop.boxes
);
CREATE TABLE shop.labels (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  late_project bigint REFERENCES shop.projects (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE shop."Order" (
  "Id" bigint PRIMARY KEY,
  "Tenant Id" uuid NOT NULL,
  "Project ""No""" bigint CONSTRAINT "to the project" REFERENCES shop.projects (id)
);
INSERT INTO shop.boxes VALUES (:'acme', 1, 1), (:'acme', 1, 2), (:'beta', 2, 1), (:'beta', 2, 2);
CALL regress.settle();
SELECT tenancy.protect('shop."Order"', 'Tenant Id') > 0 AS protected;
SELECT conrelid::regclass AS "table", pg_get_constraintdef(oid) AS reference
  FROM pg_constraint
 WHERE contype = 'f' AND connamespace = 'shop'::regnamespace AND confrelid <> 'tenancy.tenants'::regclass
 ORDER BY conname;

-- An enrolled role: Beta's rows 11, 111 and (2, 1), and rows that nobody has, get the same answer.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.tasks (id, project_id, title) VALUES (104, 11, 'to Beta''s');
INSERT INTO shop.tasks (id, project_id, title) VALUES (104, 77, 'to nobody''s');
INSERT INTO shop.tasks (id, project_id, parent_id, title) VALUES (104, 1, 111, 'to Beta''s');
INSERT INTO shop.tasks (id, project_id, parent_id, title) VALUES (104, 1, 777, 'to nobody''s');
INSERT INTO shop.changes (project_id, version) VALUES (11, 9);
INSERT INTO shop.changes (project_id, version) VALUES (77, 9);
INSERT INTO shop."Order" ("Id", "Project ""No""") VALUES (1, 11);
INSERT INTO shop."Order" ("Id", "Project ""No""") VALUES (1, 77);
UPDATE shop.tasks SET project_id = 11 WHERE id = 101;
UPDATE shop.tasks SET project_id = 77 WHERE id = 101;
UPDATE shop.tasks SET parent_id = 111 WHERE id = 101;
UPDATE shop.boxes SET partner_shelf = 2, partner_place = 1 WHERE (shelf, place) = (1, 1);
UPDATE shop.boxes SET partner_shelf = 7, partner_place = 7 WHERE (shelf, place) = (1, 1);
-- References to Acme's own rows are accepted, also to the row itself.
INSERT INTO shop.tasks (id, project_id, parent_id, title) VALUES (104, 1, 104, 'own') RETURNING id;
UPDATE shop.boxes SET partner_shelf = 1, partner_place = 2 WHERE (shelf, place) = (1, 1) RETURNING place;
INSERT INTO shop.labels (id, late_project) VALUES (1, 1) RETURNING id;
INSERT INTO shop."Order" ("Id", "Project ""No""") VALUES (1, 1) RETURNING "Id";
COMMIT;
-- At the end of the transaction at the latest.
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.labels (id, late_project) VALUES (2, 11) RETURNING id;
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.labels (id, late_project) VALUES (2, 77) RETURNING id;
COMMIT;

-- Everybody. The last one works where PostgreSQL checks no reference at all; Acme's row then points
-- at a row of Acme that does not exist.
\c - :superuser
SELECT id FROM shop.labels ORDER BY id;
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (104, :'acme', 11, NULL, 'to Beta''s')$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET parent_id = 111 WHERE id = 101$$);
SELECT * FROM regress.attempt($$UPDATE shop.boxes SET partner_shelf = 2, partner_place = 1 WHERE (shelf, place) = (1, 1)$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.labels VALUES (2, :'acme', 11)$$);
SELECT * FROM regress.attempt($$INSERT INTO shop."Order" VALUES (2, :'acme', 11)$$);
-- The platform's own work, without a tenant, is held to the same: no row refers to another tenant's.
BEGIN;
INSERT INTO shop.tasks VALUES (104, :'acme', 11, NULL, 'to Beta''s');
UPDATE shop.tasks SET tenant_id = :'beta' WHERE id = 103;
ROLLBACK;
SELECT regress.others_untouched();

-- Rows that point across are found when a table is protected, and protection is refused.
CREATE TABLE shop.notes (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, "of Project" bigint REFERENCES shop.projects (id));
INSERT INTO shop.notes VALUES (1, :'acme', 11), (2, :'acme', 1), (3, :'beta', 11);
SELECT tenancy.protect('shop.notes');
UPDATE shop.notes SET "of Project" = NULL WHERE id = 1;
SELECT tenancy.protect('shop.notes') > 0 AS protected;
\i :cleanup
