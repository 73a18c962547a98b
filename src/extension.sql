-- Created plainly: a schema of that name that exists already may belong to anybody.
CREATE SCHEMA tenancy;
COMMENT ON SCHEMA tenancy IS 'Tenants of this database and what keeps them apart';
-- Anybody may name its objects: policies and defaults call them. What is privileged is revoked
-- one by one.
GRANT USAGE ON SCHEMA tenancy TO PUBLIC;
