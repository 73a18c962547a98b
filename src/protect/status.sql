-- status(): one page for the person in charge: what stands, what is missing, the next command.

CREATE FUNCTION tenancy.status() RETURNS TABLE (topic text, state text, detail text, next_command text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    at_start boolean := current_setting('shared_preload_libraries') LIKE '%pg_tenancy%';
    own tenancy.configuration;
    tenants bigint;
BEGIN
    RETURN QUERY SELECT 'extension', 'ok', format('pg_tenancy %s on PostgreSQL %s, tenant ids are %s', e.extversion, current_setting('server_version'), tenancy.key_type()), NULL::text
        FROM pg_extension AS e WHERE e.extname = 'pg_tenancy';
    RETURN QUERY SELECT 'library', CASE WHEN at_start THEN 'ok' ELSE 'note' END,
        CASE WHEN at_start THEN 'loaded at server start' ELSE 'loaded by new connections of enrolled roles; not by SET ROLE' END,
        CASE WHEN NOT at_start THEN 'ALTER SYSTEM SET shared_preload_libraries = ''pg_tenancy''; -- and restart' END;
    RETURN QUERY SELECT 'enforcement', 'missing', 'tenancy.enforcement is off: no session is guarded',
        CASE s.source WHEN 'database' THEN format('ALTER DATABASE %I RESET tenancy.enforcement;', current_database()) WHEN 'user' THEN format('ALTER ROLE %I RESET tenancy.enforcement;', session_user)
            WHEN 'session' THEN 'RESET tenancy.enforcement;' ELSE 'ALTER SYSTEM RESET tenancy.enforcement; SELECT pg_reload_conf();' END
        FROM pg_settings AS s WHERE s.name = 'tenancy.enforcement' AND s.setting = 'off';
    RETURN QUERY SELECT 'tokens', CASE WHEN k.state ~ '^[1-9][0-9]* keys?:' THEN 'ok' ELSE 'missing' END,
            format('tenants come from tokens; key ring: %s', coalesce(k.state, 'none is named')),
            CASE WHEN k.state IS NULL THEN 'ALTER SYSTEM SET tenancy.keyring_file = ''tenancy_keys.json''; SELECT pg_reload_conf();' WHEN k.state !~ '^[1-9][0-9]* keys?:' THEN 'SELECT pg_reload_conf(); -- once the file is put right' END
        FROM (SELECT tenancy.key_ring_status() AS state) AS k WHERE current_setting('tenancy.context_source', true) = 'token';
    -- What would put tokens into the server's log: parameters, and plans, which hold them as constants.
    RETURN QUERY SELECT 'tokens', 'note', format('parameters are logged, tokens among them: %s = %s', l.name, current_setting(l.name, true)), format('ALTER SYSTEM SET %s = %s; SELECT pg_reload_conf();', l.name, l.good)
        FROM (VALUES ('log_parameter_max_length', '0', current_setting('log_statement') = 'all' OR current_setting('log_min_duration_statement') <> '-1' OR current_setting('log_transaction_sample_rate')::float8 > 0
                          OR current_setting('log_min_duration_sample') <> '-1' AND current_setting('log_statement_sample_rate')::float8 > 0),
                     ('log_parameter_max_length_on_error', '0', true), ('auto_explain.log_parameter_max_length', '0', current_setting('auto_explain.log_min_duration', true) <> '-1'),
                     ('auto_explain.log_verbose', 'off', current_setting('auto_explain.log_min_duration', true) <> '-1'), ('debug_print_plan', 'off', true)) AS l (name, good, logged)
        WHERE l.logged AND current_setting(l.name, true) <> l.good AND current_setting('tenancy.context_source') = 'token';
    -- Minor releases that close ways around row-level security: CVE-2026-116311 and CVE-2026-120154 (15.20), CVE-2026-14666 (others).
    RETURN QUERY SELECT 'server', 'missing', format('PostgreSQL %s lacks fixes of row-level security', current_setting('server_version')), 'apt-get install --only-upgrade postgresql-' || current_setting('server_version_num')::integer / 10000
        WHERE current_setting('server_version_num')::integer < CASE current_setting('server_version_num')::integer / 10000 WHEN 15 THEN 150020 WHEN 16 THEN 160015 WHEN 17 THEN 170011 WHEN 18 THEN 180006 ELSE 0 END;
    RETURN QUERY SELECT 'extension', 'missing', format('trigger %I of %s is not ENABLE ALWAYS', t.tgname, t.tgrelid::regclass), format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', t.tgrelid::regclass, t.tgname)
        FROM pg_trigger AS t WHERE t.tgfoid = 'tenancy.announce_change()'::regprocedure AND t.tgenabled <> 'A' ORDER BY t.tgrelid::regclass::text;
    SELECT * INTO own FROM tenancy.configuration;
    IF own.tenant_table IS NOT NULL THEN
        RETURN QUERY SELECT 'tenants', 'ok', format('stand in %s (%I)', own.tenant_table, own.id_column), NULL::text;
    ELSE
        SELECT count(*) INTO tenants FROM tenancy.tenants;
        RETURN QUERY SELECT 'tenants', CASE WHEN tenants > 0 THEN 'ok' ELSE 'missing' END, format('%s tenants', tenants),
            CASE WHEN tenants = 0 THEN 'SELECT tenancy.create_tenant(''Acme'', ''acme'');' END;
    END IF;
    RETURN QUERY SELECT 'tables', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END,
        format('%s protected, %s shared', count(*) FILTER (WHERE p.kind = 'protected'), count(*) FILTER (WHERE p.kind = 'shared')),
        CASE WHEN count(*) = 0 THEN 'SELECT tenancy.protect_schema(''your_schema'', ''tenant_id'');' END
        FROM tenancy.protected AS p WHERE NOT p.part;
    RETURN QUERY SELECT 'table', 'missing', format('%s: %s', p.target, concat_ws(', ', CASE WHEN NOT p.row_security THEN 'row-level security is off' END,
            CASE WHEN NOT p.forced THEN 'not forced for its owner' END, CASE WHEN NOT p.isolated THEN 'its restrictive policy is gone' END,
            CASE WHEN NOT p.guarded THEN 'a guard is not ENABLE ALWAYS' END)),
            CASE WHEN p.kind = 'shared' THEN format('SELECT tenancy.share(%L);', tenancy.root_of(p.target))
                 WHEN p.tenant_column = 'tenant_id' THEN format('SELECT tenancy.protect(%L);', tenancy.root_of(p.target))
                 ELSE format('SELECT tenancy.protect(%L, %L);', tenancy.root_of(p.target), p.tenant_column) END
        FROM tenancy.protected AS p WHERE NOT (p.row_security AND p.forced AND p.isolated AND p.guarded) AND p.kind <> 'canary' ORDER BY p.target::text;
    RETURN QUERY SELECT 'table', CASE WHEN p.row_security AND p.guarded THEN 'note' ELSE 'missing' END,
            format('%s is enforced for %s only%s', p.target, array_to_string(l.polroles::regrole[], ', '), CASE WHEN NOT p.row_security THEN ', and row-level security is off' WHEN NOT p.guarded THEN ', and a guard is not ENABLE ALWAYS' ELSE '' END),
            CASE WHEN p.row_security AND p.guarded THEN format('SELECT tenancy.enforce(%L%s);', tenancy.root_of(p.target), CASE WHEN p.tenant_column <> 'tenant_id' THEN format(', tenant_column => %L', p.tenant_column) END)
                 ELSE format('SELECT tenancy.enforce(%L, %L, %L);', tenancy.root_of(p.target), l.polroles::regrole[], p.tenant_column) END
        FROM tenancy.protected AS p JOIN pg_policy AS l ON l.polrelid = p.target AND l.polname = 'tenancy_isolation'
        WHERE p.kind = 'canary' AND NOT (p.part AND p.row_security AND p.guarded) ORDER BY p.target::text;
    RETURN QUERY SELECT 'table', CASE WHEN a.attname IS NULL THEN 'missing' ELSE 'ok' END, format(CASE WHEN a.attname IS NULL THEN '%s is observed by a column that is gone' ELSE '%s is observed' END, t.tgrelid::regclass),
            CASE WHEN a.attname IS NULL THEN format('SELECT tenancy.observe(%L, tenant_column => ''the_tenant_column'');', t.tgrelid::regclass) END
        FROM pg_trigger AS t LEFT JOIN pg_attribute AS a ON a.attrelid = t.tgrelid AND a.attname = tenancy.column_of(t.tgrelid, t.tgfoid) AND NOT a.attisdropped
        WHERE t.tgfoid = 'tenancy.observe_writes()'::regprocedure AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = t.tgrelid) ORDER BY t.tgrelid::regclass::text;
    RETURN QUERY SELECT 'table', 'missing', format('%s: %s', coalesce(t.tgrelid, p.polrelid)::regclass, concat_ws(', ', CASE WHEN t.tgrelid IS NULL THEN 'DELETE does not mark rows any more' END,
            CASE WHEN t.tgenabled <> 'A' THEN 'the soft delete is not ENABLE ALWAYS' END, CASE WHEN p.polrelid IS NULL OR p.polpermissive THEN 'marked rows are not hidden' END)),
            format('SELECT tenancy.soft_delete(%L, %L);', tenancy.root_of(coalesce(t.tgrelid, p.polrelid)), coalesce(tenancy.column_of(t.tgrelid, 'tenancy.soft_delete_row()'), 'marker_column'))
        FROM (SELECT * FROM pg_trigger WHERE tgfoid = 'tenancy.soft_delete_row()'::regprocedure) AS t
             FULL JOIN (SELECT * FROM pg_policy WHERE polname = 'tenancy_not_deleted') AS p ON p.polrelid = t.tgrelid
        WHERE t.tgrelid IS NULL OR t.tgenabled <> 'A' OR p.polrelid IS NULL OR p.polpermissive ORDER BY coalesce(t.tgrelid, p.polrelid)::regclass::text;
    RETURN QUERY SELECT 'table', 'missing', format('%s, a part of %s, is not protected', h.inhrelid::regclass, tenancy.root_of(h.inhrelid)),
            format('SELECT tenancy.protect(%L, %L);', tenancy.root_of(h.inhrelid), p.tenant_column)
        FROM pg_inherits AS h JOIN tenancy.protected AS p ON p.target = tenancy.root_of(h.inhrelid) AND p.kind = 'protected'
             JOIN pg_class AS c ON c.oid = h.inhrelid AND c.relkind IN ('r', 'p', 'f')
        WHERE NOT EXISTS (SELECT FROM tenancy.protected AS q WHERE q.target = h.inhrelid AND q.isolated) ORDER BY h.inhrelid::regclass::text;
    -- One by one, or, where there are many, by schema.
    RETURN QUERY WITH left_out AS (
            SELECT c.oid::regclass AS target, n.nspname, count(*) OVER (PARTITION BY n.oid) > 10 AS many,
                (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
                 AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM tenancy.protected AS p) ORDER BY a.attnum LIMIT 1) AS tenant_column
            FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy', 'tenancy_archive')
              AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = c.oid)
              AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
                          AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM tenancy.protected AS p))
              AND NOT tenancy.is_application_role(c.relowner) AND c.oid IS DISTINCT FROM own.tenant_table::oid
              AND NOT EXISTS (SELECT FROM tenancy.protected AS p WHERE p.target = c.oid))
        SELECT CASE WHEN o.many THEN 'tables' ELSE 'table' END, 'missing',
            CASE WHEN o.many THEN format('%s tables of schema %I have a tenant column and are not protected, %s among them', count(*), o.nspname, min(o.target::text))
                 ELSE format('%s has a tenant column and is not protected', min(o.target::text)) END,
            CASE WHEN o.many THEN format('SELECT tenancy.protect_schema(%L, %L);', o.nspname, o.tenant_column) ELSE format('SELECT tenancy.protect(%L, %L);', min(o.target::text), o.tenant_column) END
        FROM left_out AS o GROUP BY o.many, o.nspname, o.tenant_column, CASE WHEN NOT o.many THEN o.target::oid END ORDER BY min(o.target::text);
    -- Tables without a tenant column whose foreign keys lead to rows of tenants: who may read them reads those of all.
    RETURN QUERY WITH RECURSIVE leads AS (
            SELECT p.target::oid AS oid FROM tenancy.protected AS p WHERE p.kind = 'protected' UNION SELECT own.tenant_table::oid
            UNION SELECT f.conrelid FROM pg_constraint AS f JOIN leads AS l ON f.contype = 'f' AND f.confrelid = l.oid)
        SELECT 'tables', 'missing', format('foreign keys lead from %s to rows of tenants; not protected', CASE WHEN count(*) > 3
                THEN format('%s and %s more', array_to_string((array_agg(c.oid::regclass::text ORDER BY c.oid::regclass::text))[:3], ', '), count(*) - 3)
                ELSE string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid::regclass::text) END),
            format('SELECT * FROM tenancy.classify(%L) WHERE kind NOT IN (''protected'', ''root'', ''shared'');', n.nspname)
        FROM leads AS l JOIN pg_class AS c USING (oid) JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relpersistence <> 't' AND n.nspname <> 'tenancy' AND c.oid IS DISTINCT FROM own.tenant_table::oid AND NOT tenancy.is_application_role(c.relowner)
          AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = c.oid) AND NOT EXISTS (SELECT FROM tenancy.protected AS p WHERE p.target = c.oid)
          AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
          AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attnum > 0
                          AND a.attname IN (SELECT 'tenant_id'::name UNION SELECT p.tenant_column FROM tenancy.protected AS p))
        GROUP BY n.oid, n.nspname ORDER BY n.nspname;
    -- A model's tables are protected, shared or, where they can be marked, soft-deleted.
    RETURN QUERY SELECT 'model', CASE WHEN count(lacking.oid) = 0 THEN 'ok' ELSE 'missing' END,
            CASE WHEN count(lacking.oid) = 0 THEN format('%s %s in schema %s', m.name, m.installed_version, m.schema)
                 ELSE format('%s: not isolated as it should be: %s', m.name, string_agg(lacking.oid::regclass::text, ', ' ORDER BY lacking.oid::regclass::text)) END,
            CASE WHEN count(lacking.oid) > 0 THEN format('SELECT tenancy.upgrade_model(%L);', m.name) END
        FROM tenancy.models AS m LEFT JOIN pg_class AS lacking ON lacking.relnamespace = m.schema::oid AND lacking.relkind IN ('r', 'p') AND NOT lacking.relispartition
             AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = lacking.oid AND a.attname IN ('public_id', 'tenant_id') AND NOT a.attisdropped)
             AND (NOT EXISTS (SELECT FROM tenancy.protected AS p WHERE p.target = lacking.oid)
                  OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = lacking.oid AND a.attname = 'deleted_at' AND NOT a.attisdropped)
                     AND tenancy.column_of(lacking.oid, 'tenancy.soft_delete_row()') IS NULL)
        WHERE m.schema IS NOT NULL GROUP BY m.name, m.installed_version, m.schema ORDER BY m.name;
    RETURN QUERY SELECT 'table', 'note', format('%s belongs to %s, a role of an application', c.oid::regclass, c.relowner::regrole),
            format('ALTER TABLE %s OWNER TO a_role_that_is_not_enrolled;', c.oid::regclass)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'tenancy', 'tenancy_archive')
          AND tenancy.is_application_role(c.relowner) ORDER BY c.oid::regclass::text;
    RETURN QUERY SELECT 'tenants', 'note', format('%s is not protected itself: who may write it may change any tenant', own.tenant_table),
            format('SELECT tenancy.share(%L, %L);', own.tenant_table, format('%I = tenancy.current_tenant_%s()', own.id_column,
                CASE tenancy.key_type() WHEN 'uuid' THEN 'id' WHEN 'text' THEN 'text' ELSE 'bigint' END))
        WHERE own.tenant_table IS NOT NULL AND tenancy.key_type() <> 'unknown'
          AND NOT EXISTS (SELECT FROM tenancy.protected AS p WHERE p.target = own.tenant_table);
    RETURN QUERY SELECT 'tenants', 'missing', 'the tenant table or its key column is gone', 'SELECT tenancy.use_tenant_table(''your_table'', ''id'');'
        WHERE tenancy.key_type() = 'unknown';
    RETURN QUERY SELECT 'roles', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'missing' END, coalesce(string_agg(e.role::text, ', ' ORDER BY e.role::text) || ' enrolled', 'no role is enrolled'),
        CASE WHEN count(*) = 0 THEN 'SELECT tenancy.enroll(''your_app_role'');' END FROM tenancy.enrolled AS e;
    RETURN QUERY SELECT 'role', 'missing', format('%s has become %s; its sessions are not filtered', e.role, CASE WHEN r.rolsuper THEN 'a superuser' ELSE 'a role that bypasses row-level security' END),
        format('ALTER ROLE %s %s;', e.role, CASE WHEN r.rolsuper THEN 'NOSUPERUSER' ELSE 'NOBYPASSRLS' END)
        FROM tenancy.enrolled AS e JOIN pg_roles AS r ON r.oid = e.role::oid WHERE r.rolsuper OR r.rolbypassrls;
    RETURN QUERY SELECT 'role', 'missing', format('%s may become %s, to which policies do not apply', e.role, r.rolname), format('REVOKE %I FROM %s;', r.rolname, e.role)
        FROM tenancy.enrolled AS e JOIN pg_roles AS r ON (r.rolsuper OR r.rolbypassrls) AND r.oid <> e.role::oid AND pg_has_role(e.role::oid, r.oid, 'MEMBER')
             JOIN pg_roles AS itself ON itself.oid = e.role::oid AND NOT itself.rolsuper;
    RETURN QUERY SELECT 'role', 'missing', format('%s has %s, which reaches past row-level security', e.role, p.power), p.remedy
        FROM tenancy.enrolled AS e, tenancy.powers_of(e.role::oid) AS p ORDER BY e.role::text, p.power;
    -- Guards stand in this database only; from another one its sessions are seen, ended, and set up for their next connection.
    RETURN QUERY SELECT 'role', 'note', format('%s may connect to %s, where it is not guarded', string_agg(DISTINCT e.role::text, ', '), string_agg(DISTINCT quote_ident(d.datname), ', ')),
            CASE count(DISTINCT d.datname) WHEN 1 THEN format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC; -- and grant it to those who need it', min(d.datname))
                ELSE 'SELECT format(''REVOKE CONNECT ON DATABASE %I FROM PUBLIC;'', datname) FROM pg_database WHERE datallowconn AND datname <> current_database(); -- and \gexec; grant it to those who need it' END
        FROM tenancy.enrolled AS e JOIN pg_database AS d ON d.datallowconn AND d.datname <> current_database() AND has_database_privilege(e.role::oid, d.oid, 'CONNECT')
        WHERE e.can_login HAVING count(*) > 0;
    RETURN QUERY SELECT 'role', 'missing', format('%s is a member of enrolled roles and does not load the library when it connects', m.oid::regrole),
            'ALTER SYSTEM SET shared_preload_libraries = ''pg_tenancy''; -- and restart'
        FROM pg_roles AS m WHERE NOT at_start AND m.rolcanlogin AND NOT m.rolsuper AND NOT m.rolbypassrls AND tenancy.is_application_role(m.oid)
             AND NOT EXISTS (SELECT FROM tenancy.enrolled AS e WHERE e.role::oid = m.oid);
    RETURN QUERY SELECT 'role', 'missing', format('%s does not load the library when it connects', e.role), format('SELECT tenancy.enroll(%L);', e.role)
        FROM tenancy.enrolled AS e WHERE NOT e.preloaded AND e.can_login;
    RETURN QUERY SELECT 'role', 'note', format('%s is reached by SET ROLE, which does not load the library', e.role), 'ALTER SYSTEM SET shared_preload_libraries = ''pg_tenancy''; -- and restart'
        FROM tenancy.enrolled AS e WHERE NOT e.can_login AND NOT at_start;
    RETURN QUERY SELECT 'new tables', CASE WHEN count(*) > 0 THEN 'ok' ELSE 'note' END,
        CASE WHEN count(*) > 0 THEN format('watched, tenancy.new_tables = %s', current_setting('tenancy.new_tables', true)) ELSE 'not watched' END,
        CASE WHEN count(*) = 0 THEN 'SELECT tenancy.watch_new_tables();' END
        FROM pg_event_trigger WHERE evtname = 'tenancy_new_tables' AND evtenabled <> 'D';
END $$;
REVOKE ALL ON FUNCTION tenancy.status() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.status() IS 'What is protected, who is enrolled, what is missing, and the next command';
