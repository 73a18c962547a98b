-- One md5 over all rows of the service desk, whatever order they are stored in.
BEGIN;
SET LOCAL search_path = servicedesk;
SET LOCAL DateStyle = ISO;
SET LOCAL jit = off;
SELECT count(*) AS rows, md5(string_agg(digest, '' ORDER BY target, digest COLLATE "C")) AS digest
FROM (SELECT 1 AS target, md5(x::text) AS digest FROM "Tenant" AS x
      UNION ALL SELECT 2, md5(x::text) FROM "TenantMembership" AS x
      UNION ALL SELECT 3, md5(x::text) FROM users AS x
      UNION ALL SELECT 4, md5(x::text) FROM services AS x
      UNION ALL SELECT 5, md5(x::text) FROM "ServiceRequest" AS x
      UNION ALL SELECT 6, md5(x::text) FROM bookings AS x
      UNION ALL SELECT 7, md5(x::text) FROM "WorkOrder" AS x
      UNION ALL SELECT 8, md5(x::text) FROM invoices AS x
      UNION ALL SELECT 9, md5(x::text) FROM expenses AS x
      UNION ALL SELECT 10, md5(x::text) FROM "Attachment" AS x
      UNION ALL SELECT 11, md5(x::text) FROM "ScheduledReminder" AS x
      UNION ALL SELECT 12, md5(x::text) FROM booking_settings AS x
      UNION ALL SELECT 13, md5(x::text) FROM "IdempotencyKey" AS x
      UNION ALL SELECT 14, md5(x::text) FROM chat_messages AS x
      UNION ALL SELECT 15, md5(x::text) FROM "ContactSubmission" AS x) AS r;
COMMIT;
