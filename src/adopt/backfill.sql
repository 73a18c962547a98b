-- Backfill: a statement for one batch, run over the pages of a table, each batch a transaction.

CREATE FUNCTION tenancy.as_owner(target regclass, statement text, first tid DEFAULT NULL, past tid DEFAULT NULL) RETURNS bigint
    AS 'MODULE_PATHNAME', 'tenancy_as_owner' LANGUAGE c;
REVOKE ALL ON FUNCTION tenancy.as_owner(regclass, text, tid, tid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.as_owner(regclass, text, tid, tid) IS
    'Runs a statement that writes rows of a table with the caller''s rights to read and write, and executes as the table''s owner what belongs to the table: checks, index expressions, triggers. Returns the number of rows';

CREATE FUNCTION tenancy.as_owner_returning(target regclass, statement text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_as_owner_returning' LANGUAGE c STRICT;
REVOKE ALL ON FUNCTION tenancy.as_owner_returning(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.as_owner_returning(regclass, text) IS 'as_owner(), and the first value that the statement returns, as text';

-- Errors: 25001 inside a transaction; 22023, 22004 arguments; those of the statement, after it was tried again where others were in the way.
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
    IF targets IS NULL OR array_position(targets, NULL) IS NOT NULL OR array_position(statements, NULL) IS NOT NULL OR cardinality(targets) IS DISTINCT FROM cardinality(statements)
       OR (batch_size BETWEEN 1 AND 1000000 AND pause_ms BETWEEN 0 AND 3600000) IS NOT TRUE THEN
        RAISE EXCEPTION 'tables and statements are not as many, or a size is out of range' USING ERRCODE = 'invalid_parameter_value',
            DETAIL = 'There is one statement for each table; a batch is of 1 to 1000000 rows, a pause of 0 to 3600000 ms.',
            HINT = 'SELECT sql FROM tenancy.plan(''your_schema'', adopt => true) WHERE phase = ''backfill''; -- prints the calls';
    ELSIF tenant_column IS NULL OR repeat IS NULL OR fire_triggers IS NULL THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN tenant_column IS NULL THEN 'the tenant column' WHEN repeat IS NULL THEN 'repeat' ELSE 'fire_triggers' END USING ERRCODE = 'null_value_not_allowed',
            HINT = 'SELECT sql FROM tenancy.plan(''your_schema'', adopt => true) WHERE phase = ''backfill''; -- prints the calls';
    END IF;
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
                    IF NOT fire_triggers THEN
                        SET LOCAL session_replication_role = replica;
                    END IF;
                    rows := tenancy.as_owner(targets[i], statements[i], format('(%s,0)', place)::tid, format('(%s,0)', place + width)::tid);
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
                            rows := rows + tenancy.as_owner(targets[i], statements[i], format('(%s,%s)', place, item)::tid, format('(%s,%s)', place, item + 1)::tid);
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
