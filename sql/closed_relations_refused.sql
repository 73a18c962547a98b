-- What holds values of all tenants beneath row-level security, or secrets, is closed to a session of an application,
-- even one that was given every row of the database after its role was enrolled. The extension's own tables are not written by it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE FUNCTION regress.code(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RETURN 'done';
EXCEPTION WHEN insufficient_privilege THEN
  RETURN regexp_replace(SQLERRM, 'pg_toast_\d+', 'pg_toast_...');
END $$;
UPDATE shop.projects SET name = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 400) AS n) WHERE id = 11;
SELECT reltoastrelid::regclass AS toast FROM pg_class WHERE oid = 'shop.projects'::regclass \gset
CREATE MATERIALIZED VIEW shop.copied AS SELECT code FROM shop.projects;
GRANT SELECT ON shop.copied TO regress_tenancy_app;
ANALYZE shop.copied;
GRANT pg_read_all_data, pg_write_all_data TO regress_tenancy_app;
SET client_min_messages = error;
SELECT state, detail, next_command FROM tenancy.status() WHERE topic = 'role' AND detail LIKE '%past row-level%' ORDER BY detail;
RESET client_min_messages;

\c - regress_tenancy_app
SELECT statement, regress.code(statement) FROM (VALUES
  ('SELECT * FROM ' || :'toast'), ('SELECT * FROM pg_stats'), ('SELECT * FROM pg_statistic'), ('SELECT * FROM pg_stats_ext'), ('SELECT * FROM pg_statistic_ext_data'),
  ('SELECT * FROM pg_largeobject'), ('SELECT rolpassword FROM pg_authid'), ('SELECT * FROM pg_user_mapping'), ('SELECT subname FROM pg_subscription'),
  ('SELECT * FROM pg_roles'), ('SELECT * FROM pg_user_mappings'), ('SELECT * FROM pg_class'), ('SELECT * FROM pg_statistic_ext')) AS t (statement)
 ORDER BY regexp_replace(statement, 'pg_toast_\d+', 'pg_toast') \g (format=unaligned tuples_only=on) |sed 's/pg_toast_[0-9]*/pg_toast_.../g'
SELECT statement, regress.code(statement) FROM (VALUES
  ('DELETE FROM tenancy.enrolled_roles'), ('INSERT INTO tenancy.configuration (tenant_table, id_column) VALUES (''shop.projects'', ''id'')'),
  ('INSERT INTO tenancy.revoked_users VALUES (''bob'', now())'), ('UPDATE tenancy.tenants SET status = ''suspended'''), ('DELETE FROM tenancy.tenant_registry')) AS t (statement);
SELECT tenancy.is_guarded();

-- A cursor from before the session was guarded.
\c - :superuser
BEGIN;
DECLARE values CURSOR FOR SELECT stavalues1 FROM pg_statistic WHERE starelid = 'shop.copied'::regclass;
SET ROLE regress_tenancy_app;
FETCH ALL FROM values;
ROLLBACK;
SELECT count(*) > 0 AS seen FROM pg_stats WHERE tablename = 'copied';
REVOKE pg_read_all_data, pg_write_all_data FROM regress_tenancy_app;
-- Such a role is not enrolled in the first place.
CREATE ROLE regress_tenancy_stranger REPLICATION CREATEROLE CREATEDB;
GRANT pg_read_all_data TO regress_tenancy_stranger;
SELECT tenancy.enroll('regress_tenancy_stranger');
ALTER ROLE regress_tenancy_stranger NOREPLICATION NOCREATEROLE NOCREATEDB;
REVOKE pg_read_all_data FROM regress_tenancy_stranger;
SELECT tenancy.enroll('regress_tenancy_stranger');
SELECT tenancy.unenroll('regress_tenancy_stranger');
ALTER DATABASE :"DBNAME" OWNER TO regress_tenancy_stranger;
SELECT replace(power, current_database(), '...') AS power, replace(remedy, current_database(), '...') AS remedy FROM tenancy.powers_of('regress_tenancy_stranger'::regrole);
ALTER DATABASE :"DBNAME" OWNER TO :superuser;
DROP ROLE regress_tenancy_stranger;
\i :cleanup
