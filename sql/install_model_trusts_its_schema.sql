-- A model is not installed where others could make, or have made, functions that its script would call.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
GRANT CREATE ON SCHEMA shop TO regress_tenancy_app;
DROP TABLE shop.changes, shop.tasks, shop.projects CASCADE;
SELECT tenancy.unenroll('regress_tenancy_app');
\c - regress_tenancy_app
-- The unknown 'simple' is rather a text than a regconfig.
CREATE FUNCTION shop.to_tsvector(text, text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE NOTICE '% runs this', current_user;
  RETURN '';
END $$;
CREATE FUNCTION shop.prefix(text, uuid) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 || $2::text;
CREATE OPERATOR shop.|| (FUNCTION = shop.prefix, LEFTARG = text, RIGHTARG = uuid);
\c - :superuser
SELECT tenancy.enroll('regress_tenancy_app');
-- Of a role that is not enrolled: only what is named like PostgreSQL's own matters.
ALTER FUNCTION shop.prefix(text, uuid) OWNER TO regress_tenancy_owner;
ALTER OPERATOR shop.|| (text, uuid) OWNER TO regress_tenancy_owner;
\set VERBOSITY terse
SELECT tenancy.install_model('changeops', 'shop');
REVOKE CREATE ON SCHEMA shop FROM regress_tenancy_app;
GRANT CREATE ON SCHEMA shop TO PUBLIC;
SELECT tenancy.install_model('changeops', 'shop');
REVOKE CREATE ON SCHEMA shop FROM PUBLIC, regress_tenancy_owner;
SELECT tenancy.install_model('changeops', 'shop');
DROP FUNCTION shop.to_tsvector(text, text);
SELECT tenancy.install_model('changeops', 'shop');
DROP OPERATOR shop.|| (text, uuid);
-- Functions of other names, and what the platform itself has made, may stay.
CREATE FUNCTION shop.lower(integer) RETURNS integer LANGUAGE sql RETURN $1;
SELECT tenancy.install_model('changeops', 'shop');
INSERT INTO shop.templates (name, domain) VALUES ('Leave', 'HR');
\i :cleanup
