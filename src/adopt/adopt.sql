-- CALL adopt(): a run of the plan by a background worker, which survives its caller.

CREATE TABLE tenancy.adoptions (
    id              bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    schema_name     name NOT NULL,
    tenant_column   name NOT NULL,
    lock_timeout_ms integer NOT NULL,
    state           text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'finished', 'failed', 'cancelled', 'interrupted')),
    cancelled       boolean NOT NULL DEFAULT false,
    requested_by    name NOT NULL DEFAULT session_user,
    began_at        timestamptz NOT NULL DEFAULT now(),
    ended_at        timestamptz,
    message         text,
    hint            text
);
COMMENT ON TABLE tenancy.adoptions IS 'Runs of adopt()';
COMMENT ON COLUMN tenancy.adoptions.id IS 'Number of the run';
COMMENT ON COLUMN tenancy.adoptions.schema_name IS 'Which schema is adopted';
COMMENT ON COLUMN tenancy.adoptions.tenant_column IS 'Under which name its tables have their tenant';
COMMENT ON COLUMN tenancy.adoptions.lock_timeout_ms IS 'How long a statement waits for a lock before it lets others pass and tries again';
COMMENT ON COLUMN tenancy.adoptions.state IS 'running, finished, failed, cancelled, or interrupted: its worker is gone';
COMMENT ON COLUMN tenancy.adoptions.cancelled IS 'Set by cancel_adoption()';
COMMENT ON COLUMN tenancy.adoptions.requested_by IS 'Who called adopt()';
COMMENT ON COLUMN tenancy.adoptions.began_at IS 'When';
COMMENT ON COLUMN tenancy.adoptions.ended_at IS 'When it ended';
COMMENT ON COLUMN tenancy.adoptions.message IS 'Why it failed';
COMMENT ON COLUMN tenancy.adoptions.hint IS 'What to do about it';

CREATE TABLE tenancy.adoption_steps (
    adoption    bigint NOT NULL REFERENCES tenancy.adoptions ON DELETE CASCADE,
    step        integer NOT NULL,
    phase       text NOT NULL,
    transaction integer NOT NULL,
    target      text NOT NULL,
    kind        text NOT NULL,
    sql         text NOT NULL,
    rows        bigint NOT NULL,
    alone       boolean NOT NULL,
    optional    boolean NOT NULL,
    question    jsonb,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'left out')),
    pid         integer,
    tries       integer NOT NULL DEFAULT 0,
    rows_done   bigint NOT NULL DEFAULT 0,
    part        double precision NOT NULL DEFAULT 0,
    began_at    timestamptz,
    ended_at    timestamptz,
    message     text,
    hint        text,
    PRIMARY KEY (adoption, step)
);
COMMENT ON TABLE tenancy.adoption_steps IS 'The steps of runs of adopt(), as plan() printed them, and how far they are';
COMMENT ON COLUMN tenancy.adoption_steps.adoption IS 'The run';
COMMENT ON COLUMN tenancy.adoption_steps.step IS 'Number of the step';
COMMENT ON COLUMN tenancy.adoption_steps.phase IS 'columns, fill, backfill, keys, references, not_null';
COMMENT ON COLUMN tenancy.adoption_steps.transaction IS 'Steps of one number are done together';
COMMENT ON COLUMN tenancy.adoption_steps.target IS 'The table';
COMMENT ON COLUMN tenancy.adoption_steps.kind IS 'What it makes';
COMMENT ON COLUMN tenancy.adoption_steps.sql IS 'The statement';
COMMENT ON COLUMN tenancy.adoption_steps.rows IS 'Rows it reads, as far as the planner knew';
COMMENT ON COLUMN tenancy.adoption_steps.alone IS 'It runs outside of any transaction';
COMMENT ON COLUMN tenancy.adoption_steps.optional IS 'It is left out where its question does not answer 0';
COMMENT ON COLUMN tenancy.adoption_steps.question IS 'What is asked before, and what is said when it does not answer 0';
COMMENT ON COLUMN tenancy.adoption_steps.state IS 'waiting, running, done or left out';
COMMENT ON COLUMN tenancy.adoption_steps.pid IS 'The worker that runs it';
COMMENT ON COLUMN tenancy.adoption_steps.tries IS 'How often others were in the way';
COMMENT ON COLUMN tenancy.adoption_steps.rows_done IS 'Rows changed so far';
COMMENT ON COLUMN tenancy.adoption_steps.part IS 'How much of the table has been walked through, 0 to 1';
COMMENT ON COLUMN tenancy.adoption_steps.began_at IS 'When it began';
COMMENT ON COLUMN tenancy.adoption_steps.ended_at IS 'When it ended';
COMMENT ON COLUMN tenancy.adoption_steps.message IS 'Why it was left out, or what stood in the way last';
COMMENT ON COLUMN tenancy.adoption_steps.hint IS 'What to do about it';

-- The worker of a run holds this lock of the session for as long as it lives.
CREATE FUNCTION tenancy.adoption_pid() RETURNS integer
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT l.pid FROM pg_catalog.pg_locks AS l
        WHERE l.locktype = 'advisory' AND l.classid = 1416914000 AND l.objid = 1 AND l.objsubid = 3 AND l.granted
          AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database());
    END;
COMMENT ON FUNCTION tenancy.adoption_pid() IS 'The process that adopts a schema of this database now';

CREATE VIEW tenancy.adoption_progress AS
    SELECT a.id AS adoption, a.schema_name, CASE WHEN a.state = 'running' AND tenancy.adoption_pid() IS NULL AND a.began_at < pg_catalog.clock_timestamp() - interval '10 s' THEN 'interrupted' ELSE a.state END AS state,
           s.phase, s.target, s.kind, n.ended AS steps_done, n.all AS steps, n.left_out, s.rows_done, s.rows AS rows_estimated,
           pg_catalog.round((100 * s.part)::numeric, 1) AS percent,
           pg_catalog.round((s.rows_done / NULLIF(extract(epoch FROM pg_catalog.clock_timestamp() - s.began_at), 0))::numeric) AS rows_per_second,
           CASE WHEN s.part > 0 THEN pg_catalog.date_trunc('second', (pg_catalog.clock_timestamp() - s.began_at) * (1 / s.part - 1)) END AS time_left,
           s.tries, a.began_at, a.ended_at, coalesce(s.message, a.message) AS message, coalesce(s.hint, a.hint) AS hint
    FROM tenancy.adoptions AS a
         CROSS JOIN LATERAL (SELECT count(*) AS all, count(*) FILTER (WHERE x.state IN ('done', 'left out')) AS ended,
                                    count(*) FILTER (WHERE x.state = 'left out' AND x.message <> '') AS left_out
                             FROM tenancy.adoption_steps AS x WHERE x.adoption = a.id) AS n
         LEFT JOIN LATERAL (SELECT x.* FROM tenancy.adoption_steps AS x WHERE x.adoption = a.id AND x.state = 'running' ORDER BY x.step LIMIT 1) AS s ON a.state = 'running'
    ORDER BY a.id DESC;
COMMENT ON VIEW tenancy.adoption_progress IS 'Runs of adopt(), the last one first: where they are, how fast, how long still';
COMMENT ON COLUMN tenancy.adoption_progress.adoption IS 'Number of the run';
COMMENT ON COLUMN tenancy.adoption_progress.schema_name IS 'The schema';
COMMENT ON COLUMN tenancy.adoption_progress.state IS 'running, finished, failed, cancelled, or interrupted: CALL adopt() goes on';
COMMENT ON COLUMN tenancy.adoption_progress.phase IS 'Phase of the step that runs';
COMMENT ON COLUMN tenancy.adoption_progress.target IS 'Its table';
COMMENT ON COLUMN tenancy.adoption_progress.kind IS 'What it makes';
COMMENT ON COLUMN tenancy.adoption_progress.steps_done IS 'Steps that ended';
COMMENT ON COLUMN tenancy.adoption_progress.steps IS 'Steps of the plan';
COMMENT ON COLUMN tenancy.adoption_progress.left_out IS 'Steps left out since rows stood in the way: adoption_steps has their messages';
COMMENT ON COLUMN tenancy.adoption_progress.rows_done IS 'Rows that this step has changed';
COMMENT ON COLUMN tenancy.adoption_progress.rows_estimated IS 'Rows of its table, as far as the planner knew';
COMMENT ON COLUMN tenancy.adoption_progress.percent IS 'How much of the table it has walked through';
COMMENT ON COLUMN tenancy.adoption_progress.rows_per_second IS 'Rows changed per second';
COMMENT ON COLUMN tenancy.adoption_progress.time_left IS 'Until this step ends, if it goes on at this speed';
COMMENT ON COLUMN tenancy.adoption_progress.tries IS 'How often others were in its way';
COMMENT ON COLUMN tenancy.adoption_progress.began_at IS 'When the run began';
COMMENT ON COLUMN tenancy.adoption_progress.ended_at IS 'When it ended';
COMMENT ON COLUMN tenancy.adoption_progress.message IS 'What stands, or stood, in the way';
COMMENT ON COLUMN tenancy.adoption_progress.hint IS 'What to do about it';
