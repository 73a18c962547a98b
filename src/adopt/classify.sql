-- Adopting a database that already lives, first stage: what each table is to tenants, what its rows lack,
-- and what a person has to decide. Nothing here changes a table of the application.

CREATE TABLE tenancy.derivations (
    target     regclass PRIMARY KEY,
    paths      text[] NOT NULL CHECK (cardinality(paths) > 0),
    decided_at timestamptz NOT NULL DEFAULT now(),
    decided_by name NOT NULL DEFAULT session_user
);
COMMENT ON TABLE tenancy.derivations IS 'Decisions of set_derivation(): by which foreign keys the rows of a table get their tenant';
COMMENT ON COLUMN tenancy.derivations.target IS 'The table; its own renaming changes nothing, that of a parent or a column makes the rule void, and classify() tells';
COMMENT ON COLUMN tenancy.derivations.paths IS 'Paths to a tenant; the first that gives one wins';
COMMENT ON COLUMN tenancy.derivations.decided_at IS 'Since when';
COMMENT ON COLUMN tenancy.derivations.decided_by IS 'By whom';
SELECT pg_catalog.pg_extension_config_dump('tenancy.derivations',
    'WHERE target::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');

CREATE FUNCTION tenancy.classification(snapshot text, request text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_classification' LANGUAGE c IMMUTABLE STRICT;
COMMENT ON FUNCTION tenancy.classification(text, text) IS 'The classifier: a pure function of a snapshot and a request, both JSON';

CREATE FUNCTION tenancy.derivation_rule(snapshot text, request text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_derivation_rule' LANGUAGE c IMMUTABLE STRICT;
COMMENT ON FUNCTION tenancy.derivation_rule(text, text) IS 'The paths of a rule as they are kept: a pure function of a snapshot and a request, both JSON';

-- Columns that may name the tenant: called so, or referring to the tenant table.
CREATE FUNCTION tenancy.tenant_columns(schema_name name) RETURNS TABLE (target oid, tenant_column name)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT a.attrelid, a.attname FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace,
             (SELECT coalesce((SELECT t.tenant_table FROM tenancy.configuration AS t), 'tenancy.tenants'::regclass) AS oid) AS tenants
        WHERE n.nspname = schema_name AND c.relkind IN ('r', 'p') AND c.oid <> tenants.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND (pg_catalog.regexp_replace(pg_catalog.lower(a.attname::text), '[^a-z0-9]', '', 'g') = 'tenantid'
               OR EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = a.attrelid AND k.conkey = ARRAY[a.attnum] AND k.confrelid = tenants.oid));
    END;
REVOKE ALL ON FUNCTION tenancy.tenant_columns(name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.tenant_columns(name) IS 'Columns of the tables of a schema that may name the tenant';

CREATE FUNCTION tenancy.tenant_column_in(schema_name name) RETURNS name
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce((SELECT c.tenant_column FROM tenancy.tenant_columns(schema_name) AS c GROUP BY c.tenant_column ORDER BY count(*) DESC, c.tenant_column LIMIT 1), 'tenant_id');
    END;
REVOKE ALL ON FUNCTION tenancy.tenant_column_in(name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.tenant_column_in(name) IS 'The tenant column of a schema for which nobody named one: the most used, or tenant_id';

CREATE FUNCTION tenancy.tenant_column_of(target regclass) RETURNS name
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    schema_name constant name := (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target);
    own constant name[] := ARRAY(SELECT c.tenant_column FROM tenancy.tenant_columns(schema_name) AS c WHERE c.target = tenant_column_of.target ORDER BY 1);
    -- Of several the one that other tables have, too: adopt() took that, and may have added it beside the application's.
    usual constant name[] := ARRAY(SELECT u.tenant_column
                                   FROM (SELECT c.tenant_column, rank() OVER (ORDER BY count(*) DESC) AS place
                                         FROM tenancy.tenant_columns(schema_name) AS c WHERE c.tenant_column = ANY (own) GROUP BY c.tenant_column) AS u
                                   WHERE u.place = 1 ORDER BY 1);
BEGIN
    IF cardinality(usual) > 1 THEN
        RAISE EXCEPTION 'table % has several columns that may name its tenant: %', target, array_to_string(own, ', ')
            USING ERRCODE = 'ambiguous_column', HINT = format('Say which: tenant_column => %L', usual[1]);
    END IF;
    RETURN coalesce(usual[1], tenancy.tenant_column_in(schema_name));
END $$;
REVOKE ALL ON FUNCTION tenancy.tenant_column_of(regclass) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.tenant_column_of(regclass) IS 'The tenant column of a table for which nobody named one: its own, or that of its schema';

-- One request to classification(): a schema, or one table of it.
CREATE FUNCTION tenancy.classification_request(schema_name name, tenant_column name, questions boolean, only_table oid DEFAULT 0, max_rows integer DEFAULT 0) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('schema', schema_name, 'column', tenant_column, 'column_sql', quote_ident(tenant_column), 'questions', questions,
        'only', only_table::bigint, 'max_rows', max_rows, 'answers', NULL,
        'rules', coalesce((SELECT jsonb_agg(jsonb_build_object('target', d.target::oid::bigint, 'paths', d.paths)) FROM tenancy.derivations AS d), '[]'));
REVOKE ALL ON FUNCTION tenancy.classification_request(name, name, boolean, oid, integer) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.classification_request(name, name, boolean, oid, integer) IS 'A request to classification()';

-- Rows of small tables, by the classifier's queries: {"oid": [[...]]}. STABLE, so that all are read as of
-- one moment; each in a subtransaction that is taken back, so that no lock outlives it.
CREATE FUNCTION tenancy.small_tables(reads jsonb, max_rows_of_all bigint DEFAULT 100000) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off SET jit = off AS $$
DECLARE
    item jsonb;
    found json;
    n bigint;
    tables text[] := '{}';
BEGIN
    -- No cursor, which code that an answer executes could move.
    FOREACH item IN ARRAY ARRAY(SELECT jsonb_array_elements(reads)) LOOP
        BEGIN
            found := tenancy.answer(format('SELECT json_build_array(count(*), json_agg(q.r)) FROM (%s LIMIT %s) AS q', item ->> 'sql', least((item ->> 'max_rows')::bigint, max_rows_of_all) + 1));
            n := found ->> 0;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION
            WHEN SQLSTATE 'UNDO0' THEN NULL;
            WHEN object_not_in_prerequisite_state THEN n := NULL; -- as for what is asked later
        END;
        IF n <= least((item ->> 'max_rows')::bigint, max_rows_of_all) THEN
            tables := tables || format('"%s":%s', item ->> 'oid', coalesce(found ->> 1, '[]'));
            max_rows_of_all := max_rows_of_all - n;
        END IF;
    END LOOP;
    RETURN '{' || array_to_string(tables, ',') || '}';
END $$;
REVOKE ALL ON FUNCTION tenancy.small_tables(jsonb, bigint) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.small_tables(jsonb, bigint) IS 'Reads small tables for the classifier';

-- Asks what only the data can tell, table by table, and the classifier again with the answers. Each
-- question runs in a subtransaction that is taken back, so that no lock outlives it.
CREATE FUNCTION tenancy.classified(schema_name name, tenant_column name, counts boolean, only_table oid DEFAULT 0) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET join_collapse_limit = 1 SET jit = off AS $$
DECLARE
    snapshot text;
    request jsonb := tenancy.classification_request(schema_name, tenant_column, counts, only_table);
    found jsonb;
    item jsonb;
    answer jsonb;
    answers jsonb[] := '{}';
    trouble text;
    small jsonb;
BEGIN
    IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', schema_name USING ERRCODE = 'invalid_schema_name', HINT = '\dn lists the schemas.';
    END IF;
    IF tenant_column IS NULL THEN
        RAISE EXCEPTION 'the tenant column is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = format('SELECT * FROM tenancy.classify(%L, ''tenant_id'');', schema_name);
    END IF;
    snapshot := tenancy.schema_snapshot();
    found := tenancy.classification(snapshot, request::text)::jsonb;
    IF NOT coalesce(counts, false) THEN
        RETURN found;
    END IF;
    small := tenancy.small_tables(found -> 'reads');
    FOREACH item IN ARRAY ARRAY(
        SELECT t.value FROM jsonb_array_elements(found -> 'tables') AS t(value)
        WHERE t.value ? 'count_sql' AND (small -> (t.value ->> 'oid')) IS DISTINCT FROM '[]'
          AND NOT (t.value ? 'needs' AND small ?& ARRAY(SELECT jsonb_array_elements_text(t.value -> 'needs'))))
    LOOP
        trouble := NULL;
        BEGIN
            -- Planning the question is what takes time where there are no rows.
            answer := tenancy.answer(format('SELECT CASE WHEN EXISTS (SELECT FROM %s) THEN NULL ELSE ''{"rows": 0}''::jsonb END', (item ->> 'oid')::oid::regclass));
            IF answer IS NULL THEN
                answer := tenancy.answer(format('SELECT to_jsonb(q) FROM (%s) AS q', item ->> 'count_sql'));
            END IF;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION
            WHEN SQLSTATE 'UNDO0' THEN NULL;
            -- Keys of types that pg_catalog cannot compare; tables of owners whose code would gain each other's rights.
            WHEN object_not_in_prerequisite_state OR undefined_function OR ambiguous_function OR indeterminate_collation OR datatype_mismatch THEN
                answer := NULL;
                trouble := SQLERRM;
        END;
        answers := answers || jsonb_build_object('oid', item -> 'oid', 'counts', answer, 'trouble', trouble);
    END LOOP;
    RETURN tenancy.classification(snapshot, (request || jsonb_build_object('answers', answers, 'rows', small))::text)::jsonb;
END $$;
REVOKE ALL ON FUNCTION tenancy.classified(name, name, boolean, oid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.classified(name, name, boolean, oid) IS 'What classify() and unassigned() print, and what decisions about orphans go by; of one table, whatever its schema, where it is named';

CREATE FUNCTION tenancy.classified_tables(schema_name name, asked_column name, with_counts boolean)
    RETURNS TABLE (table_name regclass, kind text, tenant_column name, paths text[], reason text, rows bigint, null_tenants bigint,
                   derivable bigint, conflicting bigint, orphans bigint, crossing bigint, next_command text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found jsonb;
    note text;
BEGIN
    PERFORM tenancy.require_platform('classify');
    found := tenancy.classified(schema_name, asked_column, with_counts);
    FOR note IN SELECT jsonb_array_elements_text(found -> 'notes') LOOP
        RAISE NOTICE '%', note;
    END LOOP;
    RETURN QUERY SELECT t.oid::regclass, t.kind, t."column", t.paths, nullif(t.reason, ''), c.rows, c.null_tenants, c.derivable, c.conflicting, c.orphans, c.crossing, t.next
        FROM ROWS FROM (jsonb_to_recordset(found -> 'tables') AS (oid oid, kind text, "column" name, paths text[], reason text, counts jsonb, next text))
                 WITH ORDINALITY AS t(oid, kind, "column", paths, reason, counts, next, n),
             jsonb_to_record(coalesce(nullif(t.counts, 'null'), '{}')) AS c(rows bigint, null_tenants bigint, derivable bigint, conflicting bigint, orphans bigint, crossing bigint)
        ORDER BY t.n;
END $$;
REVOKE ALL ON FUNCTION tenancy.classified_tables(name, name, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.classified_tables(name, name, boolean) IS 'What classify() prints';

CREATE FUNCTION tenancy.classify(target_schema name, tenant_column name DEFAULT NULL, counts boolean DEFAULT true)
    RETURNS TABLE (table_name regclass, kind text, tenant_column name, paths text[], reason text, rows bigint, null_tenants bigint,
                   derivable bigint, conflicting bigint, orphans bigint, crossing bigint, next_command text)
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT c.* FROM tenancy.classified_tables($1, coalesce($2, tenancy.tenant_column_in($1)), $3) AS c;
    END;
REVOKE ALL ON FUNCTION tenancy.classify(name, name, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.classify(name, name, boolean) IS
    'What each table of a schema is to tenants: root, direct, derived, hybrid, shared, settings, ambiguous or protected; the paths to a tenant, what its rows lack, and what to do next. Changes nothing';

-- Per table and reason: rows that lack a tenant, and the query that shows them.
CREATE FUNCTION tenancy.unassigned(target_schema name, tenant_column name DEFAULT NULL)
    RETURNS TABLE (table_name regclass, reason text, rows bigint, query text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('unassigned');
    RETURN QUERY SELECT (t.value ->> 'oid')::oid::regclass, l.reason, l.rows, l.sql || ';'
        FROM jsonb_array_elements(tenancy.classified(target_schema, coalesce(tenant_column, tenancy.tenant_column_in(target_schema)), true) -> 'tables') WITH ORDINALITY AS t(value, n),
             jsonb_to_recordset(t.value -> 'lacks') AS l(reason text, rows bigint, sql text)
        ORDER BY t.n, l.reason;
END $$;
REVOKE ALL ON FUNCTION tenancy.unassigned(name, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.unassigned(name, name) IS
    'Rows without a tenant, per table and reason: derivable, key is taken, parents disagree, parents have no tenant yet, parents are NULL, no path; and those whose tenant does not exist; with the query that shows them';
