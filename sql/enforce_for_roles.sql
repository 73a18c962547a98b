-- A canary: a table is enforced for some roles, and nobody else notices anything; then for everybody, or taken back.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
CREATE ROLE regress_tenancy_clerk LOGIN;
CREATE ROLE regress_tenancy_second LOGIN;
SELECT tenancy.enroll('regress_tenancy_second');
GRANT USAGE ON SCHEMA shop TO regress_tenancy_clerk, regress_tenancy_second;
CREATE TABLE shop.tickets (id int PRIMARY KEY, tenant_id uuid, title text);
INSERT INTO shop.tickets VALUES (1, :'acme', 'a'), (2, :'acme', 'b'), (3, :'beta', 'c');
GRANT ALL ON shop.tickets TO regress_tenancy_app, regress_tenancy_second, regress_tenancy_clerk;
ALTER TABLE shop.tickets OWNER TO regress_tenancy_owner;
CREATE VIEW shop.policies AS SELECT polname, polpermissive AS permissive, polroles::regrole[] AS roles FROM pg_policy WHERE polrelid = 'shop.tickets'::regclass ORDER BY polname;
CREATE VIEW shop.security AS SELECT relrowsecurity AS enabled, relforcerowsecurity AS forced FROM pg_class WHERE oid = 'shop.tickets'::regclass;
-- Each reads, changes, deletes and writes rows of both tenants, with a tenant and without one.
CREATE FUNCTION regress.as_before(role text, tenant text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  seen int;
  changed int;
  deleted int;
BEGIN
  PERFORM set_config('role', role, true), set_config('app.current_tenant_id', tenant, true);
  SELECT count(*) INTO seen FROM shop.tickets;
  UPDATE shop.tickets SET title = title || '!';
  GET DIAGNOSTICS changed = ROW_COUNT;
  INSERT INTO shop.tickets VALUES (20, 'bbbbbbbb-0000-7000-8000-000000000000', 'n'), (21, NULL, 'n');
  UPDATE shop.tickets SET tenant_id = 'bbbbbbbb-0000-7000-8000-000000000000' WHERE id = 1;
  DELETE FROM shop.tickets;
  GET DIAGNOSTICS deleted = ROW_COUNT;
  TRUNCATE shop.tickets;
  RAISE SQLSTATE 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
  RETURN format('%s seen, %s changed, %s deleted', seen, changed, deleted);
WHEN OTHERS THEN
  RETURN SQLERRM;
END $$;
CREATE VIEW shop.everybody AS
  SELECT role, tenant <> '' AS has_tenant, regress.as_before('regress_tenancy_' || role, tenant) AS outcome
  FROM unnest(ARRAY['owner', 'clerk']) AS role, unnest(ARRAY['', 'aaaaaaaa-0000-7000-8000-000000000000']) AS tenant;
SELECT * FROM shop.everybody;

-- Refusals: roles that are not enrolled, policies that would wake up, tables that are protected.
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_clerk}');
SELECT tenancy.enforce('shop.projects', '{regress_tenancy_app}');
CREATE POLICY asleep ON shop.tickets AS RESTRICTIVE USING (id < 3);
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app}');
DROP POLICY asleep ON shop.tickets;
-- A permissive one has nothing to add.
CREATE POLICY asleep ON shop.tickets FOR SELECT USING (id < 3);

SELECT step->>'sql' AS sql FROM jsonb_array_elements(tenancy.plan_steps(tenancy.schema_snapshot(),
  (tenancy.table_request('enforce', 'shop.tickets', 'tenant_id') || '{"roles": [{"name": "regress_tenancy_app", "enrolled": true}]}')::text)::jsonb->'steps') AS step;
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app}');
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app}');
SELECT * FROM shop.policies;
SELECT * FROM shop.security;
SELECT target, kind, row_security, forced, isolated, guarded FROM tenancy.protected WHERE target = 'shop.tickets'::regclass;
SELECT state, detail, next_command FROM tenancy.status() WHERE detail LIKE '%tickets%';

-- Everybody else is as before, another enrolled role too.
SELECT * FROM shop.everybody;
\c - regress_tenancy_second
SELECT id FROM shop.tickets ORDER BY id;
BEGIN;
UPDATE shop.tickets SET title = title || '?';
SELECT tenancy.set_tenant(:'acme'::uuid);
UPDATE shop.tickets SET tenant_id = :'beta';
ROLLBACK;
-- The canary sees one tenant, and writes for no other.
\c - regress_tenancy_app
SELECT id FROM shop.tickets;
BEGIN;
SELECT tenancy.set_tenant(:'acme'::uuid);
SELECT id FROM shop.tickets ORDER BY id;
UPDATE shop.tickets SET title = title || '?';
SAVEPOINT s;
INSERT INTO shop.tickets VALUES (30, :'beta', 'x');
ROLLBACK TO s;
UPDATE shop.tickets SET tenant_id = :'beta' WHERE id = 1;
ROLLBACK TO s;
TRUNCATE shop.tickets;
ROLLBACK TO s;
INSERT INTO shop.tickets VALUES (31, :'acme', 'x');
ROLLBACK;
\c - :superuser
-- Another canary beside it, and observation of the others meanwhile.
SELECT tenancy.observe('shop.tickets');
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app, regress_tenancy_second}');
SELECT * FROM shop.policies;
\c - regress_tenancy_second
SELECT id FROM shop.tickets;
\c - regress_tenancy_clerk
SET app.current_tenant_id = :'acme';
SELECT count(*) FROM shop.tickets;
\c - :superuser
SELECT target, kind, statements, hidden_rows FROM tenancy.observations;

-- Taken back: as it was before, and observed still.
SELECT tenancy.unprotect('shop.tickets');
SELECT * FROM shop.policies;
SELECT * FROM shop.security;
SELECT * FROM shop.everybody;
SELECT tenancy.observe('shop.tickets'), tenancy.observe('shop.tickets', false), tenancy.observe('shop.tickets');

-- Once more, and then for everybody: no permissive policy but the table's own is left.
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app}');
DROP POLICY asleep ON shop.tickets;
SELECT step->>'sql' AS sql FROM jsonb_array_elements(tenancy.plan_steps(tenancy.schema_snapshot(),
  (tenancy.table_request('enforce', 'shop.tickets', 'tenant_id') || '{"roles": []}')::text)::jsonb->'steps') AS step;
SELECT tenancy.enforce('shop.tickets') > 0 AS done;
SELECT tenancy.enforce('shop.tickets'), tenancy.protect('shop.tickets');
SELECT * FROM shop.policies;
SELECT * FROM shop.security;
SELECT * FROM shop.everybody;
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app}');
-- A mistake makes no canary of it: everybody else is refused, and not let in.
ALTER POLICY tenancy_isolation ON shop.tickets TO regress_tenancy_app;
\c - regress_tenancy_second
BEGIN;
SELECT tenancy.set_tenant(:'acme'::uuid);
SELECT id FROM shop.tickets;
ROLLBACK;
\c - :superuser
SELECT tenancy.protect('shop.tickets');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.tickets'::regclass AND tgfoid = 'tenancy.observe_writes()'::regprocedure;

-- protect() on a canary completes it as well.
SELECT tenancy.unprotect('shop.tickets') > 0 AS done;
ALTER TABLE shop.tickets ALTER COLUMN tenant_id DROP NOT NULL;
SELECT tenancy.enforce('shop.tickets', '{regress_tenancy_app}') > 0 AS done;
SELECT tenancy.protect('shop.tickets') > 0 AS done;
SELECT * FROM shop.policies;
SELECT * FROM shop.security;

-- A table with policies of its own, awake: they go on, and nothing is opened.
CREATE TABLE shop.locked (id int, tenant_id uuid);
INSERT INTO shop.locked VALUES (1, :'acme'), (2, :'beta'), (3, :'acme');
ALTER TABLE shop.locked ENABLE ROW LEVEL SECURITY;
CREATE POLICY early ON shop.locked USING (id < 3);
GRANT ALL ON shop.locked TO regress_tenancy_app, regress_tenancy_clerk;
SELECT tenancy.enforce('shop.locked', '{regress_tenancy_app}');
SELECT polname, polroles::regrole[] FROM pg_policy WHERE polrelid = 'shop.locked'::regclass ORDER BY polname;
\c - regress_tenancy_clerk
SELECT id FROM shop.locked ORDER BY id;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme'::uuid);
SELECT id FROM shop.locked ORDER BY id;
ROLLBACK;
\c - :superuser
SELECT tenancy.unprotect('shop.locked');
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'shop.locked'::regclass;
SELECT tenancy.unenroll('regress_tenancy_second');
DROP OWNED BY regress_tenancy_clerk, regress_tenancy_second;
DROP ROLE regress_tenancy_clerk, regress_tenancy_second;
\i :cleanup
