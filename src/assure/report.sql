-- The report: whether isolation holds, on one page for people, or as JSON for CI. Facts are collected here; what they
-- come to, and how they look, is the core's.

CREATE FUNCTION tenancy.report_html(facts text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_report_html' LANGUAGE c IMMUTABLE STRICT;
REVOKE ALL ON FUNCTION tenancy.report_html(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.report_html(text) IS 'The page of report(): a pure function of its facts';

CREATE FUNCTION tenancy.report_json(facts text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_report_json' LANGUAGE c IMMUTABLE STRICT;
REVOKE ALL ON FUNCTION tenancy.report_json(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.report_json(text) IS 'The facts of report() and the verdict, as JSON with keys in order';

-- Rows of each tenant in protected tables: the 20 biggest, and the others together. Sees all rows or fails. Each table is
-- asked as its owner, whose code may run when it is planned; no cursor, which that code could move.
CREATE FUNCTION tenancy.tenant_sizes() RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    question text;
    counts jsonb := '[]';
    names jsonb;
BEGIN
    FOREACH question IN ARRAY ARRAY(SELECT format('SELECT json_agg(q) FROM (SELECT t.%I::text AS tenant, count(*) AS n FROM %s AS t GROUP BY 1) AS q', p.tenant_column, p.target)
                                    FROM tenancy.protected AS p WHERE NOT p.part AND p.kind <> 'shared' AND p.tenant_column IS NOT NULL) LOOP
        counts := counts || coalesce(tenancy.answer(question)::jsonb, '[]');
    END LOOP;
    SELECT CASE WHEN c.tenant_table IS NULL THEN 'SELECT json_agg(q) FROM (SELECT t.id::text AS tenant, t.name AS name FROM tenancy.tenants AS t) AS q'
                WHEN c.slug_column IS NULL THEN format('SELECT json_agg(q) FROM (SELECT t.%I::text AS tenant, NULL::text AS name FROM %s AS t) AS q', c.id_column, c.tenant_table)
                ELSE format('SELECT json_agg(q) FROM (SELECT t.%I::text AS tenant, t.%I::text AS name FROM %s AS t) AS q', c.id_column, c.slug_column, c.tenant_table) END INTO question
    FROM (SELECT) AS one LEFT JOIN tenancy.configuration AS c ON true;
    names := coalesce(tenancy.answer(question)::jsonb, '[]');
    RETURN (
        WITH counted AS (SELECT c.tenant, sum(c.n)::bigint AS n FROM jsonb_to_recordset(counts) AS c(tenant text, n bigint) GROUP BY c.tenant),
             listed AS MATERIALIZED (SELECT t.tenant, t.name FROM jsonb_to_recordset(names) AS t(tenant text, name text)),
             named AS (SELECT t.tenant, t.name, coalesce(c.n, 0) AS n FROM listed AS t LEFT JOIN counted AS c USING (tenant)
                       UNION ALL SELECT c.tenant, NULL, c.n FROM counted AS c WHERE c.tenant IS NOT NULL AND c.tenant NOT IN (SELECT t.tenant FROM listed AS t)),
             ranked AS (SELECT s.*, row_number() OVER (ORDER BY s.n DESC, s.tenant) AS place FROM named AS s)
        SELECT jsonb_build_object(
            'biggest', coalesce((SELECT jsonb_agg(jsonb_build_object('tenant', r.tenant, 'name', r.name, 'rows', r.n) ORDER BY r.place) FROM ranked AS r WHERE r.place <= 20), '[]'),
            'rest_tenants', (SELECT count(*) FROM ranked AS r WHERE r.place > 20), 'rest_rows', (SELECT coalesce(sum(r.n), 0) FROM ranked AS r WHERE r.place > 20),
            'rows_of_nobody', coalesce((SELECT c.n FROM counted AS c WHERE c.tenant IS NULL), 0)));
END $$;
REVOKE ALL ON FUNCTION tenancy.tenant_sizes() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.tenant_sizes() IS 'Rows of each tenant in protected tables, as JSON: the 20 biggest, and the others together';

CREATE FUNCTION tenancy.report_facts(data boolean, proof boolean) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
    facts jsonb;
    own tenancy.configuration;
    by_status jsonb := '[]';
    sizes jsonb;
    trouble text;
    cells jsonb;
BEGIN
    SELECT jsonb_build_object(
        'generated_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'database', current_database(), 'server_version', current_setting('server_version'),
        'extension_version', (SELECT e.extversion FROM pg_extension AS e WHERE e.extname = 'pg_tenancy'), 'enforcement', current_setting('tenancy.enforcement')::boolean, 'data', data,
        'lint_rules', (SELECT count(*) FROM tenancy.lint_rules),
        'lint', coalesce((SELECT jsonb_agg(to_jsonb(l) - 'n' ORDER BY l.n) FROM tenancy.lint(data => report_facts.data) WITH ORDINALITY AS l(rule, level, object, title, detail, remediation, metadata, n)), '[]'),
        'status', coalesce((SELECT jsonb_agg(to_jsonb(s) - 'n' ORDER BY s.n) FROM tenancy.status() WITH ORDINALITY AS s(topic, state, detail, next_command, n)), '[]'),
        'roles', coalesce((SELECT jsonb_agg(jsonb_build_object('name', r.rolname, 'can_login', e.can_login, 'preloaded', e.preloaded, 'superuser', r.rolsuper, 'bypassrls', r.rolbypassrls,
                'enrolled_at', e.enrolled_at, 'enrolled_by', e.enrolled_by,
                'powers', to_jsonb(array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL) || ARRAY(SELECT p.power FROM tenancy.powers_of(r.oid) AS p ORDER BY p.power)))
            ORDER BY r.rolname) FROM tenancy.enrolled AS e JOIN pg_roles AS r ON r.oid = e.role::oid), '[]'))
    INTO facts;
    WITH protected AS MATERIALIZED (
        SELECT p.* FROM tenancy.protected AS p
    ), standing AS (
        SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname) AS sql, p.*, a.attnotnull, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS estimate
        FROM protected AS p JOIN pg_class AS c ON c.oid = p.target JOIN pg_namespace AS n ON n.oid = c.relnamespace
             LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = p.tenant_column AND NOT a.attisdropped
    ), open AS (
        SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname) AS sql, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS estimate,
               (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
                AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM protected AS p) ORDER BY a.attnum LIMIT 1) AS tenant_column
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy', 'tenancy_archive')
          AND c.oid IS DISTINCT FROM (SELECT f.tenant_table::oid FROM tenancy.configuration AS f) AND NOT EXISTS (SELECT FROM protected AS p WHERE p.target = c.oid)
    )
    SELECT facts || jsonb_build_object(
        'tables', coalesce((SELECT jsonb_agg(jsonb_build_object('schema', s.nspname, 'name', s.relname, 'sql', s.sql, 'kind', s.kind, 'part', s.part, 'row_security', s.row_security, 'forced', s.forced,
                'isolated', s.isolated, 'guarded', s.guarded, 'tenant_column', s.tenant_column, 'nullable', NOT s.attnotnull, 'global_rows', s.global_rows, 'rows', s.estimate) ORDER BY s.nspname, s.relname) FROM standing AS s), '[]'),
        'open_tables', coalesce((SELECT jsonb_agg(jsonb_build_object('schema', o.nspname, 'name', o.relname, 'sql', o.sql, 'tenant_column', o.tenant_column, 'rows', o.estimate,
                'next_command', format('SELECT tenancy.protect(%L, %L);', o.sql, o.tenant_column)) ORDER BY o.nspname, o.relname) FROM open AS o WHERE o.tenant_column IS NOT NULL), '[]'))
    INTO facts;
    SELECT * INTO own FROM tenancy.configuration;
    BEGIN
        by_status := tenancy.answer(CASE WHEN own.tenant_table IS NULL THEN 'SELECT jsonb_agg(jsonb_build_object(''status'', s.status, ''tenants'', s.n) ORDER BY s.status) FROM (SELECT t.status, count(*) AS n FROM tenancy.tenants AS t GROUP BY t.status) AS s'
                ELSE format('SELECT jsonb_agg(jsonb_build_object(''status'', s.status, ''tenants'', s.n) ORDER BY s.status) FROM (SELECT coalesce(r.status, ''active'') AS status, count(*) AS n FROM %s AS t LEFT JOIN tenancy.tenant_registry AS r ON r.tenant = t.%I::text GROUP BY 1) AS s',
                            own.tenant_table, own.id_column) END)::jsonb;
        sizes := CASE WHEN data THEN tenancy.tenant_sizes() END;
    EXCEPTION WHEN insufficient_privilege OR undefined_table OR undefined_column OR syntax_error OR lock_not_available OR object_not_in_prerequisite_state THEN
        GET STACKED DIAGNOSTICS trouble = MESSAGE_TEXT;
    END;
    -- prove() comes with a later part of the install script, or not at all.
    IF proof AND EXISTS (SELECT FROM tenancy.protected AS p WHERE p.kind <> 'canary') AND to_regprocedure('tenancy.prove(regclass[],boolean)') IS NOT NULL THEN
        EXECUTE 'SELECT coalesce(jsonb_agg(jsonb_build_object(''target'', c.target, ''operation'', c.operation, ''statement'', c.statement, ''sqlstate'', c.sqlstate, ''rows'', c.rows, ''outcome'', c.outcome, ''detail'', c.detail) ORDER BY c.n), ''[]'')
                 FROM (SELECT p.*, row_number() OVER () AS n FROM tenancy.prove() AS p) AS c' INTO cells;
    END IF;
    RETURN facts || jsonb_build_object('tenants', jsonb_build_object('table', coalesce(own.tenant_table::text, 'tenancy.tenants'), 'by_status', coalesce(by_status, '[]'), 'sizes', sizes, 'trouble', trouble),
        'proof_state', CASE WHEN NOT proof THEN 'not run' WHEN cells IS NULL THEN 'not available' ELSE 'run' END, 'proof', cells);
END $$;
REVOKE ALL ON FUNCTION tenancy.report_facts(boolean, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.report_facts(boolean, boolean) IS 'What report() tells, as JSON: tables, roles, findings, status, tenants, proof';

-- Errors: 42501 guarded sessions; 22023 another format, or NULL.
CREATE FUNCTION tenancy.report(format text DEFAULT 'html', data boolean DEFAULT false, proof boolean DEFAULT false) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('report');
    IF coalesce(report.format, '') NOT IN ('html', 'json') THEN
        RAISE EXCEPTION 'format is "html" or "json", not %', coalesce('"' || report.format || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT tenancy.report(''html'');';
    ELSIF data IS NULL OR proof IS NULL THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN data IS NULL THEN 'data' ELSE 'proof' END
            USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT tenancy.report(data => true, proof => true);';
    END IF;
    IF report.format = 'json' THEN
        RETURN tenancy.report_json(tenancy.report_facts(data, proof)::text);
    END IF;
    RETURN tenancy.report_html(tenancy.report_facts(data, proof)::text);
END $$;
REVOKE ALL ON FUNCTION tenancy.report(text, boolean, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.report(text, boolean, boolean) IS
    'Does isolation hold: a page of HTML that needs nothing else, or JSON for CI. data => true: rows are counted, too; proof => true: prove() is run. Changes nothing';
