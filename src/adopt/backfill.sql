-- Backfill: a statement for one batch, run over the pages of a table, each batch a transaction.

-- Errors: 25001 inside a transaction; those of the statement, after it was tried again where others were in the way.
CREATE PROCEDURE tenancy.backfill(targets regclass[], statements text[], tenant_column name, batch_size integer DEFAULT 10000, pause_ms integer DEFAULT 0,
                                  repeat boolean DEFAULT false, fire_triggers boolean DEFAULT false)
    LANGUAGE plpgsql AS $$
DECLARE
    worker boolean;
    place bigint;
    pages bigint;
    width bigint;
    changed bigint;
    rows bigint;
    one bigint;
    total bigint := 0;
    tries integer;
    failed boolean;
    problem text;
    began timestamptz := pg_catalog.clock_timestamp();
    batch_began timestamptz;
    told timestamptz := pg_catalog.clock_timestamp();
    took double precision;
BEGIN
    SET LOCAL search_path = pg_catalog, pg_temp;
    PERFORM tenancy.require_platform('backfill');
    PERFORM tenancy.require_no_transaction('CALL tenancy.backfill()');
    worker := EXISTS (SELECT FROM tenancy.adoption_steps AS s WHERE s.pid = pg_backend_pid() AND s.state = 'running');
    LOOP
        changed := 0;
        FOR i IN 1 .. cardinality(targets) LOOP
            -- What the planner knows of a column that has just been added would be a guess.
            EXECUTE format('ANALYZE %s (%I)', targets[i], tenant_column);
            SELECT pg_relation_size(c.oid) / current_setting('block_size')::bigint,
                   ceil(batch_size::numeric * c.relpages::numeric / GREATEST(c.reltuples::numeric, 1))
                INTO pages, width FROM pg_class AS c WHERE c.oid = targets[i];
            width := GREATEST(width, 1 + batch_size / 100);
            place := 0;
            tries := 0;
            WHILE place < pages LOOP
                COMMIT;
                -- What changed since the batch's snapshot is an error, and the batch is done again.
                SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
                SET LOCAL search_path = pg_catalog, pg_temp;
                SET LOCAL row_security = off;
                SET LOCAL jit = off;
                batch_began := clock_timestamp();
                BEGIN
                    -- Code of others that would run as the caller; the plan leaves such tables out.
                    IF EXISTS (SELECT FROM pg_trigger AS g JOIN pg_proc AS f ON f.oid = g.tgfoid WHERE g.tgrelid = targets[i] AND g.tgenabled IN ('A', 'R') AND f.pronamespace <> 'tenancy'::regnamespace)
                       OR EXISTS (SELECT FROM pg_class AS c WHERE c.oid = targets[i] AND (c.relhasrules OR c.relkind <> 'r')) THEN
                        RAISE EXCEPTION 'a rule, or a trigger that is enabled for replicas, of % would run as you', targets[i]
                            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('ALTER TABLE %s DISABLE TRIGGER ...; and call again', targets[i]);
                    END IF;
                    IF NOT fire_triggers THEN
                        SET LOCAL session_replication_role = replica;
                    END IF;
                    EXECUTE statements[i] USING format('(%s,0)', place)::tid, format('(%s,0)', place + width)::tid;
                    GET DIAGNOSTICS rows = ROW_COUNT;
                    failed := false;
                EXCEPTION WHEN unique_violation OR exclusion_violation THEN
                    -- A key that the plan does not know is in the way of some row: smaller batches, in the end single rows.
                    IF width > 1 THEN
                        width := GREATEST(1, width / 8);
                        CONTINUE;
                    END IF;
                    rows := 0;
                    failed := false;
                    IF NOT fire_triggers THEN
                        SET LOCAL session_replication_role = replica; -- went with the batch
                    END IF;
                    -- No page has more rows: each takes a line pointer of 4 bytes and a header of 24.
                    FOR item IN 1 .. current_setting('block_size')::integer / 28 LOOP
                        BEGIN
                            EXECUTE statements[i] USING format('(%s,%s)', place, item)::tid, format('(%s,%s)', place, item + 1)::tid;
                            GET DIAGNOSTICS one = ROW_COUNT;
                            rows := rows + one;
                        EXCEPTION WHEN unique_violation OR exclusion_violation THEN
                            NULL; -- it stays without a tenant
                        END;
                    END LOOP;
                WHEN serialization_failure OR deadlock_detected OR lock_not_available THEN
                    failed := true;
                    tries := tries + 1;
                    problem := SQLERRM;
                    IF tries > 100 THEN
                        RAISE;
                    END IF;
                END;
                IF failed THEN
                    ROLLBACK;
                    SET LOCAL search_path = pg_catalog, pg_temp;
                    IF worker THEN
                        UPDATE tenancy.adoption_steps AS s SET tries = s.tries + 1, message = problem WHERE s.pid = pg_backend_pid() AND s.state = 'running';
                        COMMIT;
                        SET LOCAL search_path = pg_catalog, pg_temp;
                    END IF;
                    PERFORM pg_sleep(LEAST(0.05 * tries, 2));
                    CONTINUE;
                END IF;
                tries := 0;
                place := place + width;
                changed := changed + rows;
                total := total + rows;
                IF worker THEN
                    UPDATE tenancy.adoption_steps AS s SET rows_done = total, part = LEAST(place, pages)::double precision / GREATEST(pages, 1)
                    WHERE s.pid = pg_backend_pid() AND s.state = 'running';
                ELSIF clock_timestamp() > told + interval '5 s' THEN
                    told := clock_timestamp();
                    RAISE NOTICE '%: % of % pages, % rows, % rows/s', targets[i], LEAST(place, pages), pages, total,
                        round(total / extract(epoch FROM clock_timestamp() - began));
                END IF;
                -- A batch holds locks of rows: nobody should wait long for it.
                took := extract(epoch FROM clock_timestamp() - batch_began);
                IF took > 0.5 THEN
                    width := GREATEST(1, width / 2);
                ELSIF took < 0.1 AND rows < batch_size / 2 THEN
                    width := width * 2;
                END IF;
                IF pause_ms > 0 THEN
                    COMMIT;
                    SET LOCAL search_path = pg_catalog, pg_temp;
                    PERFORM pg_sleep(pause_ms / 1000.0);
                END IF;
            END LOOP;
        END LOOP;
        EXIT WHEN NOT repeat OR changed = 0;
    END LOOP;
    COMMIT;
END $$;
REVOKE ALL ON PROCEDURE tenancy.backfill(regclass[], text[], name, integer, integer, boolean, boolean) FROM PUBLIC;
COMMENT ON PROCEDURE tenancy.backfill(regclass[], text[], name, integer, integer, boolean, boolean) IS
    'Runs a statement over the pages of a table in committed batches, without firing triggers unless told so; repeat: until a pass changes nothing';
