-- What stands around the tables: roles, rights, views, functions, settings, as one JSON text for the rules of lint.
-- Read by core/surroundings.hpp. The command pg_tenancy sends the same query to databases without the extension.
-- $1: the roles of the application; none: those that are enrolled, or without any the roles that can log in and are
-- granted something.

CREATE FUNCTION tenancy.enrolled_oids() RETURNS oid[]
    LANGUAGE sql STABLE
    RETURN ARRAY(SELECT e.role::oid FROM tenancy.enrolled_roles AS e);
COMMENT ON FUNCTION tenancy.enrolled_oids() IS 'Roles that are enrolled';

CREATE FUNCTION tenancy.surroundings(application_roles oid[]) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
WITH RECURSIVE reach AS (
    SELECT m.member, m.roleid FROM pg_auth_members AS m
    UNION SELECT r.member, m.roleid FROM reach AS r JOIN pg_auth_members AS m ON m.member = r.roleid
), schemas AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_namespace AS n WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
), of_extensions AS (
    SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'
), policy_uses AS (
    SELECT p.polrelid, p.polname, coalesce(json_agg(d.refobjid::bigint) FILTER (WHERE d.refclassid = 'pg_proc'::regclass), '[]') AS functions,
           coalesce(json_agg(DISTINCT d.refobjid::bigint) FILTER (WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> p.polrelid), '[]') AS relations
    FROM pg_policy AS p LEFT JOIN pg_depend AS d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.deptype = 'n' GROUP BY p.oid, p.polrelid, p.polname
), functions AS (
    SELECT f.* FROM pg_proc AS f JOIN schemas AS n ON n.oid = f.pronamespace
    WHERE f.prosecdef OR f.proleakproof OR f.proname LIKE 'dblink%'
       OR f.oid IN (SELECT d.refobjid FROM pg_depend AS d WHERE d.classid = 'pg_policy'::regclass AND d.refclassid = 'pg_proc'::regclass)
), granted AS (
    SELECT g.kind, g.oid, json_agg(json_build_object('to', g.to_role, 'may', g.may) ORDER BY g.to_role) AS list FROM (
        SELECT x.kind, x.oid, CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END AS to_role, string_agg(DISTINCT a.privilege_type, ' ' ORDER BY a.privilege_type) AS may
        FROM (SELECT 'r' AS kind, c.oid, c.relowner AS owner, c.relacl AS acl FROM pg_class AS c JOIN schemas AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relacl IS NOT NULL
              UNION ALL SELECT 'r', c.oid, c.relowner, a.attacl FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN schemas AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attacl IS NOT NULL AND NOT a.attisdropped
              UNION ALL SELECT 's', c.oid, c.relowner, c.relacl FROM pg_class AS c JOIN schemas AS n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND c.relacl IS NOT NULL
              UNION ALL SELECT 'f', f.oid, f.proowner, coalesce(f.proacl, acldefault('f', f.proowner)) FROM functions AS f
              UNION ALL SELECT 'n', n.oid, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner)) FROM schemas AS n
              UNION ALL SELECT 'd', d.oid, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba)) FROM pg_database AS d WHERE d.datname = current_database()
              UNION ALL SELECT 'l', l.oid, l.lanowner, coalesce(l.lanacl, acldefault('l', l.lanowner)) FROM pg_language AS l WHERE l.lanpltrusted AND l.lanname ~ '^(c|internal)$|u$'
              UNION ALL SELECT 'F', s.oid, s.srvowner, coalesce(s.srvacl, acldefault('S', s.srvowner)) FROM pg_foreign_server AS s) AS x,
             aclexplode(x.acl) AS a
        WHERE a.grantee <> x.owner GROUP BY x.kind, x.oid, a.grantee) AS g GROUP BY g.kind, g.oid
), roles AS (
    SELECT r.*, EXISTS (SELECT FROM pg_shdepend AS d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'a' AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS granted_something
    FROM pg_roles AS r
), view_reads AS (
    SELECT w.ev_class AS oid, json_agg(DISTINCT d.refobjid::bigint) AS list
    FROM pg_rewrite AS w JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
    WHERE w.rulename = '_RETURN' GROUP BY w.ev_class
)
SELECT json_build_object(
    'database', current_database(),
    'database_owner', (SELECT pg_get_userbyid(d.datdba) FROM pg_database AS d WHERE d.datname = current_database()),
    'database_grants', coalesce((SELECT g.list FROM granted AS g WHERE g.kind = 'd'), '[]'),
    'extensions', coalesce((SELECT json_agg(e.extname ORDER BY e.extname) FROM pg_extension AS e), '[]'),
    'preload', (SELECT s.setting || ',' || current_setting('session_preload_libraries', true) FROM pg_settings AS s WHERE s.name = 'shared_preload_libraries'), -- NULL: not for this role
    'roles', (SELECT json_agg(json_build_object('name', r.rolname, 'sql', quote_ident(r.rolname), 'superuser', r.rolsuper, 'bypassrls', r.rolbypassrls, 'replication', r.rolreplication, 'createrole', r.rolcreaterole, 'createdb', r.rolcreatedb, 'login', r.rolcanlogin,
                      'application', CASE WHEN coalesce(cardinality($1::oid[]), 0) > 0 THEN r.oid = ANY ($1) ELSE r.rolcanlogin AND r.oid <> 10 AND r.granted_something AND r.rolname !~ '^pg_' END,
                      'granted', r.granted_something,
                      'member_of', (SELECT coalesce(json_agg(DISTINCT pg_get_userbyid(m.roleid) ORDER BY pg_get_userbyid(m.roleid)), '[]') FROM pg_auth_members AS m WHERE m.member = r.oid),
                      'reaches', coalesce((SELECT json_agg(pg_get_userbyid(x.roleid) ORDER BY 1) FROM reach AS x WHERE x.member = r.oid), '[]')) ORDER BY r.rolname) FROM roles AS r),
    'stored_settings', coalesce((SELECT json_agg(json_build_object('role', coalesce(r.rolname, ''), 'database', coalesce(d.datname, ''), 'name', split_part(c.entry, '=', 1), 'value', substr(c.entry, strpos(c.entry, '=') + 1)) ORDER BY r.rolname, d.datname, c.entry)
                        FROM pg_db_role_setting AS s LEFT JOIN pg_roles AS r ON r.oid = s.setrole LEFT JOIN pg_database AS d ON d.oid = s.setdatabase, unnest(s.setconfig) AS c(entry)
                        WHERE s.setdatabase = 0 OR d.datname = current_database()), '[]'),
    'parameters', coalesce((SELECT json_agg(json_build_object('name', p.parname, 'to', CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END, 'may', a.privilege_type) ORDER BY p.parname, a.grantee)
                   FROM pg_parameter_acl AS p, aclexplode(p.paracl) AS a WHERE a.grantee <> 10), '[]'),
    'schemas', coalesce((SELECT json_agg(json_build_object('name', n.nspname, 'sql', quote_ident(n.nspname), 'owner', pg_get_userbyid(n.nspowner), 'grants', coalesce(g.list, '[]')) ORDER BY n.nspname)
                FROM schemas AS n LEFT JOIN granted AS g ON g.kind = 'n' AND g.oid = n.oid), '[]'),
    'table_grants', coalesce((SELECT json_agg(json_build_object('oid', g.oid::bigint, 'grants', g.list)) FROM granted AS g WHERE g.kind = 'r'), '[]'),
    'views', coalesce((SELECT json_agg(json_build_object('oid', c.oid::bigint, 'schema', n.nspname, 'sql', format('%I.%I', n.nspname, c.relname), 'materialized', c.relkind = 'm', 'owner', pg_get_userbyid(c.relowner),
                     'invoker', coalesce('security_invoker=true' = ANY (c.reloptions) OR 'security_invoker=on' = ANY (c.reloptions) OR 'security_invoker=1' = ANY (c.reloptions), false),
                     'barrier', coalesce('security_barrier=true' = ANY (c.reloptions) OR 'security_barrier=on' = ANY (c.reloptions) OR 'security_barrier=1' = ANY (c.reloptions), false),
                     'filters', pg_get_viewdef(c.oid) ~* '\mwhere\M', 'of_extension', EXISTS (SELECT FROM of_extensions AS e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid),
                     'reads', coalesce(v.list, '[]')) ORDER BY n.nspname, c.relname)
              FROM pg_class AS c JOIN schemas AS n ON n.oid = c.relnamespace LEFT JOIN view_reads AS v ON v.oid = c.oid WHERE c.relkind IN ('v', 'm')), '[]'),
    'functions', coalesce((SELECT json_agg(json_build_object('oid', f.oid::bigint, 'name', f.proname, 'sql', format('%I.%I(%s)', n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)), 'owner', pg_get_userbyid(f.proowner),
                     'definer', f.prosecdef, 'leakproof', f.proleakproof, 'volatility', f.provolatile, 'parallel', f.proparallel, 'language', l.lanname, 'parsed', f.prosqlbody IS NOT NULL, 'trigger', f.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype),
                     'search_path', (SELECT substr(c.entry, 13) FROM unnest(f.proconfig) AS c(entry) WHERE c.entry LIKE 'search\_path=%'), 'of_extension', EXISTS (SELECT FROM of_extensions AS e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid),
                     'body', CASE WHEN l.lanname IN ('sql', 'plpgsql') THEN left(coalesce(nullif(f.prosrc, ''), pg_get_functiondef(f.oid)), 4000) ELSE '' END, 'grants', coalesce(g.list, '[]')) ORDER BY n.nspname, f.proname, f.oid)
                  FROM functions AS f JOIN schemas AS n ON n.oid = f.pronamespace JOIN pg_language AS l ON l.oid = f.prolang LEFT JOIN granted AS g ON g.kind = 'f' AND g.oid = f.oid WHERE f.prokind IN ('f', 'p')), '[]'),
    'policy_uses', coalesce((SELECT json_agg(json_build_object('table', u.polrelid::bigint, 'policy', u.polname, 'functions', u.functions, 'relations', u.relations)) FROM policy_uses AS u), '[]'),
    'rules', coalesce((SELECT json_agg(json_build_object('table', w.ev_class::bigint, 'sql', quote_ident(w.rulename)) ORDER BY w.ev_class, w.rulename)
              FROM pg_rewrite AS w JOIN pg_class AS c ON c.oid = w.ev_class AND c.relkind IN ('r', 'p') JOIN schemas AS n ON n.oid = c.relnamespace), '[]'),
    'publications', coalesce((SELECT json_agg(json_build_object('sql', quote_ident(p.pubname), 'all', p.puballtables,
                        'tables', (SELECT coalesce(json_agg(r.prrelid::bigint), '[]') FROM pg_publication_rel AS r WHERE r.prpubid = p.oid AND r.prqual IS NULL),
                        'schemas', (SELECT coalesce(json_agg(s.nspname), '[]') FROM pg_publication_namespace AS r JOIN pg_namespace AS s ON s.oid = r.pnnspid WHERE r.pnpubid = p.oid)) ORDER BY p.pubname) FROM pg_publication AS p), '[]'),
    'servers', coalesce((SELECT json_agg(json_build_object('sql', quote_ident(s.srvname), 'owner', pg_get_userbyid(s.srvowner), 'grants', coalesce(g.list, '[]')) ORDER BY s.srvname)
                FROM pg_foreign_server AS s LEFT JOIN granted AS g ON g.kind = 'F' AND g.oid = s.oid), '[]'),
    'languages', coalesce((SELECT json_agg(json_build_object('name', l.lanname, 'sql', quote_ident(l.lanname), 'owner', pg_get_userbyid(l.lanowner), 'grants', coalesce(g.list, '[]')) ORDER BY l.lanname)
                  FROM pg_language AS l LEFT JOIN granted AS g ON g.kind = 'l' AND g.oid = l.oid WHERE l.lanpltrusted AND l.lanname ~ '^(c|internal)$|u$'), '[]'),
    'large_objects', coalesce((SELECT json_agg(json_build_object('owner', x.owner, 'count', x.n) ORDER BY x.owner) FROM (SELECT pg_get_userbyid(o.lomowner) AS owner, count(*) AS n FROM pg_largeobject_metadata AS o GROUP BY o.lomowner) AS x), '[]'),
    'statistics', coalesce((SELECT json_agg(json_build_object('sql', format('%I.%I', n.nspname, s.stxname), 'table', s.stxrelid::bigint) ORDER BY n.nspname, s.stxname) FROM pg_statistic_ext AS s JOIN schemas AS n ON n.oid = s.stxnamespace), '[]'),
    'sequences', coalesce((SELECT json_agg(json_build_object('sql', format('%I.%I', n.nspname, c.relname), 'table', d.of_table::bigint, 'identity', d.identity, 'grants', g.list) ORDER BY n.nspname, c.relname, d.of_table)
                  FROM pg_class AS c JOIN schemas AS n ON n.oid = c.relnamespace JOIN granted AS g ON g.kind = 's' AND g.oid = c.oid
                  CROSS JOIN LATERAL (SELECT x.refobjid AS of_table, x.deptype = 'i' AS identity FROM pg_depend AS x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.refclassid = 'pg_class'::regclass AND x.refobjsubid > 0
                      UNION SELECT v.adrelid, false FROM pg_depend AS x JOIN pg_attrdef AS v ON v.oid = x.objid WHERE x.classid = 'pg_attrdef'::regclass AND x.refclassid = 'pg_class'::regclass AND x.refobjid = c.oid) AS d
                  WHERE c.relkind = 'S'), '[]'),
    'exclusions', coalesce((SELECT json_agg(json_build_object('table', k.conrelid::bigint, 'sql', quote_ident(k.conname), 'columns', (SELECT coalesce(json_agg(a.attname), '[]') FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND a.attnum > 0)) ORDER BY k.conrelid, k.conname)
                   FROM pg_constraint AS k WHERE k.contype = 'x' AND k.conparentid = 0), '[]')
)::text
$$;
REVOKE ALL ON FUNCTION tenancy.surroundings(oid[]) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.surroundings(oid[]) IS 'What stands around the tables, for the rules of lint(), as JSON';
