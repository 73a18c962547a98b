-- prove(): every protected table is attacked, and the attacks' failure is shown to be the guards' work.

CREATE FUNCTION tenancy.probe(role text, tenant text, replica boolean, confined boolean, statement text, OUT sqlstate text, OUT rows bigint, OUT message text, OUT constraint_name text)
    AS 'MODULE_PATHNAME', 'tenancy_probe' LANGUAGE c;
REVOKE ALL ON FUNCTION tenancy.probe(text, text, boolean, boolean, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.probe(text, text, boolean, boolean, text) IS 'Of prove(): runs a statement as a role, for a tenant, and says how it ended; what it did stays';

-- A role of the platform for the purpose, no superuser: what belongs to tables runs as it, and gains nothing.
CREATE FUNCTION tenancy.probe_platform() RETURNS text
    LANGUAGE sql STABLE
    RETURN 'tenancy_probe_platform_' || pg_catalog.pg_backend_pid();
REVOKE ALL ON FUNCTION tenancy.probe_platform() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.probe_platform() IS 'Of prove(): the name of the platform''s role';

-- The attacks on one table. expected: none (no row is reached), refused (an error), untouched (a key that is taken may
-- refuse), unreachable (a foreign key may), stands (whatever happens to the statement), works (a control: without it
-- the attack beside it would prove nothing; a key that is taken comes after all guards). victim, own: rows of the other tenant and of the attacker's.
-- locks: it takes a lock that others wait for.
CREATE FUNCTION tenancy.attacks(target regclass, kind text, tenant_column name, victim jsonb, own jsonb, attacker text, other text, application text, platform text)
    RETURNS TABLE (operation text, as_role text, tenant text, replica boolean, statement text, expected text, locks boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH named AS (
        SELECT format('tableoid = %s AND ctid = %L', victim ->> 'part', victim ->> 'ctid') AS at_victim, format('tableoid = %s AND ctid = %L', own ->> 'part', own ->> 'ctid') AS at_own,
               (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
               quote_ident(tenant_column) AS tenant_sql,
               (SELECT quote_ident(a.attname) FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a'
                ORDER BY a.attname = tenant_column, a.attnum DESC LIMIT 1) AS some_column,
               (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute AS a, (SELECT i.indkey::int2[] AS keys FROM pg_index AS i WHERE i.indrelid = target AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate
                    ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1) AS x WHERE a.attrelid = target AND a.attnum = ANY (x.keys)) AS unique_columns
    ), row_of AS (
        SELECT n.*, format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM jsonb_populate_record(NULL::%s, %%L)', target, n.columns, n.columns, target) AS insert_sql FROM named AS n
    )
    SELECT a.operation, a.as_role, a.tenant, a.replica, a.statement, a.expected, a.locks FROM row_of AS n, LATERAL (VALUES
        ('read', application, attacker, false, format('SELECT FROM %s WHERE %s IS DISTINCT FROM %L AND %2$s IS NOT NULL LIMIT 5', target, n.tenant_sql, attacker), 'none', false),
        ('read by place', application, attacker, false, format('SELECT FROM %s WHERE %s', target, n.at_victim), 'none', false),
        ('read own', application, attacker, false, format('SELECT FROM %s WHERE %s', target, n.at_own), 'works', false),
        ('read without a tenant', application, NULL, false, format('SELECT FROM %s', target), 'none', false),
        ('lock', application, attacker, false, format('SELECT FROM %s WHERE %s FOR UPDATE', target, n.at_victim), 'none', false),
        ('insert own', application, attacker, true, format(n.insert_sql, own -> 'spare'), 'works', false),
        ('insert for another', application, attacker, false, format(n.insert_sql, own -> 'spare' || jsonb_build_object(tenant_column, other)), 'refused', false),
        ('insert for nobody', application, attacker, false, format(n.insert_sql, own -> 'spare' || jsonb_build_object(tenant_column, NULL)), 'refused', false),
        ('insert without a tenant', application, NULL, false, format(n.insert_sql, own -> 'spare'), 'refused', false),
        ('insert on conflict', application, attacker, false, CASE WHEN n.unique_columns IS NOT NULL THEN format(n.insert_sql, victim -> 'row' || jsonb_build_object(tenant_column, attacker)) || format(' ON CONFLICT (%s) DO UPDATE SET %s = EXCLUDED.%2$s', n.unique_columns, n.some_column) END, 'untouched', false),
        ('update', application, attacker, false, format('UPDATE %s SET %s = %2$s WHERE %s', target, n.some_column, n.at_victim), 'none', false),
        ('take', application, attacker, false, format('UPDATE %s SET %s = %L WHERE %s', target, n.tenant_sql, attacker, n.at_victim), 'none', false),
        ('move to another', application, attacker, false, format('UPDATE %s SET %s = %L WHERE %s', target, n.tenant_sql, other, n.at_own), 'refused', false),
        ('move to nobody', application, attacker, false, format('UPDATE %s SET %s = NULL WHERE %s', target, n.tenant_sql, n.at_own), 'refused', false),
        ('merge', application, attacker, false, format('MERGE INTO %s AS t USING (SELECT 1) AS one ON t.%s WHEN MATCHED THEN DELETE', target, replace(n.at_victim, ' AND ctid', ' AND t.ctid')), 'none', false),
        ('delete', application, attacker, false, format('DELETE FROM %s WHERE %s', target, n.at_victim), 'none', false),
        ('truncate', application, attacker, false, format('TRUNCATE %s', target), 'refused', false),
        ('read through a view', application, attacker, false, 'SELECT FROM pg_temp.tenancy_probe_view LIMIT 5', 'none', false),
        ('insert by the platform', platform, attacker, false, format(n.insert_sql, own -> 'spare' || jsonb_build_object(tenant_column, other)), 'refused', false),
        ('update by the platform', platform, attacker, false, format('UPDATE %s SET %s = %2$s WHERE %s', target, n.some_column, n.at_victim), 'refused', false),
        ('delete by the platform', platform, attacker, false, format('DELETE FROM %s WHERE %s', target, n.at_victim), 'refused', false),
        ('delete by a replica', platform, attacker, true, format('DELETE FROM %s WHERE %s', target, n.at_victim), 'refused', false),
        ('truncate by the platform', platform, attacker, false, format('TRUNCATE %s CASCADE', target), 'refused', true)
    ) AS a(operation, as_role, tenant, replica, statement, expected, locks)
    WHERE kind = 'protected' AND a.statement IS NOT NULL
    UNION ALL
    SELECT a.operation, application, attacker, a.replica, a.statement, a.expected, a.locks FROM row_of AS n, LATERAL (VALUES
        ('insert', false, format(n.insert_sql, own -> 'spare'), 'refused', false),
        ('update', false, format('UPDATE %s SET %s = %2$s WHERE %s', target, n.some_column, n.at_victim), 'refused', false),
        ('delete', false, format('DELETE FROM %s WHERE %s', target, n.at_victim), 'refused', false),
        ('truncate', false, format('TRUNCATE %s', target), 'refused', false)
    ) AS a(operation, replica, statement, expected, locks)
    WHERE kind = 'shared'
$$;
REVOKE ALL ON FUNCTION tenancy.attacks(regclass, text, name, jsonb, jsonb, text, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.attacks(regclass, text, name, jsonb, jsonb, text, text, text, text) IS 'Of prove(): the attacks on one table';

-- Loops over what executes code of tables are over arrays: that code could move a cursor, and leave attacks out.
-- Runs attacks, each taken back: operation -> {statement, sqlstate, rows, outcome, detail}.
CREATE FUNCTION tenancy.attacked(target regclass, victim jsonb, attacks jsonb, locking boolean) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    item jsonb;
    a record;
    p record;
    stands boolean;
    verdict text;
    found jsonb := '{}';
BEGIN
    FOREACH item IN ARRAY ARRAY(SELECT jsonb_array_elements(attacks)) LOOP
        SELECT * INTO a FROM jsonb_to_record(item) AS x(operation text, as_role text, tenant text, replica boolean, statement text, expected text, locks boolean);
        IF a.locks AND NOT locking THEN
            found := found || jsonb_build_object(a.operation, jsonb_build_object('statement', a.statement, 'outcome', 'left out', 'detail', 'it takes a lock that others wait for: sabotage => true'));
            CONTINUE;
        END IF;
        -- A trigger of the application may refuse first, for a reason of its own; then once more without it.
        FOR again IN 0 .. 1 LOOP
            stands := NULL;
            BEGIN
                p := tenancy.probe(a.as_role, a.tenant, a.replica OR again = 1, true, a.statement);
                stands := tenancy.answer(format('SELECT count(*) FROM %s AS t WHERE t.tableoid = %s AND t.ctid = %L AND to_jsonb(t) = %L', target, victim ->> 'part', victim ->> 'ctid', victim -> 'row')) = '1';
                RAISE SQLSTATE 'UNDO0';
            EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
            END;
            verdict := CASE WHEN NOT stands THEN 'crossed'
                            WHEN stands IS NULL THEN 'missing' -- code of the table ended the question
                            WHEN a.expected = 'stands' THEN 'held'
                            WHEN a.expected = 'unreachable' AND p.sqlstate = '23503' THEN 'held'
                            WHEN a.expected = 'works' THEN CASE WHEN p.sqlstate = '00000' AND p.rows = 1 OR p.sqlstate = '23505' THEN 'held' ELSE 'missing' END
                            WHEN p.sqlstate = '42501' AND p.message !~ '^permission denied|security-restricted operation' OR (p.sqlstate = '23502' AND a.operation IN ('insert for nobody', 'move to nobody')) THEN 'held'
                            WHEN a.expected = 'untouched' AND p.sqlstate IN ('00000', '23505', '23503', '23P01') THEN 'held'
                            WHEN p.sqlstate = '00000' AND p.rows = 0 AND a.expected = 'none' THEN 'held'
                            WHEN p.sqlstate = '00000' AND p.rows > 0 THEN 'crossed'
                            ELSE 'missing' END;
            EXIT WHEN verdict <> 'missing' OR a.replica OR a.expected = 'unreachable';
        END LOOP;
        found := found || jsonb_build_object(a.operation, jsonb_build_object('statement', a.statement, 'sqlstate', p.sqlstate, 'rows', p.rows, 'outcome', verdict,
            'detail', concat_ws('; ', CASE WHEN NOT stands THEN 'the other tenant''s row was changed' END, p.message)));
    END LOOP;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION tenancy.attacked(regclass, jsonb, jsonb, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.attacked(regclass, jsonb, jsonb, boolean) IS 'Of prove(): runs the attacks on one table';

-- References of a table to other protected ones: own rows that refer to others' rows, and cascades that reach them.
-- rows: by oid, {"victim", "own"}.
CREATE FUNCTION tenancy.attacks_by_reference(target regclass, tenant_column name, rows jsonb, attacker text, other text, application text)
    RETURNS TABLE (operation text, as_role text, tenant text, replica boolean, statement text, expected text, locks boolean, fixed jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH keys AS (
        SELECT k.*, rows -> k.confrelid::text AS parent, rows -> k.conrelid::text AS child,
               (SELECT jsonb_object_agg(c.attname, p.attname) FROM unnest(k.conkey, k.confkey) AS x(child, parent) JOIN pg_attribute AS c ON c.attrelid = k.conrelid AND c.attnum = x.child
                JOIN pg_attribute AS p ON p.attrelid = k.confrelid AND p.attnum = x.parent WHERE c.attname <> tenant_column) AS pairs
        FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = target AND k.conparentid = 0 AND rows -> k.confrelid::text ? 'victim' AND rows -> k.confrelid::text ->> 'kind' = 'protected'
          -- Where it may cross by decision, nothing is promised.
          AND NOT EXISTS (SELECT FROM tenancy.crossing_references AS r WHERE r.target = k.conrelid AND r.constraint_name = k.conname AND r.new_rows)
    )
    SELECT format('refer by %s', k.conname), application, attacker, false,
           format('UPDATE %s SET %s WHERE tableoid = %s AND ctid = %L', target, (SELECT string_agg(format('%I = %L', x.key, k.parent #>> ARRAY['victim', 'row', x.value]), ', ') FROM jsonb_each_text(k.pairs) AS x), k.child #>> '{own,part}', k.child #>> '{own,ctid}'),
           'unreachable', false, NULL::jsonb
    FROM keys AS k WHERE k.pairs IS NOT NULL
    UNION ALL
    SELECT format('cascade by %s', k.conname), application, attacker, false, format('DELETE FROM %s WHERE tableoid = %s AND ctid = %L', k.confrelid::regclass, k.parent #>> '{own,part}', k.parent #>> '{own,ctid}'),
           'stands', false, (SELECT jsonb_object_agg(x.key, k.parent #> ARRAY['own', 'row', x.value]) FROM jsonb_each_text(k.pairs) AS x) || jsonb_build_object(tenant_column, other)
    FROM keys AS k WHERE k.pairs IS NOT NULL AND k.confdeltype IN ('c', 'n', 'd')
$$;
REVOKE ALL ON FUNCTION tenancy.attacks_by_reference(regclass, name, jsonb, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.attacks_by_reference(regclass, name, jsonb, text, text, text) IS 'Of prove(): the attacks on the references of one table';

CREATE FUNCTION tenancy.switch_reference_guards(target regclass, enabled boolean) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    guard name;
BEGIN
    FOREACH guard IN ARRAY ARRAY(SELECT t.tgname FROM pg_trigger AS t WHERE t.tgrelid = target AND t.tgfoid = 'tenancy.reference_guard()'::regprocedure AND t.tgparentid = 0) LOOP
        EXECUTE format('ALTER TABLE %s %s TRIGGER %I', target, CASE WHEN enabled THEN 'ENABLE ALWAYS' ELSE 'DISABLE' END, guard);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.switch_reference_guards(regclass, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.switch_reference_guards(regclass, boolean) IS 'Of prove(sabotage => true): reference guards of a table, off and on again';

CREATE FUNCTION tenancy.has_own_policy(target regclass) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = target AND p.polpermissive AND p.polname NOT LIKE 'tenancy\_%');
REVOKE ALL ON FUNCTION tenancy.has_own_policy(regclass) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.has_own_policy(regclass) IS 'Of prove(): does the table have permissive policies of the application';

-- All cells of a table: operation -> {statement, sqlstate, rows, outcome, detail}.
CREATE FUNCTION tenancy.proved(target regclass, kind text, tenant_column name, rows jsonb, attacker text, other text, application text, locking boolean) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    mine constant jsonb := rows -> target::oid::text;
    item jsonb;
    attack record;
    found jsonb;
    planted jsonb;
    one jsonb;
BEGIN
    IF mine ? 'missing' THEN
        RETURN jsonb_build_object('rows', jsonb_build_object('outcome', 'missing', 'detail', 'no row could be made: ' || (mine ->> 'missing')));
    END IF;
    EXECUTE format('CREATE TEMP VIEW tenancy_probe_view AS SELECT %I AS tenant FROM %s%s', coalesce(tenant_column, (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = target AND a.attnum = 1)), target,
        CASE WHEN tenant_column IS NOT NULL THEN format(' WHERE %I = %L', tenant_column, other) END);
    EXECUTE format('GRANT SELECT ON pg_temp.tenancy_probe_view TO %I', application);
    found := tenancy.attacked(target, mine -> 'victim', (SELECT jsonb_agg(to_jsonb(a)) FROM tenancy.attacks(target, kind, tenant_column, mine -> 'victim', mine -> 'own', attacker, other, application, tenancy.probe_platform()) AS a), locking);
    EXECUTE 'DROP VIEW pg_temp.tenancy_probe_view';
    IF kind = 'protected' THEN
        FOREACH item IN ARRAY ARRAY(SELECT to_jsonb(r) FROM tenancy.attacks_by_reference(target, tenant_column, rows, attacker, other, application) AS r) LOOP
            SELECT * INTO attack FROM jsonb_to_record(item) AS x(operation text, statement text, fixed jsonb);
            attack.fixed := nullif(attack.fixed, 'null');
            one := jsonb_build_object(item ->> 'operation', jsonb_build_object('statement', item -> 'statement', 'outcome', 'missing', 'detail', 'code of the table ended the attack'));
            BEGIN
                planted := mine -> 'victim';
                IF attack.fixed IS NOT NULL THEN
                    -- What refuses such a row today did not always stand.
                    IF locking THEN
                        PERFORM tenancy.switch_reference_guards(target, false);
                    END IF;
                    planted := tenancy.made_row(target, attack.fixed, mine -> 'parents');
                    IF locking THEN
                        PERFORM tenancy.switch_reference_guards(target, true);
                    END IF;
                END IF;
                one := tenancy.attacked(target, planted, jsonb_build_array(item), locking);
                RAISE SQLSTATE 'UNDO0';
            EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
            WHEN foreign_key_violation THEN
                one := jsonb_build_object(attack.operation, jsonb_build_object('statement', attack.statement, 'sqlstate', SQLSTATE, 'outcome', 'held', 'detail', 'no such row can be made: ' || SQLERRM));
            WHEN OTHERS THEN
                one := jsonb_build_object(attack.operation, jsonb_build_object('statement', attack.statement, 'sqlstate', SQLSTATE, 'outcome', 'missing', 'detail', 'no row could be planted: ' || SQLERRM));
            END;
            found := found || one;
        END LOOP;
    END IF;
    -- Policies of the application's own may hide the attacker's row; on staging they are opened.
    IF NOT locking AND tenancy.has_own_policy(target) THEN
        found := (SELECT jsonb_object_agg(f.key, CASE WHEN f.value ->> 'outcome' = 'missing' AND (f.value ->> 'detail' LIKE 'new row violates row-level security policy%' OR f.value ->> 'sqlstate' = '00000' AND f.value ->> 'rows' = '0')
                                                       THEN f.value || jsonb_build_object('outcome', 'left out', 'detail', concat_ws('; ', nullif(f.value ->> 'detail', ''), 'the table has policies of its own: sabotage => true opens them'))
                                                 ELSE f.value END) FROM jsonb_each(found) AS f);
    END IF;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION tenancy.proved(regclass, text, name, jsonb, text, text, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.proved(regclass, text, name, jsonb, text, text, text, boolean) IS 'Of prove(): all attacks on one table';

-- What is no table's: operation -> {statement, ...}.
CREATE FUNCTION tenancy.proved_session(target regclass, attacker text, other text, application text) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item jsonb;
    a record;
    p record;
    found jsonb := '{}';
BEGIN
    FOREACH item IN ARRAY ARRAY(SELECT to_jsonb(v) FROM (VALUES ('become another tenant', format('SELECT tenancy.set_tenant(%L)', other)),
                                   ('set another tenant', format('SELECT set_config(''app.current_tenant_id'', %L, true)', other)),
                                   ('copy into a table', format('CREATE TABLE %I.tenancy_probe_copy AS SELECT * FROM %s', (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target), target)),
                                   ('keep a temporary table', 'CREATE TEMP TABLE tenancy_probe_copy (n integer)'),
                                   ('listen', 'LISTEN tenancy_probe')) AS v(operation, statement)) LOOP
        SELECT * INTO a FROM jsonb_to_record(item) AS x(operation text, statement text);
        BEGIN
            p := tenancy.probe(application, attacker, false, a.operation = 'copy into a table', a.statement);
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
        END;
        found := found || jsonb_build_object(a.operation, jsonb_build_object('statement', a.statement, 'sqlstate', p.sqlstate, 'rows', p.rows,
            'outcome', CASE p.sqlstate WHEN '00000' THEN 'crossed' WHEN '42501' THEN CASE WHEN p.message ~ '^permission denied|security-restricted operation' THEN 'missing' ELSE 'held' END WHEN '22023' THEN 'held' ELSE 'missing' END, 'detail', p.message));
    END LOOP;
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION tenancy.proved_session(regclass, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.proved_session(regclass, text, text, text) IS 'Of prove(): attacks that no table is needed for';

-- The guards of a table, and how each is taken away.
CREATE FUNCTION tenancy.guards_of(target regclass, kind text) RETURNS TABLE (guard text, removal text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'row-level security', format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', target) WHERE kind = 'protected'
    UNION ALL
    SELECT 'FORCE', format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', target) WHERE kind = 'protected'
    UNION ALL
    SELECT format('policy %s', p.polname), format('DROP POLICY %I ON %s; CREATE POLICY tenancy_probe ON %2$s USING (true) WITH CHECK (true)', p.polname, target)
    FROM pg_policy AS p WHERE p.polrelid = target AND kind = 'protected' AND p.polname = 'tenancy_isolation'
    UNION ALL
    SELECT format('trigger %s', t.tgname), format('ALTER TABLE %s DISABLE TRIGGER %I', target, t.tgname)
    FROM pg_trigger AS t WHERE t.tgrelid = target AND t.tgfoid IN ('tenancy.write_guard()'::regprocedure, 'tenancy.truncate_guard()'::regprocedure, 'tenancy.shared_guard()'::regprocedure, 'tenancy.reference_guard()'::regprocedure)
    UNION ALL
    SELECT format('reference %s', k.conname), format('ALTER TABLE %s DROP CONSTRAINT %I', target, k.conname)
    FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = target AND k.conparentid = 0 AND cardinality(k.conkey) > 1 AND kind = 'protected'
$$;
REVOKE ALL ON FUNCTION tenancy.guards_of(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.guards_of(regclass, text) IS 'Of prove(): the guards of a table, and a statement that takes each away';

-- Cells that differ once a guard is gone: what it is there for.
CREATE FUNCTION tenancy.sabotaged(target regclass, kind text, tenant_column name, guard text, removal text, before jsonb, rows jsonb, attacker text, other text, application text) RETURNS text[]
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    owner constant name := 'tenancy_probe_owner_' || pg_backend_pid();
    after jsonb;
    p record;
    noticed text[] := '{}';
    statement text;
BEGIN
    BEGIN
        IF guard = 'FORCE' THEN
            -- Of an owner to whom policies could apply at all.
            statement := format('SELECT FROM %s WHERE %I = %L', target, tenant_column, other);
            EXECUTE format('CREATE ROLE %I', owner);
            EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target), owner);
            EXECUTE format('ALTER TABLE %s OWNER TO %I', target, owner);
            p := tenancy.probe(owner, attacker, false, true, statement);
            IF p.sqlstate = '00000' AND p.rows = 0 THEN
                EXECUTE removal;
                p := tenancy.probe(owner, attacker, false, true, statement);
                noticed := CASE WHEN p.sqlstate = '00000' AND p.rows > 0 THEN ARRAY['read by the owner'] ELSE '{}' END;
            END IF;
        ELSE
            EXECUTE removal;
            after := tenancy.proved(target, kind, tenant_column, rows, attacker, other, application, true);
            noticed := ARRAY(SELECT b.key FROM jsonb_each(before) AS b WHERE b.value -> 'outcome' IS DISTINCT FROM after -> b.key -> 'outcome'
                             OR b.value -> 'sqlstate' IS DISTINCT FROM after -> b.key -> 'sqlstate' OR b.value -> 'detail' IS DISTINCT FROM after -> b.key -> 'detail' ORDER BY b.key);
        END IF;
        RAISE SQLSTATE 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    RETURN noticed;
END $$;
REVOKE ALL ON FUNCTION tenancy.sabotaged(regclass, text, name, text, text, jsonb, jsonb, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.sabotaged(regclass, text, name, text, text, jsonb, jsonb, text, text, text) IS 'Of prove(): the attacks that notice that a guard is gone';
