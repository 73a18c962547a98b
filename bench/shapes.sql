-- The shapes that are measured, and each shape's variants.
--
-- A shape is one piece of work; its variants do it on different tables or in different words. The
-- variant `hand` is what the others are divided by: the hand-written statement of a role without
-- policies. `gate` marks what `run.sh --gate` runs. bench.script(round) turns all this into the
-- one-line commands that a single-user backend reads.

CREATE TABLE bench.shapes (
    shape    text PRIMARY KEY,
    position int GENERATED ALWAYS AS IDENTITY,
    title    text NOT NULL,
    units    int NOT NULL DEFAULT 1,     -- divides the count of a run: rows scanned or inserted
    unit     text NOT NULL DEFAULT 'statement',
    runs     int NOT NULL,
    warmup   int NOT NULL DEFAULT 10,
    settings text NOT NULL DEFAULT '',   -- beside plan_cache_mode = force_generic_plan, enable_seqscan = off
    gate     boolean NOT NULL DEFAULT false,
    compared boolean NOT NULL DEFAULT true -- all variants return the same; checked
);

CREATE TABLE bench.variants (
    shape   text NOT NULL REFERENCES bench.shapes,
    variant text NOT NULL,
    role    regrole NOT NULL,
    context text,                        -- the setting that holds the tenant, if any
    queries text[] NOT NULL,             -- one, or several that are one transaction
    types   regtype[] NOT NULL DEFAULT '{}',
    args    text[] NOT NULL DEFAULT '{}',
    own_transaction boolean NOT NULL DEFAULT false,
    setup   text NOT NULL DEFAULT '',   -- commands of the superuser, in the transaction that is rolled back
    position int GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (shape, variant)
);

-- Who takes part: {schema} in a statement becomes the schema, {and} the part that is written by hand.
CREATE TABLE bench.peers (variant text, schema text, role regrole, context text);
INSERT INTO bench.peers VALUES
    ('hand', 'plain', 'bench_plain', NULL),
    ('ours', 'guarded', 'bench_app', 'app.current_tenant_id'),
    ('naive', 'naive', 'bench_peer', 'peer.current_tenant_id'),
    ('subselect', 'subselect', 'bench_peer', 'peer.current_tenant_id'),
    ('plpgsql', 'plpgsql', 'bench_peer', 'peer.current_tenant_id');

CREATE PROCEDURE bench.add(shape text, statement text, by_hand text DEFAULT '',
                           types regtype[] DEFAULT '{}', args text[] DEFAULT '{}')
BEGIN ATOMIC
    INSERT INTO bench.variants (shape, variant, role, context, queries, types, args)
    SELECT add.shape, variant, role, context,
           ARRAY[replace(replace(statement, '{schema}', schema),
                         '{and}', CASE WHEN variant = 'hand' THEN by_hand ELSE '' END)],
           types, args
    FROM bench.peers;
END;

SELECT bench.id('tenant', 1) AS tenant, bench.id('project', 1) AS project \gset

-- ---- reading ----------------------------------------------------------------
-- Every row meets the filter, no index helps. Literal and parameter are both written by hand.
INSERT INTO bench.shapes (shape, title, units, unit, runs, warmup, settings, gate) VALUES
    ('seqscan_narrow', 'sequential scan, narrow rows', :changes, 'row', :scans, 2,
     'SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; '
     'SET LOCAL enable_bitmapscan = off', true);
CALL bench.add('seqscan_narrow', 'SELECT count(*) FROM {schema}.narrow{and}',
               format(' WHERE tenant_id = %L', :'tenant'));
INSERT INTO bench.variants (shape, variant, role, queries, types, args) VALUES
    ('seqscan_narrow', 'parameter', 'bench_plain',
     ARRAY['SELECT count(*) FROM plain.narrow WHERE tenant_id = $1'], '{uuid}', ARRAY[:'tenant']);

-- Fifty rows of the tenant in turn; $2 is the tenant, which only the hand-written one mentions.
SELECT array_agg(value ORDER BY n, part) AS fifty FROM (
    SELECT n, part, CASE part WHEN 1 THEN bench.id('change', 20 * n)::text ELSE :'tenant' END AS value
    FROM generate_series(1, 50) n, generate_series(1, 2) part) pairs \gset
INSERT INTO bench.shapes (shape, title, runs, settings) VALUES
    ('point_generic', 'point look-up, generic plan', 200, ''),
    ('point_custom', 'point look-up, custom plan', 100, 'SET LOCAL plan_cache_mode = force_custom_plan');
CALL bench.add('point_generic', 'SELECT id, title, status FROM {schema}.changes WHERE id = $1{and}',
               ' AND tenant_id = $2', '{uuid,uuid}', :'fifty');
CALL bench.add('point_custom', 'SELECT id, title, status FROM {schema}.changes WHERE id = $1{and}',
               ' AND tenant_id = $2', '{uuid,uuid}', :'fifty');

-- ---- writing ----------------------------------------------------------------
INSERT INTO bench.shapes (shape, title, units, unit, runs, warmup, gate) VALUES
    ('insert_changes', 'INSERT one row, four indexes, a foreign key', 1, 'statement', 200, 10, true),
    ('insert_narrow', 'INSERT one row, narrow', 1, 'statement', 200, 10, false),
    ('insert_select_changes', 'INSERT … SELECT 1,000 rows, the same table', 1000, 'row', 2, 2, false),
    ('insert_select_narrow', 'INSERT … SELECT 1,000 rows, narrow', 1000, 'row', 3, 2, false),
    ('update_changes', 'UPDATE one row by key', 1, 'statement', 200, 10, false);
CALL bench.add('insert_changes',
    'INSERT INTO {schema}.changes (tenant_id, project_id, title, description, status, amount, attributes) '
    'VALUES ($1, $2, $3, $4, $5, $6, $7)', '', '{uuid,uuid,text,text,text,numeric,jsonb}',
    ARRAY[:'tenant', :'project', 'A new change of the payment service',
          'What is to be done, why, and how to undo it', 'draft', '12.50',
          '{"priority": 3, "team": "team 7", "ticket": 4711}']);
CALL bench.add('insert_narrow', 'INSERT INTO {schema}.narrow (tenant_id, v) VALUES ($1, $2)', '',
               '{uuid,int}', ARRAY[:'tenant', '42']);
CALL bench.add('insert_select_changes',
    'INSERT INTO {schema}.changes (tenant_id, project_id, title, description, status, amount, attributes) '
    'SELECT tenant_id, project_id, title, description, status, amount, attributes FROM bench.incoming');
CALL bench.add('insert_select_narrow',
    'INSERT INTO {schema}.narrow (tenant_id, v) SELECT tenant_id, 42 FROM bench.incoming');

-- Another row each time, so that no version chain grows within the transaction.
SELECT array_agg(value ORDER BY n, part) AS rows_to_update FROM (
    SELECT n, part, CASE part WHEN 1 THEN bench.id('change', 20 * n)::text ELSE :'tenant' END AS value
    FROM generate_series(1, 210) n, generate_series(1, 2) part) pairs \gset
CALL bench.add('update_changes', 'UPDATE {schema}.changes SET amount = amount + 1 WHERE id = $1{and}',
               ' AND tenant_id = $2', '{uuid,uuid}', :'rows_to_update');

-- ---- observation ------------------------------------------------------------
-- One role, one tenant: `hand` on tables of nobody, `ours` on observed ones, `enforced` on protected ones, where it
-- reads the tenant's rows only.
INSERT INTO bench.shapes (shape, title, units, unit, runs, warmup, settings, gate, compared) VALUES
    ('observe_point', 'observed: point look-up', 1, 'statement', 200, 10, '', true, false),
    ('observe_insert', 'observed: INSERT one row', 1, 'statement', 200, 10, '', true, false),
    ('observe_update', 'observed: UPDATE one row by key', 1, 'statement', 200, 10, '', true, false),
    ('observe_list', 'observed: the tenant''s fifty newest', 1, 'statement', 20, 2, '', true, false),
    ('observe_join', 'observed: join of the tenant''s rows', 1, 'statement', 3, 2, '', true, false),
    ('observe_report', 'observed: sums by status, whole table', :changes, 'row', :scans, 2, 'SET LOCAL enable_seqscan = on', true, false),
    ('observe_count', 'observed: count(*), whole table', :changes, 'row', :scans, 2, 'SET LOCAL enable_seqscan = on; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_indexscan = off', true, false);
CREATE PROCEDURE bench.add_observed(shape text, statement text, types regtype[] DEFAULT '{}', args text[] DEFAULT '{}') LANGUAGE sql AS $$
    INSERT INTO bench.variants (shape, variant, role, context, queries, types, args)
    SELECT add_observed.shape, v.variant, 'bench_app', 'app.current_tenant_id', ARRAY[replace(statement, '{schema}', v.schema)], types, args
    FROM (VALUES ('hand', 'plain'), ('ours', 'observed'), ('enforced', 'guarded')) AS v (variant, schema);
$$;
CALL bench.add_observed('observe_point', 'SELECT id, title, status FROM {schema}.changes WHERE id = $1 AND tenant_id = $2', '{uuid,uuid}', :'fifty');
CALL bench.add_observed('observe_insert', 'INSERT INTO {schema}.narrow (tenant_id, v) VALUES ($1, $2)', '{uuid,int}', ARRAY[:'tenant', '42']);
CALL bench.add_observed('observe_update', 'UPDATE {schema}.changes SET amount = amount + 1 WHERE id = $1 AND tenant_id = $2', '{uuid,uuid}', :'rows_to_update');
CALL bench.add_observed('observe_list', 'SELECT id, title, status FROM {schema}.changes WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 50', '{uuid}', ARRAY[:'tenant']);
CALL bench.add_observed('observe_join', 'SELECT count(*), max(p.name) FROM {schema}.changes AS c JOIN {schema}.projects AS p ON p.id = c.project_id WHERE c.tenant_id = $1', '{uuid}', ARRAY[:'tenant']);
CALL bench.add_observed('observe_report', 'SELECT status, count(*), sum(amount) FROM {schema}.changes GROUP BY status');
CALL bench.add_observed('observe_count', 'SELECT count(*) FROM {schema}.changes');
-- Nothing can look at a row for less than one condition does.
INSERT INTO bench.variants (shape, variant, role, context, queries) VALUES
    ('observe_count', 'filter', 'bench_app', 'app.current_tenant_id',
     ARRAY[$$SELECT count(*) FROM plain.changes WHERE tenant_id <> '00000000-0000-0000-0000-000000000000'$$]);

-- ---- the context ------------------------------------------------------------
-- Each run is a transaction of its own. In the first two shapes `hand` sets nothing.
INSERT INTO bench.shapes (shape, title, unit, runs, compared) VALUES
    ('set_tenant', 'a transaction of one SELECT: set_tenant($1)', 'transaction', 200, false),
    ('set_config', 'the same with set_config(''app.current_tenant_id'', $1, true)', 'transaction', 200, true),
    ('transaction', 'a transaction: set the tenant, look up, update, commit', 'transaction', 200, true);
INSERT INTO bench.variants (shape, variant, role, queries, types, args, own_transaction)
SELECT shape, variant, role::regrole, ARRAY[query], '{text}'::regtype[], ARRAY[:'tenant'], true
FROM (VALUES
    ('set_tenant', 'hand', 'bench_plain', 'SELECT $1'),
    ('set_tenant', 'ours', 'bench_app', 'SELECT tenancy.set_tenant($1)'),
    ('set_tenant', 'naive', 'bench_peer', $$SELECT set_config('peer.current_tenant_id', $1, true)$$),
    ('set_config', 'hand', 'bench_plain', 'SELECT $1'),
    ('set_config', 'ours', 'bench_app', $$SELECT set_config('app.current_tenant_id', $1, true)$$),
    ('set_config', 'naive', 'bench_peer', $$SELECT set_config('peer.current_tenant_id', $1, true)$$)
) list (shape, variant, role, query);

-- Here all set something, the hand-written one a setting that nobody reads; $1 is the tenant as
-- text, $2 the row, $3 the tenant again.
SELECT array_agg(value ORDER BY n, part) AS transactions FROM (
    SELECT n, part, CASE part WHEN 2 THEN bench.id('change', 20 * (n + 250))::text ELSE :'tenant' END AS value
    FROM generate_series(1, 210) n, generate_series(1, 3) part) triples \gset
INSERT INTO bench.variants (shape, variant, role, queries, types, args, own_transaction)
SELECT 'transaction', variant, role,
       ARRAY[format('SELECT set_config(%L, $1, true)', coalesce(context, 'peer.current_tenant_id')),
             format('SELECT id, title, status FROM %I.changes WHERE id = $2', schema) || by_hand,
             format('UPDATE %I.changes SET amount = amount + 1 WHERE id = $2', schema) || by_hand],
       '{text,uuid,uuid}'::regtype[], :'transactions'::text[], true
FROM bench.peers,
     LATERAL (SELECT CASE WHEN variant = 'hand' THEN ' AND tenant_id = $3' ELSE '' END AS by_hand) w;

-- ---- what a single-user backend reads ---------------------------------------
-- One command per line; the order turns with the round, so that no variant profits from its place.
CREATE FUNCTION bench.script(round int, gate_only boolean, only_variant text DEFAULT NULL)
RETURNS SETOF text STABLE
BEGIN ATOMIC
    WITH todo AS (
        SELECT s.position AS shape_position, s.runs, s.warmup, s.settings, v.*,
               (row_number() OVER w + round) % count(*) OVER (PARTITION BY s.shape) AS place,
               format('%s %s', s.shape, v.variant) AS label
        FROM bench.shapes s JOIN bench.variants v USING (shape)
        WHERE (s.gate OR NOT gate_only) AND v.variant = coalesce(only_variant, v.variant)
        WINDOW w AS (PARTITION BY s.shape ORDER BY v.position)
    )
    SELECT regexp_replace(line, '\s+', ' ', 'g')
    FROM todo,
         LATERAL (SELECT format('%L, %s, %L, %L::regtype[], %L::text[], %s',
                                CASE WHEN own_transaction THEN queries::text ELSE queries[1] END,
                                runs, label, types, args, warmup) AS arguments) a,
         LATERAL unnest(CASE WHEN own_transaction THEN
             ARRAY[format('SET ROLE %s;', role),
                   format('CALL bench.transactions(%s);', arguments),
                   'RESET ROLE;']
         ELSE
             ARRAY[concat('BEGIN; ', setup, format('SET LOCAL ROLE %s; ', role), settings || '; ',
                          'SET LOCAL ' || context || format(' = %L; ', bench.id('tenant', 1)),
                          format('SELECT bench.loop(%s); ROLLBACK;', arguments))]
         END) WITH ORDINALITY AS lines (line, number)
    ORDER BY shape_position, place, number;
END;
