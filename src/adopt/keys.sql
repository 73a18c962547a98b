-- Unique keys and tenants: a key of all tenants becomes one of each; one row per tenant.

CREATE FUNCTION tenancy.key_request(action text, target regclass, tenant_column name, key_name name DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform(action);
    IF target IS NULL OR (key_name IS NULL AND action = 'rescope_unique') THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN target IS NULL THEN 'the table' ELSE 'the name of the key' END
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = format('SELECT tenancy.%I(%L, %s''tenant_id'');', action, coalesce(target::text, 'the_table'), CASE action WHEN 'rescope_unique' THEN '''the_unique_key'', ' ELSE '' END);
    END IF;
    RETURN tenancy.table_request(action, target, coalesce(tenant_column, tenancy.tenant_column_of(target))) || jsonb_build_object('key', key_name);
END $$;
REVOKE ALL ON FUNCTION tenancy.key_request(text, regclass, name, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.key_request(text, regclass, name, name) IS 'A request to plan_steps() about a unique key: rescope_unique or one_row_per_tenant';

CREATE FUNCTION tenancy.rescope_unique(target regclass, constraint_name name, tenant_column name DEFAULT NULL) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.key_request('rescope_unique', target, tenant_column, constraint_name));
REVOKE ALL ON FUNCTION tenancy.rescope_unique(regclass, name, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.rescope_unique(regclass, name, name) IS
    'Let a unique constraint or index hold within each tenant: the tenant column first, all else as it is. One transaction, in which writers wait. Returns the number of steps, 0 when it does already';

CREATE FUNCTION tenancy.plan_rescope_unique(target regclass, constraint_name name, tenant_column name DEFAULT NULL)
    RETURNS TABLE (step integer, phase text, transaction integer, target_table text, kind text, sql text, lock_mode text, rows bigint, reason text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT p.* FROM tenancy.planned(tenancy.key_request('rescope_unique', target, tenant_column, constraint_name)) AS p;
    END;
REVOKE ALL ON FUNCTION tenancy.plan_rescope_unique(regclass, name, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.plan_rescope_unique(regclass, name, name) IS 'What rescope_unique() would do, as SQL: run nothing';

CREATE FUNCTION tenancy.one_row_per_tenant(target regclass, tenant_column name DEFAULT NULL) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.key_request('one_row_per_tenant', target, tenant_column));
REVOKE ALL ON FUNCTION tenancy.one_row_per_tenant(regclass, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.one_row_per_tenant(regclass, name) IS
    'Let a table hold one row per tenant, as settings are: a unique constraint, TABLE_one_row_per_tenant. Returns the number of steps, 0 when it does already';

CREATE FUNCTION tenancy.plan_one_row_per_tenant(target regclass, tenant_column name DEFAULT NULL)
    RETURNS TABLE (step integer, phase text, transaction integer, target_table text, kind text, sql text, lock_mode text, rows bigint, reason text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT p.* FROM tenancy.planned(tenancy.key_request('one_row_per_tenant', target, tenant_column)) AS p;
    END;
REVOKE ALL ON FUNCTION tenancy.plan_one_row_per_tenant(regclass, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.plan_one_row_per_tenant(regclass, name) IS 'What one_row_per_tenant() would do, as SQL: run nothing';
