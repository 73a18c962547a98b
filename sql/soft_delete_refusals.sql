-- What cannot be soft-deleted is refused with the way out, and so is the trigger function where it does not belong.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
CREATE TABLE shop.plain (id bigint, tenant_id uuid);
CREATE TABLE shop.countries (code text);
SELECT tenancy.share('shop.countries');
CREATE VIEW shop.view AS SELECT 1;
CREATE TABLE shop.parted (id bigint, tenant_id uuid) PARTITION BY LIST (id);
CREATE TABLE shop.part PARTITION OF shop.parted DEFAULT;
SELECT tenancy.protect('shop.parted');
SELECT tenancy.soft_delete('shop.plain');
SELECT tenancy.soft_delete('shop.countries');
SELECT tenancy.soft_delete('shop.view');
SELECT tenancy.soft_delete('shop.part');
SELECT tenancy.soft_delete('tenancy.tenants');
SELECT tenancy.soft_delete('shop.tasks', 'title');
ALTER TABLE shop.tasks ADD gone timestamptz NOT NULL DEFAULT now();
SELECT tenancy.soft_delete('shop.tasks', 'gone');
ALTER TABLE shop.tasks ALTER gone DROP NOT NULL;
SELECT tenancy.soft_delete('shop.tasks', 'gone');
ALTER TABLE shop.tasks NO FORCE ROW LEVEL SECURITY;
SELECT tenancy.soft_delete('shop.tasks');
ALTER TABLE shop.tasks FORCE ROW LEVEL SECURITY;
SELECT tenancy.soft_delete('shop.tasks');
SELECT tenancy.soft_delete('shop.tasks', 'gone');
-- Not for the application.
\c - regress_tenancy_app
SELECT tenancy.soft_delete('shop.changes');
\c - :superuser

-- The trigger function.
SELECT tenancy.soft_delete_row();
CREATE TRIGGER wrong AFTER DELETE ON shop.plain FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('id');
INSERT INTO shop.plain VALUES (1);
DELETE FROM shop.plain;
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE TRIGGER wrong BEFORE DELETE ON shop.plain FOR EACH STATEMENT EXECUTE FUNCTION tenancy.soft_delete_row('id');
DELETE FROM shop.plain;
CREATE OR REPLACE TRIGGER wrong BEFORE UPDATE ON shop.plain FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('id');
UPDATE shop.plain SET id = 2;
CREATE OR REPLACE TRIGGER wrong BEFORE DELETE ON shop.plain FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row();
DELETE FROM shop.plain;
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE TRIGGER wrong BEFORE DELETE ON shop.plain FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('id');
DELETE FROM shop.plain;
CREATE OR REPLACE TRIGGER wrong BEFORE DELETE ON shop.plain FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('id = 3; DROP TABLE shop.plain; --');
DELETE FROM shop.plain;
CREATE OR REPLACE TRIGGER wrong BEFORE DELETE ON shop.plain FOR EACH ROW EXECUTE FUNCTION tenancy.soft_delete_row('ctid');
DELETE FROM shop.plain;
DROP TABLE shop.plain;

-- A rule would make something else of the mark.
CREATE RULE quiet AS ON UPDATE TO shop.tasks DO INSTEAD NOTHING;
DELETE FROM shop.tasks WHERE id = 101;
\echo :LAST_ERROR_SQLSTATE
DROP RULE quiet ON shop.tasks;
-- A trigger that sorts before ours and changes the row: as PostgreSQL has it, the mark is not lost.
CREATE FUNCTION regress.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE shop.tasks SET title = 'touched' WHERE id = OLD.id;
  RETURN OLD;
END $$;
CREATE TRIGGER a_touch BEFORE DELETE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION regress.touch();
DELETE FROM shop.tasks WHERE id = 101;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER a_touch ON shop.tasks;
-- One that does not want the UPDATE does not want the mark.
CREATE FUNCTION regress.veto() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER a_veto BEFORE UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION regress.veto();
DELETE FROM shop.tasks WHERE id = 101;
\echo :ROW_COUNT
SELECT count(*) FROM shop.tasks WHERE deleted_at IS NULL;
-- The marker's column is gone: nothing is deleted.
DROP TRIGGER a_veto ON shop.tasks;
ALTER TABLE shop.tasks RENAME deleted_at TO removed_at;
DELETE FROM shop.tasks WHERE id = 101;
SELECT tenancy.restore_rows('shop.tasks', '{101}');
SELECT tenancy.soft_delete('shop.tasks', 'removed_at');
DELETE FROM shop.tasks WHERE id = 101;
SELECT count(*) FROM shop.tasks WHERE removed_at IS NULL;
\i :cleanup
