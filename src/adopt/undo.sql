-- Decisions about orphans are taken back.

-- Parents of rows that come back, which no trigger checks: locked as a reference would, and error where one is gone.
CREATE FUNCTION tenancy.require_parents(target regclass, archive regclass, decided bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    key jsonb;
    dangling bigint;
BEGIN
    -- No cursor, which code that an answer executes could move.
    FOREACH key IN ARRAY ARRAY(
        SELECT to_jsonb(q) FROM (SELECT k.conname, CASE WHEN c.relkind = 'r' THEN 'ONLY ' ELSE '' END || k.confrelid::regclass AS parent,
               (SELECT string_agg(format('p.%I = a.%I', parent.attname, child.attname), ' AND ') FROM unnest(k.conkey, k.confkey) AS x(child, parent)
                JOIN pg_attribute AS child ON child.attrelid = k.conrelid AND child.attnum = x.child JOIN pg_attribute AS parent ON parent.attrelid = k.confrelid AND parent.attnum = x.parent) AS same,
               (SELECT string_agg(format('a.%I IS NOT NULL', child.attname), ' AND ') FROM unnest(k.conkey) AS x(child) JOIN pg_attribute AS child ON child.attrelid = k.conrelid AND child.attnum = x.child) AS refers
        FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.confrelid
        WHERE k.contype = 'f' AND k.conrelid = target AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) ORDER BY k.conname) AS q)
    LOOP
        PERFORM tenancy.answer(format('SELECT count(*) FROM (SELECT FROM %s AS p WHERE EXISTS (SELECT FROM %s AS a WHERE a.tenancy_decision = %s AND %s) FOR KEY SHARE OF p) AS locked', key ->> 'parent', archive, decided, key ->> 'same'));
        dangling := tenancy.answer(format('SELECT count(*) FROM %s AS a WHERE a.tenancy_decision = %s AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)', archive, decided, key ->> 'refers', key ->> 'parent', key ->> 'same'));
        IF dangling > 0 THEN
            RAISE EXCEPTION 'archived rows that refer to rows which are gone, by % of %: %', quote_ident(key ->> 'conname'), target, dangling
                USING ERRCODE = 'foreign_key_violation',
                      HINT = format('SELECT a.* FROM %s AS a WHERE a.tenancy_decision = %s AND %s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s);', archive, decided, key ->> 'refers', key ->> 'parent', key ->> 'same');
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.require_parents(regclass, regclass, bigint) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.require_parents(regclass, regclass, bigint) IS 'Error where rows of an archive refer to rows that are gone; locks those that are there';

-- All rows of an archived decision, or an error.
CREATE FUNCTION tenancy.restore_orphans(decided tenancy.orphan_decisions) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    role_before text := current_setting('session_replication_role');
    quiet boolean := tenancy.orphan_quiet(decided.target, 4, decided.tenant_column);
    lost text;
    columns text;
    done bigint;
    key_name text;
    key_schema text;
    key_table text;
    required text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = decided.archive) THEN
        RAISE EXCEPTION 'the archive of decision % does not exist any more', decided.id
            USING ERRCODE = 'undefined_table', HINT = format('SELECT row_key FROM tenancy.orphan_rows WHERE decision = %s; -- what was there', decided.id);
    END IF;
    SELECT string_agg(format('ADD COLUMN %I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum) FILTER (WHERE t.attname IS NULL),
           string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE t.attgenerated = '') INTO lost, columns
    FROM pg_attribute AS a LEFT JOIN pg_attribute AS t ON t.attrelid = decided.target AND t.attname = a.attname AND t.attnum > 0 AND NOT t.attisdropped
    WHERE a.attrelid = decided.archive AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('tenancy_decision', 'tenancy_archived_at');
    IF lost IS NOT NULL THEN
        RAISE EXCEPTION 'columns of the archived rows are not in % any more', decided.target
            USING ERRCODE = 'undefined_column', HINT = format('ALTER TABLE %s %s; -- or give it back its name', decided.target, lost);
    END IF;
    BEGIN
        IF quiet THEN
            PERFORM set_config('session_replication_role', 'replica', true);
        END IF;
        done := tenancy.as_owner(decided.target, format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s WHERE tenancy_decision = %s', decided.target, columns, columns, decided.archive, decided.id));
        IF quiet THEN
            PERFORM set_config('session_replication_role', role_before, true);
        END IF;
    EXCEPTION WHEN unique_violation OR not_null_violation THEN
        GET STACKED DIAGNOSTICS key_name = CONSTRAINT_NAME, key_schema = SCHEMA_NAME, key_table = TABLE_NAME, required = COLUMN_NAME;
        IF to_regclass(format('%I.%I', key_schema, key_table))::oid = ANY (tenancy.orphan_family(decided.target)) IS NOT TRUE THEN
            RAISE; -- a trigger wrote elsewhere
        ELSIF SQLSTATE = '23502' THEN
            RAISE EXCEPTION 'archived rows cannot go back to %: they have no %, which must not be NULL meanwhile', decided.target, quote_ident(required)
                USING ERRCODE = 'not_null_violation', HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', decided.target, required);
        END IF;
        RAISE EXCEPTION 'archived rows cannot go back to %: the unique key % is taken meanwhile', decided.target, quote_ident(key_name)
            USING ERRCODE = 'unique_violation',
                  HINT = tenancy.orphan_collisions(decided.target, key_schema, key_name, '', format('SELECT %s FROM %s', columns, decided.target), format('SELECT %s FROM %s WHERE tenancy_decision = %s', columns, decided.archive, decided.id));
    END;
    IF done <> decided.rows THEN
        RAISE EXCEPTION 'of % rows of decision % there are % in its archive', decided.rows, decided.id, done
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('SELECT row_key FROM tenancy.orphan_rows WHERE decision = %s; -- what was there', decided.id);
    END IF;
    IF quiet THEN
        PERFORM tenancy.require_parents(decided.target, decided.archive, decided.id);
    END IF;
    EXECUTE format('DELETE FROM %s WHERE tenancy_decision = %s', decided.archive, decided.id);
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION tenancy.restore_orphans(tenancy.orphan_decisions) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.restore_orphans(tenancy.orphan_decisions) IS 'Archived rows go back to their table: of undo_orphans()';

CREATE FUNCTION tenancy.undo_orphans(decision bigint) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off
    SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
    decided tenancy.orphan_decisions;
    role_before text := current_setting('session_replication_role');
    quiet boolean;
    tenant_attribute record;
    done bigint;
BEGIN
    PERFORM tenancy.require_platform('undo_orphans');
    SELECT * INTO decided FROM tenancy.orphan_decisions AS d WHERE d.id = undo_orphans.decision FOR UPDATE;
    IF decided.id IS NULL THEN
        RAISE EXCEPTION 'there is no decision %', coalesce(decision::text, 'NULL')
            USING ERRCODE = CASE WHEN decision IS NULL THEN 'null_value_not_allowed' ELSE 'undefined_object' END, HINT = 'SELECT * FROM tenancy.orphan_decisions;';
    ELSIF decided.undone_at IS NOT NULL THEN
        RAISE EXCEPTION 'decision % has been taken back already', decision
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It is not taken back twice: decide anew.',
                  HINT = CASE decided.action WHEN 'assigned' THEN format('SELECT tenancy.assign_orphans(%L, %L);', decided.target, decided.tenant) ELSE format('SELECT tenancy.archive_orphans(%L);', decided.target) END;
    END IF;
    PERFORM tenancy.require_orphan_table('undo_orphans', decided.target);
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', decided.target);
    IF decided.action = 'archived' THEN
        done := tenancy.restore_orphans(decided);
    ELSE
        SELECT a.attnotnull AND EXISTS (SELECT FROM tenancy.orphan_rows AS r WHERE r.decision = decided.id AND r.before IS NULL) AS required, format_type(a.atttypid, a.atttypmod) AS type,
               (SELECT min(k.conname) FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = a.attrelid AND k.conkey = ARRAY[a.attnum]
                AND EXISTS (SELECT FROM tenancy.orphan_rows AS r WHERE r.decision = decided.id AND r.before IS NOT NULL)) AS forbidding INTO tenant_attribute
        FROM pg_attribute AS a WHERE a.attrelid = decided.target AND a.attname = decided.tenant_column AND a.attnum > 0 AND NOT a.attisdropped;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'column % of % does not exist any more', quote_ident(decided.tenant_column), decided.target
                USING ERRCODE = 'undefined_column', HINT = format('UPDATE tenancy.orphan_decisions SET tenant_column = ''its_name_now'' WHERE id = %s;', decision);
        ELSIF tenant_attribute.required THEN
            RAISE EXCEPTION 'column % of % is NOT NULL: its rows cannot lose their tenant', quote_ident(decided.tenant_column), decided.target
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', decided.target, decided.tenant_column);
        ELSIF tenancy.row_key_sql(decided.target, 't') IS NULL
              OR (SELECT ARRAY(SELECT jsonb_object_keys(r.row_key) ORDER BY 1) FROM tenancy.orphan_rows AS r WHERE r.decision = decided.id LIMIT 1)
                 <> ARRAY(SELECT a.attname::text FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[])
                          WHERE i.indrelid = decided.target AND i.indisprimary AND array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts ORDER BY 1) THEN
            RAISE EXCEPTION 'the primary key of % is another than when decision % was taken', decided.target, decision
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('SELECT row_key FROM tenancy.orphan_rows WHERE decision = %s; -- the rows', decision);
        END IF;
        quiet := tenancy.orphan_quiet(decided.target, 16, decided.tenant_column);
        IF quiet AND tenant_attribute.forbidding IS NOT NULL THEN
            RAISE EXCEPTION 'rows of % had tenants that do not exist, which % forbids', decided.target, quote_ident(tenant_attribute.forbidding)
                USING ERRCODE = 'foreign_key_violation', HINT = format('ALTER TABLE %s DROP CONSTRAINT %I;', decided.target, tenant_attribute.forbidding);
        END IF;
        IF quiet THEN
            PERFORM set_config('session_replication_role', 'replica', true);
        END IF;
        done := tenancy.as_owner(decided.target, format('UPDATE %1$s AS t SET %2$I = r.before::%3$s FROM tenancy.orphan_rows AS r WHERE r.decision = %4$s AND r.row_key = %5$s AND t.%2$I = %6$L',
            decided.target, decided.tenant_column, tenant_attribute.type, decided.id, tenancy.row_key_sql(decided.target, 't'), decided.tenant));
        IF quiet THEN
            PERFORM set_config('session_replication_role', role_before, true);
        END IF;
        IF done < decided.rows THEN
            RAISE NOTICE '% of % rows are gone from %, or are not of tenant "%" any more, and stay as they are', decided.rows - done, decided.rows, decided.target, decided.tenant;
        END IF;
    END IF;
    UPDATE tenancy.orphan_decisions AS d SET undone_at = now() WHERE d.id = decided.id;
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION tenancy.undo_orphans(bigint) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.undo_orphans(bigint) IS
    'Take a decision about orphans back: assigned rows that still are the tenant''s lose it again, archived ones go back to their table, all or none. Returns the number of rows';
