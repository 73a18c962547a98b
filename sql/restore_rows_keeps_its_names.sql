-- The description of a table may be built anew while keys are read: the names taken from it are copies.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
-- In place of another session's GRANT: one when a key is read; and another table that takes the place in memory.
CREATE TABLE shop.other (id bigint);
SELECT format($$CREATE TRIGGER t%s BEFORE UPDATE ON shop.other FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at('not_the_name_of_any_column_of_that_table_%s')$$, i, i)
  FROM generate_series(10, 40) AS i \gexec
CREATE FUNCTION shop.grants(integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('regress.grants', true) = 'now' THEN
    PERFORM set_config('regress.grants', '', false);
    GRANT SELECT ON shop.parts TO regress_tenancy_bypass;
    PERFORM FROM shop.other;
  END IF;
  RETURN true;
END $$;
CREATE DOMAIN shop.number AS integer CHECK (shop.grants(VALUE));
CREATE TYPE shop.part AS (number shop.number);
CREATE TABLE shop.parts (tenant_id uuid NOT NULL, id shop.part, the_marker_of_rows_that_are_deleted_01234567 timestamptz, PRIMARY KEY (tenant_id, id));
SELECT tenancy.protect('shop.parts'), tenancy.soft_delete('shop.parts', 'the_marker_of_rows_that_are_deleted_01234567');
INSERT INTO shop.parts VALUES (:'acme', ROW(1));
DELETE FROM shop.parts;
\c
SET regress.grants = 'now';
SELECT tenancy.restore_rows('shop.parts', '{(1)}');
SELECT id, the_marker_of_rows_that_are_deleted_01234567 FROM shop.parts;
\i :cleanup
