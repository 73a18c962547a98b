-- What adopting the service desk has to find, computed by hand: plain SQL that knows the tables and
-- calls no function of any extension. Run it before the adoption, outside of a transaction; what it
-- found stays for the session, to be compared row by row:
--
-- expected_rows        every row of every table: the tenant it has, the tenants at the ends of its paths
--                      in order of preference, the verdict, and the tenant that it should get
-- expected_references  every reference between two rows that belong to tenants
--
-- Verdicts: kept (has a tenant that exists), unknown (has one that does not), and of those that have
-- none: derivable (at least one path leads to a tenant, and all that do lead to the same), conflicting
-- (they lead to different ones) and orphan (no path leads to a tenant). A path leads to the tenant
-- that its parent is to have; a parent whose tenant is unknown leads to none.
--
-- psql -v conflicts=preferred: the order of preference decides where paths lead to different tenants,
-- and what hangs on such rows follows. Without it such rows have no tenant until somebody decides.
\encoding UTF8
\if :{?conflicts} \else
  \set conflicts listed
\endif
SELECT :'conflicts' = 'preferred' AS preferred \gset
BEGIN;
SET LOCAL search_path = servicedesk;
SET LOCAL jit = off;
SET LOCAL client_min_messages = warning;
DROP TABLE IF EXISTS pg_temp.expected_rows, pg_temp.expected_references;

CREATE TEMP TABLE expected_rows (
    target  text,
    id      text,
    stored  text,    -- what the row says
    living  text,    -- the same, where "Tenant" has it
    paths   text[],  -- the tenant at the end of each path, NULL where it leads to none
    parents int,     -- how many of the paths have a parent
    found   text[] GENERATED ALWAYS AS (array_remove(paths, NULL)) STORED,
    verdict text GENERATED ALWAYS AS (
        CASE WHEN living IS NOT NULL THEN 'kept' WHEN stored IS NOT NULL THEN 'unknown' WHEN array_remove(paths, NULL) = '{}' THEN 'orphan'
             WHEN array_remove(array_remove(paths, NULL), (array_remove(paths, NULL))[1]) = '{}' THEN 'derivable' ELSE 'conflicting' END) STORED,
    tenant  text GENERATED ALWAYS AS (
        CASE WHEN stored IS NOT NULL THEN living
             WHEN boolean :'preferred' OR array_remove(array_remove(paths, NULL), (array_remove(paths, NULL))[1]) = '{}' THEN (array_remove(paths, NULL))[1] END) STORED
);

-- ---- no path: "Tenant" is the root, the others have their tenant or need a decision ----
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT n.target, n.id, n.stored, t.id, '{}', 0
FROM (SELECT 'Tenant' AS target, id, id AS stored FROM "Tenant"
      UNION ALL SELECT 'TenantMembership', id, "tenantId" FROM "TenantMembership"
      UNION ALL SELECT 'users', id, "tenantId" FROM users
      UNION ALL SELECT 'services', id, "tenantId" FROM services
      UNION ALL SELECT 'booking_settings', id, "tenantId" FROM booking_settings
      UNION ALL SELECT 'chat_messages', id, "tenantId" FROM chat_messages
      UNION ALL SELECT 'ContactSubmission', id, NULL FROM "ContactSubmission") AS n
LEFT JOIN "Tenant" AS t ON t.id = n.stored;
ANALYZE expected_rows;

-- ---- "ServiceRequest": client user, service ----
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT 'ServiceRequest', r.id, r."tenantId", t.id, ARRAY[client.tenant, service.tenant], num_nonnulls(r."clientId", r."serviceId")
FROM "ServiceRequest" AS r LEFT JOIN "Tenant" AS t ON t.id = r."tenantId"
LEFT JOIN expected_rows AS client ON client.target = 'users' AND client.id = r."clientId"
LEFT JOIN expected_rows AS service ON service.target = 'services' AND service.id = r."serviceId";
ANALYZE expected_rows;

-- ---- bookings: client user, service request, service ----
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT 'bookings', b.id, b."tenantId", t.id, ARRAY[client.tenant, request.tenant, service.tenant], num_nonnulls(b."clientId", b."serviceRequestId", b."serviceId")
FROM bookings AS b LEFT JOIN "Tenant" AS t ON t.id = b."tenantId"
LEFT JOIN expected_rows AS client ON client.target = 'users' AND client.id = b."clientId"
LEFT JOIN expected_rows AS request ON request.target = 'ServiceRequest' AND request.id = b."serviceRequestId"
LEFT JOIN expected_rows AS service ON service.target = 'services' AND service.id = b."serviceId";
ANALYZE expected_rows;

-- ---- "WorkOrder": service request, booking, client user, service ----
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT 'WorkOrder', w.id, w."tenantId", t.id, ARRAY[request.tenant, booking.tenant, client.tenant, service.tenant],
       num_nonnulls(w."serviceRequestId", w."bookingId", w."clientId", w."serviceId")
FROM "WorkOrder" AS w LEFT JOIN "Tenant" AS t ON t.id = w."tenantId"
LEFT JOIN expected_rows AS request ON request.target = 'ServiceRequest' AND request.id = w."serviceRequestId"
LEFT JOIN expected_rows AS booking ON booking.target = 'bookings' AND booking.id = w."bookingId"
LEFT JOIN expected_rows AS client ON client.target = 'users' AND client.id = w."clientId"
LEFT JOIN expected_rows AS service ON service.target = 'services' AND service.id = w."serviceId";

-- ---- invoices: booking, client user ----
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT 'invoices', i.id, i."tenantId", t.id, ARRAY[booking.tenant, client.tenant], num_nonnulls(i."bookingId", i."clientId")
FROM invoices AS i LEFT JOIN "Tenant" AS t ON t.id = i."tenantId"
LEFT JOIN expected_rows AS booking ON booking.target = 'bookings' AND booking.id = i."bookingId"
LEFT JOIN expected_rows AS client ON client.target = 'users' AND client.id = i."clientId";

-- ---- expenses and "IdempotencyKey": user ----
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT 'expenses', e.id, e."tenantId", t.id, ARRAY[u.tenant], num_nonnulls(e."userId")
FROM expenses AS e LEFT JOIN "Tenant" AS t ON t.id = e."tenantId"
LEFT JOIN expected_rows AS u ON u.target = 'users' AND u.id = e."userId";
INSERT INTO expected_rows (target, id, stored, living, paths, parents)
SELECT 'IdempotencyKey', k.id, k."tenantId", t.id, ARRAY[u.tenant], num_nonnulls(k."userId")
FROM "IdempotencyKey" AS k LEFT JOIN "Tenant" AS t ON t.id = k."tenantId"
LEFT JOIN expected_rows AS u ON u.target = 'users' AND u.id = k."userId";

-- ---- "ScheduledReminder" and "Attachment": service request; no column of their own ----
INSERT INTO expected_rows (target, id, paths, parents)
SELECT 'ScheduledReminder', m.id, ARRAY[request.tenant], 1
FROM "ScheduledReminder" AS m LEFT JOIN expected_rows AS request ON request.target = 'ServiceRequest' AND request.id = m."serviceRequestId";
INSERT INTO expected_rows (target, id, paths, parents)
SELECT 'Attachment', a.id, ARRAY[request.tenant], num_nonnulls(a."serviceRequestId")
FROM "Attachment" AS a LEFT JOIN expected_rows AS request ON request.target = 'ServiceRequest' AND request.id = a."serviceRequestId";
ANALYZE expected_rows;

-- ---- references: crosses is what the rows say now, will_cross is what they are to say ----
CREATE TEMP TABLE expected_references AS
SELECT r.target, r.id, r."column", r.parent, r.parent_id, r.on_path, c.stored <> p.stored IS TRUE AS crosses, c.tenant <> p.tenant IS TRUE AS will_cross,
       c.tenant IS NULL OR p.tenant IS NULL AS undecided
FROM (SELECT 'TenantMembership' AS target, id, 'userId' AS "column", 'users' AS parent, "userId" AS parent_id, false AS on_path FROM "TenantMembership"
      UNION ALL SELECT 'ServiceRequest', id, 'clientId', 'users', "clientId", true FROM "ServiceRequest"
      UNION ALL SELECT 'ServiceRequest', id, 'serviceId', 'services', "serviceId", true FROM "ServiceRequest"
      UNION ALL SELECT 'ServiceRequest', id, 'duplicateOfId', 'ServiceRequest', "duplicateOfId", false FROM "ServiceRequest"
      UNION ALL SELECT 'bookings', id, 'clientId', 'users', "clientId", true FROM bookings
      UNION ALL SELECT 'bookings', id, 'serviceRequestId', 'ServiceRequest', "serviceRequestId", true FROM bookings
      UNION ALL SELECT 'bookings', id, 'serviceId', 'services', "serviceId", true FROM bookings
      UNION ALL SELECT 'WorkOrder', id, 'serviceRequestId', 'ServiceRequest', "serviceRequestId", true FROM "WorkOrder"
      UNION ALL SELECT 'WorkOrder', id, 'bookingId', 'bookings', "bookingId", true FROM "WorkOrder"
      UNION ALL SELECT 'WorkOrder', id, 'clientId', 'users', "clientId", true FROM "WorkOrder"
      UNION ALL SELECT 'WorkOrder', id, 'serviceId', 'services', "serviceId", true FROM "WorkOrder"
      UNION ALL SELECT 'WorkOrder', id, 'assigneeId', 'users', "assigneeId", false FROM "WorkOrder"
      UNION ALL SELECT 'invoices', id, 'bookingId', 'bookings', "bookingId", true FROM invoices
      UNION ALL SELECT 'invoices', id, 'clientId', 'users', "clientId", true FROM invoices
      UNION ALL SELECT 'expenses', id, 'userId', 'users', "userId", true FROM expenses
      UNION ALL SELECT 'Attachment', id, 'serviceRequestId', 'ServiceRequest', "serviceRequestId", true FROM "Attachment"
      UNION ALL SELECT 'Attachment', id, 'uploadedById', 'users', "uploadedById", false FROM "Attachment"
      UNION ALL SELECT 'ScheduledReminder', id, 'serviceRequestId', 'ServiceRequest', "serviceRequestId", true FROM "ScheduledReminder"
      UNION ALL SELECT 'IdempotencyKey', id, 'userId', 'users', "userId", true FROM "IdempotencyKey") AS r
JOIN expected_rows AS c ON c.target = r.target AND c.id = r.id
JOIN expected_rows AS p ON p.target = r.parent AND p.id = r.parent_id;
ANALYZE expected_references;

\qecho 'Tables'
SELECT o.target AS "table", o.has AS "tenantId", r.*, coalesce(x.crossing, 0) AS crossing
FROM (VALUES (1, 'Tenant', 'root'), (2, 'TenantMembership', 'yes'), (3, 'users', 'yes'), (4, 'services', 'yes'), (5, 'ServiceRequest', 'yes'), (6, 'bookings', 'yes'),
             (7, 'WorkOrder', 'yes'), (8, 'invoices', 'yes'), (9, 'expenses', 'yes'), (10, 'Attachment', 'no'), (11, 'ScheduledReminder', 'no'),
             (12, 'booking_settings', 'yes'), (13, 'IdempotencyKey', 'yes'), (14, 'chat_messages', 'yes'), (15, 'ContactSubmission', 'no')) AS o(place, target, has)
CROSS JOIN LATERAL (
    SELECT count(*) AS rows, count(*) FILTER (WHERE verdict = 'kept') AS kept, count(*) FILTER (WHERE verdict = 'unknown') AS unknown,
           count(*) FILTER (WHERE stored IS NULL) AS null, count(*) FILTER (WHERE verdict = 'derivable') AS derivable,
           count(*) FILTER (WHERE verdict = 'conflicting') AS conflicting, count(*) FILTER (WHERE verdict = 'orphan') AS orphans,
           count(*) FILTER (WHERE verdict = 'orphan' AND parents = 0) AS "without parent"
    FROM expected_rows AS e WHERE e.target = o.target) AS r
LEFT JOIN (SELECT target, count(*) FILTER (WHERE crosses) AS crossing FROM expected_references GROUP BY target) AS x USING (target)
ORDER BY o.place;

\qecho 'References between them: that cross now, that will once the derivable rows have their tenant, and that are open until somebody decides'
SELECT target || '.' || "column" AS reference, parent AS "to", CASE WHEN on_path THEN 'yes' ELSE 'no' END AS "derives", count(*) AS rows, count(*) FILTER (WHERE crosses) AS "cross now",
       count(*) FILTER (WHERE will_cross) AS "will cross", count(*) FILTER (WHERE undecided) AS undecided
FROM expected_references GROUP BY target, "column", parent, on_path ORDER BY target COLLATE "C", "column" COLLATE "C";

\qecho 'Keys: rows beyond the first with the same value, in all and within the tenant that they are to have'
SELECT k.rule, k.today, count(*) - count(DISTINCT k.key) AS "in all", count(e.tenant) - count(DISTINCT (e.tenant, k.key)) FILTER (WHERE e.tenant IS NOT NULL) AS "per tenant"
FROM (SELECT 'users' AS target, id, 'users.email' AS rule, 'unique' AS today, email AS key FROM users
      UNION ALL SELECT 'services', id, 'services.slug', 'unique', slug FROM services
      UNION ALL SELECT 'IdempotencyKey', id, 'IdempotencyKey.key', 'unique', key FROM "IdempotencyKey"
      UNION ALL SELECT 'WorkOrder', id, 'WorkOrder.number', 'unique per tenant', number::text FROM "WorkOrder"
      UNION ALL SELECT 'invoices', id, 'invoices.number', 'not unique', number FROM invoices
      UNION ALL SELECT 'booking_settings', id, 'booking_settings: one row', 'not unique', '' FROM booking_settings) AS k
JOIN expected_rows AS e ON e.target = k.target AND e.id = k.id
GROUP BY k.rule, k.today ORDER BY k.rule COLLATE "C";

\qecho 'Traps'
SELECT trap, rows FROM (
    SELECT 1 AS place, 'rows without a tenant' AS trap, count(*) AS rows FROM expected_rows WHERE stored IS NULL
    UNION ALL SELECT 2, 'rows whose tenant does not exist', count(*) FROM expected_rows WHERE verdict = 'unknown'
    UNION ALL SELECT 3, 'of these, with an empty text for a tenant', count(*) FROM expected_rows WHERE stored = ''
    UNION ALL SELECT 4, 'orphans that refer to nothing', count(*) FROM expected_rows WHERE verdict = 'orphan' AND parents = 0
    UNION ALL SELECT 5, 'orphans whose parents have no tenant', count(*) FROM expected_rows WHERE verdict = 'orphan' AND parents > 0
    UNION ALL SELECT 6, 'rows without a tenant whose parents disagree', count(*) FROM expected_rows WHERE verdict = 'conflicting'
    UNION ALL SELECT 7, 'rows with a tenant whose parents disagree', count(*) FROM expected_rows WHERE verdict = 'kept' AND array_remove(found, found[1]) <> '{}'
    UNION ALL SELECT 8, 'derivable only through a parent that has to be derived first', count(*) FROM (
        SELECT FROM expected_rows AS c JOIN expected_references AS r USING (target, id) JOIN expected_rows AS p ON p.target = r.parent AND p.id = r.parent_id
        WHERE c.verdict = 'derivable' AND r.on_path GROUP BY c.target, c.id HAVING bool_and(p.verdict <> 'kept')) AS x
    UNION ALL SELECT 9, 'references that cross', count(*) FROM expected_references WHERE crosses
    UNION ALL SELECT 10, 'references that cross only once tenants are filled in', count(*) FROM expected_references WHERE will_cross AND NOT crosses
    UNION ALL SELECT 11, 'references of a table to itself that cross', count(*) FROM expected_references WHERE will_cross AND target = parent
    UNION ALL SELECT 12, 'members of a tenant that is not their home', count(*) FROM expected_references WHERE will_cross AND target = 'TenantMembership'
    UNION ALL SELECT 13, 'work orders without a tenant whose number is taken where they belong', count(*) FROM "WorkOrder" AS w JOIN expected_rows AS e ON e.target = 'WorkOrder' AND e.id = w.id
        WHERE w."tenantId" IS NULL AND EXISTS (SELECT FROM "WorkOrder" AS o WHERE o."tenantId" = e.tenant AND o.number = w.number)
    UNION ALL SELECT 14, 'tenants with several settings', count(*) FROM (SELECT FROM booking_settings WHERE "tenantId" IS NOT NULL GROUP BY "tenantId" HAVING count(*) > 1) AS x
    UNION ALL SELECT 15, 'texts with quotes, backslashes, tabs or line breaks', count(*) FROM (
        SELECT description FROM "ServiceRequest" UNION ALL SELECT body FROM chat_messages UNION ALL SELECT name FROM users
        UNION ALL SELECT message FROM "ContactSubmission" UNION ALL SELECT filename FROM "Attachment" UNION ALL SELECT note FROM expenses) AS x(said) WHERE said ~ '[''"\\\t\n]'
    UNION ALL SELECT 16, 'texts beyond ASCII', count(*) FROM (
        SELECT description FROM "ServiceRequest" UNION ALL SELECT body FROM chat_messages UNION ALL SELECT name FROM users
        UNION ALL SELECT message FROM "ContactSubmission" UNION ALL SELECT filename FROM "Attachment" UNION ALL SELECT note FROM expenses) AS x(said) WHERE octet_length(said) > length(said)) AS t
ORDER BY place;
COMMIT;
