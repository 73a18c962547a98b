-- Prints the documentation of one schema as Markdown, from the catalogs and their comments alone; in a
-- transaction that is rolled back. Text and names are escaped. docs/schema.sh runs it:
--
--   psql -X -q -A -t -v ON_ERROR_STOP=1 -v schema=NAME -f docs/schema.sql
--
-- Names are printed with pg_catalog alone in the search path and sorted by "C", so that the same schema
-- gives the same text everywhere. Partitions are left out, what belongs to other extensions, and the
-- functions of a schema that is an extension's.
BEGIN READ WRITE;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL timezone = 'UTC';
SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1;
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off;

SELECT quote_ident(:'schema')::regnamespace::oid AS schema_oid \gset
SELECT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND objid = :schema_oid AND deptype = 'e') AS of_extension \gset

-- ---- Markdown ----
-- Text that is shown as it is, on one line.
CREATE FUNCTION pg_temp.md(given text) RETURNS text LANGUAGE sql
    RETURN regexp_replace(regexp_replace(regexp_replace(regexp_replace(replace(replace(replace(btrim(given, E' \t\r\n'),
               '&', '&amp;'), '<', '&lt;'), '$', '&#36;'),
               '[\\`*[\]|~]', '\\\&', 'g'), '(?<![A-Za-z0-9])_', '\\_', 'g'), '^(\d*)([-+#>=.)])', '\1\\\2'), '\s*[\r\n]\s*', '<br>', 'g');
-- Code. In a cell of a table a bar ends the cell even within backquotes.
CREATE FUNCTION pg_temp.code(given text, in_cell boolean DEFAULT false) RETURNS text LANGUAGE sql
    RETURN CASE WHEN given = '' THEN ''
                WHEN in_cell AND given LIKE '%|%' THEN '<code>' || replace(pg_temp.md(given), '\|', '&#124;') || '</code>'
                ELSE (SELECT fence || pad || regexp_replace(given, '\s*[\r\n]\s*', ' ', 'g') || pad || fence
                      FROM (SELECT repeat('`', 1 + coalesce(max(length(run[1])), 0)) AS fence, CASE WHEN count(*) > 0 THEN ' ' ELSE '' END AS pad
                            FROM regexp_matches(given, '`+', 'g') AS run) AS f) END;
-- A word of a diagram: of a type or a column. A bare PK, FK or UK would be read as a mark.
CREATE FUNCTION pg_temp.word(given text) RETURNS text LANGUAGE sql
    RETURN regexp_replace(regexp_replace(regexp_replace(given, '[^A-Za-z0-9_()[\]-]+', '_', 'g'), '^(?![A-Za-z_])', '_'), '^([PFU]K)$', '\1_', 'i');
-- A quoted name of a diagram.
CREATE FUNCTION pg_temp.label(given text) RETURNS text LANGUAGE sql
    RETURN '"' || regexp_replace(given, '["%\\[:cntrl:]]', '_', 'g') || '"';
CREATE FUNCTION pg_temp.names(names name[]) RETURNS text LANGUAGE sql
    RETURN (SELECT string_agg(quote_ident(n), ', ' ORDER BY place) FROM unnest(names) WITH ORDINALITY AS x(n, place));

-- ---- the catalogs ----
CREATE FUNCTION pg_temp.columns_of(of_table oid, numbers int2[]) RETURNS name[] LANGUAGE sql
    RETURN ARRAY(SELECT a.attname FROM unnest(numbers) WITH ORDINALITY AS x(number, place)
                 JOIN pg_attribute AS a ON a.attrelid = of_table AND a.attnum = x.number ORDER BY x.place);
CREATE TEMP TABLE documented AS SELECT :schema_oid::oid AS schema;
CREATE FUNCTION pg_temp.index_rule(index oid) RETURNS text LANGUAGE sql
    RETURN regexp_replace(regexp_replace(pg_get_indexdef(index, 0, true), '^.*? USING ', ''), '^btree ', '');
-- A type by its short name; one of this schema without it.
CREATE FUNCTION pg_temp.type_name(type oid, modifier integer) RETURNS text LANGUAGE sql
    RETURN (SELECT regexp_replace(regexp_replace(regexp_replace(CASE WHEN starts_with(full_name, own) THEN substr(full_name, length(own) + 1) ELSE full_name END,
                       '^timestamp(\(\d\))? with time zone', 'timestamptz\1'), '^timestamp(\(\d\))? without time zone', 'timestamp\1'), '^character varying', 'varchar')
            FROM (SELECT format_type(type, modifier) AS full_name, quote_ident(nspname) || '.' AS own FROM pg_namespace
                  WHERE oid = (SELECT d.schema FROM pg_temp.documented AS d)) AS f);

CREATE TEMP TABLE tables AS
    SELECT c.oid, c.relname, c.relkind, format('%I.%I', n.nspname, c.relname) AS sql, p.kind, p.tenant_column, p.global_rows,
           obj_description(c.oid, 'pg_class') AS comment
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace LEFT JOIN tenancy.protected AS p ON p.target = c.oid
    WHERE n.oid = :schema_oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
      AND (:'of_extension' OR NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'));
CREATE TEMP TABLE columns AS
    SELECT a.attrelid, a.attnum, a.attname, pg_temp.type_name(a.atttypid, a.atttypmod) AS type, a.attnotnull,
           CASE WHEN a.attidentity <> '' THEN 'identity' WHEN a.attgenerated <> '' THEN 'generated: ' ELSE '' END AS origin,
           pg_get_expr(d.adbin, d.adrelid, true) AS expression, col_description(a.attrelid, a.attnum) AS comment
    FROM tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
         LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum;
CREATE TEMP TABLE unique_rules AS
    SELECT i.indexrelid, i.indrelid, i.indisprimary, c.relname AS name,
           CASE WHEN i.indpred IS NULL AND i.indexprs IS NULL AND i.indisunique THEN pg_temp.columns_of(i.indrelid, (i.indkey::int2[])[0:i.indnkeyatts - 1]) END AS key,
           CASE WHEN k.oid IS NOT NULL THEN regexp_replace(pg_get_constraintdef(k.oid, true), '^(PRIMARY KEY|UNIQUE) ', '')
                ELSE pg_temp.index_rule(i.indexrelid) END AS rule
    FROM tables AS t JOIN pg_index AS i ON i.indrelid = t.oid JOIN pg_class AS c ON c.oid = i.indexrelid LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    WHERE i.indisunique OR k.oid IS NOT NULL;
CREATE TEMP TABLE refs AS
    SELECT r.*, coalesce(own.relname, r.parent_sql) AS parent_label,
           -- What the tenant columns add goes without saying.
           coalesce(nullif(array_remove(r.columns, t.tenant_column), '{}'), r.columns) AS by_columns,
           EXISTS (SELECT FROM columns AS c WHERE c.attrelid = r.child AND c.attname = ANY (r.columns) AND NOT c.attnotnull) AS optional,
           EXISTS (SELECT FROM unique_rules AS u WHERE u.indrelid = r.child AND u.key <@ r.columns) AS single,
           CASE WHEN starts_with(r.def, r.start) THEN btrim(substr(r.def, length(r.start) + 1)) ELSE r.def END AS how
    FROM (SELECT x.*, format('FOREIGN KEY (%s) REFERENCES %s(%s)', pg_temp.names(x.columns), x.parent_sql, pg_temp.names(x.parent_columns)) AS start
          FROM (SELECT k.oid, k.conname, k.conrelid AS child, k.confrelid AS parent, k.confrelid::regclass::text AS parent_sql, pg_get_constraintdef(k.oid) AS def,
                       pg_temp.columns_of(k.conrelid, k.conkey) AS columns, pg_temp.columns_of(k.confrelid, k.confkey) AS parent_columns
                FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conparentid = 0) AS x) AS r
         JOIN tables AS t ON t.oid = r.child LEFT JOIN tables AS own ON own.oid = r.parent;
-- Triggers with their arguments, which end with a zero byte each. What protects a table is said of it in words.
CREATE TEMP TABLE row_triggers AS
    SELECT t.tgrelid, t.tgname, t.tgtype, n.nspname, p.proname, x.arguments,
           concat_ws(' ', CASE WHEN t.tgtype & 2 <> 0 THEN 'before' WHEN t.tgtype & 64 <> 0 THEN 'instead of' ELSE 'after' END,
               array_to_string(array_remove(ARRAY[
                   CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END,
                   CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' || coalesce(' of ' || pg_temp.names(nullif(pg_temp.columns_of(t.tgrelid, t.tgattr::int2[]), '{}')), '') END,
                   CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END], NULL), ' or '),
               CASE WHEN t.tgtype & 1 = 0 THEN 'for each statement' END, CASE WHEN t.tgdeferrable THEN 'deferrable' END,
               CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' END) AS at,
           regexp_replace(regexp_replace(coalesce(obj_description(p.oid, 'pg_proc'), ''), '^Trigger[^:]*: ', ''), '; arguments .*$', '') AS comment
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS n ON n.oid = p.pronamespace,
         LATERAL (SELECT ARRAY(SELECT convert_from(decode(part[1], 'hex'), getdatabaseencoding())
                               FROM regexp_matches(encode(t.tgargs, 'hex'), '(([0-9a-f]{2})*?)00', 'g') WITH ORDINALITY AS m(part, number) ORDER BY number) AS arguments) AS x
    WHERE t.tgparentid = 0 AND NOT t.tgisinternal;
CREATE TEMP TABLE types AS
    SELECT t.oid, t.typname, t.typtype, quote_ident(t.typname) AS sql, obj_description(t.oid, 'pg_type') AS comment,
           CASE t.typtype
                WHEN 'e' THEN (SELECT string_agg(pg_temp.code(e.enumlabel, true), ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid)
                WHEN 'd' THEN 'domain: ' || pg_temp.code(concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END,
                    (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c')), true)
                WHEN 'c' THEN 'row: ' || (SELECT string_agg(pg_temp.code(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), true), ', ' ORDER BY a.attnum)
                                          FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
                ELSE 'range' END AS definition
    FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typnamespace = :schema_oid AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
      AND (:'of_extension' OR NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'));
CREATE TEMP TABLE functions AS
    SELECT p.oid, format('%I(%s)%s', p.proname, pg_get_function_arguments(p.oid),
                            CASE WHEN NOT coalesce(p.proargmodes::text[] && '{o,b}', false) THEN ' returns ' || pg_get_function_result(p.oid) END) AS sql,
           format('%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) AS short, p.proname, obj_description(p.oid, 'pg_proc') AS comment
    FROM pg_proc AS p
    WHERE p.pronamespace = :schema_oid
      AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'));

-- ---- what is printed ----
SELECT concat_ws(E'\n\n', '## ' || pg_temp.md(:'schema'), pg_temp.md(obj_description(:schema_oid, 'pg_namespace')),
           (SELECT format('Of the extension %s, version %s.', x.extname, x.extversion) FROM pg_depend AS d JOIN pg_extension AS x ON x.oid = d.refobjid
            WHERE d.classid = 'pg_namespace'::regclass AND d.objid = :schema_oid AND d.deptype = 'e'),
           (SELECT format('Model %s, version %s%s.', pg_temp.code(m.name), m.installed_version,
                          '; requires ' || (SELECT string_agg(pg_temp.code(r), ', ' ORDER BY r COLLATE "C") FROM unnest(m.requires) AS r))
            FROM tenancy.models AS m WHERE m.schema::oid = :schema_oid)) || E'\n';

-- The diagram: key columns, and a line for every foreign key.
SELECT concat_ws(E'\n', E'```mermaid\nerDiagram',
           (SELECT string_agg(concat_ws(E'\n', '    ' || pg_temp.label(t.relname) || ' {', c.lines, '    }'), E'\n' ORDER BY t.relname)
            FROM tables AS t, LATERAL (
                SELECT string_agg(format('        %s %s%s', pg_temp.word(a.type), pg_temp.word(a.attname), ' ' || nullif(concat_ws(', ', m.pk, m.fk, m.uk), '')), E'\n' ORDER BY a.attnum) AS lines
                FROM columns AS a, LATERAL (
                    SELECT (SELECT 'PK' FROM unique_rules AS u WHERE u.indrelid = t.oid AND u.indisprimary AND a.attname = ANY (u.key)) AS pk,
                           (SELECT DISTINCT 'FK' FROM refs AS r WHERE r.child = t.oid AND a.attname = ANY (r.by_columns)) AS fk,
                           (SELECT DISTINCT 'UK' FROM unique_rules AS u WHERE u.indrelid = t.oid AND u.key = ARRAY[a.attname] AND NOT u.indisprimary) AS uk) AS m
                WHERE a.attrelid = t.oid AND num_nonnulls(m.pk, m.fk, m.uk) > 0) AS c
            WHERE t.relkind IN ('r', 'p', 'f')),
           (SELECT string_agg(format('    %s %s--%s %s : %s', pg_temp.label(r.parent_label), CASE WHEN r.optional THEN '|o' ELSE '||' END, CASE WHEN r.single THEN 'o|' ELSE 'o{' END,
                                     pg_temp.label(t.relname), pg_temp.label(array_to_string(r.by_columns, ', '))), E'\n' ORDER BY t.relname, r.conname)
            FROM refs AS r JOIN tables AS t ON t.oid = r.child), E'```\n')
WHERE EXISTS (SELECT FROM tables AS t WHERE t.relkind IN ('r', 'p', 'f'));

SELECT concat_ws(E'\n\n', '### ' || pg_temp.md(t.sql), pg_temp.md(t.comment),
           nullif(concat_ws('. ', CASE t.relkind WHEN 'v' THEN 'View' WHEN 'm' THEN 'Materialized view' WHEN 'f' THEN 'Foreign table' WHEN 'p' THEN 'Partitioned by ' || pg_temp.code(pg_get_partkeydef(t.oid)) END,
               CASE t.kind WHEN 'protected' THEN format('Protected: rows belong to the tenant in %s%s', pg_temp.code(t.tenant_column), CASE t.global_rows WHEN 'read' THEN '; every tenant reads those of none' END) WHEN 'shared' THEN 'Shared: every tenant reads it, the platform writes it' ELSE t.kind END,
               (SELECT 'Soft delete: DELETE marks rows in ' || pg_temp.code(string_agg(g.arguments[1], ', ' ORDER BY g.tgname)) FROM row_triggers AS g
                WHERE g.tgrelid = t.oid AND g.nspname = 'tenancy' AND g.proname = 'soft_delete_row' HAVING count(*) > 0)), '') || '.',
           c.list, s.list) || E'\n'
FROM tables AS t, LATERAL (
    SELECT E'| column | type | null | default | comment |\n|---|---|---|---|---|\n' || string_agg(format('| %s | %s | %s | %s | %s |', pg_temp.code(quote_ident(a.attname), true), pg_temp.md(a.type),
               CASE WHEN a.attnotnull THEN 'no' ELSE 'yes' END, a.origin || coalesce(pg_temp.code(a.expression, true), ''), pg_temp.md(a.comment)), E'\n' ORDER BY a.attnum) AS list
    FROM columns AS a WHERE a.attrelid = t.oid) AS c, LATERAL (
    SELECT string_agg(format('- %s %s: %s', x.what, pg_temp.code(quote_ident(x.name)), x.line), E'\n' ORDER BY x.rank, x.name COLLATE "C") AS list
    FROM (SELECT CASE WHEN u.indisprimary THEN 1 ELSE 3 END, CASE WHEN u.indisprimary THEN 'key' ELSE 'unique' END, u.name, pg_temp.code(u.rule) FROM unique_rules AS u WHERE u.indrelid = t.oid
          UNION ALL
          SELECT 2, 'reference', r.conname, format('%s to %s%s', pg_temp.code('(' || pg_temp.names(r.columns) || ')'),
                     pg_temp.code(format('%s (%s)', coalesce(quote_ident(own.relname), r.parent_sql), pg_temp.names(r.parent_columns))), ', ' || pg_temp.code(nullif(r.how, '')))
          FROM refs AS r LEFT JOIN tables AS own ON own.oid = r.parent WHERE r.child = t.oid
          UNION ALL
          SELECT 4, 'check', k.conname, pg_temp.code(regexp_replace(pg_get_constraintdef(k.oid, true), '^CHECK \((.*)\)( NO INHERIT)?( NOT VALID)?$', '\1\2\3')) FROM pg_constraint AS k WHERE k.conrelid = t.oid AND k.contype = 'c'
          UNION ALL
          SELECT 5, 'index', c.relname, pg_temp.code(pg_temp.index_rule(c.oid)) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
          WHERE i.indrelid = t.oid AND NOT EXISTS (SELECT FROM unique_rules AS u WHERE u.indexrelid = c.oid)
          UNION ALL
          SELECT 6, 'trigger', g.tgname, format('%s: %s', g.at, CASE WHEN g.nspname = 'tenancy' AND g.proname = 'check_transition' AND cardinality(g.arguments) = 2
                     THEN format('%s goes only %s', pg_temp.code(quote_ident(g.arguments[1])), pg_temp.code(g.arguments[2]))
                     ELSE concat_ws(', ', pg_temp.code(format('%I.%I(%s)', g.nspname, g.proname, (SELECT string_agg(quote_literal(a), ', ' ORDER BY n) FROM unnest(g.arguments) WITH ORDINALITY AS z(a, n)))),
                                    nullif(pg_temp.md(g.comment), '')) END)
          FROM row_triggers AS g WHERE g.tgrelid = t.oid AND (g.nspname <> 'tenancy' OR g.proname NOT IN ('write_guard', 'truncate_guard', 'shared_guard', 'soft_delete_row'))) AS x(rank, what, name, line)) AS s
ORDER BY t.relkind IN ('v', 'm'), t.relname;

SELECT '### ' || pg_temp.md(initcap(x.what) || ' of ' || :'schema') || format(E'\n\n| %s | %s | comment |\n|---|---|---|\n', left(x.what, -1), CASE x.what WHEN 'enums' THEN 'values' ELSE 'definition' END)
           || string_agg(format('| %s | %s | %s |', pg_temp.code(t.sql, true), t.definition, pg_temp.md(t.comment)), E'\n' ORDER BY t.typname) || E'\n'
FROM (VALUES ('enums'), ('types')) AS x(what) JOIN types AS t ON (t.typtype = 'e') = (x.what = 'enums') GROUP BY x.what ORDER BY x.what;

SELECT '### ' || pg_temp.md('Functions of ' || :'schema') || E'\n\n' || string_agg(concat_ws(': ', '- ' || pg_temp.code(f.sql), pg_temp.md(f.comment)), E'\n' ORDER BY f.proname, f.sql COLLATE "C") || E'\n'
FROM functions AS f HAVING count(*) > 0;

-- docs/schema.sh --check looks for this heading.
SELECT '### ' || pg_temp.md('Without a comment in ' || :'schema') || E'\n\n' || string_agg('- ' || pg_temp.code(x.line), E'\n' ORDER BY x.line COLLATE "C") || E'\n'
FROM (SELECT 'schema ' || quote_ident(:'schema') WHERE obj_description(:schema_oid, 'pg_namespace') IS NULL
      UNION ALL SELECT format('%s %s', CASE WHEN t.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, t.sql) FROM tables AS t WHERE t.comment IS NULL
      UNION ALL SELECT format('column %s.%I', t.sql, c.attname) FROM tables AS t JOIN columns AS c ON c.attrelid = t.oid WHERE c.comment IS NULL
      UNION ALL SELECT 'type ' || t.sql FROM types AS t WHERE t.comment IS NULL
      UNION ALL SELECT 'function ' || f.short FROM functions AS f WHERE f.comment IS NULL) AS x(line)
HAVING count(*) > 0;
ROLLBACK;
