-- The data set of the benchmark: the same rows six times, in six kinds of tables.
--
--   plain      never protected, single-column foreign keys; the hand-written WHERE reads these
--   guarded    the same tables, protected by the extension
--   naive      a policy with current_setting('…')::uuid
--   subselect  a policy with (SELECT current_setting('…')::uuid)
--   plpgsql    a policy with a PL/pgSQL function around the same
--   observed   as plain, and observe() counts what enforcement would hide
--
-- psql variables: tenants, projects, changes (sizes), loop (path of the loop module).
-- Deterministic: everything follows from the number of the row. Tenant 1 owns 5 % of the rows, the
-- others a share that falls with their number (the median a little below the mean).
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE EXTENSION pg_tenancy;
CREATE SCHEMA bench;

-- ---- roles ------------------------------------------------------------------
CREATE ROLE bench_plain BYPASSRLS;  -- sees all rows, says WHERE tenant_id = … itself
CREATE ROLE bench_app;              -- enrolled: works under the extension
CREATE ROLE bench_peer;             -- works under the policies of the peers

-- ---- what measures ----------------------------------------------------------
CREATE FUNCTION bench.loop(query text, runs int, label text, types regtype[] DEFAULT '{}',
                           args text[] DEFAULT '{}', warmup int DEFAULT 10)
RETURNS void STRICT LANGUAGE c AS :'loop', 'bench_loop';
CREATE PROCEDURE bench.transactions(queries text[], runs int, label text, types regtype[] DEFAULT '{}',
                                    args text[] DEFAULT '{}', warmup int DEFAULT 10)
LANGUAGE c AS :'loop', 'bench_transactions';
CREATE FUNCTION bench.cpu_seconds() RETURNS float8 VOLATILE LANGUAGE c AS :'loop', 'bench_cpu_seconds';
CREATE FUNCTION bench.next_id() RETURNS uuid VOLATILE LANGUAGE c AS :'loop', 'bench_next_id';

-- ---- numbers to values ------------------------------------------------------
CREATE FUNCTION bench.id(kind text, n bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE
RETURN md5(kind || n)::uuid;

-- A fraction in [0, 1) that looks random.
CREATE FUNCTION bench.fraction(kind text, n bigint) RETURNS float8 IMMUTABLE PARALLEL SAFE
RETURN ('x' || left(md5(kind || n), 8))::bit(32)::bigint::float8 / 4294967296;

CREATE FUNCTION bench.tenant_of(n bigint, tenants int) RETURNS int IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN n % 20 = 0 THEN 1
            ELSE 2 + floor((tenants - 1) * bench.fraction('tenant of', n) ^ 1.5)::int END;

-- ---- the rows, once ---------------------------------------------------------
CREATE UNLOGGED TABLE bench.tenants AS
SELECT bench.id('tenant', n) AS id, 'Tenant ' || n AS name, 'tenant-' || n AS slug
FROM generate_series(1, :tenants) n;

-- Project k belongs to tenant (k - 1) % tenants + 1.
CREATE UNLOGGED TABLE bench.projects AS
SELECT bench.id('project', k) AS id, bench.id('tenant', (k - 1) % :tenants + 1) AS tenant_id,
       'Project ' || k AS name
FROM generate_series(1, :projects) k;

CREATE UNLOGGED TABLE bench.changes AS
SELECT bench.id('change', n) AS id, bench.id('tenant', t) AS tenant_id,
       bench.id('project', t + :tenants * floor(bench.fraction('project of', n)
                                                * (:projects / :tenants))::int) AS project_id,
       'Change ' || n || ' of the payment service' AS title,
       'What is to be done, why, and how to undo it: step ' || n % 997 AS description,
       (ARRAY['draft', 'review', 'approved', 'done'])[1 + n % 4] AS status,
       (n % 100000)::numeric / 100 AS amount,
       jsonb_build_object('priority', n % 5, 'team', 'team ' || n % 23, 'ticket', n) AS attributes,
       timestamptz '2025-01-01 00:00+00' + n * interval '1 minute' AS created_at
FROM generate_series(1, :changes) n, LATERAL bench.tenant_of(n, :tenants) t;

CREATE UNLOGGED TABLE bench.narrow AS
SELECT bench.id('narrow', n) AS id, bench.id('tenant', bench.tenant_of(n, :tenants)) AS tenant_id,
       n::int AS v
FROM generate_series(1, :changes) n;

-- 1,000 new rows of tenant 1, for INSERT … SELECT.
CREATE TABLE bench.incoming AS
SELECT bench.id('tenant', 1) AS tenant_id,
       bench.id('project', 1 + :tenants * (n % (:projects / :tenants))) AS project_id,
       'Change ' || n || ' from another place' AS title,
       'What is to be done, why, and how to undo it: step ' || n AS description,
       'draft' AS status, n::numeric / 8 AS amount,
       jsonb_build_object('priority', n % 5, 'team', 'team ' || n % 23, 'ticket', n) AS attributes
FROM generate_series(1, 1000) n;

-- ---- the tables, six times -------------------------------------------------
-- fillfactor leaves room for HOT updates: the cheapest UPDATE is the hardest to compare with.
CREATE PROCEDURE bench.make_tables(target text, tenants_table text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', target);
    PERFORM set_config('search_path', quote_ident(target), true);
    EXECUTE format($ddl$
        CREATE TABLE projects (
            id uuid PRIMARY KEY DEFAULT bench.next_id(),
            tenant_id uuid NOT NULL REFERENCES %1$s (id),
            name text NOT NULL);
        CREATE INDEX ON projects (tenant_id);
        CREATE TABLE changes (
            id uuid PRIMARY KEY DEFAULT bench.next_id(),
            tenant_id uuid NOT NULL,
            project_id uuid NOT NULL REFERENCES projects (id),
            title text NOT NULL,
            description text,
            status text NOT NULL DEFAULT 'draft',
            amount numeric,
            attributes jsonb NOT NULL DEFAULT '{}',
            created_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 90);
        CREATE TABLE narrow (
            id uuid PRIMARY KEY DEFAULT bench.next_id(),
            tenant_id uuid NOT NULL REFERENCES %1$s (id),
            v int);
        $ddl$, tenants_table);
    INSERT INTO projects SELECT * FROM bench.projects;
    INSERT INTO changes SELECT * FROM bench.changes;
    INSERT INTO narrow SELECT * FROM bench.narrow;
    CREATE INDEX ON changes (tenant_id, created_at DESC);
    CREATE INDEX ON changes (tenant_id, project_id);
    CREATE INDEX ON changes USING gin (attributes);
    CREATE INDEX ON narrow (tenant_id);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO bench_plain, bench_app, bench_peer', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I '
                   'TO bench_plain, bench_app, bench_peer', target);
END $$;

INSERT INTO tenancy.tenants (id, name, slug, status) SELECT id, name, slug, 'active' FROM bench.tenants;
CREATE TABLE bench.plain_tenants (id uuid PRIMARY KEY, name text, slug text, status text DEFAULT 'active');
INSERT INTO bench.plain_tenants SELECT id, name, slug FROM bench.tenants;

CALL bench.make_tables('plain', 'bench.plain_tenants');
CALL bench.make_tables('naive', 'bench.plain_tenants');
CALL bench.make_tables('subselect', 'bench.plain_tenants');
CALL bench.make_tables('plpgsql', 'bench.plain_tenants');
CALL bench.make_tables('guarded', 'tenancy.tenants');
CALL bench.make_tables('observed', 'bench.plain_tenants');

-- ---- protection: ours -------------------------------------------------------
SELECT tenancy.protect_schema('guarded') \g /dev/null
SELECT tenancy.observe(c) FROM unnest('{observed.projects,observed.changes,observed.narrow}'::regclass[]) AS c \g /dev/null
SELECT tenancy.enroll('bench_app') \g /dev/null

-- ---- protection: the peers --------------------------------------------------
-- Their setting has a name of its own, so that nothing of the extension runs for it.
CREATE FUNCTION bench.tenant_plpgsql() RETURNS uuid STABLE PARALLEL SAFE LANGUAGE plpgsql
AS $$ BEGIN RETURN current_setting('peer.current_tenant_id')::uuid; END $$;

CREATE PROCEDURE bench.make_policies(target text, tenant text) LANGUAGE plpgsql AS $$
DECLARE
    relation text;
BEGIN
    FOREACH relation IN ARRAY ARRAY['projects', 'changes', 'narrow'] LOOP
        EXECUTE format('ALTER TABLE %1$I.%2$I ENABLE ROW LEVEL SECURITY;
                        CREATE POLICY tenant ON %1$I.%2$I USING (tenant_id = %3$s)',
                       target, relation, tenant);
    END LOOP;
END $$;
CALL bench.make_policies('naive', $$current_setting('peer.current_tenant_id')::uuid$$);
CALL bench.make_policies('subselect', $$(SELECT current_setting('peer.current_tenant_id')::uuid)$$);
CALL bench.make_policies('plpgsql', $$bench.tenant_plpgsql()$$);

GRANT USAGE ON SCHEMA bench TO bench_plain, bench_app, bench_peer;
GRANT SELECT ON bench.incoming TO bench_plain, bench_app, bench_peer;
DROP TABLE bench.changes, bench.narrow;
VACUUM (FREEZE, ANALYZE);

-- A scan of a page that is not all-visible pays a visibility check per row: refuse unequal twins.
DO $$
DECLARE
    unequal text;
BEGIN
    SELECT string_agg(format('%s (%s of %s pages all-visible)', oid::regclass, relallvisible, relpages), ', ')
    INTO unequal
    FROM pg_class
    WHERE relname IN ('projects', 'changes', 'narrow') AND relkind = 'r' AND relallvisible < relpages;
    IF unequal IS NOT NULL THEN
        RAISE EXCEPTION 'tables are not in their best state: %', unequal;
    END IF;
END $$;
