-- What is counted from the rows of small tables is what the questions in SQL count, on random schemas with
-- parents that are not there, tenants that do not exist, and keys of several columns and types.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

\set ECHO none
\o /dev/null
CREATE SCHEMA small;
-- Both kinds of counts for every table of the schema; what differs, or was not counted from rows.
CREATE FUNCTION small.differences() RETURNS TABLE (tables bigint, counted bigint, differ jsonb, seen jsonb) LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    request jsonb := tenancy.classification_request('small', 'tenant_id', true);
    asked jsonb := tenancy.classification(tenancy.schema_snapshot(), request::text);
    answers jsonb[] := '{}';
    from_rows jsonb; from_sql jsonb; item jsonb; answer jsonb;
BEGIN
    FOR item IN SELECT jsonb_array_elements(asked -> 'tables') LOOP
        EXECUTE format('SELECT to_jsonb(q) FROM (%s) AS q', item ->> 'count_sql') INTO answer;
        answers := answers || jsonb_build_object('oid', item -> 'oid', 'counts', answer, 'trouble', NULL);
    END LOOP;
    from_sql := tenancy.classification(tenancy.schema_snapshot(), (request || jsonb_build_object('answers', answers))::text);
    from_rows := tenancy.classification(tenancy.schema_snapshot(), (request || jsonb_build_object('answers', '[]'::jsonb,
        'rows', tenancy.small_tables(asked -> 'reads')))::text);
    RETURN QUERY SELECT count(*), count(nullif(r -> 'counts', 'null')), jsonb_agg(jsonb_build_array(s, r)) FILTER (WHERE s <> r),
            to_jsonb(ARRAY(SELECT DISTINCT l ->> 'reason' FROM jsonb_array_elements(from_sql -> 'tables') AS t, jsonb_array_elements(t -> 'lacks') AS l))
            || jsonb_build_array(CASE WHEN from_sql::text ~ 'names? tenants? not in' THEN 'unknown' END, CASE WHEN from_sql::text ~ 'references? cross' THEN 'crossing' END)
        FROM jsonb_array_elements(from_sql -> 'tables') WITH ORDINALITY AS a(s, i) JOIN jsonb_array_elements(from_rows -> 'tables') WITH ORDINALITY AS b(r, i) USING (i);
END $$;

-- :tables tables; each refers to earlier ones and to itself by 0 to 3 columns that may be NULL, some by keys of
-- two columns; a third of them have the tenant, with or without a reference to the tenant table.
CREATE FUNCTION small.grow(seed float8, tables int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kinds text[] := '{int,bigint,text,varchar(40),uuid}';
    kind text; parent int; direct boolean; known boolean;
BEGIN
    PERFORM setseed(seed);
    FOR t IN 1 .. tables LOOP
        kind := kinds[1 + floor(random() * 5)];
        direct := t = 1 OR random() < 0.3;
        known := random() < 0.5;
        EXECUTE format('CREATE TABLE small.t%s (id %s PRIMARY KEY, part int, tenant_id uuid%s, UNIQUE (id, part))', t, kind,
            CASE WHEN direct AND known THEN ' REFERENCES tenancy.tenants' END);
        IF NOT direct THEN
            EXECUTE format('ALTER TABLE small.t%s DROP tenant_id', t);
        ELSIF random() < 0.1 THEN
            EXECUTE format('ALTER TABLE small.t%s ALTER tenant_id SET NOT NULL', t);
        END IF;
        EXECUTE format('INSERT INTO small.t%s SELECT (CASE WHEN %L = ''uuid'' THEN md5(r::text) ELSE r::text END)::%s, r %% 3%s FROM generate_series(1, %s) AS r',
            t, kind, kind, CASE WHEN direct THEN format(', (ARRAY[%L, %L, %L])[1 + r %% 3]::uuid', 'aaaaaaaa-0000-7000-8000-000000000000',
                'bbbbbbbb-0000-7000-8000-000000000000', CASE WHEN known THEN 'aaaaaaaa-0000-7000-8000-000000000000' ELSE 'cccccccc-0000-7000-8000-000000000000' END) END,
            floor(random() * 12));
        BEGIN
            IF direct THEN EXECUTE format('UPDATE small.t%s SET tenant_id = NULL WHERE random() < 0.4', t); END IF;
        EXCEPTION WHEN not_null_violation THEN NULL;
        END;
        FOR c IN 1 .. floor(random() * 4) LOOP
            parent := CASE WHEN random() < 0.15 THEN t ELSE 1 + floor(random() * t) END;
            SELECT format_type(atttypid, atttypmod) INTO kind FROM pg_attribute WHERE attrelid = ('small.t' || parent)::regclass AND attname = 'id';
            EXECUTE format('ALTER TABLE small.t%1$s ADD c%2$s %3$s, ADD p%2$s int', t, c, CASE kind WHEN 'integer' THEN 'bigint' WHEN 'text' THEN 'varchar' ELSE kind END);
            IF random() < 0.3 THEN
                EXECUTE format('ALTER TABLE small.t%1$s ADD FOREIGN KEY (c%2$s, p%2$s) REFERENCES small.t%3$s (id, part) NOT VALID', t, c, parent);
            ELSE
                EXECUTE format('ALTER TABLE small.t%1$s ADD FOREIGN KEY (c%2$s) REFERENCES small.t%3$s (id) NOT VALID', t, c, parent);
            END IF;
            SET LOCAL session_replication_role = replica; -- some parents are not there
            EXECUTE format('UPDATE small.t%1$s AS t SET (c%2$s, p%2$s) = (SELECT (CASE WHEN %3$L = ''uuid'' THEN md5(r::text) ELSE r::text END)::%3$s, r %% 3
                                FROM (SELECT floor(random() * 14)::int AS r WHERE t.id IS NOT NULL) AS d) WHERE random() < 0.8', t, c, kind);
            RESET session_replication_role;
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION small.all_differences(seeds int, size int) RETURNS TABLE (seed float8, tables bigint, counted bigint, differ jsonb, seen jsonb) LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
    FOR n IN 1 .. seeds LOOP
        seed := n / seeds::float8;
        PERFORM small.grow(seed, size);
        RETURN QUERY SELECT seed, d.* FROM small.differences() AS d;
        FOR t IN SELECT oid::regclass FROM pg_class WHERE relnamespace = 'small'::regnamespace AND relkind = 'r' LOOP
            EXECUTE format('DROP TABLE %s CASCADE', t);
        END LOOP;
    END LOOP;
END $$;
\o
\set ECHO all
SET client_min_messages = warning;
CREATE TEMP TABLE found AS SELECT * FROM small.all_differences(30, 12);
SELECT sum(tables) AS tables, sum(counted) AS counted FROM found;
SELECT seed, jsonb_array_elements(differ) FROM found;
-- Every kind of lack was there.
SELECT DISTINCT reason FROM found, jsonb_array_elements_text(seen) AS reason WHERE reason IS NOT NULL ORDER BY 1;
DROP TABLE found;
-- What is large, or has keys of types that are not known here, is left to SQL. No lock stays.
CREATE DOMAIN small.name AS text;
CREATE TABLE small.users (id int PRIMARY KEY, tenant_id uuid NOT NULL);
CREATE TABLE small.nicknames (name small.name PRIMARY KEY, user_id int REFERENCES small.users);
CREATE TABLE small.jokes (id int PRIMARY KEY, about small.name REFERENCES small.nicknames);
CREATE TABLE small.laughs (id int PRIMARY KEY, user_id int REFERENCES small.users);
INSERT INTO small.users SELECT n, :'acme' FROM generate_series(1, 1001) AS n;
INSERT INTO small.nicknames VALUES ('Ada', 1), ('Bob', NULL);
INSERT INTO small.jokes VALUES (1, 'Ada'), (2, 'Bob'), (3, NULL);
CREATE VIEW small.reads AS SELECT (r ->> 'oid')::oid::regclass AS oid, r ->> 'sql' AS sql, r -> 'max_rows' AS max_rows
    FROM jsonb_array_elements(tenancy.classification(tenancy.schema_snapshot(), tenancy.classification_request('small', 'tenant_id', true)::text)::jsonb -> 'reads') AS r;
\pset format unaligned
SELECT oid, sql FROM small.reads ORDER BY oid::text;
BEGIN;
SELECT oid, rows FROM small.reads, jsonb_each(tenancy.small_tables(jsonb_build_array(jsonb_build_object('oid', oid::oid::bigint, 'sql', sql, 'max_rows', max_rows)))) AS r(o, rows) ORDER BY oid::text;
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'small.users'::regclass;
COMMIT;
SELECT table_name, rows, null_tenants, derivable, orphans FROM tenancy.classify('small');
DROP SCHEMA small CASCADE;
\i :cleanup
