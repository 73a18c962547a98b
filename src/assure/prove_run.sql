-- prove() itself: tenants, rows and a role for the purpose, all attacks, and everything taken back.

-- Rights for the attacks on tables of one owner: on his, and on those of roles that he may become. Code of his tables
-- runs in attacks, with the rights of the attacker: it must not learn from tables of others, which nothing takes back.
CREATE FUNCTION tenancy.grant_for_proof(all_tables jsonb, owner oid, application text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    what text;
BEGIN
    FOREACH what IN ARRAY ARRAY(SELECT format('GRANT ALL ON TABLE %s TO %I, %I', c.oid::regclass, application, tenancy.probe_platform()) FROM jsonb_array_elements(all_tables) AS a JOIN pg_class AS c ON c.oid = (a.value ->> 'oid')::oid WHERE pg_has_role(grant_for_proof.owner, c.relowner, 'MEMBER')
                                UNION SELECT format('GRANT USAGE ON SCHEMA %I TO %I, %I', n.nspname, application, tenancy.probe_platform()) FROM jsonb_array_elements(all_tables) AS a JOIN pg_class AS c ON c.oid = (a.value ->> 'oid')::oid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE pg_has_role(grant_for_proof.owner, c.relowner, 'MEMBER')) LOOP
        EXECUTE what;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.grant_for_proof(jsonb, oid, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.grant_for_proof(jsonb, oid, text) IS 'Of prove(): rights for the attacks on tables of one owner';

-- Errors: 42501 not a superuser, 55000 nothing is protected; 42809 a target is not protected;
-- 55000 code of a table ended it.
CREATE FUNCTION tenancy.prove(targets regclass[] DEFAULT NULL, sabotage boolean DEFAULT false)
    RETURNS TABLE (target text, operation text, statement text, sqlstate text, rows bigint, outcome text, detail text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET jit = off SET lock_timeout = '2s' SET client_min_messages = warning SET lc_messages = 'C' SET tenancy.applying = on
    SET TimeZone = 'UTC' SET DateStyle = 'ISO' SET IntervalStyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
    tenants record;
    attacker text;
    other text;
    application text;
    all_tables jsonb;
    made jsonb := '{}';
    item jsonb;
    t record;
    owner oid;
    g record;
    cells jsonb;
    noticed text[];
    results jsonb := '[]';
    part jsonb;
    number integer := 0;
    of_all integer;
    began timestamptz := clock_timestamp();
    told timestamptz := clock_timestamp();
    trouble text;
    waiting oid[];
    before integer := -1;
    finished boolean := false;
    hurry boolean := false; -- all that are left wait for each other
BEGIN
    PERFORM tenancy.require_platform('prove');
    IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        RAISE EXCEPTION 'prove() works as other roles, and needs a superuser' USING ERRCODE = 'insufficient_privilege', HINT = 'Connect as a superuser and call it again.';
    ELSIF sabotage IS NULL THEN
        RAISE EXCEPTION 'sabotage is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT * FROM tenancy.prove(sabotage => true);';
    END IF;
    SELECT jsonb_agg(jsonb_build_object('oid', p.target::oid::bigint, 'kind', CASE p.kind WHEN 'shared' THEN 'shared' ELSE 'protected' END, 'tenant_column', p.tenant_column, 'part', p.part) ORDER BY p.target::text) INTO all_tables
    FROM tenancy.protected AS p WHERE p.kind <> 'canary';
    SELECT string_agg(x::text, ', ') INTO trouble FROM unnest(targets) AS x WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(all_tables) AS a WHERE (a.value ->> 'oid')::oid = x);
    IF all_tables IS NULL OR cardinality(targets) = 0 THEN
        RAISE EXCEPTION 'no table is protected' USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'SELECT tenancy.protect_schema(''your_schema'');';
    ELSIF trouble IS NOT NULL THEN
        RAISE EXCEPTION 'not protected: %', trouble USING ERRCODE = 'wrong_object_type', HINT = format('SELECT tenancy.protect(%L);', targets[1]);
    END IF;
    BEGIN
        SELECT * INTO tenants FROM tenancy.orphan_tenants();
        FOR i IN 1 .. 2 LOOP
            IF tenants.tenant_table = 'tenancy.tenants'::regclass THEN
                INSERT INTO tenancy.tenants (name, slug) VALUES ('probe ' || i, 'tenancy-probe-' || gen_random_uuid()) RETURNING id::text INTO other;
            ELSE
                other := tenancy.made_row(tenants.tenant_table, '{}') -> 'row' ->> tenants.id_column;
            END IF;
            attacker := coalesce(attacker, other);
        END LOOP;
        SELECT e.role::text INTO application FROM tenancy.enrolled AS e JOIN pg_roles AS r ON r.oid = e.role::oid WHERE NOT r.rolsuper AND NOT r.rolbypassrls ORDER BY e.role::text LIMIT 1;
        IF application IS NULL THEN
            application := 'tenancy_probe_' || pg_backend_pid();
            EXECUTE format('CREATE ROLE %I', application);
            PERFORM tenancy.enroll(application::regrole);
        ELSE
            application := (SELECT r.rolname FROM pg_roles AS r WHERE r.oid = application::regrole);
        END IF;
        EXECUTE format('CREATE ROLE %I BYPASSRLS', tenancy.probe_platform());
        -- Parents before their children, as far as there is such an order.
        FOR pass IN 1 .. 1 + jsonb_array_length(all_tables) LOOP
            waiting := '{}';
            FOREACH item IN ARRAY ARRAY(SELECT a.value FROM jsonb_array_elements(all_tables) AS a WHERE NOT made ? (a.value ->> 'oid')) LOOP
                SELECT * INTO t FROM jsonb_to_record(item) AS a(oid oid, kind text, tenant_column name, part boolean);
                IF NOT hurry AND EXISTS (SELECT FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conrelid = t.oid AND k.confrelid <> t.oid AND NOT made ? k.confrelid::text
                                         AND k.confrelid IN (SELECT (a.value ->> 'oid')::oid FROM jsonb_array_elements(all_tables) AS a)) THEN
                    waiting := waiting || t.oid;
                    CONTINUE;
                END IF;
                hurry := false;
                made := made || jsonb_build_object(t.oid::text, tenancy.made_rows(t.oid::regclass, t.kind, t.tenant_column, attacker, other, made));
                EXECUTE format('GRANT TRUNCATE ON TABLE %s TO %I', t.oid::regclass, tenancy.probe_platform()); -- TRUNCATE CASCADE asks for it
                IF sabotage AND t.kind = 'protected' AND tenancy.has_own_policy(t.oid::regclass) THEN
                    EXECUTE format('CREATE POLICY tenancy_probe_open ON %s USING (true) WITH CHECK (true)', t.oid::regclass);
                END IF;
            END LOOP;
            EXIT WHEN cardinality(waiting) = 0;
            hurry := cardinality(waiting) = before;
            before := cardinality(waiting);
        END LOOP;
        of_all := (SELECT count(*) FROM jsonb_array_elements(all_tables) AS a WHERE targets IS NULL OR (a.value ->> 'oid')::oid = ANY (targets::oid[]));
        FOREACH owner IN ARRAY ARRAY(SELECT DISTINCT c.relowner FROM jsonb_array_elements(all_tables) AS a JOIN pg_class AS c ON c.oid = (a.value ->> 'oid')::oid WHERE targets IS NULL OR c.oid = ANY (targets::oid[])) LOOP
            finished := false;
            BEGIN
                PERFORM tenancy.grant_for_proof(all_tables, owner, application);
                FOREACH item IN ARRAY ARRAY(SELECT a.value FROM jsonb_array_elements(all_tables) AS a JOIN pg_class AS c ON c.oid = (a.value ->> 'oid')::oid WHERE c.relowner = owner AND (targets IS NULL OR c.oid = ANY (targets::oid[]))) LOOP
                    SELECT * INTO t FROM jsonb_to_record(item) AS a(oid oid, kind text, tenant_column name, part boolean);
                    number := number + 1;
                    IF clock_timestamp() > told + interval '5 s' THEN
                        told := clock_timestamp();
                        RAISE INFO 'prove: table % of %, % left', number, of_all, date_trunc('second', (clock_timestamp() - began) / number * (of_all - number + 1));
                    END IF;
                    cells := tenancy.proved(t.oid::regclass, t.kind, t.tenant_column, made, attacker, other, application, sabotage);
                    results := results || (SELECT jsonb_agg(c.value || jsonb_build_object('target', t.oid::regclass::text, 'operation', c.key)) FROM jsonb_each(cells) AS c);
                    IF NOT made -> t.oid::text ? 'missing' AND sabotage THEN
                        FOREACH part IN ARRAY ARRAY(SELECT to_jsonb(x) FROM tenancy.guards_of(t.oid::regclass, t.kind) AS x) LOOP
                            SELECT * INTO g FROM jsonb_to_record(part) AS x(guard text, removal text);
                            BEGIN
                                noticed := tenancy.sabotaged(t.oid::regclass, t.kind, t.tenant_column, g.guard, g.removal, cells, made, attacker, other, application);
                                trouble := NULL;
                            EXCEPTION WHEN feature_not_supported OR wrong_object_type OR object_not_in_prerequisite_state OR lock_not_available OR invalid_table_definition OR dependent_objects_still_exist THEN
                                trouble := SQLERRM;
                            END;
                            results := results || jsonb_build_object('target', t.oid::regclass::text, 'operation', 'without ' || g.guard, 'statement', g.removal, 'rows', cardinality(noticed),
                                'outcome', CASE WHEN trouble IS NOT NULL THEN 'left out' WHEN cardinality(noticed) = 0 AND g.guard LIKE 'trigger tenancy\_truncate\_guard' THEN 'left out' WHEN cardinality(noticed) > 0 THEN 'noticed' ELSE 'unnoticed' END, 'detail', coalesce(trouble, nullif(array_to_string(noticed, ', '), ''), CASE WHEN g.guard LIKE 'trigger tenancy\_truncate\_guard' THEN 'where the library is loaded it answers before the trigger: make prove-live' END));
                        END LOOP;
                    END IF;
                END LOOP;
                finished := true;
                RAISE SQLSTATE 'UNDO0';
            EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
            END;
            EXIT WHEN NOT finished;
        END LOOP;
        -- What no table is needed for, by the first one.
        SELECT a.* INTO t FROM jsonb_to_recordset(all_tables) AS a(oid oid, kind text, tenant_column name) WHERE (targets IS NULL OR a.oid = ANY (targets::oid[])) AND NOT made -> a.oid::text ? 'missing' ORDER BY a.kind LIMIT 1;
        IF FOUND AND finished THEN
            PERFORM tenancy.grant_for_proof(all_tables, c.relowner, application) FROM pg_class AS c WHERE c.oid = t.oid;
            EXECUTE format('GRANT CREATE ON SCHEMA %I TO %I', (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = t.oid), application);
            finished := false;
            cells := tenancy.proved_session(t.oid::regclass, attacker, other, application);
            results := results || (SELECT jsonb_agg(c.value || jsonb_build_object('target', 'session', 'operation', c.key)) FROM jsonb_each(cells) AS c);
            IF sabotage THEN
                BEGIN
                    PERFORM tenancy.unenroll(e.role) FROM tenancy.enrolled AS e;
                    part := tenancy.proved_session(t.oid::regclass, attacker, other, application);
                    noticed := ARRAY(SELECT c.key FROM jsonb_each(cells) AS c WHERE c.value -> 'outcome' IS DISTINCT FROM part -> c.key -> 'outcome' ORDER BY c.key);
                    RAISE SQLSTATE 'UNDO0';
                EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
                END;
                results := results || jsonb_build_object('target', 'session', 'operation', 'without enrolment', 'statement', format('SELECT tenancy.unenroll(%L)', application), 'rows', cardinality(noticed),
                    'outcome', CASE WHEN cardinality(noticed) > 0 THEN 'noticed' ELSE 'unnoticed' END, 'detail', array_to_string(noticed, ', '));
            END IF;
            finished := true;
        END IF;
        RAISE SQLSTATE 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    IF NOT finished THEN
        RAISE EXCEPTION 'code of a table ended the proof' USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It raised an error of prove()''s own, UNDO0.', HINT = 'SELECT * FROM tenancy.prove(''{one_table}''); -- table by table tells which';
    END IF;
    RETURN QUERY SELECT f.target, f.operation, f.statement, f.sqlstate, f.rows, f.outcome, f.detail
        FROM jsonb_to_recordset(results) AS f(target text, operation text, statement text, sqlstate text, rows bigint, outcome text, detail text)
        ORDER BY array_position('{crossed,unnoticed,missing,left out,noticed,held}', f.outcome), f.target, f.operation;
END $$;
REVOKE ALL ON FUNCTION tenancy.prove(regclass[], boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.prove(regclass[], boolean) IS
    'Attacks every protected table, or these, as an enrolled role for one tenant and on rows of another, all made for the purpose and taken back: operation, statement, SQLSTATE, rows, outcome (held, crossed, missing, left out). sabotage => true, on staging: takes each guard away in turn, and some attack has to notice (noticed, unnoticed)';
