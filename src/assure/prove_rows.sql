-- Rows made for prove(): one of each tenant in every table, whatever its columns demand. All of it is taken back.

-- A value of a type, as text; another one at each call. NULL where nobody knows one.
CREATE FUNCTION tenancy.made_value(type oid, modifier integer) RETURNS text
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    t pg_type;
    number bigint := 1000000000 + floor(random() * 1000000000)::bigint;
    base text := 'p' || substr(md5(random()::text), 1, 9);
BEGIN
    SELECT * INTO t FROM pg_type AS x WHERE x.oid = type;
    IF t.typtype = 'd' THEN
        RETURN tenancy.made_value(t.typbasetype, t.typtypmod);
    ELSIF t.typtype = 'e' THEN
        RETURN (SELECT e.enumlabel FROM pg_enum AS e WHERE e.enumtypid = type ORDER BY e.enumsortorder LIMIT 1);
    ELSIF t.typtype = 'r' THEN
        RETURN (SELECT CASE WHEN r.rngsubtype IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)
                            THEN format('[%s, %s)', date '3000-01-01' + (number % 1000000)::integer, date '3000-01-02' + (number % 1000000)::integer)
                            ELSE format('[%s, %s)', number, number + 1) END FROM pg_range AS r WHERE r.rngtypid = type);
    END IF;
    RETURN CASE
        WHEN t.typname = 'uuid' THEN gen_random_uuid()::text
        WHEN t.typname = 'int2' THEN (10000 + number % 20000)::text
        WHEN t.typname IN ('int4', 'int8', 'oid', 'float4', 'float8', 'money') THEN number::text
        WHEN t.typname = 'numeric' THEN CASE WHEN modifier > 0 THEN (number % (10 ^ least(8, ((modifier - 4) >> 16) - ((modifier - 4) & 65535)))::bigint)::text ELSE number::text END
        WHEN t.typname IN ('varchar', 'bpchar') AND modifier > 4 THEN left(base, modifier - 4)
        WHEN t.typcategory = 'S' OR t.typname = 'name' THEN base
        WHEN t.typname = 'bool' THEN 'false'
        WHEN t.typname IN ('date', 'timestamp', 'timestamptz') THEN (date '3000-01-01' + (number % 100000)::integer)::text
        WHEN t.typname IN ('time', 'timetz') THEN '12:00:00'
        WHEN t.typname = 'interval' THEN '1 day'
        WHEN t.typname IN ('json', 'jsonb') THEN '{}'
        WHEN t.typname = 'bytea' THEN '\x' || md5(base)
        WHEN t.typname IN ('inet', 'cidr') THEN format('10.%s.%s.%s', number % 250, number % 249, number % 247)
        WHEN t.typname = 'macaddr' THEN '08:00:2b:01:02:' || lpad(to_hex(number % 256), 2, '0')
        WHEN t.typname = 'tsvector' THEN base
        WHEN t.typname = 'xml' THEN '<a/>'
        WHEN t.typname = 'point' THEN format('(%s,%s)', number, number)
        WHEN t.typname = 'bit' THEN repeat('0', modifier)
        WHEN t.typcategory = 'A' THEN '{}'
    END;
END $$;
REVOKE ALL ON FUNCTION tenancy.made_value(oid, integer) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.made_value(oid, integer) IS 'Of prove(): a value of a type, as text';

-- What a condition compares with: the texts and numbers in it.
CREATE FUNCTION tenancy.literals_of(condition text) RETURNS text[]
    LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC
        SELECT coalesce(pg_catalog.array_agg(coalesce(m.part[1], m.part[2]) ORDER BY m.n), '{}') || '{1,0,2,10,100,a,A,ab,a@b.cd,2026-01-01}'::text[]
        FROM pg_catalog.regexp_matches(condition, '''((?:[^'']|'''')*)''|\m(\d+(?:\.\d+)?)\M', 'g') WITH ORDINALITY AS m(part, n);
    END;
REVOKE ALL ON FUNCTION tenancy.literals_of(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.literals_of(text) IS 'Of prove(): texts and numbers of a condition';

-- Inserts a row with these values, as the table's owner; the others are those of a row that is there, or made up. It
-- refers to parents, rows by the oid of their table, and to nothing else. {"part", "ctid", "row"}.
-- Errors: the last one of the table's constraints, when nothing satisfies them.
CREATE FUNCTION tenancy.made_row(target regclass, fixed jsonb, parents jsonb DEFAULT '{}') RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    template jsonb;
    made jsonb;
    c record;
    out_row jsonb;
    tries jsonb := '{}';
    problem text;
    relation text;
    data_type text;
    condition text;
    replaced name[];
    candidates text[];
    at integer;
    columns text;
BEGIN
    template := tenancy.answer(format('SELECT to_jsonb(t) FROM %s AS t LIMIT 1', target));
    -- Keys that carry more first, so that keys of one column do not contradict them.
    FOR c IN SELECT k.confrelid, a.attname AS child, p.attname AS parent, a.attnotnull AS required
             FROM pg_constraint AS k, unnest(k.conkey, k.confkey) AS x(child, parent), pg_attribute AS a, pg_attribute AS p
             WHERE k.contype = 'f' AND k.conrelid = target AND a.attrelid = k.conrelid AND a.attnum = x.child AND p.attrelid = k.confrelid AND p.attnum = x.parent
             ORDER BY cardinality(k.conkey) DESC, k.conname LOOP
        IF fixed ? c.child THEN
            CONTINUE;
        ELSIF parents ? c.confrelid::text THEN
            fixed := fixed || jsonb_build_object(c.child, parents -> c.confrelid::text -> c.parent);
        ELSIF NOT c.required THEN
            fixed := fixed || jsonb_build_object(c.child, NULL);
        END IF;
    END LOOP;
    made := fixed;
    FOR c IN SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull OR t.typnotnull AS required, a.atthasdef OR a.attidentity <> '' AS has_default,
                    EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = target AND (i.indisunique OR i.indisexclusion) AND a.attnum = ANY (i.indkey::int2[])) AS keyed
             FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' LOOP
        IF made ? c.attname THEN
            CONTINUE;
        ELSIF c.keyed AND (c.required OR coalesce(template -> c.attname, 'null') <> 'null') THEN
            made := made || jsonb_build_object(c.attname, coalesce(tenancy.made_value(c.atttypid, c.atttypmod), template ->> c.attname));
        ELSIF template IS NOT NULL THEN
            made := made || jsonb_build_object(c.attname, template -> c.attname);
        ELSIF c.required AND NOT c.has_default THEN
            made := made || jsonb_build_object(c.attname, tenancy.made_value(c.atttypid, c.atttypmod));
        END IF;
    END LOOP;
    FOR attempt IN 1 .. 40 LOOP
        BEGIN
            SET LOCAL session_replication_role = replica;
            SELECT string_agg(quote_ident(k), ', ') INTO columns FROM jsonb_object_keys(made) AS k;
            out_row := tenancy.as_owner_returning(target, format('INSERT INTO %1$s AS t (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::%1$s, %3$L) RETURNING jsonb_build_object(''part'', t.tableoid, ''ctid'', t.ctid, ''row'', to_jsonb(t))', target, columns, made));
            SET LOCAL session_replication_role = origin;
            RETURN out_row;
        EXCEPTION WHEN check_violation OR unique_violation OR exclusion_violation OR not_null_violation OR string_data_right_truncation OR numeric_value_out_of_range OR invalid_text_representation THEN
            GET STACKED DIAGNOSTICS problem = CONSTRAINT_NAME, relation = TABLE_NAME, data_type = PG_DATATYPE_NAME;
            IF attempt = 40 THEN
                RAISE;
            ELSIF SQLSTATE IN ('23505', '23P01') THEN
                SELECT made || coalesce(jsonb_object_agg(a.attname, tenancy.made_value(a.atttypid, a.atttypmod)), '{}') INTO made FROM pg_attribute AS a
                WHERE a.attrelid = target AND made ? a.attname AND NOT fixed ? a.attname AND EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = target AND (i.indisunique OR i.indisexclusion) AND a.attnum = ANY (i.indkey::int2[]));
                CONTINUE;
            END IF;
            -- Which columns, and what they are compared with: a check, a domain, or the partitions.
            SELECT pg_get_constraintdef(k.oid), ARRAY(SELECT a.attname FROM pg_attribute AS a WHERE (k.conrelid = target AND a.attrelid = target AND a.attnum = ANY (k.conkey)) OR (k.contypid <> 0 AND a.attrelid = target AND a.atttypid = k.contypid))
                INTO condition, replaced FROM pg_constraint AS k LEFT JOIN pg_type AS t ON t.oid = k.contypid
                WHERE k.conname = problem AND (k.conrelid = target OR t.typname = data_type) ORDER BY k.conrelid = target DESC LIMIT 1;
            IF NOT FOUND THEN
                problem := 'partition';
                SELECT pg_get_expr(x.relpartbound, x.oid) INTO condition FROM pg_class AS x WHERE x.relpartbound IS NOT NULL AND (x.oid = target OR x.oid IN (SELECT h.inhrelid FROM pg_inherits AS h WHERE h.inhparent = target)) ORDER BY x.oid = target DESC, x.oid LIMIT 1;
                replaced := ARRAY(SELECT a.attname FROM pg_partitioned_table AS p JOIN pg_attribute AS a ON a.attrelid = p.partrelid AND a.attnum = ANY (p.partattrs::int2[])
                                  WHERE p.partrelid = target OR p.partrelid IN (SELECT h.inhparent FROM pg_inherits AS h WHERE h.inhrelid = target));
            END IF;
            candidates := tenancy.literals_of(coalesce(condition, ''));
            at := coalesce((tries ->> problem)::integer, 0) + 1;
            tries := tries || jsonb_build_object(problem, at);
            IF at > cardinality(candidates) OR coalesce(cardinality(replaced), 0) = 0 THEN
                RAISE;
            END IF;
            SELECT made || coalesce(jsonb_object_agg(r, candidates[at]), '{}') INTO made FROM unnest(replaced) AS r WHERE NOT fixed ? r;
        END;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.made_row(regclass, jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.made_row(regclass, jsonb, jsonb) IS 'Of prove(): inserts a row of a tenant into a table';

-- The rows that attacks on a table need: {"victim", "own": {..., "spare": one that could be inserted}, "parents": of the
-- victim's side}, or {"missing": why}.
CREATE FUNCTION tenancy.made_rows(target regclass, kind text, tenant_column name, attacker text, other text, made jsonb) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    of_other constant jsonb := (SELECT coalesce(jsonb_object_agg(m.key, m.value #> '{victim,row}'), '{}') FROM jsonb_each(made) AS m WHERE m.value ? 'victim');
    of_attacker constant jsonb := (SELECT coalesce(jsonb_object_agg(m.key, m.value #> '{own,row}'), '{}') FROM jsonb_each(made) AS m WHERE m.value ? 'own');
    theirs constant jsonb := CASE WHEN kind = 'protected' AND tenant_column IS NOT NULL THEN jsonb_build_object(tenant_column, other) ELSE '{}' END;
    mine constant jsonb := CASE WHEN kind = 'protected' AND tenant_column IS NOT NULL THEN jsonb_build_object(tenant_column, attacker) ELSE '{}' END;
    spare jsonb;
BEGIN
    IF kind = 'protected' AND tenant_column IS NULL THEN
        RETURN jsonb_build_object('missing', 'the write guard names no column');
    END IF;
    BEGIN
        spare := tenancy.made_row(target, mine, of_attacker) -> 'row';
        RAISE SQLSTATE 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    IF spare IS NULL THEN
        RETURN jsonb_build_object('missing', 'code of the table ended the attempt');
    END IF;
    RETURN jsonb_build_object('kind', kind, 'victim', tenancy.made_row(target, theirs, of_other), 'own', tenancy.made_row(target, mine, of_attacker) || jsonb_build_object('spare', spare), 'parents', of_other);
EXCEPTION WHEN OTHERS THEN
    RETURN jsonb_build_object('missing', SQLERRM);
END $$;
REVOKE ALL ON FUNCTION tenancy.made_rows(regclass, text, name, text, text, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.made_rows(regclass, text, name, text, text, jsonb) IS 'Of prove(): the rows that the attacks on a table need';
