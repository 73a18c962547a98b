-- The rules that every table of a model keeps, asked of the catalogs.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

CREATE VIEW regress.tables AS
  SELECT c.oid, c.relname AS name, EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS of_tenants
    FROM pg_class AS c WHERE c.relnamespace = 'changeops'::regnamespace AND c.relkind IN ('r', 'p');
SELECT name, of_tenants FROM regress.tables ORDER BY name;
-- Every one is protected, or shared and read by all.
SELECT target, kind, tenant_column, global_rows, row_security, forced, isolated, guarded FROM tenancy.protected WHERE target IN (SELECT oid FROM regress.tables) ORDER BY target::text;
-- tenant_id, id, created_at, updated_at: type, NOT NULL, default.
SELECT a.attname AS "column", format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null, pg_get_expr(d.adbin, d.adrelid) AS "default", string_agg(t.name, ' ' ORDER BY t.name) AS tables
  FROM regress.tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid LEFT JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = a.attnum
 WHERE a.attname IN ('tenant_id', 'id', 'created_at', 'updated_at', 'deleted_at') GROUP BY 1, 2, 3, 4 ORDER BY 1;
SELECT t.name AS lacks_one FROM regress.tables AS t
 WHERE (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = t.oid AND a.attname IN ('id', 'created_at', 'updated_at')) <> 3;
-- Primary keys.
SELECT pg_get_constraintdef(c.oid) AS primary_key, string_agg(t.name, ' ' ORDER BY t.name) AS tables
  FROM regress.tables AS t LEFT JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'p' GROUP BY 1 ORDER BY 1;
-- Foreign keys: those between tables of tenants begin with the tenant on both sides.
SELECT t.name, pg_get_constraintdef(c.oid) AS reference FROM regress.tables AS t JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'f' ORDER BY 1, 2;
CREATE FUNCTION regress.column_names(target oid, numbers int2[]) RETURNS name[] LANGUAGE sql
  RETURN ARRAY(SELECT a.attname FROM unnest(numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = target AND a.attnum = n.number ORDER BY n.place);
SELECT c.conname AS not_composite FROM regress.tables AS t JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'f' JOIN regress.tables AS r ON r.oid = c.confrelid
 WHERE t.of_tenants AND r.of_tenants AND ((regress.column_names(t.oid, c.conkey))[1] <> 'tenant_id' OR (regress.column_names(r.oid, c.confkey))[1] <> 'tenant_id');
-- Each is served by an index: valid, of all rows, its first columns are the key's.
SELECT t.name, c.conname AS not_served FROM regress.tables AS t JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'f'
 WHERE NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = t.oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                      AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey);
-- Every unique rule of a table of tenants starts with the tenant, exclusions too.
SELECT t.name, i.indexrelid::regclass AS not_by_tenant FROM regress.tables AS t JOIN pg_index AS i ON i.indrelid = t.oid
 WHERE t.of_tenants AND (i.indisunique OR i.indisexclusion) AND (regress.column_names(t.oid, i.indkey::int2[]))[1] IS DISTINCT FROM 'tenant_id';
SELECT t.name, i.indexrelid::regclass AS not_by_tenant_either FROM regress.tables AS t JOIN pg_index AS i ON i.indrelid = t.oid
 WHERE t.of_tenants AND (regress.column_names(t.oid, i.indkey::int2[]))[1] IS DISTINCT FROM 'tenant_id';
-- Public ids, and their prefixes.
SELECT t.name, pg_get_expr(d.adbin, d.adrelid) AS public_id, a.attgenerated AS generated, a.attnotnull AS not_null
  FROM regress.tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = 'public_id' JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = a.attnum ORDER BY 1;
-- Soft delete where it is said.
SELECT t.name FROM regress.tables AS t JOIN pg_trigger AS g ON g.tgrelid = t.oid WHERE g.tgfoid = 'tenancy.soft_delete_row'::regproc ORDER BY 1;
-- What people search is in a full-text index.
SELECT t.name, pg_get_expr(d.adbin, d.adrelid) AS search, (SELECT string_agg(pg_get_indexdef(i.indexrelid), ' ') FROM pg_index AS i WHERE i.indrelid = t.oid AND a.attnum = ANY (i.indkey)) AS index
  FROM regress.tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.atttypid = 'tsvector'::regtype JOIN pg_attrdef AS d ON d.adrelid = t.oid AND d.adnum = a.attnum ORDER BY 1;
-- Everything has a comment.
SELECT kind, name FROM (
  SELECT 'schema', n.nspname::text, obj_description(n.oid, 'pg_namespace') FROM pg_namespace AS n WHERE n.nspname = 'changeops'
  UNION ALL SELECT 'table', t.name, obj_description(t.oid, 'pg_class') FROM regress.tables AS t
  UNION ALL SELECT 'column', t.name || '.' || a.attname, col_description(t.oid, a.attnum) FROM regress.tables AS t JOIN pg_attribute AS a ON a.attrelid = t.oid WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'function', p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc') FROM pg_proc AS p WHERE p.pronamespace = 'changeops'::regnamespace
  UNION ALL SELECT 'type', y.typname, obj_description(y.oid, 'pg_type') FROM pg_type AS y WHERE y.typnamespace = 'changeops'::regnamespace AND y.typtype IN ('e', 'd', 'r')
  UNION ALL SELECT 'view', c.relname, obj_description(c.oid, 'pg_class') FROM pg_class AS c WHERE c.relnamespace = 'changeops'::regnamespace AND c.relkind IN ('v', 'm', 'S')
) AS o (kind, name, comment) WHERE coalesce(comment, '') = '' ORDER BY 1, 2;
-- Enums: their values in order.
SELECT t.typname, string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) AS values FROM pg_type AS t JOIN pg_enum AS e ON e.enumtypid = t.oid WHERE t.typnamespace = 'changeops'::regnamespace GROUP BY 1 ORDER BY 1;
-- The extension owns nothing of it; the model's functions run as who calls them.
SELECT count(*) FROM pg_depend AS d JOIN regress.tables AS t ON d.classid = 'pg_class'::regclass AND d.objid = t.oid WHERE d.deptype = 'e';
SELECT p.oid::regprocedure AS security_definer FROM pg_proc AS p WHERE p.pronamespace = 'changeops'::regnamespace AND p.prosecdef;

-- updated_at follows every UPDATE of every table, whatever the statement says; created_at stays.
INSERT INTO changeops.templates (id, name, domain) VALUES (:'nobody', 'Onboarding', 'HR');
INSERT INTO changeops.changes (tenant_id, project_id, title) VALUES (:'acme', :'anvil', 'c');
INSERT INTO changeops.template_modules (tenant_id, template_id, module_id) VALUES (:'acme', :'nobody', :'anvil_auth');
DO $$
DECLARE
  t record;
  wrong bigint;
BEGIN
  FOR t IN SELECT oid::regclass AS target FROM regress.tables ORDER BY name LOOP
    EXECUTE format('UPDATE %s SET created_at = created_at', t.target);
    EXECUTE format('SELECT count(*) FILTER (WHERE updated_at <> now() OR created_at >= updated_at) FROM %s', t.target) INTO wrong;
    RAISE NOTICE '%: % wrong', t.target, wrong;
    EXECUTE format('UPDATE %s SET updated_at = ''2000-01-01''', t.target);
    EXECUTE format('SELECT count(*) FILTER (WHERE updated_at <> now()) FROM %s', t.target) INTO wrong;
    RAISE NOTICE '%: % backdated', t.target, wrong;
  END LOOP;
END $$;
-- A soft delete is an update too.
SELECT pg_sleep(0.01) \gset
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
DELETE FROM changeops.modules WHERE id = :'anvil_auth';
SELECT deleted_at = now() AS marked, updated_at = now() AS updated FROM changeops.modules WHERE id = :'anvil_auth';
ROLLBACK;
\i :cleanup
