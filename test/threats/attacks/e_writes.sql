-- E. Altering and destroying.

--@ W1.insert: a row for another tenant
--@ refused 42501
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'b', 70, 'planted', 'planted');

--@ W1.move: a row moved to another tenant
--@ refused 42501
UPDATE projects SET tenant_id = :'b';

--@ W1.partition: written to a partition, or a child, directly
--@ refused 42501
--@ control
INSERT INTO projects_b (tenant_id, id, slug, name) VALUES (:'b', 70, 'planted', 'planted');
UPDATE projects_b SET name = 'taken' RETURNING secret;
DELETE FROM projects_b;

--@ W1.view: written through an owner's view
--@ no effect
--@ control
UPDATE owners_view SET name = 'taken' WHERE tenant_id = :'b' RETURNING secret;
DELETE FROM owners_view WHERE id > 10 RETURNING secret;

--@ W2.truncate: TRUNCATE, CASCADE and all
--@ refused 42501
TRUNCATE projects CASCADE;
TRUNCATE accounts, orders;
TRUNCATE projects_b;

--@ W3.cascade: a reference to another tenant's row, for its cascade
--@ refused 23503 42501
--@ control
INSERT INTO orders VALUES (74, :'a', 12);
UPDATE orders SET account_id = 12;

--@ W3.reference_moved: by moving one's own row beneath
--@ refused 23503 42501
UPDATE tasks SET project_id = 16;
UPDATE notes SET project_id = 16, tenant_id = :'b';

--@ W4.trigger: a trigger of one's own, which would run as the owner beneath a cascade
--@ refused 42501
CREATE TRIGGER steal BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

--@ W5.transition: a trigger of one's own in other tenants' sessions
--@ refused 42501
CREATE FUNCTION steal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER steal AFTER DELETE ON orders REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION steal();
CREATE RULE steal AS ON DELETE TO orders DO ALSO NOTHING;

--@ W6.global_row: a row for everybody, written by a tenant
--@ refused 42501
--@ control
INSERT INTO templates VALUES (NULL, 75, 'for all');
UPDATE templates SET body = 'mine' WHERE tenant_id IS NULL;

--@ W6.global_delete: and deleted by one
--@ no effect
--@ control
DELETE FROM templates WHERE tenant_id IS NULL;
DELETE FROM currencies;

--@ W7.upsert: ON CONFLICT and MERGE on another tenant's row
--@ no effect
INSERT INTO accounts (id, tenant_id) VALUES (11, :'a') ON CONFLICT (id) DO UPDATE SET balance = 7;
INSERT INTO accounts (id, tenant_id) VALUES (11, :'b') ON CONFLICT (id) DO UPDATE SET balance = 7;
MERGE INTO accounts AS t USING (VALUES (11), (12)) AS s (id) ON t.id = s.id WHEN MATCHED THEN UPDATE SET balance = 7 WHEN NOT MATCHED THEN DO NOTHING;
MERGE INTO projects AS t USING (VALUES (16)) AS s (id) ON t.id = s.id WHEN MATCHED THEN DELETE;

--@ W8.lock_table: LOCK TABLE, which stops every tenant
--@ refused 42501
--@ control
LOCK TABLE projects IN ACCESS EXCLUSIVE MODE;

--@ W8.signal: other sessions ended
--@ refused 42501
SELECT pg_cancel_backend(pid) FROM (SELECT pg_backend_pid() AS pid) AS own;
SELECT pg_terminate_backend(1, 0);

--@ W9.ddl: guards and policies taken off
--@ refused 42501
ALTER TABLE projects DISABLE ROW LEVEL SECURITY;
ALTER TABLE projects NO FORCE ROW LEVEL SECURITY;
DROP POLICY tenancy_isolation ON projects;
CREATE POLICY mine ON projects USING (true);
ALTER TABLE projects DISABLE TRIGGER ALL;
ALTER TABLE projects RENAME TO gone;
DROP TABLE notes;
SELECT tenancy.unprotect('projects');

--@ W10.later_trigger: a BEFORE trigger of a later name that moves the row
--@ refused 42501
INSERT INTO tasks VALUES (:'a', 76, 1, 'move me');
UPDATE tasks SET title = 'move me';

--@ W11.copy_from: COPY FROM with rows of another tenant
--@ refused 42501 0A000
--@ without do
-- The protocol's COPY does not start inside a function.
COPY projects (tenant_id, id, slug, name) FROM STDIN;

--@ W12.registry: the tenants themselves
--@ refused 42501
UPDATE tenancy.tenants SET status = 'suspended' WHERE id = :'b';
SELECT tenancy.suspend_tenant(:'b'::uuid);
SELECT tenancy.create_tenant('mine', 'mine');
SELECT tenancy.enroll('batch');

--@ W13.own_tables: what the extension knows, written
--@ refused 42501
DELETE FROM tenancy.enrolled_roles;
INSERT INTO tenancy.tenant_registry (tenant, status) VALUES (:'b', 'deleted');
UPDATE tenancy.tenants SET status = 'deleted' WHERE id = :'b';

--@ W14.truncate_cascade: TRUNCATE ... CASCADE of a table of one's own, which waits for locks on a protected one
--@ refused 42501
TRUNCATE kinds CASCADE;

--@ W14.lock_referenced: a lock that foreign keys of protected tables wait for
--@ refused 42501
--@ control
LOCK TABLE kinds IN ACCESS EXCLUSIVE MODE;

--@ W15.server: the server itself
--@ refused 42501
SELECT pg_backup_start('kept', true);
SELECT pg_reload_conf();
SELECT pg_switch_wal();
SELECT pg_log_backend_memory_contexts(1);
