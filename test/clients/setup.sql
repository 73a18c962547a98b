-- One of the two databases of the test: eight tenants with five customers each.
CREATE EXTENSION pg_tenancy;
CREATE SCHEMA shop;
CREATE TABLE shop.customers (
    id        uuid PRIMARY KEY DEFAULT tenancy.uuid_v7(),
    tenant_id uuid,
    name      text NOT NULL
);
GRANT USAGE ON SCHEMA shop TO shop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.customers TO shop_app;
SELECT tenancy.create_tenant('Tenant ' || n, 'tenant-' || n,
    id => ('00000000-0000-4000-8000-00000000000' || n)::uuid) FROM generate_series(1, 8) AS n;
INSERT INTO shop.customers (tenant_id, name)
    SELECT t.id, 'customer ' || n FROM tenancy.tenants AS t, generate_series(1, 5) AS n;
SELECT tenancy.protect_schema('shop');
SELECT tenancy.enroll('shop_app');
