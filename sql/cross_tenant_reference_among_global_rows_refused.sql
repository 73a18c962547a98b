-- A table with rows of the platform is referred to by everybody; still no row of Acme points at Beta's.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.templates (id bigint PRIMARY KEY, tenant_id uuid, name text);
CREATE TABLE shop.uses (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  template_id bigint REFERENCES shop.templates (id)
);
INSERT INTO shop.templates VALUES (1, :'acme', 'Acme''s'), (11, :'beta', 'Beta''s'), (21, NULL, 'everybody''s');
INSERT INTO shop.uses VALUES (11, :'beta', 21);
SELECT tenancy.protect('shop.templates', global_rows => 'read') > 0 AS protected;
CALL regress.settle();

-- Acme's own template and the platform's are accepted; Beta's is not.
SELECT actor, code = '00000' AS accepted, others FROM regress.attempt($$INSERT INTO shop.uses VALUES (1, :'acme', 1), (2, :'acme', 21)$$);
SELECT actor, code = '00000' AS accepted, others FROM regress.attempt($$INSERT INTO shop.uses VALUES (1, :'acme', 11)$$) WHERE actor <> 'replica';
SELECT actor, code = '00000' AS accepted, others FROM regress.attempt($$
  WITH own AS (INSERT INTO shop.uses VALUES (1, :'acme', 1) RETURNING id) SELECT FROM own; UPDATE shop.uses SET template_id = 11 WHERE tenant_id = :'acme'$$) WHERE actor <> 'replica';

-- An enrolled role is told the same of Beta's template as of one that nobody has.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.uses (id, template_id) VALUES (1, 1) RETURNING id;
INSERT INTO shop.uses (id, template_id) VALUES (2, 21) RETURNING id;
DO $$ BEGIN INSERT INTO shop.uses (id, template_id) VALUES (3, 77); RAISE NOTICE 'accepted'; EXCEPTION WHEN foreign_key_violation OR insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
DO $$ BEGIN INSERT INTO shop.uses (id, template_id) VALUES (3, 11); RAISE NOTICE 'accepted'; EXCEPTION WHEN foreign_key_violation OR insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
DO $$ BEGIN UPDATE shop.uses SET template_id = 11 WHERE id = 1; RAISE NOTICE 'accepted'; EXCEPTION WHEN foreign_key_violation OR insufficient_privilege THEN RAISE NOTICE 'refused'; END $$;
COMMIT;
-- So nothing of Acme's keeps Beta from deleting its template.
BEGIN;
SELECT tenancy.set_tenant(:'beta');
DELETE FROM shop.templates WHERE id = 11 RETURNING id;
ROLLBACK;
\c - :superuser
SELECT regress.others_untouched();
\i :cleanup
