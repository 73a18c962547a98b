-- Tenants are created, suspended, activated, deleted and restored; other changes are refused.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

SELECT tenancy.create_tenant('Gamma', 'gamma', plan => 'growth', primary_domain => 'gamma.example', status => 'provisioning',
                             resource_limits => '{"statement_timeout_ms": 1000}', id => 'cccccccc-0000-7000-8000-000000000000') AS gamma \gset
SELECT public_id, name, slug, primary_domain, plan, status, resource_limits, attributes, deleted_at FROM tenancy.tenants WHERE slug = 'gamma';
SELECT * FROM tenancy.find_tenant('gamma');
SELECT tenant = :'gamma' AS found FROM tenancy.find_tenant('GAMMA.example');
SELECT count(*) FROM tenancy.find_tenant('nobody');
\c - regress_tenancy_app
SELECT tenant, status FROM tenancy.find_tenant('gamma');
SELECT tenancy.set_tenant(:'gamma');
SELECT tenancy.activate_tenant(:'gamma');
\c - :superuser
SELECT tenancy.activate_tenant(:'gamma');
SELECT tenancy.suspend_tenant(:'gamma'::uuid);
SELECT tenancy.suspend_tenant('ten_6csk6csk6csk6csk6csk6csk6c');
SELECT tenancy.suspend_tenant((SELECT public_id FROM tenancy.tenants WHERE slug = 'gamma'));
SELECT tenancy.activate_tenant(:'gamma');
SELECT tenancy.restore_tenant(:'gamma');
SELECT tenancy.delete_tenant(:'gamma');
SELECT status, deleted_at IS NOT NULL AS marked FROM tenancy.tenants WHERE slug = 'gamma';
SELECT tenancy.activate_tenant(:'gamma');
SELECT tenancy.suspend_tenant(:'gamma');
SELECT tenancy.restore_tenant(:'gamma');
SELECT status, deleted_at FROM tenancy.tenants WHERE slug = 'gamma';
-- Every pair, by hand: what the life of a tenant does not have is refused.
CREATE FUNCTION regress.change(before text, after text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    INSERT INTO tenancy.tenants (name, slug, status) VALUES ('Pair', 'pair', before::tenancy.tenant_status);
    UPDATE tenancy.tenants SET status = after::tenancy.tenant_status WHERE slug = 'pair';
    RAISE EXCEPTION USING ERRCODE = 'P0999';
  EXCEPTION WHEN SQLSTATE 'P0999' THEN RETURN 'yes';
  WHEN OTHERS THEN RETURN SQLSTATE;
  END;
END $$;
SELECT a AS before, regress.change(a::text, 'provisioning') AS provisioning, regress.change(a::text, 'active') AS active, regress.change(a::text, 'suspended') AS suspended,
       regress.change(a::text, 'failed') AS failed, regress.change(a::text, 'deleted') AS deleted
FROM unnest(enum_range(NULL::tenancy.tenant_status)) AS a;
-- Bad input.
SELECT tenancy.create_tenant('Delta', 'Del ta');
SELECT tenancy.create_tenant('Delta', 'gamma');
SELECT tenancy.create_tenant('Delta', 'delta', plan => 'gold');
SELECT tenancy.create_tenant('Delta', 'delta', status => 'deleted');
SELECT tenancy.create_tenant('Delta', 'delta', resource_limits => '{"speed": 1}');
SELECT tenancy.create_tenant('Delta', 'delta', resource_limits => '{"storage_bytes": -1}');
SELECT tenancy.suspend_tenant('nonsense');
SELECT tenancy.suspend_tenant('dddddddd-0000-7000-8000-000000000000');
SELECT tenancy.plan_limits('starter') ->> 'statement_timeout_ms' AS built_in, tenancy.plan_limits('gold') AS unknown;
INSERT INTO tenancy.plans (name, limits) VALUES ('gold', '{"storage_bytes": 1}'), ('starter', '{}');
SELECT tenancy.plan_limits('starter') AS edited, tenancy.plan_limits('gold') AS added;
DELETE FROM tenancy.plans;
DELETE FROM tenancy.tenants WHERE slug = 'gamma';
-- A tenant sees its own row.
\c - regress_tenancy_app
SELECT slug FROM tenancy.tenants;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT slug, status FROM tenancy.tenants;
UPDATE tenancy.tenants SET name = 'Taken over';
ROLLBACK;
\c - :superuser
\i :cleanup
