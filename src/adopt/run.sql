-- What the adoption worker asks: which statement is next, and what follows from how it ended.

CREATE FUNCTION tenancy.start_adoption_worker(adoption bigint) RETURNS integer
    AS 'MODULE_PATHNAME', 'tenancy_start_adoption_worker' LANGUAGE c STRICT;
REVOKE ALL ON FUNCTION tenancy.start_adoption_worker(bigint) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.start_adoption_worker(bigint) IS 'Starts the background worker of a run of adopt()';

CREATE FUNCTION tenancy.require_no_transaction(operation text) RETURNS void
    AS 'MODULE_PATHNAME', 'tenancy_require_no_transaction' LANGUAGE c STRICT;
REVOKE ALL ON FUNCTION tenancy.require_no_transaction(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.require_no_transaction(text) IS 'Error 25001 inside a transaction block';

CREATE FUNCTION tenancy.take_adoption_lock() RETURNS boolean
    AS 'MODULE_PATHNAME', 'tenancy_take_adoption_lock' LANGUAGE c;
REVOKE ALL ON FUNCTION tenancy.take_adoption_lock() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.take_adoption_lock() IS 'Of the adoption worker: it is the only one of its database until its session ends; false where there is one';

-- The run ends in this state.
CREATE FUNCTION tenancy.adoption_ends(run bigint, new_state text, why text DEFAULT NULL, remedy text DEFAULT NULL) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        UPDATE tenancy.adoption_steps SET state = 'waiting', pid = NULL WHERE adoption = run AND state = 'running';
        UPDATE tenancy.adoptions SET state = new_state, ended_at = clock_timestamp(), message = why, hint = remedy WHERE id = run AND state = 'running';
    END;
REVOKE ALL ON FUNCTION tenancy.adoption_ends(bigint, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.adoption_ends(bigint, text, text, text) IS 'Marks the end of a run of adopt()';

-- The steps of one transaction. A question that does not answer 0 leaves its step out.
CREATE FUNCTION tenancy.adoption_run(run bigint, number integer) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off SET tenancy.applying = on AS $$
DECLARE
    s tenancy.adoption_steps;
    found bigint;
BEGIN
    -- No cursor, which code that an answer executes could move.
    FOREACH s IN ARRAY ARRAY(SELECT x FROM tenancy.adoption_steps AS x WHERE x.adoption = run AND x.transaction = number ORDER BY x.step) LOOP
        found := 0;
        IF s.question IS NOT NULL THEN
            found := tenancy.answer(s.question ->> 'sql');
        END IF;
        IF found <> 0 AND NOT s.optional THEN
            RAISE EXCEPTION '%', regexp_replace(s.question ->> 'message', '%s', found::text)
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = s.question ->> 'hint';
        ELSIF found <> 0 THEN
            UPDATE tenancy.adoption_steps AS x SET state = 'left out', message = CASE WHEN found > 0 THEN regexp_replace(s.question ->> 'message', '%s', found::text) ELSE '' END, hint = s.question ->> 'hint'
            WHERE x.adoption = run AND x.step = s.step;
        ELSE
            EXECUTE s.sql;
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.adoption_run(bigint, integer) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.adoption_run(bigint, integer) IS 'Runs the steps of one transaction of a run of adopt()';

-- The next statement of a run, NULL when there is none: it has ended.
CREATE FUNCTION tenancy.adoption_next(run bigint) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a tenancy.adoptions;
    s tenancy.adoption_steps;
BEGIN
    SELECT x.* INTO a FROM tenancy.adoptions AS x WHERE x.id = run;
    IF a.state IS DISTINCT FROM 'running' THEN
        RETURN NULL;
    END IF;
    IF tenancy.adoption_pid() IS DISTINCT FROM pg_backend_pid() AND NOT tenancy.take_adoption_lock() THEN
        PERFORM tenancy.adoption_ends(run, 'failed', 'another adoption runs in this database', 'SELECT * FROM tenancy.adoption_progress;');
        RETURN NULL;
    END IF;
    IF a.cancelled THEN
        PERFORM tenancy.adoption_ends(run, 'cancelled');
        RETURN NULL;
    END IF;
    SELECT x.* INTO s FROM tenancy.adoption_steps AS x WHERE x.adoption = run AND x.state = 'waiting' ORDER BY x.step LIMIT 1;
    IF NOT FOUND THEN
        PERFORM tenancy.adoption_ends(run, 'finished');
        RETURN NULL;
    END IF;
    UPDATE tenancy.adoption_steps AS x SET state = 'running', pid = pg_backend_pid(), began_at = coalesce(x.began_at, clock_timestamp())
    WHERE x.adoption = run AND x.transaction = s.transaction;
    -- Less than asked for, so that whoever waits behind it waits less than all, and less than until a deadlock would be
    -- looked for; building an index concurrently stops nobody.
    PERFORM set_config('lock_timeout', CASE WHEN s.phase = 'keys' AND s.alone THEN '0' ELSE least(a.lock_timeout_ms * 3 / 4, 900)::text END, false);
    RETURN CASE WHEN s.alone THEN s.sql ELSE format('SELECT tenancy.adoption_run(%s, %s)', run, s.transaction) END;
END $$;
REVOKE ALL ON FUNCTION tenancy.adoption_next(bigint) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.adoption_next(bigint) IS 'What the worker of a run of adopt() has to run next';

-- How long to wait before the next statement, in ms; NULL: stop.
CREATE FUNCTION tenancy.adoption_ended(run bigint, error_state text, error_message text, error_hint text) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    s tenancy.adoption_steps;
BEGIN
    SELECT x.* INTO s FROM tenancy.adoption_steps AS x WHERE x.adoption = run AND x.pid = pg_backend_pid() AND x.ended_at IS NULL ORDER BY x.step LIMIT 1;
    IF error_state IS NULL THEN
        UPDATE tenancy.adoption_steps AS x SET state = CASE WHEN x.state = 'running' THEN 'done' ELSE x.state END, message = CASE WHEN x.state = 'left out' THEN x.message END,
            part = 1, ended_at = clock_timestamp()
        WHERE x.adoption = run AND x.transaction = s.transaction;
        RETURN 0;
    END IF;
    -- Somebody was in the way: let them pass. An index that was begun is dropped by the plan of the next run.
    IF error_state IN ('55P03', '40P01', '40001') AND s.tries < 200 THEN
        UPDATE tenancy.adoption_steps AS x SET state = 'waiting', tries = x.tries + 1, message = error_message
        WHERE x.adoption = run AND x.transaction = s.transaction;
        RETURN least(200 * (s.tries + 1), 5000);
    END IF;
    -- Rows that were written since they were looked at.
    IF s.optional AND error_state IN ('23503', '23514', '23505') THEN
        UPDATE tenancy.adoption_steps AS x SET state = 'left out', message = error_message, hint = error_hint, ended_at = clock_timestamp()
        WHERE x.adoption = run AND x.transaction = s.transaction;
        RETURN 0;
    END IF;
    UPDATE tenancy.adoption_steps AS x SET message = error_message, hint = error_hint WHERE x.adoption = run AND x.transaction = s.transaction;
    PERFORM tenancy.adoption_ends(run, CASE WHEN error_state = '57014' THEN 'cancelled' ELSE 'failed' END,
        format('%s: %s (%s)', s.target, error_message, error_state), coalesce(error_hint, 'SELECT * FROM tenancy.adoption_steps WHERE adoption = ' || run || ' ORDER BY step;'));
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION tenancy.adoption_ended(bigint, text, text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.adoption_ended(bigint, text, text, text) IS 'What follows from how a statement of a run of adopt() ended';

CREATE FUNCTION tenancy.begin_adoption(schema_name name, tenant_column name, batch_size integer, pause_ms integer, lock_timeout_ms integer, not_null boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    plan jsonb;
    run bigint;
    note text;
BEGIN
    plan := tenancy.adoption_plan(schema_name, tenant_column, not_null, batch_size, pause_ms);
    IF lock_timeout_ms IS NULL OR lock_timeout_ms < 10 THEN
        RAISE EXCEPTION 'lock_timeout_ms is %', coalesce(lock_timeout_ms::text, 'NULL') USING ERRCODE = 'invalid_parameter_value', HINT = format('CALL tenancy.adopt(%L, lock_timeout_ms => 2000);', schema_name);
    END IF;
    LOCK TABLE tenancy.adoptions IN SHARE ROW EXCLUSIVE MODE; -- one begins at a time
    IF tenancy.adoption_pid() IS NOT NULL THEN
        RAISE EXCEPTION 'an adoption runs in this database' USING ERRCODE = 'object_in_use', HINT = 'SELECT * FROM tenancy.adoption_progress; -- to stop it: SELECT tenancy.cancel_adoption();';
    END IF;
    UPDATE tenancy.adoptions SET state = 'interrupted', ended_at = clock_timestamp() WHERE state = 'running';
    FOR note IN SELECT jsonb_array_elements_text(plan -> 'notes') LOOP
        RAISE NOTICE '%', note;
    END LOOP;
    INSERT INTO tenancy.adoptions (schema_name, tenant_column, lock_timeout_ms) VALUES (begin_adoption.schema_name, begin_adoption.tenant_column, begin_adoption.lock_timeout_ms) RETURNING id INTO run;
    INSERT INTO tenancy.adoption_steps (adoption, step, phase, transaction, target, kind, sql, rows, alone, optional, question)
    SELECT run, s.step, s.phase, s.transaction, s.target, s.kind, s.sql, s.rows, s.alone, s.optional, s.check
    FROM jsonb_to_recordset(plan -> 'steps') AS s(step integer, phase text, transaction integer, target text, kind text, sql text, rows bigint, alone boolean, optional boolean, "check" jsonb);
    RETURN run;
END $$;
REVOKE ALL ON FUNCTION tenancy.begin_adoption(name, name, integer, integer, integer, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.begin_adoption(name, name, integer, integer, integer, boolean) IS 'Writes down what a run of adopt() has to do';

-- Errors: 25001 inside a transaction, 55006 one runs already, 3F000, 42501; 55000 with what stopped it.
CREATE PROCEDURE tenancy.adopt(target_schema name, tenant_column name DEFAULT NULL, batch_size integer DEFAULT 10000, pause_ms integer DEFAULT 0,
                               lock_timeout_ms integer DEFAULT 2000, not_null boolean DEFAULT NULL, wait boolean DEFAULT true)
    LANGUAGE plpgsql AS $$
DECLARE
    run bigint;
    p record;
    told timestamptz := pg_catalog.clock_timestamp();
    s record;
BEGIN
    SET LOCAL search_path = pg_catalog, pg_temp; -- a procedure that commits cannot have it set
    PERFORM tenancy.require_platform('adopt');
    PERFORM tenancy.require_no_transaction('CALL tenancy.adopt()');
    IF tenant_column IS NULL THEN
        tenant_column := tenancy.tenant_column_in(target_schema);
        IF tenant_column <> 'tenant_id' THEN
            RAISE NOTICE 'the tenant column of schema "%" is %', target_schema, quote_ident(tenant_column);
        END IF;
    END IF;
    run := tenancy.begin_adoption(target_schema, tenant_column, batch_size, pause_ms, lock_timeout_ms, not_null);
    COMMIT;
    SET LOCAL search_path = pg_catalog, pg_temp;
    PERFORM tenancy.start_adoption_worker(run);
    IF NOT wait THEN
        RAISE NOTICE 'adoption % has begun', run USING HINT = 'SELECT * FROM tenancy.adoption_progress;';
        RETURN;
    END IF;
    LOOP
        COMMIT; -- no snapshot is held: a concurrent index would wait for it
        SET LOCAL search_path = pg_catalog, pg_temp;
        PERFORM pg_sleep(0.1);
        SELECT * INTO p FROM tenancy.adoption_progress AS x WHERE x.adoption = run;
        EXIT WHEN p.state <> 'running';
        IF clock_timestamp() > told + interval '5 s' THEN
            told := clock_timestamp();
            RAISE NOTICE 'step % of %: % %, % rows, % rows/s, % left', p.steps_done + 1, p.steps, p.phase, p.target, p.rows_done,
                coalesce(p.rows_per_second::text, '?'), coalesce(p.time_left::text, '?');
        END IF;
    END LOOP;
    FOR s IN SELECT x.message, x.hint FROM tenancy.adoption_steps AS x WHERE x.adoption = run AND x.state = 'left out' AND x.message <> '' ORDER BY x.step LOOP
        RAISE WARNING 'left out: %', s.message USING HINT = coalesce(s.hint, '');
    END LOOP;
    IF p.state = 'finished' THEN
        RAISE NOTICE 'adopted: % steps, % left out, % rows given their tenant', p.steps, p.left_out,
            (SELECT coalesce(sum(x.rows_done), 0) FROM tenancy.adoption_steps AS x WHERE x.adoption = run)
            USING HINT = format('SELECT * FROM tenancy.unassigned(%L, %L);', target_schema, tenant_column);
    ELSE
        RAISE EXCEPTION 'the adoption % after % of % steps%', CASE p.state WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'was cancelled' ELSE 'was interrupted' END,
            p.steps_done, p.steps, coalesce(': ' || p.message, '')
            USING ERRCODE = CASE p.state WHEN 'cancelled' THEN 'query_canceled' ELSE 'object_not_in_prerequisite_state' END,
                  DETAIL = 'What is done stays. The next call goes on from there.',
                  HINT = coalesce(p.hint, format('CALL tenancy.adopt(%L, %L);', target_schema, tenant_column));
    END IF;
END $$;
REVOKE ALL ON PROCEDURE tenancy.adopt(name, name, integer, integer, integer, boolean, boolean) FROM PUBLIC;
COMMENT ON PROCEDURE tenancy.adopt(name, name, integer, integer, integer, boolean, boolean) IS
    'Give every row of a schema its tenant and make keys and references carry it, while the application goes on; called again it goes on where it was. Policies come with enforce() or protect()';

CREATE FUNCTION tenancy.cancel_adoption() RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('cancel_adoption');
    UPDATE tenancy.adoptions SET cancelled = true WHERE state = 'running' AND tenancy.adoption_pid() IS NOT NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM pg_cancel_backend(tenancy.adoption_pid());
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION tenancy.cancel_adoption() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.cancel_adoption() IS 'Stop the adoption that runs, after the batch it is at; false when none runs';
