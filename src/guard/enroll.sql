-- Enrolment: the roles as which applications connect.

CREATE VIEW tenancy.enrolled AS
    SELECT e.role, r.rolcanlogin AS can_login, e.enrolled_at, e.enrolled_by,
           coalesce((SELECT s.setconfig::text LIKE '%pg_tenancy%' FROM pg_catalog.pg_db_role_setting AS s
                     WHERE s.setrole = e.role::oid AND s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())), false)
           OR pg_catalog.current_setting('shared_preload_libraries') LIKE '%pg_tenancy%' AS preloaded
    FROM tenancy.enrolled_roles AS e JOIN pg_catalog.pg_roles AS r ON r.oid = e.role::oid;
COMMENT ON VIEW tenancy.enrolled IS 'Enrolled roles; preloaded: the library is there when a connection starts';
COMMENT ON COLUMN tenancy.enrolled.role IS 'The role';
COMMENT ON COLUMN tenancy.enrolled.can_login IS 'May it connect';
COMMENT ON COLUMN tenancy.enrolled.enrolled_at IS 'Since when';
COMMENT ON COLUMN tenancy.enrolled.enrolled_by IS 'By whom';
COMMENT ON COLUMN tenancy.enrolled.preloaded IS 'Is the library there when a connection of it starts';

-- session_preload_libraries as a new connection of the role to this database would have it.
CREATE FUNCTION tenancy.preload_setting(role oid) RETURNS text
    LANGUAGE sql STABLE
    RETURN coalesce((SELECT substr(c.entry, length('session_preload_libraries=') + 1)
                     FROM pg_catalog.pg_db_role_setting AS s, unnest(s.setconfig) AS c(entry)
                     WHERE c.entry LIKE 'session\_preload\_libraries=%'
                       AND s.setrole IN (preload_setting.role, 0)
                       AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
                     ORDER BY s.setrole <> 0 AND s.setdatabase <> 0 DESC, s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1),
                    (SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'session_preload_libraries'), '');
REVOKE ALL ON FUNCTION tenancy.preload_setting(oid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.preload_setting(oid) IS 'session_preload_libraries of a role''s next connection to this database';

-- What a role may do that no policy and no guard of this database stands before, and the command that takes it away.
CREATE FUNCTION tenancy.powers_of(role oid) RETURNS TABLE (power text, remedy text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT 'REPLICATION', pg_catalog.format('ALTER ROLE %I NOREPLICATION;', r.rolname) FROM pg_catalog.pg_roles AS r WHERE r.oid = powers_of.role AND r.rolreplication
        UNION ALL
        SELECT 'CREATEROLE', pg_catalog.format('ALTER ROLE %I NOCREATEROLE;', r.rolname) FROM pg_catalog.pg_roles AS r WHERE r.oid = powers_of.role AND r.rolcreaterole
        UNION ALL
        SELECT 'CREATEDB', pg_catalog.format('ALTER ROLE %I NOCREATEDB;', r.rolname) FROM pg_catalog.pg_roles AS r WHERE r.oid = powers_of.role AND r.rolcreatedb
        UNION ALL
        SELECT 'the ownership of database ' || d.datname, pg_catalog.format('ALTER DATABASE %I OWNER TO another_role;', d.datname) FROM pg_catalog.pg_database AS d WHERE d.datdba = powers_of.role
        UNION ALL
        SELECT 'membership in ' || p.rolname, pg_catalog.format('REVOKE %I FROM %I;', p.rolname, pg_catalog.pg_get_userbyid(powers_of.role)) FROM pg_catalog.pg_roles AS p
        WHERE p.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program', 'pg_create_subscription', 'pg_maintain')
          AND pg_catalog.pg_has_role(powers_of.role, p.oid, 'MEMBER') AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.oid = powers_of.role);
    END;
REVOKE ALL ON FUNCTION tenancy.powers_of(oid) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.powers_of(oid) IS 'Powers of a role that no policy stands before: REPLICATION, CREATEROLE, CREATEDB, a database of its own, predefined roles that read or write everything, files, programs';

CREATE FUNCTION tenancy.enroll(role regrole) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    attributes pg_roles;
    owned text;
    remedies text;
    preload text := tenancy.preload_setting(role::oid);
BEGIN
    PERFORM tenancy.require_platform('enroll');
    SELECT * INTO attributes FROM pg_roles WHERE oid = role::oid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object', HINT = format('CREATE ROLE %s LOGIN;', role);
    END IF;
    IF attributes.rolsuper THEN
        RAISE EXCEPTION 'superuser % cannot be enrolled', role
            USING ERRCODE = 'invalid_grant_operation', DETAIL = 'Row-level security does not apply to superusers.',
                  HINT = format('ALTER ROLE %s NOSUPERUSER; or let the application connect as a role of its own.', role);
    END IF;
    IF attributes.rolbypassrls THEN
        RAISE EXCEPTION 'role % bypasses row-level security and cannot be enrolled', role
            USING ERRCODE = 'invalid_grant_operation', HINT = format('ALTER ROLE %s NOBYPASSRLS;', role);
    END IF;
    SELECT string_agg(p.target::text, ', ' ORDER BY p.target::text) INTO owned
    FROM tenancy.protected AS p JOIN pg_class AS c ON c.oid = p.target WHERE c.relowner = role::oid;
    IF owned IS NOT NULL THEN
        RAISE EXCEPTION 'role % owns protected tables and cannot be enrolled', role
            USING ERRCODE = 'invalid_grant_operation', DETAIL = format('It owns %s; an owner can take protection away.', owned),
                  HINT = format('REASSIGN OWNED BY %s TO another_role; or let the application connect as a role of its own.', role);
    END IF;
    SELECT string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname) INTO owned
    FROM pg_roles AS r WHERE (r.rolsuper OR r.rolbypassrls) AND r.oid <> role::oid AND pg_has_role(role::oid, r.oid, 'MEMBER');
    IF owned IS NOT NULL THEN
        RAISE EXCEPTION 'role % may become % and cannot be enrolled', role, owned
            USING ERRCODE = 'invalid_grant_operation', DETAIL = 'Row-level security does not apply to superusers and roles with BYPASSRLS.',
                  HINT = format('REVOKE %s FROM %s;', owned, role);
    END IF;
    SELECT string_agg(p.power, ', '), string_agg(p.remedy, ' ') INTO owned, remedies FROM tenancy.powers_of(role::oid) AS p;
    IF owned IS NOT NULL THEN
        RAISE EXCEPTION 'role % has % and cannot be enrolled', role, owned
            USING ERRCODE = 'invalid_grant_operation', DETAIL = 'That reaches the rows of all tenants past row-level security.', HINT = remedies;
    END IF;
    SELECT string_agg(DISTINCT c.relowner::regrole::text, ', ') INTO owned
    FROM tenancy.protected AS p JOIN pg_class AS c ON c.oid = p.target
    WHERE c.relowner <> role::oid AND pg_has_role(role::oid, c.relowner, 'MEMBER');
    IF owned IS NOT NULL THEN
        RAISE WARNING 'role % is a member of %, which owns protected tables and can take protection away', role, owned
            USING HINT = format('REVOKE %s FROM %s;', owned, role);
    END IF;
    INSERT INTO tenancy.enrolled_roles (role) VALUES (enroll.role) ON CONFLICT DO NOTHING;
    IF preload !~ '(^|[^a-z0-9_])pg_tenancy([^a-z0-9_]|$)' THEN
        EXECUTE format('ALTER ROLE %s IN DATABASE %I SET session_preload_libraries = %s', role, current_database(),
                       concat_ws(', ', nullif(preload, ''), 'pg_tenancy'));
    END IF;
END $$;
REVOKE ALL ON FUNCTION tenancy.enroll(regrole) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.enroll(regrole) IS 'Guard the sessions of a role an application connects as; preloads the library in its new connections';

CREATE FUNCTION tenancy.unenroll(role regrole) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    preload text := tenancy.preload_setting(role::oid);
    rest text;
BEGIN
    PERFORM tenancy.require_platform('unenroll');
    DELETE FROM tenancy.enrolled_roles AS e WHERE e.role = unenroll.role;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'role % is not enrolled', role USING ERRCODE = 'undefined_object', HINT = 'SELECT * FROM tenancy.enrolled;';
    END IF;
    IF EXISTS (SELECT FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c(entry)
               WHERE s.setrole = role::oid AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
                 AND c.entry LIKE 'session\_preload\_libraries=%') THEN
        SELECT string_agg(trim(l), ', ') INTO rest FROM unnest(string_to_array(preload, ',')) AS l WHERE trim(BOTH ' "' FROM l) <> 'pg_tenancy';
        IF rest IS NULL THEN
            EXECUTE format('ALTER ROLE %s IN DATABASE %I RESET session_preload_libraries', role, current_database());
        ELSE
            EXECUTE format('ALTER ROLE %s IN DATABASE %I SET session_preload_libraries = %s', role, current_database(), rest);
        END IF;
    END IF;
END $$;
REVOKE ALL ON FUNCTION tenancy.unenroll(regrole) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.unenroll(regrole) IS 'Stop guarding the sessions of a role';
