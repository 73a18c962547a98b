-- examples/servicedesk: the same rows everywhere, every trap among them, and what an adoption has to find.
\getenv here PG_ABS_SRCDIR
\set cleanup :here /sql/include/cleanup.sql
\set schema :here /examples/servicedesk/schema.sql
\set generate :here /examples/servicedesk/generate.sql
\set expected :here /examples/servicedesk/expected.sql
\set digest :here /examples/servicedesk/digest.sql
\i :cleanup
\set ECHO none
\i :schema
\i :generate
\set ECHO all

-- What Prisma and other hands have left: no reference of more than one column, none unchecked.
SELECT count(*), bool_and(convalidated) AS valid, bool_and(cardinality(conkey) = 1) AS single,
       bool_and(c.conname = r.relname || '_' || a.attname || '_fkey') AS named_by_prisma
  FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = conrelid JOIN pg_attribute AS a ON a.attrelid = conrelid AND a.attnum = conkey[1]
 WHERE contype = 'f' AND connamespace = 'servicedesk'::regnamespace;
SELECT confdeltype AS on_delete, count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'servicedesk'::regnamespace GROUP BY confdeltype ORDER BY confdeltype;
SELECT c.relname, a.attnotnull,
       EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f' AND conkey = ARRAY[a.attnum]) AS has_reference
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenantId'
 WHERE c.relnamespace = 'servicedesk'::regnamespace AND c.relkind IN ('r', 'v') ORDER BY c.relname COLLATE "C";
SELECT c.relname, i.relname AS index FROM pg_index AS x JOIN pg_class AS c ON c.oid = indrelid JOIN pg_class AS i ON i.oid = indexrelid
 WHERE c.relnamespace = 'servicedesk'::regnamespace AND indisunique AND NOT indisprimary
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype = 'u') ORDER BY i.relname COLLATE "C";
SELECT tablename, policyname, cmd, qual FROM pg_policies WHERE schemaname = 'servicedesk';
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'servicedesk.%' ORDER BY tgrelid::regclass::text COLLATE "C";

-- The rows, to the last character; and again by other plans.
\set ECHO none
\i :digest
\o /dev/null
SET client_min_messages = error;
DROP SCHEMA servicedesk CASCADE;
RESET client_min_messages;
SET enable_hashjoin = off;
SET work_mem = '64kB';
SET DateStyle = 'German, DMY';
SET TimeZone = 'Asia/Tokyo';
\i :schema
\i :generate
RESET enable_hashjoin;
RESET work_mem;
\o
\i :digest
RESET DateStyle;
RESET TimeZone;
\set ECHO all
-- Nothing of the generator is left behind.
SELECT proname FROM pg_proc WHERE pronamespace = pg_my_temp_schema();
SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema();

-- What is to be found: conflicts are listed.
\set ECHO none
\i :expected
\set ECHO all
SELECT target, id FROM expected_rows GROUP BY target, id HAVING count(*) > 1;
SELECT count(*) FILTER (WHERE verdict IN ('derivable', 'conflicting', 'orphan')) = count(*) FILTER (WHERE stored IS NULL) AS every_null_has_a_verdict,
       bool_and((tenant IS NULL) = (verdict NOT IN ('kept', 'derivable'))) AS decided_are_kept_and_derivable,
       bool_and(tenant = ANY (SELECT id FROM servicedesk."Tenant")) AS tenants_exist
  FROM expected_rows;
CREATE TEMP TABLE listed AS SELECT * FROM expected_rows;

-- The same where the order of preference decides: who had a tenant keeps it, and others follow.
\set conflicts preferred
\set ECHO none
\o /dev/null
\i :expected
\o
\set ECHO all
SELECT target, count(*) FILTER (WHERE verdict = 'derivable') AS derivable, count(*) FILTER (WHERE verdict = 'conflicting') AS conflicting,
       count(*) FILTER (WHERE verdict = 'orphan') AS orphans
  FROM expected_rows WHERE stored IS NULL GROUP BY target HAVING count(*) FILTER (WHERE parents > 0) > 0 ORDER BY target COLLATE "C";
SELECT l.verdict AS listed, p.verdict AS preferred, count(*), count(p.tenant) AS have_a_tenant, count(*) FILTER (WHERE l.tenant <> p.tenant) AS another
  FROM listed AS l JOIN expected_rows AS p USING (target, id) GROUP BY 1, 2 ORDER BY 1, 2;
\unset conflicts

\i :cleanup
