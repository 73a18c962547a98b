-- A. Roles and who the session is.

--@ A1.superuser: the application is a superuser: it is seen as one, and still writes no other tenant's row
--@ refused 42501
--@ user app_super
UPDATE projects SET name = 'taken' WHERE tenant_id = :'b' RETURNING id;
DELETE FROM tasks WHERE tenant_id = :'b' RETURNING id;
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'b', 70, 'planted', 'planted') RETURNING id;

--@ A2.bypassrls: a role with BYPASSRLS writes for another tenant
--@ refused 42501
--@ user batch
UPDATE projects SET name = 'taken' WHERE tenant_id = :'b' RETURNING id;
DELETE FROM tasks WHERE tenant_id = :'b' RETURNING id;
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'b', 70, 'planted', 'planted') RETURNING id;

--@ A3.owner: the tables' owner is filtered like everybody
--@ no effect
--@ user shop_owner
--@ control
SELECT secret FROM projects;
UPDATE accounts SET balance = -1;
DELETE FROM notes;

--@ A4.set_role: SET ROLE to the owner of the tables
--@ refused 42501
SET ROLE shop_owner;
SELECT secret FROM projects;

--@ A4.session_authorization: SET SESSION AUTHORIZATION
--@ refused 42501
SET SESSION AUTHORIZATION shop_owner;
SELECT set_config('role', 'batch', true);

--@ A5.reset_role: RESET ROLE gains nothing: the tenant is what counts
--@ no effect
RESET ROLE;
SELECT secret FROM projects;
RESET SESSION AUTHORIZATION;
SELECT secret FROM projects;

--@ A6.publication: a publication of everything
--@ refused 42501
CREATE PUBLICATION spy FOR ALL TABLES;

--@ A6.slot: a logical replication slot
--@ refused 42501
SELECT pg_create_logical_replication_slot('spy', 'test_decoding');

--@ A7.pg_read_all_data: membership in pg_read_all_data does not unfilter
--@ no effect
SELECT secret FROM projects;
SELECT secret FROM accounts;
TABLE tasks;

--@ A8.drop_owned: DROP OWNED takes nobody out of a policy
--@ refused 42501
DROP OWNED BY CURRENT_USER;

--@ A9.policies_know_no_role: no policy of ours depends on a role, so no plan outlives a membership
--@ no effect
SELECT p.polname, c.relname FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid WHERE p.polname LIKE 'tenancy%' AND p.polroles <> '{0}' AND 1 / 0 = 1;

--@ A10.replica: replica mode turns no guard off
--@ refused 42501
SET LOCAL session_replication_role = replica;
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'b', 70, 'planted', 'planted');
DELETE FROM projects WHERE tenant_id = :'b' RETURNING id;
INSERT INTO notes VALUES (:'b', 70, 11, 'planted');
