-- Orphans move into an archive: tables of the schema tenancy_archive, which is a plain schema of the platform's and
-- no member of the extension, so that it is dumped and outlives it. Nothing here drops one.

-- "schema.table", or with a number behind it where a table of that name has other columns by now.
CREATE FUNCTION tenancy.archive_of(target regclass) RETURNS regclass
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    base text := (SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target);
    wanted text := base;
    found oid;
    number integer := 1;
    granted record;
BEGIN
    -- One at a time: of two that need the first archive, one makes it.
    LOCK TABLE tenancy.orphan_decisions IN SHARE ROW EXCLUSIVE MODE;
    IF to_regnamespace('tenancy_archive') IS NULL THEN
        CREATE SCHEMA tenancy_archive;
        COMMENT ON SCHEMA tenancy_archive IS 'Rows that belonged to no tenant, moved here by tenancy.archive_orphans()';
    ELSIF (SELECT tenancy.is_application_role(n.nspowner) FROM pg_namespace AS n WHERE n.nspname = 'tenancy_archive') THEN
        RAISE EXCEPTION 'schema tenancy_archive belongs to a role of an application'
            USING ERRCODE = 'insufficient_privilege', HINT = 'ALTER SCHEMA tenancy_archive OWNER TO a_role_that_is_not_enrolled;';
    END IF;
    LOOP
        base := left(base, CASE WHEN octet_length(base) > 58 THEN -1 ELSE 64 END);
        CONTINUE WHEN octet_length(base) > 58;
        wanted := base || CASE WHEN number > 1 THEN '_' || number ELSE '' END;
        SELECT c.oid INTO found FROM pg_class AS c WHERE c.relname = wanted AND c.relnamespace = 'tenancy_archive'::regnamespace;
        EXIT WHEN found IS NULL;
        IF NOT EXISTS (SELECT a.attname, a.atttypid, a.atttypmod, a.attcollation FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
                       EXCEPT SELECT a.attname, a.atttypid, a.atttypmod, a.attcollation FROM pg_attribute AS a WHERE a.attrelid = found AND a.attnum > 0 AND NOT a.attisdropped)
           AND (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = found AND a.attnum > 0 AND NOT a.attisdropped)
               = (SELECT count(*) + 2 FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped)
           AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = found AND a.attname = 'tenancy_decision' AND NOT a.attisdropped)
           AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = found AND c.relkind = 'r' AND NOT tenancy.is_application_role(c.relowner)) THEN
            RETURN found;
        END IF;
        number := number + 1;
    END LOOP;
    -- Without the origin's NOT NULL, which may be dropped there one day.
    EXECUTE format('CREATE TABLE tenancy_archive.%I AS SELECT t.*, NULL::bigint AS tenancy_decision, NULL::timestamptz AS tenancy_archived_at FROM %s AS t WITH NO DATA', wanted, target);
    EXECUTE format('COMMENT ON TABLE tenancy_archive.%I IS %L', wanted, format('Rows of %s that belonged to no tenant; tenancy_decision: which of tenancy.orphan_decisions', target));
    EXECUTE format('CREATE INDEX ON tenancy_archive.%I (tenancy_decision)', wanted);
    -- What default privileges may have granted.
    FOR granted IN
        SELECT 'SCHEMA tenancy_archive' AS what, a.grantee FROM pg_namespace AS n, aclexplode(n.nspacl) AS a WHERE n.nspname = 'tenancy_archive' AND a.grantee <> n.nspowner
        UNION SELECT format('TABLE tenancy_archive.%I', wanted), a.grantee FROM pg_class AS c, aclexplode(c.relacl) AS a
              WHERE c.relname = wanted AND c.relnamespace = 'tenancy_archive'::regnamespace AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', granted.what, CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END);
    END LOOP;
    RETURN format('tenancy_archive.%I', wanted)::regclass;
END $$;
REVOKE ALL ON FUNCTION tenancy.archive_of(regclass) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.archive_of(regclass) IS 'The archive of a table that fits its columns as they are; made where there is none';

-- Is a row, q, referred to by another, as SQL; '' where nothing can. besides: what keeps rows of the table itself from
-- counting, as SQL over c.
CREATE FUNCTION tenancy.referred_sql(target regclass, besides text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(string_agg(format('EXISTS (SELECT FROM %s AS c WHERE %s%s)', k.conrelid::regclass, pairs.list,
                               CASE WHEN k.conrelid = ANY (tenancy.orphan_family(target)) THEN ' AND ' || besides END), E'\n   OR ' ORDER BY k.conrelid::regclass::text, k.conname), '')
    FROM pg_constraint AS k,
         LATERAL (SELECT string_agg(format('c.%I = q.%I', child.attname, parent.attname), ' AND ' ORDER BY x.n) AS list
                  FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS x(child, parent, n) JOIN pg_attribute AS child ON child.attrelid = k.conrelid AND child.attnum = x.child
                       JOIN pg_attribute AS parent ON parent.attrelid = k.confrelid AND parent.attnum = x.parent
                  WHERE x.n < cardinality(k.conkey) OR NOT coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false)) AS pairs
    WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY (tenancy.orphan_family(target))
$$;
REVOKE ALL ON FUNCTION tenancy.referred_sql(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.referred_sql(regclass, text) IS 'Is a row referred to by another, as SQL';

CREATE FUNCTION tenancy.archive_orphans(target regclass, reason text DEFAULT NULL, tenant_column name DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET tenancy.applying = on
    SET TimeZone = 'UTC' SET IntervalStyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
    question jsonb := tenancy.orphan_question('archive_orphans', target, reason, tenant_column);
    role_before text := current_setting('session_replication_role');
    quiet boolean;
    shelf regclass;
    decided bigint;
    referred text;
    columns text;
    stay bigint := 0;
    changed bigint;
    done bigint;
BEGIN
    -- What others have committed since must be seen.
    IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
        RAISE EXCEPTION 'archive_orphans() does not run in a transaction that is %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state', DETAIL = 'It would not see rows that refer to those it moves.', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED;';
    END IF;
    IF question ->> 'rows_sql' IS NULL THEN
        RETURN 0;
    END IF;
    quiet := tenancy.orphan_quiet(target, 8, (question ->> 'column')::name);
    EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', target);
    INSERT INTO tenancy.orphan_decisions AS d (target, action, reason, tenant_column, rows)
        VALUES (archive_orphans.target, 'archived', archive_orphans.reason, (question ->> 'column')::name, 0) RETURNING d.id INTO decided;
    -- Locked, nothing can begin to refer to them; whatever does so already is seen by the statements that follow.
    PERFORM tenancy.as_owner(target, format('INSERT INTO tenancy.orphan_rows (decision, row_key, before) SELECT %s, %s, %s FROM %s AS t JOIN (%s) AS q ON %s = %s %s FOR UPDATE OF t',
        decided, tenancy.row_key_sql(target, 't'), CASE WHEN question ->> 'column_type' IS NULL THEN 'NULL' ELSE format('t.%I::text', question ->> 'column') END,
        target, question ->> 'rows_sql', tenancy.row_key_sql(target, 't'), tenancy.row_key_sql(target, 'q'),
        CASE WHEN question ->> 'column_type' IS NOT NULL THEN format('WHERE t.%1$I IS NOT DISTINCT FROM q.%1$I', question ->> 'column') END));
    -- What stays may be what refers to others.
    referred := tenancy.referred_sql(target, format('NOT EXISTS (SELECT FROM tenancy.orphan_rows AS o WHERE o.decision = %s AND o.row_key = %s)', decided, tenancy.row_key_sql(target, 'c')));
    WHILE referred <> '' LOOP
        changed := tenancy.as_owner(target, format('DELETE FROM tenancy.orphan_rows AS r USING %s AS q WHERE r.decision = %s AND r.row_key = %s AND (%s)', target, decided, tenancy.row_key_sql(target, 'q'), referred));
        EXIT WHEN changed = 0;
        stay := stay + changed;
    END LOOP;
    SELECT count(*) INTO done FROM tenancy.orphan_rows AS r WHERE r.decision = decided;
    IF done = 0 THEN
        DELETE FROM tenancy.orphan_decisions AS d WHERE d.id = decided;
    ELSE
        shelf := tenancy.archive_of(target);
        UPDATE tenancy.orphan_decisions AS d SET rows = done, archive = shelf WHERE d.id = decided;
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO columns FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped;
        IF quiet THEN
            PERFORM set_config('session_replication_role', 'replica', true);
        END IF;
        changed := tenancy.as_owner(target, format('WITH gone AS (DELETE FROM %s AS t USING tenancy.orphan_rows AS r WHERE r.decision = %s AND r.row_key = %s RETURNING t.*)'
            ' INSERT INTO %s (%s, tenancy_decision, tenancy_archived_at) SELECT %s, %s, now() FROM gone',
            target, decided, tenancy.row_key_sql(target, 't'), shelf, columns, columns, decided));
        IF quiet THEN
            PERFORM set_config('session_replication_role', role_before, true);
        END IF;
        IF changed <> done THEN
            RAISE EXCEPTION 'not all orphans of % were deleted there', target
                USING ERRCODE = 'triggered_data_change_violation', DETAIL = 'A trigger or a rule of the table kept some.', HINT = format('\d %s shows them.', target);
        END IF;
        RAISE NOTICE 'decision %: SELECT tenancy.undo_orphans(%); takes it back', decided, decided;
    END IF;
    IF stay > 0 THEN
        RAISE NOTICE 'rows that stay in %, since others refer to them: %; archive those first: SELECT q.* FROM (%) AS q WHERE %;', target, stay, question ->> 'rows_sql',
            tenancy.referred_sql(target, format('%s <> %s', tenancy.row_key_sql(target, 'c'), tenancy.row_key_sql(target, 'q')));
    END IF;
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION tenancy.archive_orphans(regclass, text, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.archive_orphans(regclass, text, name) IS
    'Move rows to which no path gives a tenant into an archive, a table of the schema tenancy_archive; other rows only where the reason is named. Rows that others refer to stay. Triggers of the application do not fire. Returns the number of rows';
