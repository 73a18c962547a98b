GRANT pg_read_all_data, pg_monitor, pg_signal_backend TO app_generous;
GRANT SET ON PARAMETER session_replication_role TO app_generous;
CREATE EXTENSION dblink SCHEMA public;
CREATE EXTENSION pg_stat_statements SCHEMA public;
CREATE EXTENSION pgstattuple SCHEMA public;
CREATE EXTENSION pgrowlocks SCHEMA public;
CREATE EXTENSION pageinspect SCHEMA public;
CREATE EXTENSION pg_buffercache SCHEMA public;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO app_generous;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO app_generous;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_catalog TO app_generous;
{if ours}
CREATE EXTENSION pg_tenancy;
SELECT tenancy.create_tenant(name, name, id => id) FROM (VALUES ('a', '{a}'::uuid), ('b', '{b}'), ('c', '{c}'), ('suspended', '{suspended}')) AS t (name, id);
SELECT tenancy.suspend_tenant('{suspended}'::uuid);
{end}
SELECT lo_from_bytea(4711, 'secret-b in a large object');
GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC;

-- All that no attack may change: every row but A's, who may do what, and what stands in the catalogs.
CREATE SCHEMA threats;
CREATE FUNCTION threats.state(of_schema text) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    part record;
    found text;
    everything text;
BEGIN
    FOR part IN SELECT c.oid::regclass AS target, EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS owned
                  FROM pg_class AS c WHERE c.relnamespace = of_schema::regnamespace AND c.relkind = 'r' ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT string_agg(t::text, '' '' ORDER BY t::text) FROM ONLY %s AS t %s', part.target,
                       CASE WHEN part.owned THEN 'WHERE tenant_id IS DISTINCT FROM ''{a}''' END) INTO found;
        everything := concat_ws(E'\n', everything, part.target, found);
    END LOOP;
    SELECT concat_ws(E'\n', everything,
        (SELECT string_agg(concat_ws(' ', relname, relkind, relowner, relacl, relrowsecurity, relforcerowsecurity), E'\n' ORDER BY oid) FROM pg_class WHERE relnamespace = of_schema::regnamespace),
        (SELECT string_agg(concat_ws(' ', polname, polpermissive, polroles, polrelid), E'\n' ORDER BY oid) FROM pg_policy),
        (SELECT string_agg(concat_ws(' ', tgname, tgenabled, tgrelid), E'\n' ORDER BY oid) FROM pg_trigger),
        (SELECT string_agg(setconfig::text, ' ') FROM pg_db_role_setting),
        (SELECT string_agg(concat_ws(' ', rolname, rolsuper, rolbypassrls, rolreplication), E'\n' ORDER BY oid) FROM pg_authid),
        (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_type WHERE typnamespace <> 'pg_toast'::regnamespace), (SELECT count(*) FROM pg_cast), (SELECT count(*) FROM pg_operator), (SELECT count(*) FROM pg_rewrite),
        (SELECT count(*) FROM pg_default_acl), (SELECT count(*) FROM pg_description), (SELECT count(*) FROM pg_publication), (SELECT count(*) FROM pg_replication_slots),
        (SELECT count(*) FROM pg_prepared_xacts), (SELECT count(*) FROM pg_auth_members), (SELECT string_agg(oid::text || lo_get(oid)::text, ' ') FROM pg_largeobject_metadata),{if ours}
        (SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM tenancy.tenants AS t),
{end}
        '') INTO everything;
    RETURN everything;
END $$;
-- What A has: put back after each attack that changed it.
CREATE FUNCTION threats.state_of_a(of_schema text) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    part regclass;
    found text;
    everything text;
BEGIN
    FOR part IN SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = of_schema::regnamespace AND c.relkind = 'r' AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT string_agg(t::text, '' '' ORDER BY t::text) FROM ONLY %s AS t WHERE tenant_id = ''{a}''', part) INTO found;
        everything := concat_ws(E'\n', everything, part, found);
    END LOOP;
    RETURN everything;
END $$;
CREATE PROCEDURE threats.restore(of_schema text) LANGUAGE plpgsql SET search_path = pg_catalog SET session_replication_role = replica AS $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT c.oid::regclass AS target, format('threats.%I', of_schema || '_' || c.relname) AS saved FROM pg_class AS c
                 WHERE c.relnamespace = of_schema::regnamespace AND c.relkind = 'r' AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
    LOOP
        IF to_regclass(part.saved) IS NULL THEN
            EXECUTE format('CREATE TABLE %s AS SELECT * FROM ONLY %s WHERE tenant_id = ''{a}''', part.saved, part.target);
        ELSE
            EXECUTE format('DELETE FROM ONLY %s WHERE tenant_id = ''{a}''', part.target);
            EXECUTE format('INSERT INTO %s OVERRIDING SYSTEM VALUE TABLE %s', part.target, part.saved);
        END IF;
    END LOOP;
END $$;
