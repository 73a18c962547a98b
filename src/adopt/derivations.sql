-- What a person decides about derivations, and what there is to decide.

CREATE FUNCTION tenancy.set_derivation(target regclass, paths text[], tenant_column name DEFAULT NULL) RETURNS text[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    kept text[];
BEGIN
    PERFORM tenancy.require_platform('set_derivation');
    IF target IS NULL THEN
        RAISE EXCEPTION 'the table is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT tenancy.set_derivation(''the_table'', ARRAY[''the_table.parent_id -> parents.tenant_id'']);';
    END IF;
    DELETE FROM tenancy.derivations AS d WHERE NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = d.target::oid);
    IF coalesce(cardinality(paths), 0) = 0 THEN
        DELETE FROM tenancy.derivations AS d WHERE d.target = set_derivation.target;
        RETURN NULL;
    END IF;
    kept := ARRAY(SELECT jsonb_array_elements_text(tenancy.derivation_rule(tenancy.schema_snapshot(),
        jsonb_build_object('target', tenancy.target_request(target), 'column', tenant_column, 'column_sql', quote_ident(tenant_column), 'paths', to_jsonb(paths))::text)::jsonb));
    INSERT INTO tenancy.derivations (target, paths) VALUES (set_derivation.target, kept)
    ON CONFLICT ON CONSTRAINT derivations_pkey DO UPDATE SET paths = EXCLUDED.paths, decided_at = now(), decided_by = session_user;
    RETURN kept;
END $$;
REVOKE ALL ON FUNCTION tenancy.set_derivation(regclass, text[], name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.set_derivation(regclass, text[], name) IS
    'Decide by which foreign keys the rows of a table get their tenant: the first path that gives one wins. NULL or {} takes the decision back. Returns the paths as they are kept';

CREATE FUNCTION tenancy.conflicts(target regclass, max_rows integer DEFAULT 100, tenant_column name DEFAULT NULL)
    RETURNS TABLE (row_key text, path text, tenant text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET join_collapse_limit = 1 SET jit = off AS $$
DECLARE
    snapshot text := tenancy.schema_snapshot();
    request jsonb;
    found jsonb;
BEGIN
    PERFORM tenancy.require_platform('conflicts');
    IF max_rows IS NULL OR max_rows < 1 THEN
        RAISE EXCEPTION 'max_rows is %', coalesce(max_rows::text, 'NULL')
            USING ERRCODE = 'invalid_parameter_value', DETAIL = 'At least one row is shown.', HINT = format('SELECT * FROM tenancy.conflicts(%L, 100);', target);
    END IF;
    IF target IS NULL THEN
        RAISE EXCEPTION 'the table is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT * FROM tenancy.conflicts(''the_table'');';
    END IF;
    tenant_column := coalesce(tenant_column, tenancy.tenant_column_of(target));
    PERFORM tenancy.derivation_rule(snapshot, jsonb_build_object('target', tenancy.target_request(target), 'column', tenant_column, 'paths', '[]'::jsonb)::text);
    request := tenancy.classification_request((SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target), tenant_column, false, target, max_rows);
    found := tenancy.classification(snapshot, request::text)::jsonb;
    IF NOT found ? 'conflicts_sql' THEN
        RAISE EXCEPTION 'the rows of % cannot be asked: %', target, found #>> '{tables,0,reason}'
            USING ERRCODE = 'insufficient_privilege', HINT = found #>> '{tables,0,next}';
    END IF;
    RETURN QUERY SELECT c.* FROM ROWS FROM (json_to_recordset(tenancy.answer(format('SELECT json_agg(q) FROM (%s) AS q', found ->> 'conflicts_sql'))::json)
        AS (row_key text, path text, tenant text)) WITH ORDINALITY AS r(row_key, path, tenant, n), LATERAL (SELECT r.row_key, r.path, r.tenant) AS c ORDER BY r.n;
END $$;
REVOKE ALL ON FUNCTION tenancy.conflicts(regclass, integer, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.conflicts(regclass, integer, name) IS
    'Row by row: its primary key, and every path with the tenant it gives, where those of a row without tenant disagree, or a reference leads to another tenant than the row''s own';
