-- What a person decides while the service desk is adopted: four rounds of decisions, each followed by
-- CALL tenancy.adopt('servicedesk', 'tenantId'), after the third and the fourth with not_null => true.
-- README.md tells why. Run with psql -v round=rules, 1, 2, 3, 4; the rules are part of round 1.
\encoding UTF8
SELECT :'round' IN ('1', 'rules') AS rules, :'round' = '1' AS first, :'round' = '2' AS second, :'round' = '3' AS third, :'round' = '4' AS fourth \gset
\if :rules
-- Where a row gets its tenant from, in order of preference. expenses, "IdempotencyKey" and "ScheduledReminder" have one parent: no decision.
SELECT tenancy.set_derivation('servicedesk."ServiceRequest"', ARRAY['"clientId" -> users."tenantId"', '"serviceId" -> services."tenantId"']);
SELECT tenancy.set_derivation('servicedesk.bookings', ARRAY['"clientId" -> users."tenantId"', '"serviceRequestId" -> "ServiceRequest"."tenantId"', '"serviceId" -> services."tenantId"']);
SELECT tenancy.set_derivation('servicedesk."WorkOrder"', ARRAY['"serviceRequestId" -> "ServiceRequest"."tenantId"', '"bookingId" -> bookings."tenantId"', '"clientId" -> users."tenantId"', '"serviceId" -> services."tenantId"']);
SELECT tenancy.set_derivation('servicedesk.invoices', ARRAY['"bookingId" -> bookings."tenantId"', '"clientId" -> users."tenantId"']);
SELECT tenancy.set_derivation('servicedesk."Attachment"', ARRAY['"serviceRequestId" -> "ServiceRequest"."tenantId"']); -- not who uploaded it
\endif
\if :first
-- Users and services without a tenant are the first company's, from the time when there was no other.
SELECT tenancy.assign_orphans('servicedesk.users', 'default', tenant_column => 'tenantId', new_rows => true);
SELECT tenancy.assign_orphans('servicedesk.services', 'default', tenant_column => 'tenantId', new_rows => true);
\endif
\if :second
-- What refers to nothing goes to the first company, too, and so do rows of tenants that do not exist.
SELECT tenancy.assign_orphans(t::regclass, 'default', reason => r, tenant_column => 'tenantId', new_rows => r IS NULL)
FROM unnest(ARRAY['servicedesk."ServiceRequest"', 'servicedesk.bookings', 'servicedesk.invoices', 'servicedesk.expenses', 'servicedesk."Attachment"',
                  'servicedesk."IdempotencyKey"', 'servicedesk.chat_messages', 'servicedesk."ContactSubmission"']) AS t,
     unnest(CASE WHEN t IN ('servicedesk."ServiceRequest"', 'servicedesk.expenses', 'servicedesk."IdempotencyKey"', 'servicedesk.chat_messages')
                 THEN ARRAY[NULL, 'tenant does not exist'] ELSE ARRAY[NULL]::text[] END) AS r;
-- One row of settings per tenant, the newest; the others are put aside with those of nobody.
UPDATE servicedesk.booking_settings AS b SET "tenantId" = NULL
WHERE EXISTS (SELECT FROM servicedesk.booking_settings AS o WHERE o."tenantId" = b."tenantId" AND (o."updatedAt", o.id) > (b."updatedAt", b.id));
SELECT tenancy.archive_orphans('servicedesk.booking_settings', tenant_column => 'tenantId');
\endif
\if :third
-- Work orders whose number is taken, or that refer to nothing, are put aside.
SELECT tenancy.archive_orphans('servicedesk."WorkOrder"', reason => 'key is taken', tenant_column => 'tenantId');
SELECT tenancy.archive_orphans('servicedesk."WorkOrder"', reason => 'parents are NULL', tenant_column => 'tenantId');
-- Slugs and keys are unique per tenant, settings are one row.
SELECT tenancy.rescope_unique('servicedesk.services', 'services_slug_key', 'tenantId');
SELECT tenancy.rescope_unique('servicedesk."IdempotencyKey"', 'IdempotencyKey_key_key', 'tenantId');
SELECT tenancy.one_row_per_tenant('servicedesk.booking_settings', 'tenantId');
\endif
\if :fourth
-- People are members of several tenants. Other references that cross are damage: what is there stays until it is repaired, no row may join it.
SELECT tenancy.keep_reference('servicedesk."TenantMembership"', 'TenantMembership_userId_fkey', 'people work for several tenants', new_rows => true);
SELECT tenancy.keep_reference(s.target::regclass, replace(substring(s.sql FROM 'ADD CONSTRAINT "?(tenancy_[^" ]+)'), 'tenancy_', ''), 'to be repaired: ' || s.message)
FROM tenancy.adoption_steps AS s
WHERE s.adoption = (SELECT max(id) FROM tenancy.adoptions) AND s.state = 'left out' AND s.message LIKE '%refer to a row of another tenant%' AND s.target <> 'servicedesk."TenantMembership"'
ORDER BY s.step;
\endif
