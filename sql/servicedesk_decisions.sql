-- examples/servicedesk: what a person decides about its orphans and keys, by the counts of its README, and back again.
\getenv here PG_ABS_SRCDIR
\set cleanup :here /sql/include/cleanup.sql
\set schema :here /examples/servicedesk/schema.sql
\set generate :here /examples/servicedesk/generate.sql
\i :cleanup
\set ECHO none
\i :schema
\i :generate
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT tenancy.use_tenant_table('servicedesk."Tenant"') \g /dev/null
\set ECHO all
SET search_path = servicedesk;
\pset format unaligned

-- Tenants that do not exist: 57 rows, 6 of them with an empty text.
SELECT table_name, rows FROM tenancy.unassigned('servicedesk', 'tenantId') WHERE reason = 'tenant does not exist';
SELECT sum(rows) FROM tenancy.unassigned('servicedesk', 'tenantId') WHERE reason = 'tenant does not exist';
SELECT string_agg(rtrim(query, ';'), ' UNION ALL ') AS query FROM (SELECT format('SELECT "tenantId" FROM (%s) AS q', rtrim(query, ';')) FROM tenancy.unassigned('servicedesk', 'tenantId') WHERE reason = 'tenant does not exist') AS q(query) \gset
SELECT count(*) FROM (:query) AS q WHERE "tenantId" = '';
-- Work orders whose number is taken: counted here by hand, without the extension.
SELECT tenancy.set_derivation('"WorkOrder"', ARRAY['"serviceRequestId" -> "ServiceRequest"."tenantId"', '"bookingId" -> bookings."tenantId"', '"clientId" -> users."tenantId"', '"serviceId" -> services."tenantId"']) \g /dev/null
SELECT reason, rows FROM tenancy.unassigned('servicedesk', 'tenantId') WHERE table_name = '"WorkOrder"'::regclass;
WITH w AS (
  SELECT w.id, w.number, w."tenantId" AS own, coalesce(t.id, b."tenantId", c."tenantId", s."tenantId") AS given FROM "WorkOrder" AS w
    LEFT JOIN "ServiceRequest" AS r ON r.id = w."serviceRequestId" LEFT JOIN "Tenant" AS t ON t.id = r."tenantId"
    LEFT JOIN bookings AS b ON b.id = w."bookingId" LEFT JOIN users AS c ON c.id = w."clientId" LEFT JOIN services AS s ON s.id = w."serviceId")
SELECT count(*) FROM w AS a WHERE own IS NULL AND given IS NOT NULL
   AND (EXISTS (SELECT FROM w AS b WHERE b.own = a.given AND b.number = a.number) OR EXISTS (SELECT FROM w AS b WHERE b.own IS NULL AND b.given = a.given AND b.number = a.number AND b.id < a.id));
-- They can be archived, or go to whoever has the number free.
SELECT tenancy.archive_orphans('"WorkOrder"', 'key is taken');

-- Orphans go to a tenant or into the archive; "updatedAt" is nobody's today.
CREATE TEMP TABLE seen AS SELECT (SELECT md5(string_agg(b::text, '' ORDER BY id)) FROM bookings AS b) AS bookings, (SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM users AS u) AS users,
  (SELECT md5(string_agg(w::text, '' ORDER BY id)) FROM "WorkOrder" AS w) AS orders, (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM chat_messages AS c) AS messages;
SELECT tenancy.assign_orphans('users', 'default'), tenancy.assign_orphans('chat_messages', 'default'), tenancy.assign_orphans('chat_messages', 'default', 'tenant does not exist');
SELECT tenancy.assign_orphans('bookings', 'default');
SELECT max("updatedAt") < '2025-01-01' AS untouched FROM bookings;
SELECT tenancy.assign_orphans('"ContactSubmission"', 'default', new_rows => true);
SELECT tenancy.archive_orphans('"WorkOrder"');
SELECT count(*) FROM tenancy.unassigned('servicedesk', 'tenantId') WHERE table_name IN ('users'::regclass, 'chat_messages'::regclass, '"ContactSubmission"'::regclass);
SELECT id, target, action, tenant, reason, rows, new_rows FROM tenancy.orphan_decisions ORDER BY id;
SELECT tenancy.undo_orphans(id) FROM tenancy.orphan_decisions WHERE id > 1 ORDER BY id DESC;
SELECT s.bookings = (SELECT md5(string_agg(b::text, '' ORDER BY id)) FROM bookings AS b) AS bookings, s.users = (SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM users AS u) AS users,
  s.orders = (SELECT md5(string_agg(w::text, '' ORDER BY id)) FROM "WorkOrder" AS w) AS orders, s.messages = (SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM chat_messages AS c) AS messages FROM seen AS s;

-- Keys that hold among all tenants, and settings of which 4 tenants have several.
SELECT tenancy.rescope_unique('services', 'services_slug_key', 'tenantId'), tenancy.rescope_unique('"IdempotencyKey"', 'IdempotencyKey_key_key', 'tenantId');
SELECT indexdef FROM pg_indexes WHERE indexname IN ('services_slug_key', 'IdempotencyKey_key_key') ORDER BY indexname COLLATE "C";
SELECT tenancy.one_row_per_tenant('booking_settings', 'tenantId');
DELETE FROM booking_settings AS s WHERE EXISTS (SELECT FROM booking_settings AS newer WHERE newer."tenantId" = s."tenantId" AND (newer."updatedAt", newer.id) > (s."updatedAt", s.id));
SELECT tenancy.one_row_per_tenant('booking_settings', 'tenantId');

RESET client_min_messages;
\c
\pset format aligned
DELETE FROM tenancy.configuration;
DELETE FROM tenancy.derivations;
\i :cleanup
