-- Adopting a database that already lives: the plan, and the plan as files.

CREATE FUNCTION tenancy.adoption_steps_of(snapshot text, request text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_adoption_steps_of' LANGUAGE c IMMUTABLE STRICT;
COMMENT ON FUNCTION tenancy.adoption_steps_of(text, text) IS 'The planner of adoptions: a pure function of a snapshot and a request, both JSON';

CREATE FUNCTION tenancy.script_of_plan(plan text, format text, day text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_script_of_plan' LANGUAGE c IMMUTABLE STRICT;
COMMENT ON FUNCTION tenancy.script_of_plan(text, text, text) IS 'A plan as files: a pure function of the plan, as JSON';

CREATE FUNCTION tenancy.fallbacks() RETURNS TABLE (target regclass, tenant text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT DISTINCT ON (d.target) d.target, d.tenant FROM tenancy.orphan_decisions AS d
        WHERE d.action = 'assigned' AND d.new_rows AND d.undone_at IS NULL AND EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = d.target::oid)
        ORDER BY d.target, d.id DESC;
    END;
REVOKE ALL ON FUNCTION tenancy.fallbacks() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.fallbacks() IS 'To which tenant new rows go to which nothing gives one, by decision';

CREATE FUNCTION tenancy.adoption_plan(schema_name name, tenant_column name, not_null boolean, batch_size integer, pause_ms integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    request jsonb;
BEGIN
    PERFORM tenancy.require_platform('adopt');
    IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', schema_name USING ERRCODE = 'invalid_schema_name', HINT = '\dn lists the schemas.';
    END IF;
    IF schema_name IN ('pg_catalog', 'information_schema', 'pg_toast', 'tenancy', 'tenancy_archive') THEN
        RAISE EXCEPTION 'schema "%" is not an application''s', schema_name USING ERRCODE = 'wrong_object_type', HINT = '\dn lists the schemas.';
    END IF;
    request := tenancy.classification_request(schema_name, coalesce(tenant_column, tenancy.tenant_column_in(schema_name)), false)
        || jsonb_build_object('not_null', not_null, 'batch_size', coalesce(batch_size, 0), 'pause_ms', coalesce(pause_ms, -1),
               'fallbacks', coalesce((SELECT jsonb_agg(jsonb_build_object('target', f.target::oid::bigint, 'tenant', f.tenant)) FROM tenancy.fallbacks() AS f), '[]'));
    RETURN tenancy.adoption_steps_of(tenancy.schema_snapshot(), request::text)::jsonb;
END $$;
REVOKE ALL ON FUNCTION tenancy.adoption_plan(name, name, boolean, integer, integer) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.adoption_plan(name, name, boolean, integer, integer) IS 'What adopt() would do to a schema as it stands, as JSON';

CREATE FUNCTION tenancy.plan_script(target text, tenant_column name DEFAULT NULL, format text DEFAULT 'psql', adopt boolean DEFAULT true,
                                    not_null boolean DEFAULT NULL, batch_size integer DEFAULT 10000, pause_ms integer DEFAULT 0)
    RETURNS TABLE (file text, content text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    plan jsonb;
    note text;
BEGIN
    IF adopt THEN
        plan := tenancy.adoption_plan(target::name, tenant_column, not_null, batch_size, pause_ms);
    ELSE
        PERFORM tenancy.require_platform('plan_script');
        plan := tenancy.plan_steps(tenancy.schema_snapshot(), tenancy.named_request(target, coalesce(tenant_column, 'tenant_id'), NULL)::text)::jsonb;
    END IF;
    FOR note IN SELECT jsonb_array_elements_text(plan -> 'notes') LOOP
        RAISE NOTICE '%', note;
    END LOOP;
    RETURN QUERY SELECT f.file, f.content
        FROM ROWS FROM (jsonb_to_recordset(tenancy.script_of_plan(plan::text, coalesce(format, 'NULL'), to_char(now(), 'YYYYMMDD'))::jsonb) AS (file text, content text))
                 WITH ORDINALITY AS f(file, content, n) ORDER BY f.n;
END $$;
REVOKE ALL ON FUNCTION tenancy.plan_script(text, name, text, boolean, boolean, integer, integer) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.plan_script(text, name, text, boolean, boolean, integer, integer) IS
    'The steps of adopt() for a schema, or of protect(), as files of one transaction each, for psql, Flyway, Rails or Prisma';

CREATE FUNCTION tenancy.fill_tenant() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_fill_tenant' LANGUAGE c;
COMMENT ON FUNCTION tenancy.fill_tenant() IS 'Trigger: while a database is being adopted, gives rows that are written without a tenant the one their parents have';
