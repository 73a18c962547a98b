-- Protecting tables: snapshot -> plan -> steps. protect() and its kind run exactly what plan() prints.

CREATE FUNCTION tenancy.plan_steps(snapshot text, request text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_plan_steps' LANGUAGE c IMMUTABLE STRICT;
COMMENT ON FUNCTION tenancy.plan_steps(text, text) IS 'The planner: a pure function of a snapshot and a request, both JSON';

CREATE FUNCTION tenancy.protections(snapshot text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_protections' LANGUAGE c IMMUTABLE STRICT;
COMMENT ON FUNCTION tenancy.protections(text) IS 'Protected and shared tables of a snapshot, as JSON';

-- A table is protected when the guard stands on it; complete when protect() would do nothing more.
CREATE VIEW tenancy.protected AS
    SELECT c.oid::regclass AS target, found.kind, nullif(found."column", '') AS tenant_column, found.global_rows,
           found.part, c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced,
           EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'tenancy_isolation' AND NOT p.polpermissive) AS isolated,
           (SELECT bool_and(t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr = '') FROM pg_catalog.pg_trigger AS t
            WHERE t.tgrelid = c.oid AND t.tgfoid IN ('tenancy.write_guard()'::regprocedure, 'tenancy.truncate_guard()'::regprocedure, 'tenancy.shared_guard()'::regprocedure)) AS guarded
    FROM jsonb_to_recordset(tenancy.protections(tenancy.schema_snapshot())::jsonb)
             AS found(oid oid, kind text, "column" name, part boolean, global_rows text)
         JOIN pg_catalog.pg_class AS c ON c.oid = found.oid;
GRANT SELECT ON tenancy.protected TO PUBLIC;
COMMENT ON VIEW tenancy.protected IS 'Protected and shared tables and the state of what protects them; part: a partition or child';
COMMENT ON COLUMN tenancy.protected.target IS 'The table';
COMMENT ON COLUMN tenancy.protected.kind IS 'protected: rows belong to tenants; canary: the same, enforced for some roles only; shared: every tenant reads them';
COMMENT ON COLUMN tenancy.protected.tenant_column IS 'The column that names the tenant';
COMMENT ON COLUMN tenancy.protected.global_rows IS 'What tenants may do with rows of no tenant';
COMMENT ON COLUMN tenancy.protected.part IS 'Is it a partition or child of another table';
COMMENT ON COLUMN tenancy.protected.row_security IS 'Is row-level security enabled';
COMMENT ON COLUMN tenancy.protected.forced IS 'Does it hold for the owner too';
COMMENT ON COLUMN tenancy.protected.isolated IS 'Does the restrictive policy stand';
COMMENT ON COLUMN tenancy.protected.guarded IS 'Do the guard triggers stand and fire always';

CREATE FUNCTION tenancy.target_request(target regclass, tenant_column name DEFAULT NULL, global_rows text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT jsonb_build_object('oid', target::oid::bigint, 'name', target::text,
                                  'kind', CASE WHEN c.relpersistence = 't' THEN 't' ELSE c.relkind END,
                                  'column', tenant_column, 'column_sql', quote_ident(tenant_column), 'global_rows', global_rows)
        FROM pg_catalog.pg_class AS c WHERE c.oid = target;
    END;
COMMENT ON FUNCTION tenancy.target_request(regclass, name, text) IS 'One target of a request to plan_steps()';

CREATE FUNCTION tenancy.table_request(action text, target regclass, tenant_column name DEFAULT NULL, global_rows text DEFAULT NULL, visible_when text DEFAULT NULL) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('action', action, 'visible_when', visible_when,
                              'targets', jsonb_build_array(tenancy.target_request(target, tenant_column, global_rows)));
COMMENT ON FUNCTION tenancy.table_request(text, regclass, name, text, text) IS 'A request to plan_steps() for one table: protect, share, unprotect or soft_delete';

-- The tables of a schema that carry the tenant column, roots of inheritance only; protected ones as they are.
CREATE FUNCTION tenancy.schema_request(schema_name name, tenant_column name, global_rows text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    targets jsonb;
BEGIN
    IF to_regnamespace(quote_ident(schema_name)) IS NULL THEN
        RAISE EXCEPTION 'schema "%" does not exist', schema_name USING ERRCODE = 'invalid_schema_name', HINT = '\dn lists the schemas.';
    END IF;
    SELECT jsonb_agg(tenancy.target_request(c.oid::regclass, coalesce(p.tenant_column, schema_request.tenant_column),
                                             CASE WHEN p.target IS NULL THEN schema_request.global_rows END) ORDER BY c.oid)
    INTO targets
    FROM pg_class AS c LEFT JOIN tenancy.protected AS p ON p.target = c.oid
    WHERE c.relnamespace = to_regnamespace(quote_ident(schema_name)) AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = c.oid)
      AND c.oid <> coalesce((SELECT tenant_table::oid FROM tenancy.configuration), 0)
      AND p.kind IS DISTINCT FROM 'shared' AND NOT tenancy.is_application_role(c.relowner)
      AND (p.target IS NOT NULL OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = schema_request.tenant_column AND NOT a.attisdropped));
    IF targets IS NULL THEN
        RAISE EXCEPTION 'no table of schema "%" has a column "%"', schema_name, tenant_column
            USING ERRCODE = 'undefined_column', HINT = format('SELECT tenancy.protect_schema(%L, ''your_tenant_column'');', schema_name);
    END IF;
    RETURN jsonb_build_object('action', 'protect', 'targets', targets);
END $$;
COMMENT ON FUNCTION tenancy.schema_request(name, name, text) IS 'A request to plan_steps() for all tables of a schema that carry the tenant column';

CREATE FUNCTION tenancy.plan_rows(plan jsonb)
    RETURNS TABLE (step integer, phase text, transaction integer, target text, kind text, sql text, lock_mode text, rows bigint, reason text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    note text;
BEGIN
    FOR note IN SELECT jsonb_array_elements_text(plan -> 'notes') LOOP
        RAISE NOTICE '%', note;
    END LOOP;
    RETURN QUERY SELECT s.* FROM jsonb_to_recordset(plan -> 'steps')
        AS s(step integer, phase text, transaction integer, target text, kind text, sql text, lock_mode text, rows bigint, reason text) ORDER BY s.step;
END $$;
COMMENT ON FUNCTION tenancy.plan_rows(jsonb) IS 'The steps of a plan, as rows; what a person should know comes as NOTICE';

CREATE FUNCTION tenancy.planned(request jsonb)
    RETURNS TABLE (step integer, phase text, transaction integer, target text, kind text, sql text, lock_mode text, rows bigint, reason text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT p.* FROM tenancy.plan_rows(tenancy.plan_steps(tenancy.schema_snapshot(), request::text)::jsonb) AS p;
    END;
COMMENT ON FUNCTION tenancy.planned(jsonb) IS 'The steps of a request, without running them';

CREATE FUNCTION tenancy.plan(target regclass, tenant_column name DEFAULT 'tenant_id', global_rows text DEFAULT NULL)
    RETURNS TABLE (step integer, phase text, transaction integer, target_table text, kind text, sql text, lock_mode text, rows bigint, reason text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT p.* FROM tenancy.planned(tenancy.table_request('protect', target, tenant_column, global_rows)) AS p;
    END;
COMMENT ON FUNCTION tenancy.plan(regclass, name, text) IS 'What protect() would do, as SQL: run nothing';

-- What plan() and plan_script() are asked about: a table, or a schema.
CREATE FUNCTION tenancy.named_request(target text, tenant_column name, global_rows text) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
DECLARE
    as_table regclass;
    as_schema boolean := EXISTS (SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname = target);
BEGIN
    BEGIN
        as_table := to_regclass(target);
    EXCEPTION WHEN invalid_name OR syntax_error THEN
        as_table := NULL; -- not a name of a table: a schema's name is taken as it is
    END;
    IF as_table IS NOT NULL AND as_schema THEN
        RAISE EXCEPTION '"%" is a table and a schema', target
            USING ERRCODE = 'ambiguous_parameter', HINT = format('SELECT * FROM tenancy.plan(%L::regclass);', target);
    ELSIF as_schema THEN
        RETURN tenancy.schema_request(target::name, tenant_column, global_rows);
    ELSIF as_table IS NOT NULL THEN
        RETURN tenancy.table_request('protect', as_table, tenant_column, global_rows);
    END IF;
    RAISE EXCEPTION 'there is no table and no schema "%"', target
        USING ERRCODE = 'undefined_table', HINT = '\dt *.* lists the tables.';
END $$;
COMMENT ON FUNCTION tenancy.named_request(text, name, text) IS 'A request to plan_steps() for a table or a schema by its name';

CREATE FUNCTION tenancy.plan(target text, tenant_column name DEFAULT NULL, global_rows text DEFAULT NULL, adopt boolean DEFAULT false,
                             not_null boolean DEFAULT NULL, batch_size integer DEFAULT 10000, pause_ms integer DEFAULT 0)
    RETURNS TABLE (step integer, phase text, transaction integer, target_table text, kind text, sql text, lock_mode text, rows bigint, reason text)
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF adopt THEN
        RETURN QUERY SELECT p.* FROM tenancy.plan_rows(tenancy.adoption_plan(target::name, tenant_column, not_null, batch_size, pause_ms)) AS p;
    ELSE
        RETURN QUERY SELECT p.* FROM tenancy.planned(tenancy.named_request(target, coalesce(tenant_column, 'tenant_id'), global_rows)) AS p;
    END IF;
END $$;
COMMENT ON FUNCTION tenancy.plan(text, name, text, boolean, boolean, integer, integer) IS
    'What protect() or protect_schema() would do: the target is a table or a schema; with adopt, what CALL adopt() would do to a schema';

CREATE FUNCTION tenancy.answer(question text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_answer' LANGUAGE c STRICT;
COMMENT ON FUNCTION tenancy.answer(text) IS
    'The value of a query, read with the caller''s rights and executed as the owner of the tables it reads: what belongs to them, expressions of indexes for one, is the owner''s code';

-- Runs a request's steps in the caller's transaction, as the caller. A check that does not answer 0
-- stops it before its step; the error undoes what was done. Checks see all rows or fail.
CREATE FUNCTION tenancy.apply(request jsonb) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET tenancy.applying = on SET constraint_exclusion = off AS $$
DECLARE
    plan jsonb;
    target regclass;
    note text;
    planned jsonb;
    found bigint;
    done integer := 0;
BEGIN
    IF tenancy.is_guarded() THEN
        RAISE EXCEPTION '%() is not for sessions of an application', request ->> 'action'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Connect as the owner of the tables or as a platform role.';
    END IF;
    plan := tenancy.plan_steps(tenancy.schema_snapshot(), request::text)::jsonb;
    -- One session at a time, and what another has done or undone meanwhile is taken in.
    FOR target IN SELECT c.oid::regclass FROM jsonb_array_elements(request -> 'targets') AS t
                  JOIN pg_class AS c ON c.oid = (t ->> 'oid')::oid ORDER BY c.oid LOOP
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', target);
    END LOOP;
    plan := tenancy.plan_steps(tenancy.schema_snapshot(), request::text)::jsonb;
    FOR note IN SELECT jsonb_array_elements_text(plan -> 'notes') LOOP
        RAISE NOTICE '%', note;
    END LOOP;
    -- No cursor, which code that an answer executes could move.
    FOREACH planned IN ARRAY ARRAY(SELECT jsonb_array_elements(plan -> 'steps')) LOOP
        IF planned ? 'check' THEN
            found := tenancy.answer(planned #>> '{check,sql}');
            IF found > 0 THEN
                RAISE EXCEPTION '%', replace(planned #>> '{check,message}', '%s', found::text)
                    USING ERRCODE = 'object_not_in_prerequisite_state', HINT = planned #>> '{check,hint}';
            END IF;
        END IF;
        EXECUTE planned ->> 'sql';
        done := done + 1;
    END LOOP;
    RETURN done;
END $$;
COMMENT ON FUNCTION tenancy.apply(jsonb) IS 'Runs the steps of a request; returns how many there were';

CREATE FUNCTION tenancy.protect(target regclass, tenant_column name DEFAULT 'tenant_id', global_rows text DEFAULT NULL) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.table_request('protect', target, tenant_column, global_rows));
COMMENT ON FUNCTION tenancy.protect(regclass, name, text) IS
    'Let only a row''s tenant read and write it; returns the number of steps, 0 when nothing was missing. global_rows => ''read'': rows whose tenant is NULL are the platform''s, for all to read; ''none'': there are none; without it: as it stands';

CREATE FUNCTION tenancy.protect_schema(schema_name name, tenant_column name DEFAULT 'tenant_id', global_rows text DEFAULT NULL) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.schema_request(schema_name, tenant_column, global_rows));
COMMENT ON FUNCTION tenancy.protect_schema(name, name, text) IS 'protect() for every table of a schema that carries the tenant column, in one transaction';

CREATE FUNCTION tenancy.protect_tables(targets regclass[], tenant_column name DEFAULT 'tenant_id', global_rows text DEFAULT NULL) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(jsonb_build_object('action', 'protect', 'targets',
        (SELECT jsonb_agg(tenancy.target_request(t.target, tenant_column, global_rows) ORDER BY t.n) FROM unnest(targets) WITH ORDINALITY AS t(target, n))));
COMMENT ON FUNCTION tenancy.protect_tables(regclass[], name, text) IS 'protect() for several tables, in one transaction';

CREATE FUNCTION tenancy.unprotect(target regclass) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.table_request('unprotect', target));
COMMENT ON FUNCTION tenancy.unprotect(regclass) IS 'Take protection or sharing back; column, indexes and references stay';

CREATE FUNCTION tenancy.share(target regclass, visible_when text DEFAULT NULL) RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.table_request('share', target, visible_when => visible_when));
COMMENT ON FUNCTION tenancy.share(regclass, text) IS 'Let all tenants read a table, where visible_when holds, and only the platform write it; without visible_when: as it stands, all rows of a table that is new';
