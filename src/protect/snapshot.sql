-- The snapshot: all that planning, linting, purging and exporting know of the catalogs, as one JSON
-- text. Read by core/schema.hpp; nothing else reads the catalogs its own way. Every name comes with
-- its quoted form (sql), so that the core needs no keyword list; expressions are printed with
-- pg_catalog alone in the search path, so that they name their schemas.
--
-- The command pg_tenancy asks databases without the extension the same (bin/queries.sh): there a line with --@
-- stands as what follows the mark. Only such lines may name objects of the extension.

CREATE FUNCTION tenancy.is_application_role(role oid) RETURNS boolean
    AS 'MODULE_PATHNAME', 'tenancy_is_application_role' LANGUAGE c STABLE STRICT;
COMMENT ON FUNCTION tenancy.is_application_role(oid) IS 'Is the role enrolled or a member of an enrolled role: what it owns is not trusted';

CREATE FUNCTION tenancy.schema_snapshot() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
WITH user_tables AS (
    SELECT c.oid, c.relname, n.nspname, c.relkind, c.relpersistence, c.relowner, c.reltuples,
           c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relhasrules,
           coalesce((SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_partitioned_table AS k JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY (k.partattrs) AND a.attnum > 0 WHERE k.partrelid = c.oid), '[]'::json) AS partition_columns,
           EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS of_extension
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
), columns AS (
    SELECT a.attrelid, json_agg(json_build_object('name', a.attname, 'sql', quote_ident(a.attname), 'type', format_type(a.atttypid, NULL),
               'not_null', a.attnotnull, 'generated', a.attgenerated <> '', 'identity', a.attidentity <> '',
               'deterministic', coalesce(l.collisdeterministic, true),
               'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END) ORDER BY a.attnum) AS list
    FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         LEFT JOIN pg_collation AS l ON l.oid = a.attcollation
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN (SELECT oid FROM user_tables) GROUP BY a.attrelid
), policies AS (
    SELECT p.polrelid, json_agg(json_build_object('name', p.polname, 'sql', quote_ident(p.polname), 'command', p.polcmd, 'permissive', p.polpermissive,
               'public', p.polroles = '{0}', 'roles', (SELECT json_agg(quote_ident(r.rolname) ORDER BY r.rolname) FROM pg_roles AS r WHERE r.oid = ANY (p.polroles)), 'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) ORDER BY p.polname) AS list
    FROM pg_policy AS p GROUP BY p.polrelid
), triggers AS (
    SELECT t.tgrelid, json_agg(json_build_object('name', t.tgname, 'sql', quote_ident(t.tgname), 'function', f.nspname || '.' || p.proname, 'enabled', t.tgenabled,
               'type', t.tgtype, 'cloned', t.tgparentid <> 0, 'deferrable', t.tgdeferrable, 'deferred', t.tginitdeferred, 'narrowed', t.tgqual IS NOT NULL OR t.tgattr <> '',
               'arguments', CASE WHEN f.nspname = 'tenancy' THEN (SELECT json_agg(convert_from(decode(x.part[1], 'hex'), getdatabaseencoding()) ORDER BY x.n) FROM regexp_matches(encode(t.tgargs, 'hex'), '(([0-9a-f]{2})*?)00', 'g') WITH ORDINALITY AS x(part, n)) END) ORDER BY t.tgname) AS list
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS f ON f.oid = p.pronamespace
    WHERE NOT t.tgisinternal OR f.nspname = 'tenancy' GROUP BY t.tgrelid
), indexes AS (
    SELECT i.indrelid, json_agg(json_build_object('name', c.relname, 'unique', i.indisunique AND i.indimmediate, 'primary', i.indisprimary, 'valid', i.indisvalid,
               'partial', i.indpred IS NOT NULL, 'nulls_equal', i.indnullsnotdistinct,
               'key', CASE WHEN i.indisunique AND NOT i.indisprimary THEN (
                   SELECT json_build_object('sql', quote_ident(c.relname), 'constraint', pg_get_constraintdef(k.oid), 'definition', pg_get_indexdef(c.oid),
                              'replica_identity', i.indisreplident, 'inherited', c.relispartition, 'options', array_to_string(c.reloptions, ', '),
                              'tablespace', (SELECT quote_ident(s.spcname) FROM pg_tablespace AS s WHERE s.oid = c.reltablespace),
                              'comment', CASE WHEN k.oid IS NULL THEN obj_description(c.oid, 'pg_class') ELSE obj_description(k.oid, 'pg_constraint') END)
                   FROM (SELECT) AS one LEFT JOIN pg_constraint AS k ON k.conrelid = i.indrelid AND k.conindid = c.oid AND k.contype = 'u') END,
               'columns', (SELECT json_agg(coalesce(a.attname, '') ORDER BY k.n) FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(num, n)
                           LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.num AND k.num > 0 WHERE k.n <= i.indnkeyatts)) ORDER BY c.relname) AS list
    FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid IN (SELECT oid FROM user_tables) GROUP BY i.indrelid
), planned_code AS (
    -- Functions that the server may evaluate when it plans a query on a table, and who owns them, but superusers and the caller.
    SELECT u.table_oid, min(f.oid::regprocedure::text) AS name FROM (
        SELECT i.indrelid AS table_oid, d.refclassid, d.refobjid FROM pg_index AS i JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
        UNION ALL SELECT s.stxrelid, d.refclassid, d.refobjid FROM pg_statistic_ext AS s JOIN pg_depend AS d ON d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid
        UNION ALL SELECT p.partrelid, d.refclassid, d.refobjid FROM pg_partitioned_table AS p JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = p.partrelid) AS u
        LEFT JOIN pg_operator AS o ON u.refclassid = 'pg_operator'::regclass AND o.oid = u.refobjid
        JOIN pg_proc AS f ON f.oid = CASE u.refclassid WHEN 'pg_proc'::regclass THEN u.refobjid ELSE o.oprcode::oid END JOIN pg_roles AS r ON r.oid = f.proowner
    WHERE u.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) AND NOT r.rolsuper AND r.rolname <> current_user GROUP BY u.table_oid
), parents AS (
    SELECT h.inhrelid, json_agg(h.inhparent::bigint ORDER BY h.inhseqno) AS list FROM pg_inherits AS h GROUP BY h.inhrelid
), foreign_keys AS (
    SELECT json_agg(json_build_object('name', k.conname, 'sql', quote_ident(k.conname), 'child', k.conrelid::bigint, 'parent', k.confrelid::bigint,
               'child_columns', (SELECT json_agg(a.attname ORDER BY x.n) FROM unnest(k.conkey) WITH ORDINALITY AS x(num, n) JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.num),
               'parent_columns', (SELECT json_agg(a.attname ORDER BY x.n) FROM unnest(k.confkey) WITH ORDINALITY AS x(num, n) JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = x.num),
               'delete_columns', (SELECT json_agg(a.attname ORDER BY x.n) FROM unnest(k.confdelsetcols) WITH ORDINALITY AS x(num, n) JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = x.num),
               'parent_index', (SELECT x.relname FROM pg_class AS x WHERE x.oid = k.conindid), 'on_delete', k.confdeltype, 'on_update', k.confupdtype, 'match', k.confmatchtype, 'deferrable', k.condeferrable,
               'deferred', k.condeferred, 'validated', k.convalidated, 'inherited', k.conparentid <> 0,
               'crossing', coalesce((SELECT CASE WHEN r.new_rows THEN 'a' ELSE 'o' END FROM tenancy.crossing_references AS r WHERE r.target = k.conrelid AND r.constraint_name = k.conname), 'n'), --@ 'crossing', 'n',
               'enforced', coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)) ORDER BY k.conrelid, k.conname) AS list
    FROM pg_constraint AS k WHERE k.contype = 'f'
), tenant_table AS ( --@ )
    -- A tenant table that is gone: tenancy.configuration still names it, nothing can be planned by it. --@
    SELECT coalesce(c.oid, 'tenancy.tenants'::regclass) AS oid, CASE WHEN c.oid IS NULL THEN 'id' ELSE f.id_column END AS id_column --@
    FROM (SELECT) AS one LEFT JOIN tenancy.configuration AS f ON true LEFT JOIN pg_class AS c ON c.oid = f.tenant_table --@
) --@
SELECT json_build_object(
    'server_version', current_setting('server_version_num')::integer,
    'key_type', tenancy.key_type(), --@ 'key_type', 'unknown',
    'tenant_table', --@ 'tenant_table', json_build_object('oid', 0, 'sql', '', 'column', '', 'column_sql', ''),
                    (SELECT json_build_object('oid', t.oid::bigint, 'sql', format('%I.%I', n.nspname, c.relname), 'column', t.id_column, 'column_sql', quote_ident(t.id_column)) --@
                     FROM tenant_table AS t JOIN pg_class AS c ON c.oid = t.oid JOIN pg_namespace AS n ON n.oid = c.relnamespace), --@
    'tables', coalesce((SELECT json_agg(json_build_object('oid', t.oid::bigint, 'schema', t.nspname, 'name', t.relname, 'sql', format('%I.%I', t.nspname, t.relname),
                'kind', t.relkind, 'persistence', t.relpersistence, 'owner', pg_get_userbyid(t.relowner),
                'of_application', tenancy.is_application_role(t.relowner), --@ 'of_application', false,
                'rows', greatest(t.reltuples, 0)::bigint,
                'row_security', t.relrowsecurity, 'force', t.relforcerowsecurity, 'partition', t.relispartition, 'partition_columns', t.partition_columns, 'rules', t.relhasrules, 'planned_code', coalesce((SELECT k.name FROM planned_code AS k WHERE k.table_oid = t.oid), ''), 'of_extension', t.of_extension,
                'parents', coalesce(h.list, '[]'::json), 'columns', coalesce(a.list, '[]'::json), 'policies', coalesce(p.list, '[]'::json),
                'triggers', coalesce(g.list, '[]'::json), 'indexes', coalesce(i.list, '[]'::json)) ORDER BY t.nspname, t.relname)
              FROM user_tables AS t LEFT JOIN parents AS h ON h.inhrelid = t.oid LEFT JOIN columns AS a ON a.attrelid = t.oid
              LEFT JOIN policies AS p ON p.polrelid = t.oid LEFT JOIN triggers AS g ON g.tgrelid = t.oid LEFT JOIN indexes AS i ON i.indrelid = t.oid), '[]'::json),
    'foreign_keys', coalesce((SELECT list FROM foreign_keys), '[]'::json))::text
$$;
COMMENT ON FUNCTION tenancy.schema_snapshot() IS 'The catalogs as the planner of this extension sees them, as JSON';
