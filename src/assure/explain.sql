-- Why does a session see what it sees, or nothing; and who may look at all that without seeing a row.

-- Errors: 42501 guarded sessions, 22004.
CREATE FUNCTION tenancy.explain_access(target regclass, tenant text DEFAULT NULL, role regrole DEFAULT NULL)
    RETURNS TABLE (question text, answer text, next_command text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    limit_of_rows constant integer := 1000;
    p record;
    c record;
    tenants record;
    found text;
    known text;
    state text;
    who name;
    seen record;
    own bigint;
    reason text;
    remedy text;
BEGIN
    PERFORM tenancy.require_platform('explain_access');
    IF target IS NULL THEN
        RAISE EXCEPTION 'the table is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT * FROM tenancy.explain_access(''the_table'', ''the_tenant'');';
    END IF;
    SELECT x.* INTO p FROM tenancy.protected AS x WHERE x.target = explain_access.target;
    SELECT t.relrowsecurity, t.relforcerowsecurity, t.relowner::regrole AS owner, n.nspname, t.relkind INTO c FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace WHERE t.oid = explain_access.target;
    RETURN QUERY SELECT 'table', CASE WHEN p.kind IS NULL THEN 'not protected' WHEN p.kind = 'shared' THEN 'shared: every tenant reads it' ELSE format('%s by column %I%s', p.kind, p.tenant_column, CASE p.global_rows WHEN 'read' THEN ', rows without a tenant are for all to read' ELSE '' END) END,
        CASE WHEN p.kind IS NULL AND c.relkind IN ('r', 'p') AND c.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy') THEN format('SELECT tenancy.protect(%L, %L);', target, tenancy.tenant_column_of(target)) END;
    RETURN QUERY SELECT 'row-level security', concat_ws(', ', CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END, CASE WHEN c.relforcerowsecurity THEN 'for the owner, too' ELSE format('not for the owner, %s', c.owner) END), NULL;
    RETURN QUERY SELECT format('policy %I', y.polname), concat_ws(' ', CASE WHEN y.polpermissive THEN 'opens' ELSE 'limits to' END, CASE WHEN y.polroles <> '{0}' THEN format('(for %s)', (SELECT string_agg(r.rolname, ', ') FROM pg_roles AS r WHERE r.oid = ANY (y.polroles))) END,
        coalesce(pg_get_expr(y.polqual, y.polrelid), pg_get_expr(y.polwithcheck, y.polrelid))), NULL FROM pg_policy AS y WHERE y.polrelid = target ORDER BY y.polpermissive, y.polname;
    -- The role.
    who := (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = coalesce(explain_access.role::oid, (SELECT e.role::oid FROM tenancy.enrolled AS e ORDER BY e.role::text LIMIT 1)));
    IF who IS NULL THEN
        RETURN QUERY SELECT 'role', 'no role is enrolled', 'SELECT tenancy.enroll(''your_app_role'');';
    ELSE
        state := CASE WHEN (SELECT r.rolsuper OR r.rolbypassrls FROM pg_roles AS r WHERE r.rolname = who) THEN 'policies do not hold for it' WHEN tenancy.is_application_role((SELECT r.oid FROM pg_roles AS r WHERE r.rolname = who)) THEN 'enrolled' ELSE 'not enrolled' END;
        IF NOT has_schema_privilege(who, c.nspname, 'USAGE') THEN
            reason := format('%I may not use schema %I', who, c.nspname);
            remedy := format('GRANT USAGE ON SCHEMA %I TO %I;', c.nspname, who);
        ELSIF NOT has_table_privilege(who, target, 'SELECT') AND NOT has_any_column_privilege(who, target, 'SELECT') THEN
            reason := format('%I may not read the table', who);
            remedy := format('GRANT SELECT ON %s TO %I;', target, who);
        END IF;
        RETURN QUERY SELECT 'role', format('%I, %s', who, concat_ws('; ', state, reason)), remedy;
    END IF;
    -- The tenant.
    IF tenant IS NOT NULL THEN
        SELECT * INTO tenants FROM tenancy.orphan_tenants();
        BEGIN
            known := tenancy.answer(format('SELECT t.%1$I::text FROM %2$s AS t WHERE t.%1$I = %3$L', tenants.id_column, tenants.tenant_table, tenant));
        EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
            known := NULL;
        END;
        state := CASE WHEN known IS NULL THEN 'does not exist' WHEN tenants.tenant_table = 'tenancy.tenants'::regclass THEN (SELECT CASE WHEN t.deleted_at IS NOT NULL THEN 'deleted' ELSE t.status::text END FROM tenancy.tenants AS t WHERE t.id::text = known) ELSE 'exists' END;
        RETURN QUERY SELECT 'tenant', format('%s: %s', tenant, state), CASE state WHEN 'suspended' THEN format('SELECT tenancy.activate_tenant(%L);', known) WHEN 'deleted' THEN format('SELECT tenancy.restore_tenant(%L);', known)
            WHEN 'does not exist' THEN format('SELECT %I FROM %s; -- lists the tenants', tenants.id_column, tenants.tenant_table) END;
        IF reason IS NULL AND state NOT IN ('exists', 'active') THEN
            reason := format('the tenant %s', CASE state WHEN 'does not exist' THEN state ELSE 'is ' || state END);
        END IF;
        IF p.tenant_column IS NOT NULL AND known IS NOT NULL THEN
            own := tenancy.answer(format('SELECT count(*) FROM (SELECT FROM %s AS t WHERE t.%I = %L LIMIT %s) AS q', target, p.tenant_column, known, limit_of_rows));
            RETURN QUERY SELECT 'rows of the tenant', CASE WHEN own >= limit_of_rows THEN 'at least ' ELSE '' END || own, NULL;
        END IF;
    END IF;
    -- What it comes to.
    IF who IS NOT NULL AND reason IS NULL THEN
        -- Policies may call functions that write.
        BEGIN
            SELECT x.* INTO seen FROM tenancy.probe(who, known, false, true, format('SELECT FROM %s LIMIT %s', target, limit_of_rows)) AS x;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
        END;
        IF seen.sqlstate <> '00000' THEN
            reason := format('%s %s', seen.sqlstate, seen.message);
            remedy := CASE WHEN tenant IS NULL THEN 'SELECT tenancy.set_tenant(''the_tenant''); -- in the same transaction' END;
        ELSIF seen.rows = 0 THEN
            reason := CASE WHEN NOT EXISTS (SELECT FROM pg_policy AS y WHERE y.polrelid = target AND y.polpermissive) AND c.relrowsecurity THEN 'no policy opens the table'
                           WHEN own = 0 THEN 'the tenant has no rows'
                           WHEN EXISTS (SELECT FROM pg_policy AS y WHERE y.polrelid = target AND y.polname = 'tenancy_not_deleted') AND own > 0 AND NOT tenancy.has_own_policy(target) THEN 'its rows are marked as deleted'
                           WHEN tenancy.has_own_policy(target) THEN 'policies of the application''s own hide them' ELSE 'its rows are hidden' END;
            remedy := CASE WHEN reason = 'no policy opens the table' THEN format('SELECT tenancy.protect(%L);', target)
                           WHEN tenancy.has_own_policy(target) THEN format('SELECT policyname, qual FROM pg_policies WHERE schemaname = %L AND tablename = %L;', c.nspname, (SELECT x.relname FROM pg_class AS x WHERE x.oid = target)) END;
        END IF;
        found := CASE WHEN seen.sqlstate <> '00000' THEN 'an error: ' || reason WHEN seen.rows = 0 THEN 'no row: ' || reason WHEN seen.rows >= limit_of_rows THEN format('at least %s rows', seen.rows) ELSE format('%s rows', seen.rows) END;
    ELSE
        found := CASE WHEN who IS NULL THEN 'nobody is enrolled' ELSE 'nothing: ' || reason END;
    END IF;
    RETURN QUERY SELECT 'what it sees', found, remedy;
END $$;
REVOKE ALL ON FUNCTION tenancy.explain_access(regclass, text, regrole) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.explain_access(regclass, text, regrole) IS
    'What a session of an application sees of a table, and why: its protection, policies, the role (the first enrolled one), the tenant and its rows. Nothing is changed';

-- May call what shows the state of isolation, and sees no row of anybody: no table of an application, no tenant.
CREATE FUNCTION tenancy.grant_auditor(role regrole) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    what text;
BEGIN
    PERFORM tenancy.require_platform('grant_auditor');
    IF role IS NULL OR NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = role::oid) THEN
        RAISE EXCEPTION 'the role does not exist' USING ERRCODE = 'undefined_object', HINT = 'CREATE ROLE auditor LOGIN;';
    ELSIF tenancy.is_application_role(role::oid) THEN
        RAISE EXCEPTION 'role "%" is one of an application', role USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its sessions are guarded: an auditor is a role of its own.', HINT = 'CREATE ROLE auditor LOGIN;';
    END IF;
    FOREACH what IN ARRAY ARRAY['lint(boolean, name, text, regrole[])', 'surroundings(oid[])', 'lint_findings(text, text, text)', 'lint_rules_text()', 'require_platform(text)', 'plan_steps(text, text)', 'protections(text)',
                                'schema_snapshot()', 'enrolled_oids()', 'powers_of(oid)', 'preload_setting(oid)', 'orphan_tenants()'] LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION tenancy.%s TO %s', what, role);
    END LOOP;
    FOREACH what IN ARRAY ARRAY['waivers', 'enrolled_roles', 'enrolled', 'lint_rules', 'protected', 'observations', 'configuration', 'crossing_references', 'models', 'model_installations', 'derivations', 'adoptions', 'adoption_progress'] LOOP
        IF to_regclass('tenancy.' || what) IS NOT NULL THEN
            EXECUTE format('GRANT SELECT ON tenancy.%I TO %s', what, role);
        END IF;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA tenancy TO %s', role);
END $$;
REVOKE ALL ON FUNCTION tenancy.grant_auditor(regrole) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.grant_auditor(regrole) IS 'Let a role look: lint(), waivers, the state of protection, adoption and observation; no rows of any table of an application';
