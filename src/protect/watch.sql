-- New tables: reported or protected as they appear.

CREATE FUNCTION tenancy.on_new_table() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    root regclass;
    known record;
    act text := coalesce(current_setting('tenancy.new_tables', true), 'report');
BEGIN
    FOR root IN
        SELECT DISTINCT tenancy.root_of(d.objid)
        FROM pg_event_trigger_ddl_commands() AS d
        WHERE d.classid = 'pg_class'::regclass AND d.object_type = 'table' AND NOT d.in_extension
          AND d.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
          AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = d.objid AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't')
    LOOP
        SELECT p.* INTO known FROM tenancy.protected AS p WHERE p.target = root;
        IF FOUND THEN
            -- A partition or child of a protected table is part of it, whatever the setting says.
            CONTINUE WHEN known.kind <> 'protected' OR NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = root);
            PERFORM tenancy.apply(jsonb_build_object('action', 'protect', 'targets',
                jsonb_build_array(tenancy.protect_request(root, known.tenant_column, known.global_rows))));
        ELSIF act <> 'ignore' AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = root AND NOT a.attisdropped
                                          AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM tenancy.protected AS p)) THEN
            IF act = 'protect' THEN
                PERFORM tenancy.protect(root, (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = root AND NOT a.attisdropped
                    AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM tenancy.protected AS p) ORDER BY a.attnum LIMIT 1));
            ELSE
                RAISE WARNING 'table % has a tenant column and is not protected', root
                    USING HINT = format('SELECT tenancy.protect(%L);', root);
            END IF;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION tenancy.on_new_table() IS 'Event trigger: reports or protects new tables, see watch_new_tables()';

CREATE FUNCTION tenancy.root_of(part oid) RETURNS regclass
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH RECURSIVE up AS (
            SELECT root_of.part AS oid, 0 AS level
            UNION ALL SELECT h.inhparent, up.level + 1 FROM up JOIN pg_catalog.pg_inherits AS h ON h.inhrelid = up.oid
        ) SELECT up.oid::regclass FROM up ORDER BY up.level DESC, up.oid LIMIT 1;
    END;
COMMENT ON FUNCTION tenancy.root_of(oid) IS 'The topmost table from which this one inherits; itself when there is none';

CREATE FUNCTION tenancy.watch_new_tables() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('watch_new_tables');
    -- A plain object, not a member of the extension: so it is dumped, and silent while a dump is restored.
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'tenancy_new_tables') THEN
        CREATE EVENT TRIGGER tenancy_new_tables ON ddl_command_end
            WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
            EXECUTE FUNCTION tenancy.on_new_table();
    END IF;
END $$;
REVOKE ALL ON FUNCTION tenancy.watch_new_tables() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.watch_new_tables() IS 'Watch for new tables with a tenant column; the setting tenancy.new_tables says what happens to them';
