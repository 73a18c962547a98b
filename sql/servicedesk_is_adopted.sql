-- examples/servicedesk is adopted: every row gets the tenant that an independent computation gives it, decisions do the
-- rest, nothing is lost, and then it is enforced.
\getenv here PG_ABS_SRCDIR
\set cleanup :here /sql/include/cleanup.sql
\set schema :here /examples/servicedesk/schema.sql
\set generate :here /examples/servicedesk/generate.sql
\set expected :here /examples/servicedesk/expected.sql
\set decisions :here /examples/servicedesk/decisions.sql
\i :cleanup
\set ECHO none
\set SHOW_CONTEXT never
SET client_min_messages = error;
\o /dev/null
SELECT session_user AS superuser \gset
CREATE ROLE regress_tenancy_app LOGIN;
\i :schema
\set size 3000
\i :generate
ANALYZE;
SELECT tenancy.use_tenant_table('servicedesk."Tenant"', 'id');
\set round rules
\i :decisions
\set conflicts preferred
\i :expected
CREATE TABLE expected_tenants AS SELECT target, id, stored, tenant, verdict FROM expected_rows;
CREATE VIEW rows_now AS
SELECT 'users' AS target, id, "tenantId" AS tenant FROM servicedesk.users UNION ALL SELECT 'services', id, "tenantId" FROM servicedesk.services
UNION ALL SELECT 'TenantMembership', id, "tenantId" FROM servicedesk."TenantMembership" UNION ALL SELECT 'ServiceRequest', id, "tenantId" FROM servicedesk."ServiceRequest"
UNION ALL SELECT 'bookings', id, "tenantId" FROM servicedesk.bookings UNION ALL SELECT 'WorkOrder', id, "tenantId" FROM servicedesk."WorkOrder"
UNION ALL SELECT 'invoices', id, "tenantId" FROM servicedesk.invoices UNION ALL SELECT 'expenses', id, "tenantId" FROM servicedesk.expenses
UNION ALL SELECT 'Attachment', id, (to_jsonb(a) ->> 'tenantId') FROM servicedesk."Attachment" AS a UNION ALL SELECT 'ScheduledReminder', id, (to_jsonb(a) ->> 'tenantId') FROM servicedesk."ScheduledReminder" AS a
UNION ALL SELECT 'booking_settings', id, "tenantId" FROM servicedesk.booking_settings UNION ALL SELECT 'IdempotencyKey', id, "tenantId" FROM servicedesk."IdempotencyKey"
UNION ALL SELECT 'chat_messages', id, "tenantId" FROM servicedesk.chat_messages UNION ALL SELECT 'ContactSubmission', id, (to_jsonb(a) ->> 'tenantId') FROM servicedesk."ContactSubmission" AS a;
CREATE TABLE rows_before AS SELECT target, count(*) AS rows FROM rows_now GROUP BY target;
\o
\set ECHO all
-- Rules alone. "taken": work orders that another one keeps from their place in the unique key ("tenantId", number).
CALL tenancy.adopt('servicedesk', 'tenantId');
SELECT n.target, count(*) AS rows, count(*) FILTER (WHERE e.stored IS NULL AND n.tenant IS NOT NULL) AS given, count(*) FILTER (WHERE n.tenant IS DISTINCT FROM coalesce(e.stored, e.tenant) AND n.tenant IS NOT NULL) AS wrong,
       count(*) FILTER (WHERE n.tenant IS NULL AND e.tenant IS NOT NULL) AS taken, count(*) FILTER (WHERE n.tenant IS NULL AND e.tenant IS NULL) AS without
FROM rows_now AS n JOIN expected_tenants AS e USING (target, id) GROUP BY n.target ORDER BY n.target COLLATE "C";
SELECT count(*) AS taken, count(*) FILTER (WHERE NOT EXISTS (SELECT FROM servicedesk."WorkOrder" AS o WHERE o."tenantId" = e.tenant AND o.number = w.number)) AS not_taken
FROM servicedesk."WorkOrder" AS w JOIN expected_tenants AS e ON e.target = 'WorkOrder' AND e.id = w.id WHERE w."tenantId" IS NULL AND e.tenant IS NOT NULL;
SELECT count(*) AS touched_by_triggers FROM servicedesk."WorkOrder" WHERE "updatedAt" > now() - interval '1 day';
-- Decisions, in four rounds.
\set round 1
\set ECHO none
\o /dev/null
\i :decisions
\o
\set ECHO all
CALL tenancy.adopt('servicedesk', 'tenantId');
\set round 2
\set ECHO none
\o /dev/null
\i :decisions
\o
\set ECHO all
CALL tenancy.adopt('servicedesk', 'tenantId');
\set round 3
\set ECHO none
\o /dev/null
\i :decisions
\o
\set ECHO all
CALL tenancy.adopt('servicedesk', 'tenantId', not_null => true);
\set round 4
\set ECHO none
\o /dev/null
\i :decisions
\o
\set ECHO all
CALL tenancy.adopt('servicedesk', 'tenantId', not_null => true);
SELECT count(*) AS rows_without_tenant FROM rows_now WHERE tenant IS NULL;
SELECT * FROM tenancy.unassigned('servicedesk', 'tenantId');
SELECT count(*) FILTER (WHERE attnotnull) AS not_null, count(*) AS tables FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
WHERE c.relnamespace = 'servicedesk'::regnamespace AND c.relkind = 'r' AND attname = 'tenantId';
-- Nothing is lost: what is not there any more is in the archive.
SELECT b.target, b.rows - count(n.id) AS fewer FROM rows_before AS b LEFT JOIN rows_now AS n USING (target) GROUP BY b.target, b.rows HAVING b.rows <> count(n.id) ORDER BY b.target COLLATE "C";
SELECT 'WorkOrder' AS target, count(*) AS archived FROM tenancy_archive."servicedesk.WorkOrder" UNION ALL SELECT 'booking_settings', count(*) FROM tenancy_archive."servicedesk.booking_settings";
-- No row that had a tenant has another one now.
SELECT count(*) AS moved FROM rows_now AS n JOIN expected_tenants AS e USING (target, id) WHERE e.verdict = 'kept' AND n.tenant <> e.stored;
-- Enforced. What is left to do is told.
\o /dev/null
SELECT tenancy.protect_schema('servicedesk', 'tenantId');
SELECT tenancy.share('servicedesk."Tenant"', 'id = tenancy.current_tenant_text()');
GRANT USAGE ON SCHEMA servicedesk TO regress_tenancy_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA servicedesk TO regress_tenancy_app;
SELECT tenancy.enroll('regress_tenancy_app');
\o
SELECT count(*) AS tables, bool_and(row_security AND forced AND isolated AND guarded) AS complete FROM tenancy.protected WHERE kind = 'protected' AND target::text LIKE 'servicedesk.%';
SELECT count(*) AS fill_triggers FROM pg_trigger WHERE tgname = 'zzzz_tenancy_fill';
\c - regress_tenancy_app
SELECT count(*) FROM servicedesk.bookings;
BEGIN;
SELECT tenancy.set_tenant('default');
SELECT count(*) > 0 AS own, count(*) FILTER (WHERE "tenantId" <> 'default') AS of_others FROM servicedesk.bookings;
SAVEPOINT here;
INSERT INTO servicedesk.services (id, "tenantId", slug, name, "basePrice") SELECT 'x', t.id, 'x', 'x', 1 FROM (VALUES ('another')) AS t(id);
ROLLBACK TO here;
UPDATE servicedesk.invoices SET "tenantId" = 'another';
ROLLBACK;
\c - :superuser
SET client_min_messages = error;
DROP VIEW rows_now;
DROP TABLE expected_tenants, rows_before;
\i :cleanup
