-- Lint: findings about the isolation of tenants, by rules of the core, and what a person has decided to live with.

CREATE FUNCTION tenancy.lint_findings(snapshot text, surroundings text, request text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_lint_findings' LANGUAGE c IMMUTABLE STRICT;
REVOKE ALL ON FUNCTION tenancy.lint_findings(text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.lint_findings(text, text, text) IS 'The rules of lint(): a pure function of two snapshots and a request, all JSON';

CREATE FUNCTION tenancy.lint_rules_text() RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_lint_rules' LANGUAGE c IMMUTABLE STRICT;
REVOKE ALL ON FUNCTION tenancy.lint_rules_text() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.lint_rules_text() IS 'The rules of lint(), as JSON';

CREATE VIEW tenancy.lint_rules AS
    SELECT r.rule, r.family, r.level, r.title FROM pg_catalog.jsonb_to_recordset(tenancy.lint_rules_text()::jsonb) AS r(rule text, family text, level text, title text);
COMMENT ON VIEW tenancy.lint_rules IS 'What lint() looks for; docs/lint has a page for each rule';
COMMENT ON COLUMN tenancy.lint_rules.rule IS 'Its name';
COMMENT ON COLUMN tenancy.lint_rules.family IS 'rls, policies, roles, routes, oracles, data, speed or server';
COMMENT ON COLUMN tenancy.lint_rules.level IS 'The worst it gives: error, warning or info';
COMMENT ON COLUMN tenancy.lint_rules.title IS 'What it says';

CREATE TABLE tenancy.waivers (
    rule      text NOT NULL,
    object    text NOT NULL,
    reason    text NOT NULL CHECK (btrim(reason) <> ''),
    until     timestamptz,
    waived_by name NOT NULL DEFAULT session_user,
    waived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (rule, object)
);
COMMENT ON TABLE tenancy.waivers IS 'Findings of lint() that somebody has decided to live with';
COMMENT ON COLUMN tenancy.waivers.rule IS 'The rule';
COMMENT ON COLUMN tenancy.waivers.object IS 'The object, as lint() prints it, or % for all';
COMMENT ON COLUMN tenancy.waivers.reason IS 'Why';
COMMENT ON COLUMN tenancy.waivers.until IS 'Until when; NULL: until it is taken back';
COMMENT ON COLUMN tenancy.waivers.waived_by IS 'Who';
COMMENT ON COLUMN tenancy.waivers.waived_at IS 'When';
SELECT pg_catalog.pg_extension_config_dump('tenancy.waivers', '');

CREATE FUNCTION tenancy.waive(rule text, object text, reason text, until timestamptz DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('waive');
    IF rule IS NULL OR coalesce(btrim(object), '') = '' OR coalesce(btrim(reason), '') = '' THEN
        RAISE EXCEPTION '% is missing', CASE WHEN rule IS NULL THEN 'the rule' WHEN coalesce(btrim(object), '') = '' THEN 'the object' ELSE 'the reason' END
            USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT tenancy.waive(''the_rule'', ''the_object'', ''why'', now() + interval ''90 days'');';
    ELSIF NOT EXISTS (SELECT FROM tenancy.lint_rules AS r WHERE r.rule = waive.rule) THEN
        RAISE EXCEPTION 'there is no rule "%"', rule USING ERRCODE = 'undefined_object', HINT = 'SELECT rule, title FROM tenancy.lint_rules;';
    ELSIF until <= now() THEN
        RAISE EXCEPTION 'the waiver would have ended at %', until USING ERRCODE = 'invalid_parameter_value', HINT = format('SELECT tenancy.waive(%L, %L, %L, now() + interval ''90 days'');', rule, object, reason);
    END IF;
    INSERT INTO tenancy.waivers AS w (rule, object, reason, until) VALUES (waive.rule, waive.object, waive.reason, waive.until)
    ON CONFLICT ON CONSTRAINT waivers_pkey DO UPDATE SET reason = EXCLUDED.reason, until = EXCLUDED.until, waived_by = session_user, waived_at = now();
END $$;
REVOKE ALL ON FUNCTION tenancy.waive(text, text, text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.waive(text, text, text, timestamptz) IS 'Live with a finding of lint(): it is shown as waived, with the reason, until then. % as the object: all of the rule';

CREATE FUNCTION tenancy.unwaive(rule text, object text) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('unwaive');
    DELETE FROM tenancy.waivers AS w WHERE w.rule = unwaive.rule AND w.object = unwaive.object;
    RETURN FOUND;
END $$;
REVOKE ALL ON FUNCTION tenancy.unwaive(text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.unwaive(text, text) IS 'Take a waiver back; false when there was none';

-- Errors: 42501 guarded sessions; 22023 a setting or column that is no name.
CREATE FUNCTION tenancy.lint(data boolean DEFAULT false, tenant_column name DEFAULT NULL, context_setting text DEFAULT 'app.current_tenant_id', application_roles regrole[] DEFAULT NULL)
    RETURNS TABLE (rule text, level text, object text, title text, detail text, remediation text, metadata jsonb)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET jit = off AS $$
DECLARE
    found jsonb;
    findings jsonb;
    question jsonb;
    rows bigint;
    trouble text;
BEGIN
    PERFORM tenancy.require_platform('lint');
    IF tenant_column = '' OR array_position(application_roles, NULL) IS NOT NULL THEN
        RAISE EXCEPTION '%', CASE WHEN tenant_column = '' THEN 'the tenant column has no name' ELSE 'a role is NULL' END
            USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM tenancy.lint(tenant_column => ''tenant_id'', application_roles => ''{the_role}'');';
    ELSIF data IS NULL OR coalesce(context_setting, '') !~ '^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)+$' THEN
        RAISE EXCEPTION '%', CASE WHEN data IS NULL THEN 'data is NULL' ELSE format('"%s" is not the name of a setting of an application', context_setting) END
            USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT * FROM tenancy.lint(context_setting => ''app.current_tenant_id'');';
    END IF;
    found := tenancy.lint_findings(tenancy.schema_snapshot(), tenancy.surroundings(coalesce(application_roles::oid[], tenancy.enrolled_oids())),
        jsonb_build_object('tenant_column', lint.tenant_column, 'context_setting', context_setting, 'installed', true,
            'enrolled', (SELECT coalesce(jsonb_agg(r.rolname), '[]') FROM pg_roles AS r WHERE r.oid = ANY (tenancy.enrolled_oids())))::text)::jsonb;
    findings := found -> 'findings';
    IF data THEN
        -- As the owners of the tables; no cursor, which code that an answer executes could move.
        FOREACH question IN ARRAY ARRAY(SELECT jsonb_array_elements(found -> 'questions')) LOOP
            BEGIN
                rows := tenancy.answer(question ->> 'sql');
                IF rows > 0 THEN
                    findings := findings || (question -> 'finding' || jsonb_build_object('detail', replace(question #>> '{finding,detail}', '%s', rows::text), 'metadata', question #> '{finding,metadata}' || jsonb_build_object('rows', rows)));
                END IF;
            EXCEPTION WHEN insufficient_privilege OR undefined_function OR lock_not_available OR object_not_in_prerequisite_state THEN
                GET STACKED DIAGNOSTICS trouble = MESSAGE_TEXT;
                findings := findings || (question -> 'finding' || jsonb_build_object('level', 'warning', 'detail', 'It could not be asked: ' || trouble, 'remediation', question ->> 'sql' || ';'));
            END;
        END LOOP;
    END IF;
    RETURN QUERY SELECT f.rule, CASE WHEN w.rule IS NOT NULL AND coalesce(w.until > now(), true) THEN 'waived' ELSE f.level END, f.object, f.title, f.detail, f.remediation,
            f.metadata || CASE WHEN w.rule IS NULL THEN '{}' ELSE jsonb_strip_nulls(jsonb_build_object('level', f.level, 'waived', CASE WHEN coalesce(w.until > now(), true) THEN w.reason END,
                'waiver_ended', CASE WHEN w.until <= now() THEN w.until END, 'until', w.until, 'waived_by', w.waived_by)) END
        FROM ROWS FROM (jsonb_to_recordset(findings) AS (rule text, level text, object text, title text, detail text, remediation text, metadata jsonb)) WITH ORDINALITY AS f(rule, level, object, title, detail, remediation, metadata, n)
             LEFT JOIN LATERAL (SELECT x.* FROM tenancy.waivers AS x WHERE x.rule = f.rule AND x.object IN (f.object, '%') ORDER BY coalesce(x.until > now(), true) DESC, x.object = '%' LIMIT 1) AS w ON true
        ORDER BY CASE WHEN w.rule IS NOT NULL AND coalesce(w.until > now(), true) THEN 3 ELSE array_position('{error,warning,info}', f.level) - 1 END, f.rule COLLATE "C", f.object COLLATE "C", f.n;
END $$;
REVOKE ALL ON FUNCTION tenancy.lint(boolean, name, text, regrole[]) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.lint(boolean, name, text, regrole[]) IS
    'What is wrong with the isolation of tenants, or weaker than it should be: rule, level (error, warning, info, waived), object, what to run. data => true: rows are counted, too. Changes nothing';
