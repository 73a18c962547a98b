-- B. The context itself.

--@ B1.set_config: another tenant by set_config
--@ refused 42501
--@ control
SELECT set_config('app.current_tenant_id', :'b', true);
SELECT secret FROM projects;

--@ B1.same_statement: another tenant inside one statement, which would read both
--@ refused 42501
--@ control
WITH switched AS MATERIALIZED (SELECT set_config('app.current_tenant_id', :'b', true)) SELECT p.secret FROM switched, LATERAL (SELECT secret FROM projects WHERE switched.set_config IS NOT NULL) AS p;

--@ B1.loop: another tenant in a DO loop
--@ refused 42501
--@ control
DO $$ DECLARE t uuid; r text; BEGIN FOREACH t IN ARRAY ARRAY[:'b', :'a']::uuid[] LOOP PERFORM set_config('app.current_tenant_id', t::text, true); FOR r IN SELECT secret FROM projects LOOP RAISE NOTICE '%', r; END LOOP; END LOOP; END $$;

--@ B1.set_tenant: another tenant by set_tenant
--@ refused 42501
SELECT tenancy.set_tenant(:'b');
SELECT secret FROM projects;

--@ B2.set_local: a second SET LOCAL
--@ refused 42501
--@ control
SET LOCAL app.current_tenant_id = :'b';
SELECT secret FROM projects;

--@ B2.reset: RESET, then another tenant
--@ refused 42501
--@ control
RESET app.current_tenant_id;
SELECT set_config('app.current_tenant_id', :'b', true);
SELECT secret FROM projects;

--@ B2.clear: clear_tenant, then another tenant
--@ refused 42501
SELECT tenancy.clear_tenant();
SELECT tenancy.set_tenant(:'b');
SELECT secret FROM projects;

--@ B2.blank: a blank value, then another tenant
--@ refused 42501
--@ control
SET LOCAL app.current_tenant_id = '';
SET LOCAL app.current_tenant_id = :'b';
SELECT secret FROM projects;

--@ B2.savepoint: a savepoint rolled back does not free the transaction for another
--@ refused 42501
--@ bare
BEGIN;
SAVEPOINT before;
SELECT tenancy.set_tenant(:'a');
SELECT count(*) FROM projects;
ROLLBACK TO before;
SELECT tenancy.set_tenant(:'b');
SELECT secret FROM projects;
ROLLBACK;

--@ B2.exception: nor does an exception block
--@ refused 42501
--@ control
DO $$ BEGIN BEGIN PERFORM 1 / 0; EXCEPTION WHEN others THEN NULL; END; PERFORM set_config('app.current_tenant_id', :'b', true); RAISE NOTICE '%', (SELECT string_agg(secret, ' ') FROM projects); END $$;

--@ B2.discard: DISCARD ALL, then another tenant
--@ refused 42501 25001
DISCARD ALL;
SELECT tenancy.set_tenant(:'b');
SELECT secret FROM projects;

--@ B2.reset_all: RESET ALL, then another tenant
--@ refused 42501
--@ control
RESET ALL;
SELECT set_config('app.current_tenant_id', :'b', true);
SELECT secret FROM projects;

--@ B3.session_set: a plain SET, which the next user of the connection would find
--@ refused 42501
--@ bare
--@ control
SET app.current_tenant_id = :'a';

--@ B3.set_config_false: set_config(..., false) ends with its transaction
--@ no effect
--@ bare
--@ control
BEGIN;
SELECT set_config('app.current_tenant_id', :'a', false);
SELECT count(*) FROM projects;
COMMIT;

--@ B4.no_transaction: SET LOCAL outside of a transaction leaves no tenant, and no old one
--@ refused 42501
--@ bare
--@ control
BEGIN;
SELECT set_config('app.current_tenant_id', :'b', false);
COMMIT;
SET LOCAL app.current_tenant_id = :'a';
SELECT secret FROM projects;

--@ B5.after_error: after an error the next statement has no tenant
--@ refused 42501 22012
--@ bare
BEGIN;
SET LOCAL app.current_tenant_id = :'a';
SELECT 1 / 0;
ROLLBACK;
SELECT secret FROM projects;

--@ B6.options: a tenant among the options of the connection
--@ connection refused
--@ options -c app.current_tenant_id=:b
--@ without pooled
-- PgBouncer itself refuses such options, or drops them.

--@ B7.alter_role: a role gives itself a tenant for ever
--@ refused 42501 22023
--@ bare
ALTER ROLE CURRENT_USER SET app.current_tenant_id = :'b';

--@ B8.function_set: a function with the tenant in its SET clause
--@ refused 42501 22023
CREATE FUNCTION spy() RETURNS text LANGUAGE sql SET app.current_tenant_id = :'b' AS 'SELECT string_agg(secret, '' '') FROM projects';
SELECT spy();

--@ B9.pg_settings: UPDATE pg_settings
--@ refused 42501
UPDATE pg_settings SET setting = :'b' WHERE name = 'app.current_tenant_id';
SELECT secret FROM projects;

--@ B11.no_tenant: no tenant, or a blank one, is an error and not a value
--@ refused 42501
--@ bare
SELECT secret FROM projects;
BEGIN;
SET LOCAL app.current_tenant_id = '';
SELECT secret FROM projects;
ROLLBACK;

--@ B12.fail_open: nothing opens when the setting is absent
--@ refused 42501
--@ bare
SELECT tenancy.clear_tenant();
SELECT id FROM tasks WHERE current_setting('app.current_tenant_id', true) IS NULL OR current_setting('app.current_tenant_id', true) = '';

--@ B13.forms: other spellings of another tenant's id
--@ refused 42501 22P02 22023
SELECT set_config('app.current_tenant_id', upper(:'b'), true);
SELECT set_config('app.current_tenant_id', '{' || :'b' || '}', true);
SELECT set_config('app.current_tenant_id', replace(:'b', '-', ''), true);
SELECT set_config('app.current_tenant_id', ' ' || :'b' || ' ', true);
SELECT set_config('app.current_tenant_id', :'a' || ',' || :'b', true);
SELECT set_config('APP.Current_Tenant_Id', :'b', true);
SELECT secret FROM projects;

--@ B14.with_hold: a cursor WITH HOLD, which outlives the tenant
--@ refused 42501
--@ control
DECLARE held CURSOR WITH HOLD FOR SELECT name, secret FROM projects;

--@ B14.cursor_after_commit: FETCH after COMMIT
--@ refused 34000
--@ bare
BEGIN;
SELECT tenancy.set_tenant(:'a');
DECLARE now CURSOR FOR SELECT secret FROM projects;
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'a');
FETCH ALL FROM now;
ROLLBACK;

--@ B15.init_plan: a cursor keeps the tenant it was opened for
--@ refused 42501
DECLARE now CURSOR FOR SELECT secret FROM projects WHERE tenant_id = (SELECT tenancy.current_tenant_id());
SELECT set_config('app.current_tenant_id', :'b', true);
FETCH ALL FROM now;

--@ B16.immutable: a constant tenant in a plan kept from another tenant's transaction
--@ no effect
SELECT secret FROM projects WHERE tenant_id = constant_tenant();
SELECT secret FROM projects;

--@ B17.deferred: a deferred trigger writes for another tenant at COMMIT
--@ refused 42501
--@ control
INSERT INTO tasks VALUES (:'a', 70, 1, 'deferred');
SELECT set_config('app.current_tenant_id', :'b', true);

--@ B18.stale_plan: a plan made for another user or tenant
--@ no effect
PREPARE mine AS SELECT secret FROM projects;
EXECUTE mine;
SET LOCAL plan_cache_mode = force_generic_plan;
EXECUTE mine;
DEALLOCATE mine;

--@ B20.parallel: a stale tenant comes to life in a parallel worker
--@ no effect
--@ bare
BEGIN;
SELECT set_config('app.current_tenant_id', :'b', false);
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'a');
SET LOCAL parallel_leader_participation = off;
SET LOCAL plan_cache_mode = force_generic_plan;
SELECT string_agg(secret, ' ') FROM projects;
ROLLBACK;

--@ B21.settings: settings that would hit the next user of the connection
--@ no effect
--@ control
SET default_transaction_read_only = on;
SET search_path = pg_catalog;
SET default_transaction_isolation = serializable;
SELECT set_config('search_path', 'pg_temp', false);

--@ B22.commit_in_procedure: COMMIT inside of DO, then another tenant: a transaction of its own, without a tenant of before
--@ no effect
--@ bare
DO $$ BEGIN PERFORM tenancy.set_tenant(:'a'); PERFORM count(*) FROM projects; COMMIT; BEGIN PERFORM secret FROM projects; RAISE NOTICE '%', 'secret-' || 'b carried over'; EXCEPTION WHEN insufficient_privilege THEN NULL; END; END $$;
