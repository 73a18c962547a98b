-- The signed context: a token says which tenant this transaction works for, and for whom.

CREATE FUNCTION tenancy.authenticate(token text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_authenticate' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION tenancy.authenticate(text) IS
    'Enter the tenant that a signed token (JWT) names, for this transaction; error 28000 for a token that is not believed. Give it as a parameter';

CREATE FUNCTION tenancy.current_user_id() RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_current_user_id' LANGUAGE c STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION tenancy.current_user_id() IS 'The user of the token; where tenants do not come from tokens, what app.current_user_id says';

CREATE FUNCTION tenancy.key_ring_status() RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_key_ring_status' LANGUAGE c VOLATILE;
REVOKE ALL ON FUNCTION tenancy.key_ring_status() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.key_ring_status() IS 'The key-ring file as it is now: how many keys and their ids, or why it is not taken; NULL when tenancy.keyring_file names none';

CREATE FUNCTION tenancy.revoke_tokens(tenant text DEFAULT NULL, user_id text DEFAULT NULL) RETURNS timestamptz
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    canonical text := tenancy.canonical_tenant(tenant);
    moment timestamptz := clock_timestamp();
BEGIN
    PERFORM tenancy.require_platform('revoke_tokens');
    IF tenant IS NULL AND user_id IS NULL OR user_id = '' THEN
        RAISE EXCEPTION 'revoke_tokens() needs a tenant or a user'
            USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT tenancy.revoke_tokens(tenant => ''...''); or tenancy.revoke_tokens(user_id => ''...'');';
    END IF;
    IF tenant IS NOT NULL AND tenancy.tenant_status(canonical) IS NULL THEN
        RAISE EXCEPTION 'tenant "%" does not exist', canonical
            USING ERRCODE = 'undefined_object', HINT = 'SELECT * FROM tenancy.find_tenant(''slug''); shows a tenant''s id.';
    END IF;
    -- A call that had to wait takes nothing of a later one back.
    IF tenant IS NOT NULL AND EXISTS (SELECT FROM tenancy.configuration) THEN
        INSERT INTO tenancy.tenant_registry AS r (tenant, tokens_valid_after) VALUES (canonical, moment)
        ON CONFLICT ON CONSTRAINT tenant_registry_pkey DO UPDATE SET tokens_valid_after = greatest(r.tokens_valid_after, moment);
    ELSIF tenant IS NOT NULL THEN
        UPDATE tenancy.tenants SET tokens_valid_after = greatest(tokens_valid_after, moment) WHERE id = canonical::uuid;
    END IF;
    IF user_id IS NOT NULL THEN
        INSERT INTO tenancy.revoked_users AS u (user_id, valid_after) VALUES (revoke_tokens.user_id, moment)
        ON CONFLICT ON CONSTRAINT revoked_users_pkey DO UPDATE SET valid_after = greatest(u.valid_after, moment);
    END IF;
    RETURN moment;
END $$;
REVOKE ALL ON FUNCTION tenancy.revoke_tokens(text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.revoke_tokens(text, text) IS 'Refuse all tokens issued before now: of a tenant (all its users), of a user (in every tenant); given both, of both, not only of the user in the tenant';

CREATE FUNCTION tenancy.enter_as_platform(tenant text, reason text) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('enter_as_platform');
    IF reason IS NULL OR reason !~ '\S' THEN
        RAISE EXCEPTION 'enter_as_platform() needs a reason'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'It is written to the server''s log.',
                  HINT = format('SELECT tenancy.enter_as_platform(%L, ''why'');', tenant);
    END IF;
    RAISE LOG 'tenancy enter_as_platform: user=% tenant=% reason=%', quote_ident(session_user), quote_nullable(tenant), quote_literal(reason);
    RETURN tenancy.set_tenant(tenant);
END $$;
REVOKE ALL ON FUNCTION tenancy.enter_as_platform(text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.enter_as_platform(text, text) IS 'Work for a tenant as a platform role, for this transaction; who, for whom and why goes to the server''s log';
