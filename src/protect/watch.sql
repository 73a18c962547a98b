-- New tables: reported or protected as they appear.

CREATE FUNCTION tenancy.on_new_table() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    changed record;
    known record;
    tenant_column name;
    act text := coalesce(current_setting('tenancy.new_tables', true), 'report');
BEGIN
    IF current_setting('tenancy.applying', true) = 'on' THEN
        RETURN; -- our own ALTER TABLE
    END IF;
    FOR changed IN
        SELECT tenancy.root_of(d.objid) AS root, bool_or(d.command_tag <> 'ALTER TABLE') AS created
        FROM pg_event_trigger_ddl_commands() AS d
        WHERE d.classid = 'pg_class'::regclass AND d.object_type = 'table' AND NOT d.in_extension
          AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = d.objid AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't')
        GROUP BY 1
    LOOP
        SELECT p.* INTO known FROM tenancy.protected AS p WHERE p.target = changed.root;
        IF FOUND THEN
            -- A partition or child of a protected table is part of it, whatever the setting says.
            IF known.kind = 'protected' AND EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = changed.root) THEN
                PERFORM tenancy.protect(changed.root, known.tenant_column, known.global_rows);
                IF tenancy.column_of(changed.root, 'tenancy.soft_delete_row()') IS NOT NULL THEN
                    PERFORM tenancy.soft_delete(changed.root, tenancy.column_of(changed.root, 'tenancy.soft_delete_row()'));
                END IF;
            END IF;
            CONTINUE;
        END IF;
        SELECT a.attname INTO tenant_column FROM pg_attribute AS a
        WHERE a.attrelid = changed.root AND NOT a.attisdropped AND a.attnum > 0
          AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM tenancy.protected AS p)
        ORDER BY a.attnum LIMIT 1;
        IF NOT FOUND OR NOT changed.created OR act = 'ignore' THEN
            CONTINUE;
        ELSIF act = 'protect' THEN
            PERFORM tenancy.protect(changed.root, tenant_column);
        ELSE
            RAISE WARNING 'table % has a tenant column and is not protected', changed.root
                USING HINT = format('SELECT tenancy.protect(%L, %L);', changed.root, tenant_column);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.on_new_table() FROM PUBLIC;
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
