-- Observation: what enforcement would hide or refuse, counted without changing anything. A table is observed while the trigger of observe_writes() stands on it.

CREATE FUNCTION tenancy.observe_writes() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_observe_writes' LANGUAGE c;
COMMENT ON FUNCTION tenancy.observe_writes() IS 'Trigger: the table is observed, and rows written for others are counted; its argument is the tenant column';

CREATE FUNCTION tenancy.count_hidden_support(internal) RETURNS internal
    AS 'MODULE_PATHNAME', 'tenancy_count_hidden_support' LANGUAGE c STRICT;
COMMENT ON FUNCTION tenancy.count_hidden_support(internal) IS 'Tells the planner that count_hidden() is always true and costs nothing';

-- Stable, though it counts: the planner may not treat the condition as a reason for another plan. For the planner alone: nobody can write a value of type internal.
CREATE FUNCTION tenancy.count_hidden(internal, VARIADIC "any") RETURNS boolean
    AS 'MODULE_PATHNAME', 'tenancy_count_hidden' LANGUAGE c STABLE PARALLEL SAFE COST 0.0001 SUPPORT tenancy.count_hidden_support;
COMMENT ON FUNCTION tenancy.count_hidden(internal, "any") IS 'Of observation: the condition that the planner adds to statements on observed tables; always true';

CREATE FUNCTION tenancy.observation_counters(OUT target oid, OUT kind text, OUT statements bigint, OUT statements_without_tenant bigint,
                                             OUT hidden_rows bigint, OUT refused_rows bigint, OUT since timestamptz, OUT last_seen timestamptz) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'tenancy_observation_counters' LANGUAGE c VOLATILE STRICT;
REVOKE ALL ON FUNCTION tenancy.observation_counters() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.observation_counters() IS 'What was counted in this database, by the oid of the table';

CREATE FUNCTION tenancy.reset_observation(target oid, give_away boolean) RETURNS void
    AS 'MODULE_PATHNAME', 'tenancy_reset_observation' LANGUAGE c VOLATILE STRICT;
REVOKE ALL ON FUNCTION tenancy.reset_observation(oid, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.reset_observation(oid, boolean) IS 'Of observations_reset(): begins to count again; give_away: another table may have the place';

CREATE FUNCTION tenancy.has_counters(target oid) RETURNS boolean
    AS 'MODULE_PATHNAME', 'tenancy_has_counters' LANGUAGE c VOLATILE STRICT;
REVOKE ALL ON FUNCTION tenancy.has_counters(oid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.has_counters(oid) IS 'Of observe(): is there a place for the counters of a table; it is taken';

CREATE FUNCTION tenancy.observe(target regclass, enabled boolean DEFAULT true, tenant_column name DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given record;
    done integer;
BEGIN
    PERFORM tenancy.require_platform('observe');
    IF target IS NULL OR enabled IS NULL THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN target IS NULL THEN 'the table' ELSE 'enabled' END USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT tenancy.observe(''the_table'');';
    END IF;
    IF enabled AND current_setting('shared_preload_libraries') !~ '(^|[^a-z0-9_])pg_tenancy([^a-z0-9_]|$)' THEN
        RAISE EXCEPTION 'nothing can be observed: pg_tenancy was not loaded at server start'
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'What is counted stands in shared memory.',
                  HINT = 'ALTER SYSTEM SET shared_preload_libraries = ''pg_tenancy''; -- and restart';
    END IF;
    done := tenancy.apply(tenancy.table_request(CASE WHEN enabled THEN 'observe' ELSE 'unobserve' END, target, coalesce(tenant_column, tenancy.tenant_column_of(target))));
    IF enabled AND done > 0 THEN
        -- Places of tables that are not observed any more, and of those that are gone.
        IF NOT tenancy.has_counters(target) THEN
            FOR given IN SELECT DISTINCT c.target FROM tenancy.observation_counters() AS c
                         WHERE NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.target AND t.tgfoid = 'tenancy.observe_writes()'::regprocedure) LOOP
                PERFORM tenancy.reset_observation(given.target, true);
            END LOOP;
        END IF;
        IF NOT tenancy.has_counters(target) THEN
            RAISE EXCEPTION 'no more tables can be observed'
                USING ERRCODE = 'configuration_limit_exceeded', HINT = format('ALTER SYSTEM SET tenancy.observed_tables = %s; -- and restart', 2 * current_setting('tenancy.observed_tables')::integer);
        END IF;
        PERFORM tenancy.reset_observation(target, false);
    END IF;
    RETURN done;
END $$;
REVOKE ALL ON FUNCTION tenancy.observe(regclass, boolean, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.observe(regclass, boolean, name) IS
    'Count from now on what enforcement would hide or refuse, without changing any result; enabled => false: no more. Returns the number of steps, 0 when nothing was missing';

CREATE VIEW tenancy.observations AS
    SELECT c.target::regclass AS target, c.kind, c.statements, c.statements_without_tenant, c.hidden_rows, c.refused_rows, c.since, c.last_seen
    FROM tenancy.observation_counters() AS c
    WHERE EXISTS (SELECT FROM pg_catalog.pg_class AS k WHERE k.oid = c.target);
COMMENT ON VIEW tenancy.observations IS 'What was observed, per table and kind of statement; counts begin again when the server starts';
COMMENT ON COLUMN tenancy.observations.target IS 'The table, with all its parts';
COMMENT ON COLUMN tenancy.observations.kind IS 'Of the whole statement: SELECT, INSERT, UPDATE, DELETE, MERGE, COPY';
COMMENT ON COLUMN tenancy.observations.statements IS 'Statements that touched the table; those of platform roles only with a tenant';
COMMENT ON COLUMN tenancy.observations.statements_without_tenant IS 'Of those, the ones without a tenant that may be entered: enforcement would refuse them';
COMMENT ON COLUMN tenancy.observations.hidden_rows IS 'Joined rows in which the table''s part belongs to another tenant or to none: enforcement would hide them';
COMMENT ON COLUMN tenancy.observations.refused_rows IS 'Rows written for another tenant or for none: enforcement would refuse the statement';
COMMENT ON COLUMN tenancy.observations.since IS 'Since when is counted: observe(), a reset, or the first statement after the server''s start';
COMMENT ON COLUMN tenancy.observations.last_seen IS 'When the last of the statements began';

CREATE FUNCTION tenancy.observations_reset(target regclass DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('observations_reset');
    PERFORM tenancy.reset_observation(c.target, NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.target AND t.tgfoid = 'tenancy.observe_writes()'::regprocedure))
    FROM (SELECT DISTINCT o.target FROM tenancy.observation_counters() AS o) AS c
    WHERE observations_reset.target IS NULL OR c.target = observations_reset.target;
END $$;
REVOKE ALL ON FUNCTION tenancy.observations_reset(regclass) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.observations_reset(regclass) IS 'Begin to count again, for one table or for all';

CREATE FUNCTION tenancy.enforce(target regclass, for_roles regrole[] DEFAULT NULL, tenant_column name DEFAULT NULL) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('enforce');
    IF target IS NULL THEN
        RAISE EXCEPTION 'the table is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = 'SELECT tenancy.enforce(''the_table'');';
    END IF;
    RETURN tenancy.apply(tenancy.table_request('enforce', target, coalesce(tenant_column, tenancy.tenant_column_of(target)))
        || jsonb_build_object('roles', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', r.role::text,
                'enrolled', EXISTS (SELECT FROM tenancy.enrolled_roles AS e WHERE e.role = r.role)) ORDER BY r.role::text), '[]'::jsonb)
            FROM unnest(for_roles) AS r(role))));
END $$;
COMMENT ON FUNCTION tenancy.enforce(regclass, regrole[], name) IS
    'Without roles: protect(), and the end of observation. With roles, which must be enrolled: for these alone, so that nobody else notices anything; unprotect() takes it back, enforce() without roles completes it. Returns the number of steps';
