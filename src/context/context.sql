-- The context: which tenant this transaction works for.

CREATE FUNCTION tenancy.key_type() RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_key_type' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.key_type() IS 'Type of tenant ids in this database: uuid, bigint, integer or text';

CREATE FUNCTION tenancy.current_tenant_id() RETURNS uuid
    AS 'MODULE_PATHNAME', 'tenancy_current_tenant_id' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.current_tenant_id() IS 'Id of the tenant in force; error 42501 when none is set';

CREATE FUNCTION tenancy.current_tenant_bigint() RETURNS bigint
    AS 'MODULE_PATHNAME', 'tenancy_current_tenant_bigint' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.current_tenant_bigint() IS 'Id of the tenant in force, where tenant ids are bigint or integer';

CREATE FUNCTION tenancy.current_tenant_text() RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_current_tenant_text' LANGUAGE c STABLE PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.current_tenant_text() IS 'Id of the tenant in force as text, whatever its type';

CREATE FUNCTION tenancy.set_tenant(tenant text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_set_tenant' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION tenancy.set_tenant(text) IS 'Enter a tenant for this transaction; checks that it is active';

CREATE FUNCTION tenancy.set_tenant(tenant uuid) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE RETURN tenancy.set_tenant(tenant::text);
COMMENT ON FUNCTION tenancy.set_tenant(uuid) IS 'Enter a tenant for this transaction; for drivers that bind uuid';

CREATE FUNCTION tenancy.set_tenant(tenant bigint) RETURNS text
    LANGUAGE sql VOLATILE PARALLEL UNSAFE RETURN tenancy.set_tenant(tenant::text);
COMMENT ON FUNCTION tenancy.set_tenant(bigint) IS 'Enter a tenant for this transaction; for drivers that bind bigint';

CREATE FUNCTION tenancy.clear_tenant() RETURNS void
    AS 'MODULE_PATHNAME', 'tenancy_clear_tenant' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION tenancy.clear_tenant() IS 'Leave the tenant of this transaction';

CREATE FUNCTION tenancy.context(OUT tenant text, OUT user_id text, OUT request_id text, OUT source text,
                                OUT since timestamptz, OUT role text, OUT guarded boolean)
    AS 'MODULE_PATHNAME', 'tenancy_context' LANGUAGE c STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION tenancy.context() IS 'What this session works for now, and as whom';

CREATE FUNCTION tenancy.is_guarded() RETURNS boolean
    AS 'MODULE_PATHNAME', 'tenancy_is_guarded' LANGUAGE c STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION tenancy.is_guarded() IS 'Is this session guarded: its user or its SET ROLE is enrolled or a member of an enrolled role';

CREATE FUNCTION tenancy.canonical_tenant(tenant text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_canonical_tenant' LANGUAGE c STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.canonical_tenant(text) IS 'A tenant id in the form this database stores; error 22P02 when malformed';

CREATE FUNCTION tenancy.tenant_status(tenant text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_tenant_status' LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION tenancy.tenant_status(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.tenant_status(text) IS 'Status of a tenant, NULL when unknown; looks below row-level security';
