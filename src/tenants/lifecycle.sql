-- A tenant's life: created, suspended, activated, deleted, restored. For platform roles: nothing here
-- is granted to PUBLIC, and a guarded session is refused whatever was granted.

CREATE FUNCTION tenancy.guard_tenant_row() RETURNS trigger
    AS 'MODULE_PATHNAME', 'tenancy_guard_tenant_row' LANGUAGE c;
REVOKE ALL ON FUNCTION tenancy.guard_tenant_row() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.guard_tenant_row() IS
    'Trigger on tenants: refuses a status change that the life of a tenant does not have, keeps updated_at and deleted_at true';
CREATE TRIGGER guard_row BEFORE UPDATE ON tenancy.tenants
    FOR EACH ROW EXECUTE FUNCTION tenancy.guard_tenant_row();
CREATE TRIGGER guard_row BEFORE UPDATE ON tenancy.tenant_registry
    FOR EACH ROW EXECUTE FUNCTION tenancy.guard_tenant_row();

-- A tenant sees its own row.
ALTER TABLE tenancy.tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenancy_own_row ON tenancy.tenants FOR SELECT USING (id = tenancy.current_tenant_id());
GRANT SELECT (id, public_id, name, slug, primary_domain, plan, status, resource_limits, attributes, created_at, updated_at)
    ON tenancy.tenants TO PUBLIC;

CREATE FUNCTION tenancy.require_platform(operation text) RETURNS void
    AS 'MODULE_PATHNAME', 'tenancy_require_platform' LANGUAGE c STRICT;
REVOKE ALL ON FUNCTION tenancy.require_platform(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.require_platform(text) IS 'Error 42501 in guarded sessions';

CREATE FUNCTION tenancy.create_tenant(name text, slug text, plan text DEFAULT NULL, primary_domain text DEFAULT NULL,
                                      resource_limits jsonb DEFAULT '{}', attributes jsonb DEFAULT '{}',
                                      status text DEFAULT 'active', id uuid DEFAULT NULL) RETURNS uuid
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    created uuid;
BEGIN
    PERFORM tenancy.require_platform('create_tenant');
    IF EXISTS (SELECT FROM tenancy.configuration) THEN
        RAISE EXCEPTION 'tenants of this database stand in table %', (SELECT tenant_table FROM tenancy.configuration)
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('INSERT INTO %s ...; a row there is a tenant.', (SELECT tenant_table FROM tenancy.configuration));
    END IF;
    IF plan IS NOT NULL AND tenancy.plan_limits(plan) IS NULL THEN
        RAISE EXCEPTION 'plan "%" does not exist', plan
            USING ERRCODE = 'undefined_object',
                  HINT = format('INSERT INTO tenancy.plans (name, limits) VALUES (%L, ''{}''); or use starter, growth or enterprise.', plan);
    END IF;
    IF status NOT IN ('active', 'provisioning') THEN
        RAISE EXCEPTION 'a tenant starts as "active" or "provisioning", not "%"', status
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'SELECT tenancy.create_tenant(''Name'', ''slug'', status => ''provisioning'');';
    END IF;
    IF slug IS NULL OR slug !~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' THEN
        RAISE EXCEPTION 'invalid slug "%"', slug
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'A slug has 1 to 63 lower case letters, digits and hyphens, and neither starts nor ends with a hyphen.',
                  HINT = format('SELECT tenancy.create_tenant(%L, %L);', name,
                                coalesce(nullif(trim(BOTH '-' FROM lower(regexp_replace(name, '[^A-Za-z0-9]+', '-', 'g'))), ''), 'my-tenant'));
    END IF;
    IF NOT tenancy.valid_resource_limits(resource_limits) THEN
        RAISE EXCEPTION 'invalid resource limits'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Known keys are statement_timeout_ms, idle_in_transaction_timeout_ms, concurrent_transactions, rows_written_per_transaction and storage_bytes; values are non-negative numbers.',
                  HINT = 'SELECT tenancy.create_tenant(''Name'', ''slug'', resource_limits => ''{"statement_timeout_ms": 15000}'');';
    END IF;
    INSERT INTO tenancy.tenants (id, name, slug, plan, primary_domain, resource_limits, attributes, status)
    VALUES (coalesce(create_tenant.id, tenancy.uuid_v7()), create_tenant.name, create_tenant.slug, create_tenant.plan,
            create_tenant.primary_domain, create_tenant.resource_limits, create_tenant.attributes,
            create_tenant.status::tenancy.tenant_status)
    RETURNING tenants.id INTO created;
    RETURN created;
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'a tenant with slug "%", this domain or this id exists already', slug
        USING ERRCODE = 'unique_violation', HINT = format('SELECT * FROM tenancy.find_tenant(%L);', slug);
END $$;
REVOKE ALL ON FUNCTION tenancy.create_tenant(text, text, text, text, jsonb, jsonb, text, uuid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.create_tenant(text, text, text, text, jsonb, jsonb, text, uuid) IS 'Create a tenant; returns its id';

-- One way to change a status, whichever table holds it.
CREATE FUNCTION tenancy.change_tenant_status(operation text, tenant text, to_status tenancy.tenant_status) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    canonical text := tenancy.canonical_tenant(tenant);
    current text := tenancy.tenant_status(canonical);
BEGIN
    PERFORM tenancy.require_platform(operation);
    IF current IS NULL THEN
        RAISE EXCEPTION 'tenant "%" does not exist', canonical
            USING ERRCODE = 'undefined_object', HINT = 'SELECT * FROM tenancy.find_tenant(''slug''); shows a tenant''s id.';
    END IF;
    IF current = 'deleted' AND operation <> 'restore_tenant' THEN
        RAISE EXCEPTION 'tenant "%" is deleted', canonical
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('SELECT tenancy.restore_tenant(%L);', canonical);
    END IF;
    IF operation = 'restore_tenant' AND current <> 'deleted' THEN
        RAISE EXCEPTION 'tenant "%" is not deleted but %', canonical, current
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('SELECT tenancy.activate_tenant(%L);', canonical);
    END IF;
    IF EXISTS (SELECT FROM tenancy.configuration) THEN
        INSERT INTO tenancy.tenant_registry (tenant, status, deleted_at)
        VALUES (canonical, to_status, CASE WHEN to_status = 'deleted' THEN now() END)
        ON CONFLICT ON CONSTRAINT tenant_registry_pkey DO UPDATE SET status = EXCLUDED.status;
    ELSE
        UPDATE tenancy.tenants SET status = to_status WHERE id = canonical::uuid;
    END IF;
    RETURN to_status::text;
END $$;
REVOKE ALL ON FUNCTION tenancy.change_tenant_status(text, text, tenancy.tenant_status) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.change_tenant_status(text, text, tenancy.tenant_status) IS 'What suspend_tenant() and its kind have in common';

CREATE FUNCTION tenancy.suspend_tenant(tenant text) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('suspend_tenant', tenant, 'suspended');
CREATE FUNCTION tenancy.activate_tenant(tenant text) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('activate_tenant', tenant, 'active');
CREATE FUNCTION tenancy.delete_tenant(tenant text) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('delete_tenant', tenant, 'deleted');
CREATE FUNCTION tenancy.restore_tenant(tenant text) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('restore_tenant', tenant, 'active');
CREATE FUNCTION tenancy.suspend_tenant(tenant uuid) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('suspend_tenant', tenant::text, 'suspended');
CREATE FUNCTION tenancy.activate_tenant(tenant uuid) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('activate_tenant', tenant::text, 'active');
CREATE FUNCTION tenancy.delete_tenant(tenant uuid) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('delete_tenant', tenant::text, 'deleted');
CREATE FUNCTION tenancy.restore_tenant(tenant uuid) RETURNS text LANGUAGE sql
    RETURN tenancy.change_tenant_status('restore_tenant', tenant::text, 'active');
REVOKE ALL ON FUNCTION tenancy.suspend_tenant(text), tenancy.activate_tenant(text), tenancy.delete_tenant(text),
    tenancy.restore_tenant(text), tenancy.suspend_tenant(uuid), tenancy.activate_tenant(uuid),
    tenancy.delete_tenant(uuid), tenancy.restore_tenant(uuid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.suspend_tenant(text) IS 'Close a tenant to guarded sessions, at once and everywhere';
COMMENT ON FUNCTION tenancy.activate_tenant(text) IS 'Open a suspended or provisioning tenant';
COMMENT ON FUNCTION tenancy.delete_tenant(text) IS 'Mark a tenant deleted; its rows stay';
COMMENT ON FUNCTION tenancy.restore_tenant(text) IS 'Bring a deleted tenant back as active';
COMMENT ON FUNCTION tenancy.suspend_tenant(uuid) IS 'As suspend_tenant(text)';
COMMENT ON FUNCTION tenancy.activate_tenant(uuid) IS 'As activate_tenant(text)';
COMMENT ON FUNCTION tenancy.delete_tenant(uuid) IS 'As delete_tenant(text)';
COMMENT ON FUNCTION tenancy.restore_tenant(uuid) IS 'As restore_tenant(text)';

CREATE FUNCTION tenancy.tenants_named(slug_or_domain text) RETURNS text[]
    AS 'MODULE_PATHNAME', 'tenancy_tenants_named' LANGUAGE c STABLE STRICT;
REVOKE ALL ON FUNCTION tenancy.tenants_named(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.tenants_named(text) IS 'Ids of the tenants with this slug or domain, also where the application''s tenant table is protected';

-- A door: looks tenants up before a context exists, and tells id and status only.
CREATE FUNCTION tenancy.find_tenant(slug_or_domain text, OUT tenant text, OUT status text) RETURNS SETOF record
    LANGUAGE sql STABLE STRICT SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp
    AS $$ SELECT DISTINCT named, tenancy.tenant_status(named) FROM unnest(tenancy.tenants_named(slug_or_domain)) AS named $$;
COMMENT ON FUNCTION tenancy.find_tenant(text) IS 'Id and status of the tenant with this slug or domain; needs no context';

CREATE FUNCTION tenancy.use_tenant_table(target regclass, id_column name DEFAULT 'id', slug_column name DEFAULT NULL,
                                         domain_column name DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    key_type regtype;
    deterministic boolean;
    named name;
BEGIN
    PERFORM tenancy.require_platform('use_tenant_table');
    IF EXISTS (SELECT FROM tenancy.protected) AND NOT EXISTS (SELECT FROM tenancy.configuration AS c WHERE c.tenant_table = target AND c.id_column = use_tenant_table.id_column) THEN
        RAISE EXCEPTION 'tables are protected already, by the tenants of %',
                        coalesce((SELECT c.tenant_table::text FROM tenancy.configuration AS c), 'tenancy.tenants')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part; then again.';
    END IF;
    IF EXISTS (SELECT FROM tenancy.tenants) THEN
        RAISE EXCEPTION 'tenancy.tenants has rows already'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Keep to one tenant table: DELETE FROM tenancy.tenants; or do without use_tenant_table().';
    END IF;
    IF (SELECT relkind FROM pg_class WHERE oid = target) <> 'r' THEN
        RAISE EXCEPTION '% is not an ordinary table', target
            USING ERRCODE = 'wrong_object_type', HINT = 'SELECT tenancy.use_tenant_table(''the_table_with_one_row_per_tenant'', ''id'');';
    END IF;
    FOREACH named IN ARRAY array_remove(ARRAY[id_column, slug_column, domain_column], NULL) LOOP
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attname = named AND attnum > 0 AND NOT attisdropped) THEN
            RAISE EXCEPTION 'column "%" of % does not exist', named, target
                USING ERRCODE = 'undefined_column', HINT = format('SELECT tenancy.use_tenant_table(%L, ''the_key_column'');', target);
        END IF;
    END LOOP;
    SELECT a.atttypid, coalesce(c.collisdeterministic, true) INTO key_type, deterministic
    FROM pg_attribute AS a LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
    WHERE a.attrelid = target AND a.attname = use_tenant_table.id_column;
    IF key_type NOT IN ('uuid'::regtype, 'bigint'::regtype, 'integer'::regtype, 'text'::regtype, 'varchar'::regtype) THEN
        RAISE EXCEPTION 'tenant ids of type % are not supported', key_type
            USING ERRCODE = 'datatype_mismatch', DETAIL = 'A tenant id is a uuid, bigint, integer, text or varchar.',
                  HINT = format('ALTER TABLE %s ALTER COLUMN %I TYPE text;', target, id_column);
    END IF;
    IF NOT deterministic THEN
        RAISE EXCEPTION 'tenant ids of % are compared by a nondeterministic collation', target
            USING ERRCODE = 'datatype_mismatch', DETAIL = 'Two spellings of an id would be one tenant in one place and two in another.',
                  HINT = format('ALTER TABLE %s ALTER COLUMN %I TYPE %s COLLATE "C";', target, id_column, key_type);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                   WHERE i.indrelid = target AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL
                     AND a.attname = use_tenant_table.id_column) THEN
        RAISE EXCEPTION 'column "%" of % is not unique', id_column, target
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('ALTER TABLE %s ADD PRIMARY KEY (%I);', target, id_column);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = target AND tgname = 'tenancy_announce') THEN
        EXECUTE format('CREATE TRIGGER tenancy_announce AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change()', target);
    END IF;
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER tenancy_announce', target);
    DELETE FROM tenancy.configuration;
    INSERT INTO tenancy.configuration (tenant_table, id_column, slug_column, domain_column)
    VALUES (target, use_tenant_table.id_column, use_tenant_table.slug_column, use_tenant_table.domain_column);
END $$;
REVOKE ALL ON FUNCTION tenancy.use_tenant_table(regclass, name, name, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.use_tenant_table(regclass, name, name, name) IS 'Let the application''s own table say which tenants there are; its key becomes the tenant key of this database';
