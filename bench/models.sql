-- Finding the module of a change: the shapes of the model changeops, and the PL/pgSQL trigger that
-- tenancy.resolve_module() is compared with. Runs after shapes.sql.
--
-- All variants use the same table with the same indexes, keys, policies and other triggers; each empties
-- it and switches one of the two triggers on in its own transaction, which is rolled back.
--   base, plpgsql_base   the change names its module, and its path too
--   ours, plpgsql        the same row with the path alone
-- What finding the module adds is the second minus the first.
--
-- psql variable: rows, of the INSERT ... SELECT under callgrind. Fewer than 100,000 make the goal harder
-- to meet: what is done once per project, reading its modules, is shared by fewer rows.

CREATE EXTENSION IF NOT EXISTS btree_gin;
SELECT tenancy.install_model('changeops') \g /dev/null
GRANT USAGE ON SCHEMA changeops TO bench_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA changeops TO bench_app;

-- ---- data: 20 projects of 50 modules, 100,000 changes -------------------------
INSERT INTO changeops.projects (tenant_id, id, name, slug)
SELECT bench.id('tenant', 1), bench.id('models', p), 'Project ' || p, 'project-' || p
FROM generate_series(1, 20) p;

-- Beside the default module: seven folders, and in each what is up to three levels below.
INSERT INTO changeops.modules (tenant_id, project_id, name, root_path)
SELECT bench.id('tenant', 1), bench.id('models', p), 'module ' || m,
       (ARRAY['apps', 'services', 'packages', 'tools', 'web', 'src/core', 'lib'])[1 + m % 7]
       || (ARRAY['', '/billing', '/payments', '/payments/api', '/search/index', '/users', '/users/sessions'])[1 + m / 7]
FROM generate_series(1, 20) p, generate_series(0, 48) m;

-- A path is a module's root, folders below it, and a file: up to six segments. One in fifty lies in the
-- default module, one in a hundred in the project's root. Some are spelt as people spell them.
CREATE TABLE bench.incoming_changes AS
WITH numbers AS (
    SELECT n, bench.id('models', 1 + n % 20) AS project_id, (bench.fraction('module', n) * 49)::int % 49 AS m,
           (bench.fraction('depth', n) * 3)::int AS depth
    FROM generate_series(1, 100000) n
), paths AS (
    SELECT n, project_id,
           CASE WHEN n % 100 = 7 THEN '' WHEN n % 50 = 3 THEN 'src/'
                ELSE (ARRAY['apps', 'services', 'packages', 'tools', 'web', 'src/core', 'lib'])[1 + m % 7]
                     || (ARRAY['', '/billing', '/payments', '/payments/api', '/search/index', '/users', '/users/sessions'])[1 + m / 7]
                     || left('/handlers/internal', (ARRAY[0, 9, 18, 18])[1 + depth]) || '/' END
           || 'file_' || n || '.ts' AS path
    FROM numbers
)
SELECT n, project_id, path,
       CASE WHEN n % 5 = 0 THEN './' || path
            WHEN n % 10 = 1 THEN replace(path, '/', '//')
            WHEN n % 20 = 2 THEN '/' || path
            WHEN n % 50 = 12 THEN './drafts/../' || path ELSE path END AS module_path,
       'Change ' || n || ' of the payment service' AS title
FROM paths;

-- The module of each, in a third way: all roots beside all paths.
ALTER TABLE bench.incoming_changes ADD module_id uuid;
UPDATE bench.incoming_changes AS i SET module_id = found.id
FROM (SELECT DISTINCT ON (c.n) c.n, m.id
      FROM bench.incoming_changes c JOIN changeops.modules m ON m.project_id = c.project_id
      WHERE m.is_default AND (c.path LIKE 'src/file%' OR c.path LIKE 'file%')
         OR NOT m.is_default AND starts_with(c.path, m.root_path || '/')
      ORDER BY c.n, length(m.root_path) DESC) AS found
WHERE found.n = i.n;
ALTER TABLE bench.incoming_changes ALTER module_id SET NOT NULL, ADD PRIMARY KEY (n);
GRANT SELECT ON bench.incoming_changes TO bench_app;

-- ---- the PL/pgSQL trigger -----------------------------------------------------
-- As it would be written with care: one loop makes the normalised path and all folders above, one
-- indexed query finds the longest root; queries are static, so their plans are kept. Whether a module
-- that is given is the project's is left to the foreign key.
CREATE FUNCTION bench.resolve_module() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part text;
    path text := '';
    paths text[] := '{}';
    own text;
    name text;
    attempt int := 0;
BEGIN
    IF NEW.module_id IS NOT NULL THEN
        NEW.module_resolution := 'given';
        RETURN NEW;
    END IF;
    IF NEW.module_path IS NOT NULL THEN
        FOREACH part IN ARRAY string_to_array(NEW.module_path, '/') LOOP
            IF part = '' OR part = '.' THEN
                CONTINUE;
            ELSIF part = '..' THEN
                IF path = '' THEN
                    RAISE EXCEPTION 'module path "%" leaves the project', NEW.module_path USING ERRCODE = '22023';
                END IF;
                paths := trim_array(paths, 1);
                path := coalesce(paths[cardinality(paths)], '');
            ELSE
                path := CASE WHEN path = '' THEN part ELSE path || '/' || part END;
                paths := paths || path;
            END IF;
        END LOOP;
        -- The folder that a file is in; only the default module cares.
        own := CASE WHEN strpos(part, '.') > 0 THEN coalesce(paths[cardinality(paths) - 1], '') ELSE path END;
        SELECT m.id INTO NEW.module_id FROM changeops.modules AS m
        WHERE m.tenant_id = NEW.tenant_id AND m.project_id = NEW.project_id AND m.deleted_at IS NULL
          AND m.root_path = ANY (paths) AND (NOT m.is_default OR m.root_path IN (path, own))
        ORDER BY length(m.root_path) DESC LIMIT 1;
        IF FOUND THEN
            NEW.module_resolution := 'matched';
            RETURN NEW;
        END IF;
        WHILE own <> '' LOOP
            name := CASE attempt WHEN 0 THEN substring(own from '[^/]*$') WHEN 1 THEN own ELSE own || '-' || attempt END;
            INSERT INTO changeops.modules (tenant_id, project_id, name, root_path)
            VALUES (NEW.tenant_id, NEW.project_id, name, own)
            ON CONFLICT DO NOTHING RETURNING id INTO NEW.module_id;
            IF FOUND THEN
                NEW.module_resolution := 'created';
                RETURN NEW;
            END IF;
            SELECT m.id INTO NEW.module_id FROM changeops.modules AS m
            WHERE m.tenant_id = NEW.tenant_id AND m.project_id = NEW.project_id AND m.deleted_at IS NULL AND m.root_path = own;
            IF FOUND THEN
                NEW.module_resolution := 'matched';
                RETURN NEW;
            END IF;
            attempt := attempt + 1;
        END LOOP;
    END IF;
    SELECT m.id INTO STRICT NEW.module_id FROM changeops.modules AS m
    WHERE m.tenant_id = NEW.tenant_id AND m.project_id = NEW.project_id AND m.is_default AND m.deleted_at IS NULL;
    NEW.module_resolution := 'default';
    RETURN NEW;
END $$;
CREATE TRIGGER changes_module_plpgsql BEFORE INSERT OR UPDATE OF project_id, module_id, module_path ON changeops.changes
    FOR EACH ROW EXECUTE FUNCTION bench.resolve_module();
ALTER TABLE changeops.changes DISABLE TRIGGER changes_module_plpgsql;

-- ---- shapes -------------------------------------------------------------------
CREATE TABLE bench.resolvers (variant text, trigger text, module_id text, position int);
INSERT INTO bench.resolvers VALUES
    ('base', 'changes_module', 'module_id', 1), ('ours', 'changes_module', 'NULL', 2),
    ('plpgsql_base', 'changes_module_plpgsql', 'module_id', 3), ('plpgsql', 'changes_module_plpgsql', 'NULL', 4);
CREATE FUNCTION bench.switch(trigger text, empty boolean DEFAULT true) RETURNS text
RETURN CASE WHEN empty THEN 'TRUNCATE changeops.changes; ' ELSE '' END
       || format('ALTER TABLE changeops.changes DISABLE TRIGGER changes_module, DISABLE TRIGGER changes_module_plpgsql, '
                 'ENABLE TRIGGER %I; ', trigger);

INSERT INTO bench.shapes (shape, title, units, unit, runs, warmup, gate) VALUES
    ('changes_by_path', 'INSERT … SELECT of ' || ltrim(to_char(:rows, '999,999')) || ' changes', :rows, 'row', 1, 1, true),
    ('change_by_path', 'INSERT one change', 1, 'statement', 100, 10, false);
INSERT INTO bench.variants (shape, variant, role, context, setup, queries)
SELECT 'changes_by_path', variant, 'bench_app', 'app.current_tenant_id', bench.switch(trigger),
       ARRAY[format('INSERT INTO changeops.changes (project_id, module_path, module_id, title) '
                    'SELECT project_id, module_path, %s, title FROM bench.incoming_changes WHERE n <= %s', module_id, :rows)]
FROM bench.resolvers ORDER BY position;
INSERT INTO bench.variants (shape, variant, role, context, setup, queries, types, args)
SELECT 'change_by_path', variant, 'bench_app', 'app.current_tenant_id', bench.switch(trigger),
       ARRAY['INSERT INTO changeops.changes (project_id, module_path, module_id, title) VALUES ($1, $2, $3, $4)'],
       '{uuid,text,uuid,text}',
       (SELECT array_agg(value ORDER BY n, place) FROM bench.incoming_changes,
            LATERAL (VALUES (1, project_id::text), (2, module_path),
                            (3, CASE r.module_id WHEN 'NULL' THEN NULL ELSE incoming_changes.module_id::text END),
                            (4, title)) AS list (place, value)
        WHERE n <= 110 AND n % 100 <> 7 AND n % 50 <> 3)
FROM bench.resolvers AS r ORDER BY position;

-- What the model's own triggers cost where there is nothing to find. Each variant has rows and pages of its
-- own, with room for what it writes: an UPDATE depends on what others have left in a page.
ALTER TABLE changeops.changes SET (fillfactor = 40);
INSERT INTO changeops.changes (tenant_id, id, project_id, module_path, title)
SELECT bench.id('tenant', 1), bench.id('model change', n), project_id, module_path, title
FROM bench.incoming_changes WHERE n <= 1000 ORDER BY n;
ALTER TABLE changeops.changes RESET (fillfactor);
INSERT INTO bench.shapes (shape, title, runs) VALUES
    ('update_title', 'UPDATE the title of a change; base: without the model''s triggers', 100),
    ('update_all', 'the same, saving every column', 100);
INSERT INTO bench.variants (shape, variant, role, context, setup, queries, types, args)
SELECT shape, variant, 'bench_app', 'app.current_tenant_id', setup, ARRAY[query], '{uuid}',
       (SELECT array_agg(bench.id('model change', n)::text ORDER BY n)
        FROM generate_series(v.first + s.first, v.first + s.first + 109) n)
FROM (VALUES ('base', 1, 'ALTER TABLE changeops.changes DISABLE TRIGGER changes_module, DISABLE TRIGGER changes_environment, '
                         'DISABLE TRIGGER changes_status, DISABLE TRIGGER changes_updated_at; '),
             ('ours', 501, '')) AS v (variant, first, setup),
     (VALUES ('update_title', 0, 'UPDATE changeops.changes SET title = title || ''!'' WHERE id = $1'),
             ('update_all', 250, 'UPDATE changeops.changes SET title = title || ''!'', project_id = project_id, module_id = module_id, '
                                 'module_path = module_path, environment_id = environment_id, status = status WHERE id = $1')
     ) AS s (shape, first, query);

-- ---- 100,000 rows, in time of the processor -----------------------------------
-- Rounds of all variants in turn; what each took, and whether each found the right modules.
CREATE TABLE bench.seconds (round int, variant text, seconds float8, changes bigint, right_modules bigint);
CREATE PROCEDURE bench.take_time(rounds int) LANGUAGE plpgsql AS $$
DECLARE
    r bench.resolvers;
    started float8;
    took float8;
    made bigint;
    good bigint;
BEGIN
    FOR round IN 1 .. rounds LOOP
        FOR r IN SELECT * FROM bench.resolvers ORDER BY (position + round) % 4 LOOP
            EXECUTE bench.switch(r.trigger);
            SET LOCAL ROLE bench_app;
            PERFORM tenancy.set_tenant(bench.id('tenant', 1)::text);
            started := bench.cpu_seconds();
            EXECUTE format('INSERT INTO changeops.changes (project_id, module_path, module_id, title) '
                           'SELECT project_id, module_path, %s, title FROM bench.incoming_changes', r.module_id);
            took := bench.cpu_seconds() - started;
            SELECT count(*), count(*) FILTER (WHERE c.module_id = i.module_id) INTO made, good
            FROM changeops.changes AS c JOIN bench.incoming_changes AS i USING (project_id, title);
            ROLLBACK;
            INSERT INTO bench.seconds VALUES (round, r.variant, took, made, good);
            COMMIT;
        END LOOP;
    END LOOP;
END $$;

-- ---- both make the same modules -----------------------------------------------
CREATE PROCEDURE bench.compare_creation() LANGUAGE plpgsql AS $$
DECLARE
    r bench.resolvers;
    made text[];
    first_made text[];
BEGIN
    FOR r IN SELECT * FROM bench.resolvers WHERE module_id = 'NULL' LOOP
        EXECUTE bench.switch(r.trigger);
        SET LOCAL ROLE bench_app;
        SET LOCAL client_min_messages = warning;
        PERFORM tenancy.set_tenant(bench.id('tenant', 1)::text);
        INSERT INTO changeops.changes (project_id, module_path, title)
        SELECT bench.id('models', 1 + n % 3), path, path
        FROM (SELECT n, format('new%s/part%s/file%s.ts', n % 7, n % 11, n) AS path FROM generate_series(1, 200) n
              UNION ALL SELECT n, format('./other//deep/%s/../part', n) FROM generate_series(1, 20) n) AS p;
        SELECT array_agg(concat_ws(' ', m.project_id, m.root_path, m.name, c.title, c.module_resolution)
                         ORDER BY m.project_id, c.title) INTO made
        FROM changeops.changes AS c JOIN changeops.modules AS m ON m.id = c.module_id;
        ROLLBACK;
        IF made <> coalesce(first_made, made) OR cardinality(made) IS DISTINCT FROM 220 THEN
            RAISE EXCEPTION 'the triggers made different modules' USING DETAIL =
                (SELECT concat(a, ' <> ', b) FROM unnest(first_made, made) AS both_made (a, b) WHERE a IS DISTINCT FROM b LIMIT 1);
        END IF;
        first_made := made;
    END LOOP;
END $$;

VACUUM (FREEZE, ANALYZE);
