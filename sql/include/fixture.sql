\ir cleanup.sql
\set ECHO none
\o /dev/null
-- Two tenants, three tables, four kinds of sessions.
--
-- Roles: regress_tenancy_app (enrolled), regress_tenancy_owner (owns the tables, FORCEd),
-- regress_tenancy_bypass (BYPASSRLS) and the superuser that runs the test, :superuser.
-- Tables: shop.projects, shop.changes (composite reference), shop.tasks (single-column ones).
-- Rows: Acme's projects are 1 and 2, Beta's are 11 and 12; tasks likewise from 101 and 111.
--
-- regress.settle()            hands new tables of shop to the owner, grants, protects, remembers
-- regress.remember()          the rows of others as they are now are those to compare with
-- regress.others_untouched()  are all rows but Acme's what they were when last remembered?
-- regress.attempt(statement)  runs it for Acme as every kind of session, rolled back each time; "others"
--                             tells whether all rows but Acme's are what they were; :'acme' and :'beta'
--                             in it stand for the ids of the two
SET client_min_messages = error;
SELECT session_user AS superuser \gset
\set cleanup :here /sql/include/cleanup.sql
\set acme aaaaaaaa-0000-7000-8000-000000000000
\set beta bbbbbbbb-0000-7000-8000-000000000000
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
CREATE ROLE regress_tenancy_app LOGIN;
CREATE ROLE regress_tenancy_owner LOGIN;
CREATE ROLE regress_tenancy_bypass LOGIN BYPASSRLS;
SELECT tenancy.create_tenant('Acme', 'acme', id => :'acme'), tenancy.create_tenant('Beta', 'beta', id => :'beta');

CREATE SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app, regress_tenancy_bypass;
GRANT ALL ON SCHEMA shop TO regress_tenancy_owner;
CREATE TABLE shop.projects (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  code text UNIQUE,
  name text NOT NULL,
  UNIQUE (tenant_id, id)
);
CREATE TABLE shop.changes (
  tenant_id uuid NOT NULL,
  project_id bigint NOT NULL,
  version integer NOT NULL,
  note text,
  PRIMARY KEY (tenant_id, project_id, version),
  FOREIGN KEY (tenant_id, project_id) REFERENCES shop.projects (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE shop.tasks (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  project_id bigint NOT NULL REFERENCES shop.projects (id) ON DELETE CASCADE,
  parent_id bigint REFERENCES shop.tasks (id) ON DELETE SET NULL,
  title text NOT NULL
);
INSERT INTO shop.projects VALUES
  (1, :'acme', 'anvil', 'Anvil'), (2, :'acme', 'bellows', 'Bellows'),
  (11, :'beta', 'cask', 'Cask'), (12, :'beta', 'drum', 'Drum');
INSERT INTO shop.changes VALUES
  (:'acme', 1, 1, 'drawn'), (:'acme', 1, 2, 'cast'), (:'acme', 2, 1, 'drawn'),
  (:'beta', 11, 1, 'drawn'), (:'beta', 12, 1, 'drawn');
INSERT INTO shop.tasks VALUES
  (101, :'acme', 1, NULL, 'Forge'), (102, :'acme', 1, 101, 'Polish'), (103, :'acme', 2, NULL, 'Sew'),
  (111, :'beta', 11, NULL, 'Bend'), (112, :'beta', 11, 111, 'Hoop'), (113, :'beta', 12, NULL, 'Stretch');

CREATE SCHEMA regress;
GRANT USAGE ON SCHEMA regress TO PUBLIC;
CREATE TABLE regress.remembered (rows text);

-- The rows of shop and changeops that are not Acme's, and the other rows among the tenants, as one text.
CREATE FUNCTION regress.rows_of_others() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  part record;
  found text;
  all_rows text;
BEGIN
  SELECT t::text INTO all_rows FROM tenancy.tenants AS t WHERE t.slug = 'beta';
  FOR part IN SELECT c.oid::regclass AS target, coalesce(quote_ident(a.attname), 'NULL') AS tenant
                FROM pg_class AS c LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname IN ('tenant_id', 'Tenant Id')
               WHERE c.relnamespace IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname IN ('shop', 'changeops')) AND c.relkind = 'r'
               ORDER BY c.relname COLLATE "C"
  LOOP
    EXECUTE format('SELECT string_agg(r::text, '' '' ORDER BY r::text COLLATE "C") FROM ONLY %s AS r WHERE %s IS DISTINCT FROM %L',
                   part.target, part.tenant, 'aaaaaaaa-0000-7000-8000-000000000000') INTO found;
    all_rows := concat_ws(' ', all_rows, part.target, found);
  END LOOP;
  RETURN all_rows;
END $$;

CREATE FUNCTION regress.others_untouched() RETURNS boolean LANGUAGE sql
  RETURN regress.rows_of_others() = (SELECT rows FROM regress.remembered);

CREATE PROCEDURE regress.remember() LANGUAGE sql AS $$
  DELETE FROM regress.remembered;
  INSERT INTO regress.remembered VALUES (regress.rows_of_others());
$$;

CREATE PROCEDURE regress.settle(global_rows text DEFAULT 'none')
LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
  new regclass;
BEGIN
  FOR new IN SELECT oid FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'p', 'v')
                AND relowner = (SELECT oid FROM pg_roles WHERE rolname = session_user) ORDER BY oid
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO regress_tenancy_owner', new);
    EXECUTE format('GRANT ALL ON %s TO regress_tenancy_app, regress_tenancy_bypass', new);
  END LOOP;
  PERFORM tenancy.protect_schema('shop', global_rows => settle.global_rows);
  CALL regress.remember();
END $$;

CREATE FUNCTION regress.attempt(statement text)
RETURNS TABLE (actor text, code text, affected bigint, others text, message text)
LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
  before text := regress.rows_of_others();
BEGIN
  LOAD 'pg_tenancy';
  statement := replace(replace(statement, ':''acme''', quote_literal('aaaaaaaa-0000-7000-8000-000000000000')),
                       ':''beta''', quote_literal('bbbbbbbb-0000-7000-8000-000000000000'));
  FOREACH actor IN ARRAY ARRAY['app', 'owner', 'bypass', 'superuser', 'replica'] LOOP
    BEGIN
      code := '00000';
      message := NULL;
      affected := NULL;
      BEGIN
        IF actor = 'replica' THEN
          PERFORM set_config('session_replication_role', 'replica', true);
        ELSIF actor <> 'superuser' THEN
          PERFORM set_config('role', 'regress_tenancy_' || actor, true);
        END IF;
        PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
        EXECUTE statement;
        GET DIAGNOSTICS affected = ROW_COUNT;
        SET CONSTRAINTS ALL IMMEDIATE;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        affected := NULL;
      END;
      PERFORM set_config('role', 'none', true), tenancy.clear_tenant();
      others := CASE WHEN regress.rows_of_others() = before THEN 'untouched' ELSE 'CHANGED' END;
      RAISE SQLSTATE 'UNDO0'; -- back to before the attempt
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
      NULL;
    END;
    RETURN NEXT;
  END LOOP;
END $$;

CALL regress.settle();
SELECT tenancy.enroll('regress_tenancy_app');
RESET client_min_messages;
\o
\set ECHO all
