-- Rows without a tenant are the platform's: every tenant reads them, none changes or claims them.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.templates (
  id bigint PRIMARY KEY,
  tenant_id uuid,
  name text
);
CREATE TABLE shop.uses (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  template_id bigint REFERENCES shop.templates (id) ON DELETE CASCADE
);
INSERT INTO shop.templates VALUES (1, :'acme', 'Acme''s'), (11, :'beta', 'Beta''s'), (21, NULL, 'everybody''s');
INSERT INTO shop.uses VALUES (1, :'acme', 21), (11, :'beta', 21);
SELECT tenancy.protect('shop.templates', global_rows => 'read') > 0 AS protected;
CALL regress.settle();

-- An enrolled role.
\c - regress_tenancy_app
SELECT id FROM shop.templates;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT id, name FROM shop.templates ORDER BY id;
SELECT id, name FROM shop.templates WHERE tenant_id IS NULL;
SELECT u.id, t.name FROM shop.uses AS u JOIN shop.templates AS t ON t.id = u.template_id;
-- None is made, also not by leaving the tenant out: then it is Acme's.
INSERT INTO shop.templates VALUES (22, NULL, 'planted');
INSERT INTO shop.templates (id, name) VALUES (2, 'own') RETURNING id, tenant_id = :'acme' AS own;
-- None is changed, claimed, released or deleted.
UPDATE shop.templates SET name = 'changed' WHERE id = 21 RETURNING id;
UPDATE shop.templates SET tenant_id = :'acme' WHERE id = 21 RETURNING id;
UPDATE shop.templates SET tenant_id = NULL WHERE id = 1;
UPDATE shop.templates SET name = upper(name) RETURNING id;
DELETE FROM shop.templates WHERE id = 21 RETURNING id;
DELETE FROM shop.templates WHERE tenant_id IS NULL RETURNING id;
INSERT INTO shop.templates (id, name) VALUES (21, 'changed') ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name;
MERGE INTO shop.templates AS t USING (VALUES (21)) AS w (id) ON t.id = w.id WHEN MATCHED THEN UPDATE SET name = 'changed';
MERGE INTO shop.templates AS t USING (VALUES (21)) AS w (id) ON t.id = w.id WHEN MATCHED THEN DELETE;
SELECT id FROM shop.templates WHERE id = 21 FOR UPDATE;
INSERT INTO shop.uses (id, template_id) VALUES (2, 21) RETURNING id;
SELECT id, name FROM shop.templates ORDER BY id;
ROLLBACK;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$INSERT INTO shop.templates VALUES (22, NULL, 'planted')$$);
SELECT * FROM regress.attempt($$UPDATE shop.templates SET name = 'changed' WHERE id = 21$$);
SELECT * FROM regress.attempt($$UPDATE shop.templates SET tenant_id = :'acme' WHERE id = 21$$);
SELECT * FROM regress.attempt($$UPDATE shop.templates SET tenant_id = NULL WHERE id = 1$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.templates WHERE id = 21$$);
SELECT * FROM regress.attempt($$UPDATE shop.templates SET name = 'changed' WHERE id = 11$$);
SELECT regress.others_untouched();

-- The platform's own work, without a tenant.
BEGIN;
INSERT INTO shop.templates VALUES (22, NULL, 'everybody''s');
UPDATE shop.templates SET name = 'changed' WHERE tenant_id IS NULL RETURNING id;
DELETE FROM shop.templates WHERE id = 22 RETURNING id;
COMMIT;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'beta');
SELECT id, name FROM shop.templates ORDER BY id;
COMMIT;
\c - :superuser
\i :cleanup
