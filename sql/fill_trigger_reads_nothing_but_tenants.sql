-- The arguments of the fill trigger can be anybody's: of the tenant table they reach its key, and nothing else.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE ROLE regress_tenancy_curious;
CREATE SCHEMA curious AUTHORIZATION regress_tenancy_curious;
GRANT REFERENCES (id) ON tenancy.tenants TO regress_tenancy_curious;
\set VERBOSITY default

SET ROLE regress_tenancy_curious;
CREATE TABLE curious.files (id uuid CONSTRAINT whose REFERENCES tenancy.tenants, "it's" text);
-- Another column of the tenant table, a system column, no path at all.
CREATE TRIGGER fill BEFORE INSERT ON curious.files FOR EACH ROW EXECUTE FUNCTION tenancy.fill_tenant('it''s', 'first', '', 'status', 'whose', '');
INSERT INTO curious.files VALUES (:'acme');
DROP TRIGGER fill ON curious.files;
CREATE TRIGGER fill BEFORE INSERT ON curious.files FOR EACH ROW EXECUTE FUNCTION tenancy.fill_tenant('it''s', 'first', '', 'ctid', 'whose', '');
INSERT INTO curious.files VALUES (:'acme');
DROP TRIGGER fill ON curious.files;
CREATE TRIGGER fill BEFORE INSERT ON curious.files FOR EACH ROW EXECUTE FUNCTION tenancy.fill_tenant('it''s', 'first', '', 'id', '');
INSERT INTO curious.files VALUES (:'acme');
DROP TRIGGER fill ON curious.files;
-- Its key.
CREATE TRIGGER fill BEFORE INSERT ON curious.files FOR EACH ROW EXECUTE FUNCTION tenancy.fill_tenant('it''s', 'first', '', 'id', 'whose', '');
INSERT INTO curious.files VALUES (:'acme') RETURNING "it's" = id::text AS its_key;
RESET ROLE;
\c - :superuser
DROP SCHEMA curious CASCADE;
DROP OWNED BY regress_tenancy_curious;
DROP ROLE regress_tenancy_curious;
\i :cleanup
