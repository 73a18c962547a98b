-- restore_rows() brings marked rows back, by key or public id, of the tenant in force, to those who may see
-- and change them.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
CREATE TABLE shop.invoices (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  number text,
  clerk text NOT NULL,
  public_id text GENERATED ALWAYS AS (tenancy.typeid('inv', id)) STORED
);
INSERT INTO shop.invoices VALUES
  ('01900000-0000-7000-8000-000000000001', :'acme', 'A1', 'ann'), ('01900000-0000-7000-8000-000000000002', :'acme', 'A2', 'bob'),
  ('01900000-0000-7000-8000-000000000003', :'acme', 'A3', 'ann'), ('01900000-0000-7000-8000-00000000000b', :'beta', 'B1', 'ann');
CREATE TABLE shop.seats (
  tenant_id uuid NOT NULL,
  place text,
  PRIMARY KEY (tenant_id, place)
);
INSERT INTO shop.seats VALUES (:'acme', '1a'), (:'beta', '1a');
CALL regress.settle();
SELECT tenancy.soft_delete('shop.invoices'), tenancy.soft_delete('shop.seats'), tenancy.soft_delete('shop.changes');
CREATE UNIQUE INDEX invoices_number ON shop.invoices (tenant_id, number) WHERE deleted_at IS NULL;
DELETE FROM shop.seats;
DELETE FROM shop.invoices WHERE number = 'B1';
CALL regress.remember();
RESET client_min_messages;

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
DELETE FROM shop.invoices;
SELECT count(*) FROM shop.invoices;
-- By key and by public id; what is unknown, not marked or another tenant's counts as 0.
SELECT tenancy.restore_rows('shop.invoices', ARRAY['01900000-0000-7000-8000-000000000001', tenancy.typeid('inv', '01900000-0000-7000-8000-000000000002'),
  '01900000-0000-7000-8000-00000000000b', tenancy.typeid('inv', '01900000-0000-7000-8000-00000000000b'), '01900000-0000-7000-8000-0000000000ff', NULL]);
SELECT tenancy.restore_rows('shop.invoices', ARRAY['01900000-0000-7000-8000-000000000001']), tenancy.restore_rows('shop.invoices', '{}');
SELECT number, public_id FROM shop.invoices ORDER BY number;
-- Where the tenant is part of the key, the rest of it is meant.
SELECT tenancy.restore_rows('shop.seats', '{1a}');
SELECT place FROM shop.seats;
SAVEPOINT before;
-- Another type's public id, and what is no key at all.
SELECT tenancy.restore_rows('shop.invoices', ARRAY[tenancy.typeid('ord', '01900000-0000-7000-8000-000000000003')]);
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO before;
SELECT tenancy.restore_rows('shop.invoices', '{nonsense}');
ROLLBACK TO before;
-- A live row has taken the number.
INSERT INTO shop.invoices (id, number, clerk) VALUES ('01900000-0000-7000-8000-000000000004', 'A3', 'ann');
SELECT tenancy.restore_rows('shop.invoices', '{01900000-0000-7000-8000-000000000003}');
ROLLBACK TO before;
-- The key has more columns than one.
SELECT tenancy.restore_rows('shop.changes', '{1}');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO before;
SELECT tenancy.restore_rows('shop.tasks', '{1}');
ROLLBACK;
-- Without a tenant, and without the right to UPDATE.
SELECT tenancy.restore_rows('shop.seats', '{1a}');
\c - :superuser
REVOKE UPDATE ON shop.seats FROM regress_tenancy_app;
SELECT * FROM regress.attempt($$SELECT FROM tenancy.restore_rows('shop.seats', '{1a}') AS n WHERE n > 0$$);
GRANT UPDATE ON shop.seats TO regress_tenancy_app;
-- With a tenant nobody restores another's rows.
SELECT * FROM regress.attempt($$SELECT FROM tenancy.restore_rows('shop.invoices', '{01900000-0000-7000-8000-00000000000b}') AS n WHERE n > 0$$);
SELECT * FROM regress.attempt($$SELECT FROM tenancy.restore_marked('shop.invoices', '{01900000-0000-7000-8000-00000000000b}') AS n WHERE n > 0$$);
SELECT regress.others_untouched();

-- What a policy of the application hides from a user he does not restore, nor anything with it.
CREATE POLICY own_invoices ON shop.invoices AS RESTRICTIVE USING (clerk = current_setting('app.current_user_id', true));
DELETE FROM shop.invoices WHERE tenant_id = :'acme' AND deleted_at IS NULL;
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SET LOCAL app.current_user_id = 'ann';
SAVEPOINT before;
SELECT tenancy.restore_rows('shop.invoices', '{01900000-0000-7000-8000-000000000001,01900000-0000-7000-8000-000000000002}');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO before;
SELECT count(*) FROM shop.invoices;
SELECT tenancy.restore_rows('shop.invoices', '{01900000-0000-7000-8000-000000000001,01900000-0000-7000-8000-000000000003}');
SELECT number FROM shop.invoices ORDER BY number;
COMMIT;
-- The platform, without a tenant: any tenant's rows.
\c - :superuser
SELECT tenancy.restore_rows('shop.seats', '{1a}'), tenancy.restore_rows('shop.invoices', '{01900000-0000-7000-8000-00000000000b}');
SELECT count(*) FROM shop.seats WHERE deleted_at IS NULL;
-- The owner, to whom policies apply, is not the platform.
DELETE FROM shop.seats WHERE tenant_id = :'acme';
SET ROLE regress_tenancy_owner;
SELECT tenancy.restore_rows('shop.seats', '{1a}');
RESET ROLE;
\i :cleanup
