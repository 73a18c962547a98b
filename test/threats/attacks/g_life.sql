-- G. Life cycle.

--@ G1.suspended: a suspended tenant, and one that does not exist
--@ refused 42501 22023 42704
--@ bare
BEGIN;
SELECT tenancy.set_tenant(:'suspended');
SELECT secret FROM projects;
ROLLBACK;
BEGIN;
SET LOCAL app.current_tenant_id = '00000000-0000-4000-8000-0000000000ff';
SELECT secret FROM projects;
ROLLBACK;

--@ G4.new_table: a new table of one's own that nobody protects
--@ refused 42501
CREATE TABLE fresh (tenant_id uuid, secret text);
CREATE TABLE fresh PARTITION OF projects DEFAULT;
CREATE UNLOGGED TABLE fresh (secret text);

--@ G5.no_context: a session without a tenant: a worker, or cron
--@ refused 42501
--@ bare
SELECT secret FROM projects;
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'a', 70, 'x', 'x');
DELETE FROM tasks;
UPDATE notes SET body = 'x';

--@ G6.event_trigger: code of one's own in the sessions of others
--@ refused 42501
CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE CAST (text AS int) WITH INOUT AS IMPLICIT;
CREATE DOMAIN mine AS text;
CREATE AGGREGATE mine (int) (SFUNC = int4pl, STYPE = int);
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA pg_temp TO PUBLIC;
COMMENT ON TABLE projects IS 'hello, b';
