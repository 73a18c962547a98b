-- Who the tenants are, and where they stand when an application keeps its own tenant table.

CREATE TYPE tenancy.tenant_status AS ENUM ('provisioning', 'active', 'suspended', 'failed', 'deleted');
COMMENT ON TYPE tenancy.tenant_status IS
    'provisioning -> active <-> suspended; provisioning -> failed; any -> deleted; deleted -> active by restore_tenant()';

CREATE FUNCTION tenancy.valid_resource_limits(limits jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN pg_catalog.jsonb_typeof(limits) = 'object'
       AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_each(limits) AS given(key, value)
                       WHERE given.key NOT IN ('statement_timeout_ms', 'idle_in_transaction_timeout_ms',
                                               'concurrent_transactions', 'rows_written_per_transaction',
                                               'storage_bytes')
                          OR pg_catalog.jsonb_typeof(given.value) <> 'number'
                          OR given.value::numeric < 0);
COMMENT ON FUNCTION tenancy.valid_resource_limits(jsonb) IS
    'Are these limits an object of known keys with non-negative numbers: statement_timeout_ms, idle_in_transaction_timeout_ms, concurrent_transactions, rows_written_per_transaction, storage_bytes';

CREATE TABLE tenancy.tenants (
    id                 uuid PRIMARY KEY DEFAULT tenancy.uuid_v7(),
    public_id          text NOT NULL UNIQUE GENERATED ALWAYS AS (tenancy.typeid('ten', id)) STORED,
    name               text NOT NULL CHECK (name <> ''),
    slug               text NOT NULL UNIQUE
                       CONSTRAINT tenants_slug_format CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    primary_domain     text UNIQUE
                       CONSTRAINT tenants_primary_domain_format CHECK (primary_domain ~ '^[a-z0-9.-]{1,253}$'),
    plan               text,
    status             tenancy.tenant_status NOT NULL DEFAULT 'active',
    resource_limits    jsonb NOT NULL DEFAULT '{}'
                       CONSTRAINT tenants_resource_limits_known CHECK (tenancy.valid_resource_limits(resource_limits)),
    tokens_valid_after timestamptz,
    attributes         jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    deleted_at         timestamptz
);
COMMENT ON TABLE tenancy.tenants IS 'The tenants of this database; a tenant sees its own row only';
COMMENT ON COLUMN tenancy.tenants.id IS 'The tenant key';
COMMENT ON COLUMN tenancy.tenants.public_id IS 'The key as shown to people: ten_...';
COMMENT ON COLUMN tenancy.tenants.name IS 'Name shown to people';
COMMENT ON COLUMN tenancy.tenants.slug IS 'Short name in addresses: lower case letters, digits and hyphens';
COMMENT ON COLUMN tenancy.tenants.primary_domain IS 'Domain by which find_tenant() knows the tenant';
COMMENT ON COLUMN tenancy.tenants.plan IS 'Name of the plan whose limits apply by default';
COMMENT ON COLUMN tenancy.tenants.status IS 'Only an active tenant may be entered by guarded sessions';
COMMENT ON COLUMN tenancy.tenants.resource_limits IS 'Limits of this tenant, over those of its plan';
COMMENT ON COLUMN tenancy.tenants.tokens_valid_after IS 'Tokens issued before this moment are revoked';
COMMENT ON COLUMN tenancy.tenants.attributes IS 'What the application wants to keep beside its tenant';
COMMENT ON COLUMN tenancy.tenants.created_at IS 'When the tenant was created';
COMMENT ON COLUMN tenancy.tenants.updated_at IS 'When the row was last changed';
COMMENT ON COLUMN tenancy.tenants.deleted_at IS 'When the tenant was deleted, if it is';

CREATE TABLE tenancy.tenant_registry (
    tenant             text COLLATE "C" PRIMARY KEY,
    status             tenancy.tenant_status NOT NULL DEFAULT 'active',
    plan               text,
    resource_limits    jsonb NOT NULL DEFAULT '{}'
                       CONSTRAINT tenant_registry_limits_known CHECK (tenancy.valid_resource_limits(resource_limits)),
    tokens_valid_after timestamptz,
    updated_at         timestamptz NOT NULL DEFAULT now(),
    deleted_at         timestamptz
);
COMMENT ON TABLE tenancy.tenant_registry IS
    'Status, plan and limits of tenants whose rows stand in the application''s own table; no row means active';
COMMENT ON COLUMN tenancy.tenant_registry.tenant IS 'The tenant key as text';
COMMENT ON COLUMN tenancy.tenant_registry.status IS 'As in tenancy.tenants';
COMMENT ON COLUMN tenancy.tenant_registry.plan IS 'As in tenancy.tenants';
COMMENT ON COLUMN tenancy.tenant_registry.resource_limits IS 'As in tenancy.tenants';
COMMENT ON COLUMN tenancy.tenant_registry.tokens_valid_after IS 'As in tenancy.tenants';
COMMENT ON COLUMN tenancy.tenant_registry.updated_at IS 'When the row was last changed';
COMMENT ON COLUMN tenancy.tenant_registry.deleted_at IS 'When the tenant was deleted, if it is';

CREATE TABLE tenancy.plans (
    name        text PRIMARY KEY CHECK (name <> ''),
    limits      jsonb NOT NULL CONSTRAINT plans_limits_known CHECK (tenancy.valid_resource_limits(limits)),
    description text,
    updated_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tenancy.plans IS 'Plans added or edited here; starter, growth and enterprise exist without a row';
COMMENT ON COLUMN tenancy.plans.name IS 'Name of the plan';
COMMENT ON COLUMN tenancy.plans.limits IS 'Default limits of its tenants';
COMMENT ON COLUMN tenancy.plans.description IS 'What the plan is for';
COMMENT ON COLUMN tenancy.plans.updated_at IS 'When the row was last changed';

CREATE FUNCTION tenancy.plan_limits(plan text) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((SELECT p.limits FROM tenancy.plans AS p WHERE p.name = plan),
                    CASE plan
                        WHEN 'starter' THEN '{"statement_timeout_ms": 15000, "idle_in_transaction_timeout_ms": 30000, "concurrent_transactions": 10, "rows_written_per_transaction": 100000, "storage_bytes": 5368709120}'::jsonb
                        WHEN 'growth' THEN '{"statement_timeout_ms": 60000, "idle_in_transaction_timeout_ms": 60000, "concurrent_transactions": 50, "rows_written_per_transaction": 1000000, "storage_bytes": 107374182400}'::jsonb
                        WHEN 'enterprise' THEN '{}'::jsonb
                    END);
REVOKE ALL ON FUNCTION tenancy.plan_limits(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.plan_limits(text) IS 'Default limits of a plan, NULL when there is no such plan; times in milliseconds, storage in bytes';

CREATE TABLE tenancy.configuration (
    singleton     boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    tenant_table  regclass NOT NULL,
    id_column     name NOT NULL,
    slug_column   name,
    domain_column name
);
COMMENT ON TABLE tenancy.configuration IS 'The application''s own tenant table, set by use_tenant_table(); empty: tenancy.tenants';
COMMENT ON COLUMN tenancy.configuration.singleton IS 'There is one row at most';
COMMENT ON COLUMN tenancy.configuration.tenant_table IS 'Table with one row per tenant';
COMMENT ON COLUMN tenancy.configuration.id_column IS 'Its key: the tenant key of this database';
COMMENT ON COLUMN tenancy.configuration.slug_column IS 'Column by which find_tenant() looks tenants up';
COMMENT ON COLUMN tenancy.configuration.domain_column IS 'Another such column';

CREATE TABLE tenancy.enrolled_roles (
    role        regrole PRIMARY KEY,
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    enrolled_by name NOT NULL DEFAULT session_user
);
COMMENT ON TABLE tenancy.enrolled_roles IS 'Roles as which applications connect; see the view tenancy.enrolled';
COMMENT ON COLUMN tenancy.enrolled_roles.role IS 'The role; a rename changes nothing';
COMMENT ON COLUMN tenancy.enrolled_roles.enrolled_at IS 'Since when';
COMMENT ON COLUMN tenancy.enrolled_roles.enrolled_by IS 'By whom';

SELECT pg_catalog.pg_extension_config_dump('tenancy.tenants', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.tenant_registry', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.plans', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.configuration',
    'WHERE tenant_table::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT pg_catalog.pg_extension_config_dump('tenancy.enrolled_roles',
    'WHERE role::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_roles)');
GRANT SELECT ON tenancy.configuration TO PUBLIC;

CREATE TABLE tenancy.revoked_users (
    user_id     text COLLATE "C" PRIMARY KEY,
    valid_after timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE tenancy.revoked_users IS 'Users whose tokens were revoked; see revoke_tokens()';
COMMENT ON COLUMN tenancy.revoked_users.user_id IS 'The user, as the claim sub names him';
COMMENT ON COLUMN tenancy.revoked_users.valid_after IS 'Tokens issued before this moment are refused';
SELECT pg_catalog.pg_extension_config_dump('tenancy.revoked_users', '');

-- A change of any of these reaches every backend before its next statement.
CREATE FUNCTION tenancy.announce_change() RETURNS trigger
    AS 'MODULE_PATHNAME', 'tenancy_announce_change' LANGUAGE c;
REVOKE ALL ON FUNCTION tenancy.announce_change() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.announce_change() IS 'Trigger: tells every backend that the table changed';
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON tenancy.tenants
    FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
ALTER TABLE tenancy.tenants ENABLE ALWAYS TRIGGER announce;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON tenancy.tenant_registry
    FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
ALTER TABLE tenancy.tenant_registry ENABLE ALWAYS TRIGGER announce;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON tenancy.revoked_users
    FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
ALTER TABLE tenancy.revoked_users ENABLE ALWAYS TRIGGER announce;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON tenancy.configuration
    FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
ALTER TABLE tenancy.configuration ENABLE ALWAYS TRIGGER announce;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON tenancy.enrolled_roles
    FOR EACH ROW EXECUTE FUNCTION tenancy.announce_change();
ALTER TABLE tenancy.enrolled_roles ENABLE ALWAYS TRIGGER announce;
