-- The guards: triggers that have the last word, for every role.

CREATE FUNCTION tenancy.write_guard() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_write_guard' LANGUAGE c;
COMMENT ON FUNCTION tenancy.write_guard() IS 'Trigger: refuses rows of another tenant; its argument is the tenant column';

CREATE FUNCTION tenancy.truncate_guard() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_truncate_guard' LANGUAGE c;
COMMENT ON FUNCTION tenancy.truncate_guard() IS 'Trigger: refuses TRUNCATE with a tenant or in guarded sessions';

CREATE FUNCTION tenancy.shared_guard() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_shared_guard' LANGUAGE c;
COMMENT ON FUNCTION tenancy.shared_guard() IS 'Trigger: only platform work without a tenant writes a shared table';

CREATE FUNCTION tenancy.reference_guard() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_reference_guard' LANGUAGE c;
COMMENT ON FUNCTION tenancy.reference_guard() IS 'Trigger beside a foreign key that cannot carry the tenant: refuses references to other tenants as the key refuses missing rows';
