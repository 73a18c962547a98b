-- Orphans go to a tenant.

CREATE FUNCTION tenancy.assign_orphans(target regclass, tenant text, reason text DEFAULT NULL, tenant_column name DEFAULT NULL, new_rows boolean DEFAULT false) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off
    SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
    question jsonb := tenancy.orphan_question('assign_orphans', target, reason, tenant_column);
    tenants record;
    known text;
    role_before text := current_setting('session_replication_role');
    quiet boolean;
    decided bigint;
    done bigint := 0;
    key_name text;
    key_schema text;
    key_table text;
BEGIN
    SELECT * INTO tenants FROM tenancy.orphan_tenants();
    IF tenant IS NULL OR new_rows IS NULL THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN tenant IS NULL THEN 'the tenant' ELSE 'new_rows' END
            USING ERRCODE = 'null_value_not_allowed', HINT = format('SELECT tenancy.assign_orphans(%L, ''the_tenant'');', target);
    END IF;
    -- Locked as a reference to it would: it stays until this transaction ends.
    BEGIN
        known := tenancy.answer(format('SELECT t.%1$I::text FROM %2$s AS t WHERE t.%1$I = %3$L FOR KEY SHARE', tenants.id_column, tenants.tenant_table, tenant));
    EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range THEN
        known := NULL;
    END;
    IF known IS NULL THEN
        RAISE EXCEPTION 'tenant "%" does not exist', tenant USING ERRCODE = 'foreign_key_violation', HINT = format('SELECT %I FROM %s; -- lists the tenants', tenants.id_column, tenants.tenant_table);
    END IF;
    IF question ->> 'column_type' IS NULL THEN
        IF NOT (question ->> 'pathless')::boolean THEN
            RAISE EXCEPTION 'column % of % does not exist', quote_ident(question ->> 'column'), target
                USING ERRCODE = 'undefined_column', DETAIL = 'Other rows of the table get their tenants from their parents.',
                      HINT = format('ALTER TABLE %s ADD COLUMN %I %s;', target, question ->> 'column', tenancy.key_type());
        ELSIF question ->> 'rows_sql' IS NOT NULL OR new_rows THEN
            EXECUTE format('ALTER TABLE %s ADD COLUMN %I %s', target, question ->> 'column', tenancy.key_type());
            question := tenancy.orphan_question('assign_orphans', target, reason, tenant_column);
        END IF;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', target);
    IF question ->> 'rows_sql' IS NOT NULL THEN
        quiet := tenancy.orphan_quiet(target, 16, (question ->> 'column')::name);
    ELSIF NOT new_rows THEN
        RETURN 0;
    END IF;
    INSERT INTO tenancy.orphan_decisions (target, action, tenant, reason, tenant_column, rows, new_rows)
        VALUES (assign_orphans.target, 'assigned', known, assign_orphans.reason, (question ->> 'column')::name, 0, assign_orphans.new_rows) RETURNING id INTO decided;
    IF question ->> 'rows_sql' IS NOT NULL THEN
        BEGIN
            IF quiet THEN
                PERFORM set_config('session_replication_role', 'replica', true);
            END IF;
            done := tenancy.as_owner(target, format('WITH chosen AS MATERIALIZED (SELECT %1$s AS row_key, q.%2$I AS before FROM (%3$s) AS q),'
                ' changed AS (UPDATE %4$s AS t SET %2$I = %5$L FROM chosen AS c WHERE %6$s = c.row_key AND t.%2$I IS NOT DISTINCT FROM c.before RETURNING c.row_key, c.before)'
                ' INSERT INTO tenancy.orphan_rows (decision, row_key, before) SELECT %7$s, c.row_key, c.before::text FROM changed AS c',
                tenancy.row_key_sql(target, 'q'), question ->> 'column', question ->> 'rows_sql', target, known, tenancy.row_key_sql(target, 't'), decided));
            IF quiet THEN
                PERFORM set_config('session_replication_role', role_before, true);
            END IF;
        EXCEPTION WHEN unique_violation THEN
            GET STACKED DIAGNOSTICS key_name = CONSTRAINT_NAME, key_schema = SCHEMA_NAME, key_table = TABLE_NAME;
            IF to_regclass(format('%I.%I', key_schema, key_table))::oid = ANY (tenancy.orphan_family(target)) IS NOT TRUE THEN
                RAISE; -- a trigger wrote elsewhere
            END IF;
            RAISE EXCEPTION 'not all orphans of % can go to tenant "%": rows collide in the unique key %', target, known, quote_ident(key_name)
                USING ERRCODE = 'unique_violation', HINT = tenancy.orphan_collisions(target, key_schema, key_name, question ->> 'column', format('SELECT * FROM %s WHERE %I = %L', target, question ->> 'column', known),
                          format('SELECT %s FROM (%s) AS c', (SELECT string_agg(CASE WHEN a.attname = question ->> 'column' THEN format('%L::%s AS %I', known, question ->> 'column_type', a.attname) ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum)
                                                              FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped), question ->> 'rows_sql'));
        END;
    END IF;
    IF done = 0 AND NOT new_rows THEN
        DELETE FROM tenancy.orphan_decisions AS d WHERE d.id = decided;
    ELSE
        UPDATE tenancy.orphan_decisions AS d SET rows = done WHERE d.id = decided;
        RAISE NOTICE 'decision %: SELECT tenancy.undo_orphans(%); takes it back', decided, decided;
    END IF;
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION tenancy.assign_orphans(regclass, text, text, name, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.assign_orphans(regclass, text, text, name, boolean) IS
    'Give rows to which no path gives a tenant to this one; other rows only where the reason is named, as unassigned() prints it. Triggers of the application do not fire. new_rows: what comes later goes to it too. Returns the number of rows';

-- The query that shows which rows are in each other's way.
CREATE FUNCTION tenancy.orphan_collisions(target regclass, key_schema text, key_name text, tenant_column text, there text, coming text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(E'SELECT %sarray_agg(%s) FROM (%s\nUNION ALL\n%s) AS r%s%s HAVING count(*) > 1;', parts.list || ', ', tenancy.row_key_sql(target, 'r'), there, coming,
                  ' WHERE ' || pg_get_expr(i.indpred, i.indrelid), ' GROUP BY ' || parts.list)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_index AS i ON i.indexrelid = c.oid,
         LATERAL (SELECT string_agg(pg_get_indexdef(i.indexrelid, k.n, false), ', ' ORDER BY k.n) AS list FROM generate_series(1, i.indnkeyatts::integer) AS k(n)
                  WHERE pg_get_indexdef(i.indexrelid, k.n, false) <> quote_ident(tenant_column)) AS parts
    WHERE c.relname = key_name AND n.nspname = key_schema
$$;
REVOKE ALL ON FUNCTION tenancy.orphan_collisions(regclass, text, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.orphan_collisions(regclass, text, text, text, text, text) IS 'The query that shows which of the rows that are there and of those that come have the same unique key';
