-- Fills the tables of schema.sql: psql -v size=N -f generate.sql makes N rows in all, 10000 if not
-- told; from 10000 on. The same rows on every machine: each is computed from the md5 of its table and
-- number. A row's home is the tenant it belongs to in truth; what it says of it is another matter.
\encoding UTF8
\if :{?size} \else
  \set size 10000
\endif
SELECT n / 1000 AS tenants, n / 1000 * 8 AS services, n * 5 / 100 AS users, n * 3 / 100 AS memberships,
       n * 12 / 100 AS requests, n * 16 / 100 AS bookings, n * 13 / 100 AS orders, n * 12 / 100 AS invoices,
       n * 6 / 100 AS expenses, n * 9 / 100 AS attachments, n * 8 / 100 AS reminders, n / 500 AS settings,
       n * 7 / 100 AS keys, n * 2 / 100 AS submissions FROM (SELECT :size::bigint) AS s(n) \gset
SELECT :size - (:tenants + :services + :users + :memberships + :requests + :bookings + :orders + :invoices + :expenses
       + :attachments + :reminders + :settings + :keys + :submissions) AS messages \gset

BEGIN;
SET LOCAL search_path = servicedesk;
SET LOCAL jit = off;

-- ---- chance, the same for all ----
-- Rows to be made, each with 32 hexadecimal digits of chance. OFFSET 0: the md5 is computed once.
CREATE FUNCTION pg_temp.dice(kind text, first int, last int) RETURNS TABLE (n int, h text) LANGUAGE sql IMMUTABLE
    AS $$ SELECT i, md5(kind || ':' || i) FROM generate_series(first, last) AS i OFFSET 0 $$;
-- A number from 0 to below - 1; slots 0 to 6 of one h are as good as independent.
CREATE FUNCTION pg_temp.pick(h text, slot int, below int) RETURNS int LANGUAGE sql IMMUTABLE
    AS $$ SELECT ((('x' || substr(h, 1 + 4 * slot, 7))::bit(28)::int::bigint * below) >> 28)::int $$;
-- The same, lower numbers more often: tenants differ in size.
CREATE FUNCTION pg_temp.skewed(h text, slot int, below int) RETURNS int LANGUAGE sql IMMUTABLE
    AS $$ SELECT (pg_temp.pick(h, slot, 65536)::bigint * pg_temp.pick(h, slot, 65536) * below >> 32)::int $$;
-- As long as a cuid, and as opaque. PL/pgSQL where SQL would not be inlined: a parameter is used twice.
CREATE FUNCTION pg_temp.cuid(kind text, n int) RETURNS text LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RETURN 'cm' || lpad(to_hex(n), 7, '0') || kind || lpad(to_hex(n * 668265263039 & 281474976710655), 12, '0'); END $$;
-- The first tenant is older than the ids.
CREATE FUNCTION pg_temp.tenant(n int) RETURNS text LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RETURN CASE WHEN n = 0 THEN 'default' ELSE pg_temp.cuid('tena', n) END; END $$;
CREATE FUNCTION pg_temp.moment(n int, h text) RETURNS timestamp LANGUAGE sql IMMUTABLE
    AS $$ SELECT timestamp '2024-01-02 08:00' + n * interval '1 minute' + pg_temp.pick(h, 6, 60000) * interval '1 millisecond' $$;
CREATE FUNCTION pg_temp.phrase(i int) RETURNS text LANGUAGE sql IMMUTABLE AS $body$ SELECT (ARRAY[
    'Deep cleaning', 'The tap drips', 'Window does not close', 'Heating: yearly check', 'Paint the hall', 'Move a desk',
    'Key lost', 'Please call before noon', 'As last time', 'Two rooms, second floor', 'Garden, 400 m²', 'Fan is loud',
    'It''s urgent', 'He said "now"', E'First line\nsecond line', E'Tab\there, back\\slash there', 'Größe: 2 × 3,50 €', '東京のオフィス',
    'Прочистить трубу', 'مفتاح مفقود', '🔧🧽 soon', E'e\u0301 is not é', '', 'NULL', '''; DROP TABLE users; --', '$$ %s {} \N'])[1 + i] $body$;
CREATE FUNCTION pg_temp.person(i int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT (ARRAY[
    'Ada Byron', 'Miles O''Brien', 'Zoë Krüger', 'José "Pepe" Núñez', 'Łucja Wójcik', '山田 太郎', 'Ольга Иванова', 'Nguyễn Thị Hoa',
    'Siobhán Ní Dhúill', 'Anne-Marie', 'Bob', '  Padded  ', E'Line\nBreak', '🦊'])[1 + i] $$;

-- ---- the foreign keys step aside while the rows come, and check all of them afterwards ----
CREATE TEMP TABLE seed_references ON COMMIT DROP AS
SELECT conrelid::regclass AS target, conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'servicedesk'::regnamespace;
DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN SELECT * FROM pg_temp.seed_references LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', reference.target, reference.name);
    END LOOP;
END $$;

-- ---- tenants, people, services ----
INSERT INTO "Tenant"
SELECT pg_temp.tenant(n), CASE n WHEN 0 THEN 'primary' ELSE 'tenant-' || n END, pg_temp.person(n % 14) || ' & Co',
       CASE WHEN n % 5 <> 4 THEN 'desk' || n || '.example' END, pg_temp.moment(n, h), pg_temp.moment(n + 1, h)
FROM pg_temp.dice('Tenant', 0, :tenants - 1);

-- One in twenty-five has no tenant, and nothing to derive it from.
CREATE TEMP TABLE seed_users ON COMMIT DROP AS
SELECT n, h, pg_temp.skewed(h, 0, :tenants) AS home, pg_temp.pick(h, 1, 100) < 4 AS homeless FROM pg_temp.dice('users', 1, :users);
INSERT INTO users
SELECT pg_temp.cuid('user', n), CASE WHEN NOT homeless THEN pg_temp.tenant(home) END,
       CASE n % 50 WHEN 0 THEN 'o''neil+' || n || '@"quoted".example' WHEN 1 THEN 'jürgen' || n || '@bücher.example' ELSE 'user' || n || '@mail.example' END,
       CASE WHEN n % 9 > 0 THEN pg_temp.person(pg_temp.pick(h, 2, 14)) END,
       jsonb_build_object('locale', (ARRAY['de', 'en', 'ja'])[1 + n % 3], 'it''s "odd"', pg_temp.phrase(pg_temp.pick(h, 3, 26))),
       pg_temp.moment(n, h), pg_temp.moment(n + 60, h)
FROM seed_users;
CREATE TEMP TABLE seed_teams ON COMMIT DROP AS SELECT home, array_agg(n ORDER BY n) AS members, count(*)::int AS strength FROM seed_users GROUP BY home;

-- Every other user is a member at home; a fifth of these elsewhere too.
INSERT INTO "TenantMembership"
SELECT pg_temp.cuid('memb', d.n),
       pg_temp.tenant(CASE WHEN d.n <= :users / 2 THEN u.home ELSE (u.home + 1 + pg_temp.pick(d.h, 0, :tenants - 1)) % :tenants END),
       pg_temp.cuid('user', u.n), (ARRAY['OWNER', 'ADMIN', 'MEMBER', 'MEMBER', 'MEMBER'])[1 + d.n % 5]::"TenantRole", pg_temp.moment(d.n, d.h)
FROM pg_temp.dice('TenantMembership', 1, :memberships) AS d JOIN seed_users AS u ON u.n = 1 + (d.n - 1) % (:users / 2);

-- Service s belongs to tenant s % :tenants, eight each. A tenth has no tenant: meant for all, or forgotten.
INSERT INTO services
SELECT pg_temp.cuid('serv', n), CASE WHEN pg_temp.pick(h, 0, 10) > 0 THEN pg_temp.tenant(n % :tenants) END,
       -- Unique over all tenants: whoever came later had to take another slug.
       (ARRAY['deep-cleaning', 'plumbing', 'windows', 'heating', 'painting', 'moving', 'keys', 'garden'])[1 + n / :tenants] || CASE WHEN n % :tenants > 0 THEN '-' || n % :tenants + 1 ELSE '' END,
       pg_temp.phrase(n / :tenants), (2500 + pg_temp.pick(h, 1, 20000)) / 100.0, n % 7 > 0
FROM pg_temp.dice('services', 0, :services - 1);

-- ---- requests: of a client, for a service ----
CREATE TEMP TABLE seed_requests ON COMMIT DROP AS
WITH drawn AS (
    SELECT n, h, CASE WHEN pg_temp.pick(h, 0, 100) < 88 THEN 1 + pg_temp.pick(h, 1, :users) END AS client FROM pg_temp.dice('ServiceRequest', 1, :requests)
), settled AS (
    SELECT d.*, coalesce(u.home, pg_temp.skewed(d.h, 1, :tenants)) AS home FROM drawn AS d LEFT JOIN seed_users AS u ON u.n = d.client
)
SELECT *, CASE WHEN pg_temp.pick(h, 2, 100) < 87 THEN home + :tenants * pg_temp.pick(h, 3, 8)
               WHEN pg_temp.pick(h, 2, 100) < 91 THEN pg_temp.pick(h, 3, :services) END AS service,
       CASE WHEN n % 17 = 0 THEN lag(n) OVER (PARTITION BY home ORDER BY n) WHEN n % 83 = 0 THEN n - 1 END AS duplicate_of
FROM settled;
-- 45 % without a tenant, 1 % with one that is gone, 2 % with another's.
INSERT INTO "ServiceRequest"
SELECT pg_temp.cuid('sreq', n),
       CASE WHEN fate < 45 THEN NULL WHEN fate < 46 THEN pg_temp.cuid('tena', :tenants + n % 3)
            WHEN fate < 48 THEN pg_temp.tenant((home + 1 + n % (:tenants - 1)) % :tenants) ELSE pg_temp.tenant(home) END,
       pg_temp.cuid('user', client), pg_temp.cuid('serv', service), pg_temp.cuid('sreq', duplicate_of),
       (ARRAY['OPEN', 'IN_PROGRESS', 'CLOSED', 'CANCELLED'])[1 + n % 4]::"RequestStatus", pg_temp.phrase(pg_temp.pick(h, 5, 26)),
       CASE WHEN n % 3 > 0 THEN jsonb_build_object('source', 'web', 'said', pg_temp.phrase(n % 26), 'rooms', n % 6) END,
       pg_temp.moment(n, h), pg_temp.moment(n + 30, h)
FROM (SELECT *, pg_temp.pick(h, 4, 100) AS fate FROM seed_requests OFFSET 0) AS r ORDER BY n;

-- ---- bookings: what they refer to is their shape ----
CREATE TEMP TABLE seed_bookings ON COMMIT DROP AS
WITH drawn AS (
    SELECT n, h, 1 + pg_temp.pick(h, 1, :requests) AS request, 1 + pg_temp.pick(h, 2, :users) AS client,
           CASE WHEN p < 50 THEN 'all' WHEN p < 66 THEN 'request' WHEN p < 80 THEN 'client, service' WHEN p < 86 THEN 'client' WHEN p < 91 THEN 'service'
                WHEN p < 94 THEN 'nothing' WHEN p < 97 THEN 'request, other client' ELSE 'client, other service' END AS shape
    FROM (SELECT *, pg_temp.pick(h, 0, 100) AS p FROM pg_temp.dice('bookings', 1, :bookings) OFFSET 0) AS d
), settled AS (
    SELECT d.n, d.h, d.shape, r.n AS request, r.service AS of_request,
           CASE WHEN shape = 'all' THEN r.client WHEN shape LIKE '%client%' THEN d.client END AS client,
           CASE WHEN r.n IS NOT NULL THEN r.home WHEN shape LIKE 'client%' THEN u.home ELSE pg_temp.skewed(d.h, 2, :tenants) END AS home
    FROM drawn AS d JOIN seed_users AS u ON u.n = d.client LEFT JOIN seed_requests AS r ON r.n = d.request AND (shape = 'all' OR shape LIKE 'request%')
)
SELECT n, h, home, request, client,
       CASE WHEN shape = 'all' THEN of_request WHEN shape IN ('client, service', 'service') THEN home + :tenants * pg_temp.pick(h, 3, 8)
            WHEN shape = 'client, other service' THEN pg_temp.pick(h, 3, :services) END AS service
FROM settled;
-- Half of them without a tenant, 2 % with another's.
INSERT INTO bookings
SELECT pg_temp.cuid('book', n),
       CASE WHEN fate < 50 THEN NULL WHEN fate < 52 THEN pg_temp.tenant((home + 1 + n % (:tenants - 1)) % :tenants) ELSE pg_temp.tenant(home) END,
       pg_temp.cuid('user', client), pg_temp.cuid('sreq', request), pg_temp.cuid('serv', service),
       (ARRAY['PENDING', 'CONFIRMED', 'DONE', 'DONE', 'NO_SHOW'])[1 + n % 5]::"BookingStatus",
       date_trunc('hour', pg_temp.moment(n, h)) + interval '3 days', date_trunc('hour', pg_temp.moment(n, h)) + interval '3 days 90 minutes',
       CASE WHEN n % 4 = 0 THEN pg_temp.phrase(pg_temp.pick(h, 5, 26)) END, pg_temp.moment(n, h), pg_temp.moment(n + 15, h)
FROM (SELECT *, pg_temp.pick(h, 4, 100) AS fate FROM seed_bookings OFFSET 0) AS b ORDER BY n;

-- ---- work orders ----
CREATE TEMP TABLE seed_orders ON COMMIT DROP AS
WITH drawn AS (
    SELECT n, h, 1 + pg_temp.pick(h, 1, :bookings) AS booking, 1 + pg_temp.pick(h, 2, :requests) AS request, 1 + pg_temp.pick(h, 3, :users) AS client,
           CASE WHEN p < 34 THEN 'all' WHEN p < 44 THEN 'booking' WHEN p < 62 THEN 'request' WHEN p < 74 THEN 'client, service' WHEN p < 80 THEN 'client'
                WHEN p < 88 THEN 'service' WHEN p < 92 THEN 'nothing' WHEN p < 95 THEN 'booking, other client' ELSE 'booking, other request' END AS shape
    FROM (SELECT *, pg_temp.pick(h, 0, 100) AS p FROM pg_temp.dice('WorkOrder', 1, :orders) OFFSET 0) AS d
), settled AS (
    SELECT d.n, d.h, d.shape, b.n AS booking, b.service AS of_booking,
           CASE WHEN shape = 'all' THEN b.request WHEN shape LIKE '%request' THEN d.request END AS request,
           CASE WHEN shape = 'all' THEN b.client WHEN shape LIKE '%client%' THEN d.client END AS client,
           CASE WHEN b.n IS NOT NULL THEN b.home WHEN shape = 'request' THEN r.home WHEN shape LIKE 'client%' THEN u.home ELSE pg_temp.skewed(d.h, 3, :tenants) END AS home
    FROM drawn AS d JOIN seed_requests AS r ON r.n = d.request JOIN seed_users AS u ON u.n = d.client
    LEFT JOIN seed_bookings AS b ON b.n = d.booking AND (shape = 'all' OR shape LIKE 'booking%')
)
SELECT *, CASE WHEN shape = 'all' THEN of_booking WHEN shape LIKE '%service' THEN home + :tenants * pg_temp.pick(h, 4, 8) END AS service,
       pg_temp.pick(h, 5, 100) AS fate, row_number() OVER (PARTITION BY home ORDER BY n)::int AS number
FROM settled;
-- Half of them without a tenant, 2 % with another's. The unique index on ("tenantId", number) does not
-- see rows without a tenant: some of these bear the number of the one before.
INSERT INTO "WorkOrder"
SELECT pg_temp.cuid('work', o.n),
       CASE WHEN fate < 50 THEN NULL WHEN fate < 52 THEN pg_temp.tenant((home + 1 + o.n % (:tenants - 1)) % :tenants) ELSE pg_temp.tenant(home) END,
       CASE WHEN fate < 3 THEN number - 1 WHEN fate BETWEEN 50 AND 51 THEN 5000000 + o.n ELSE number END,
       pg_temp.cuid('sreq', request), pg_temp.cuid('book', booking), pg_temp.cuid('user', client), pg_temp.cuid('serv', service),
       CASE WHEN o.n % 100 < 3 THEN pg_temp.cuid('user', 1 + pg_temp.pick(h, 0, :users)) WHEN o.n % 100 < 60 THEN pg_temp.cuid('user', t.members[1 + pg_temp.pick(h, 0, t.strength)]) END,
       (ARRAY['PLANNED', 'RUNNING', 'FINISHED'])[1 + o.n % 3]::"WorkOrderStatus",
       jsonb_build_array(jsonb_build_object('step', pg_temp.phrase(o.n % 26), 'done', o.n % 2 = 0)), pg_temp.moment(o.n, h), pg_temp.moment(o.n + 45, h)
FROM seed_orders AS o LEFT JOIN seed_teams AS t USING (home) ORDER BY o.n;

-- ---- invoices ----
-- 40 % without a tenant, 1 % with another's. Numbers start anew in every tenant; in 3 % of the rows
-- two of one tenant bear the same.
INSERT INTO invoices
WITH drawn AS (
    SELECT n, h, 1 + pg_temp.pick(h, 1, :bookings) AS booking, 1 + pg_temp.pick(h, 2, :users) AS client,
           CASE WHEN p < 65 THEN 'all' WHEN p < 78 THEN 'booking' WHEN p < 92 THEN 'client' WHEN p < 95 THEN 'nothing' ELSE 'booking, other client' END AS shape
    FROM (SELECT *, pg_temp.pick(h, 0, 100) AS p FROM pg_temp.dice('invoices', 1, :invoices) OFFSET 0) AS d
), settled AS (
    SELECT d.n, d.h, b.n AS booking, pg_temp.pick(d.h, 3, 100) AS fate,
           CASE WHEN shape = 'all' THEN b.client WHEN shape LIKE '%client' THEN d.client END AS client,
           CASE WHEN b.n IS NOT NULL THEN b.home WHEN shape = 'client' THEN u.home ELSE pg_temp.skewed(d.h, 2, :tenants) END AS home
    FROM drawn AS d JOIN seed_users AS u ON u.n = d.client LEFT JOIN seed_bookings AS b ON b.n = d.booking AND (shape = 'all' OR shape LIKE 'booking%')
)
SELECT pg_temp.cuid('invo', n),
       CASE WHEN fate < 40 THEN NULL WHEN fate < 41 THEN pg_temp.tenant((home + 1 + n % (:tenants - 1)) % :tenants) ELSE pg_temp.tenant(home) END,
       pg_temp.cuid('book', booking), pg_temp.cuid('user', client),
       'INV-' || lpad((row_number() OVER (PARTITION BY home ORDER BY n) - CASE WHEN pg_temp.pick(h, 4, 100) < 3 THEN 1 ELSE 0 END)::text, 6, '0'),
       (ARRAY['DRAFT', 'SENT', 'PAID', 'PAID', 'VOID'])[1 + n % 5]::"InvoiceStatus", (1000 + pg_temp.pick(h, 5, 90000)) / 100.0,
       jsonb_build_array(jsonb_build_object('text', pg_temp.phrase(n % 26), 'amount', n % 90)),
       CASE WHEN n % 5 > 0 THEN pg_temp.moment(n + 5, h) END, pg_temp.moment(n, h)
FROM settled ORDER BY n;

-- ---- what hangs on one parent ----
-- 30 % without a tenant, 2 % with one that is gone, 1 % with another's; 8 % without a user.
INSERT INTO expenses
SELECT pg_temp.cuid('expe', n),
       CASE WHEN fate < 30 THEN NULL WHEN fate < 32 THEN pg_temp.cuid('tena', :tenants + n % 3)
            WHEN fate < 33 THEN pg_temp.tenant((home + 1 + n % (:tenants - 1)) % :tenants) ELSE pg_temp.tenant(home) END,
       CASE WHEN pg_temp.pick(h, 0, 100) >= 8 THEN pg_temp.cuid('user', who) END,
       (100 + pg_temp.pick(h, 2, 50000)) / 100.0, pg_temp.phrase(pg_temp.pick(h, 5, 26)), date '2024-01-02' + n % 700
FROM (SELECT d.n, d.h, u.n AS who, u.home, pg_temp.pick(d.h, 4, 100) AS fate
      FROM pg_temp.dice('expenses', 1, :expenses) AS d JOIN seed_users AS u ON u.n = 1 + pg_temp.pick(d.h, 1, :users) OFFSET 0) AS e ORDER BY n;

INSERT INTO "Attachment"
SELECT pg_temp.cuid('atta', d.n), CASE WHEN pg_temp.pick(d.h, 0, 100) < 94 THEN pg_temp.cuid('sreq', r.n) END,
       CASE WHEN d.n % 100 < 2 THEN pg_temp.cuid('user', 1 + pg_temp.pick(d.h, 2, :users)) WHEN d.n % 100 < 70 THEN pg_temp.cuid('user', r.client) END,
       CASE d.n % 20 WHEN 0 THEN '../' || pg_temp.phrase(d.n / 20 % 26) || '.pdf' ELSE 'scan-' || d.n || '.pdf' END, 'application/pdf', pg_temp.pick(d.h, 3, 5000000), pg_temp.moment(d.n, d.h)
FROM pg_temp.dice('Attachment', 1, :attachments) AS d JOIN seed_requests AS r ON r.n = 1 + pg_temp.pick(d.h, 1, :requests) ORDER BY d.n;

INSERT INTO "ScheduledReminder"
SELECT pg_temp.cuid('remi', n), pg_temp.cuid('sreq', 1 + pg_temp.pick(h, 1, :requests)), (ARRAY['EMAIL', 'SMS'])[1 + n % 2]::"ReminderChannel",
       pg_temp.moment(n, h) + interval '1 day', CASE WHEN n % 3 > 0 THEN pg_temp.moment(n, h) + interval '1 day 2 seconds' END, jsonb_build_object('text', pg_temp.phrase(n % 26))
FROM pg_temp.dice('ScheduledReminder', 1, :reminders);

-- 60 % without a tenant, 2 % with one that is gone; 15 % without a user.
INSERT INTO "IdempotencyKey"
SELECT pg_temp.cuid('idem', d.n),
       CASE WHEN pg_temp.pick(d.h, 4, 100) < 60 THEN NULL WHEN pg_temp.pick(d.h, 4, 100) < 62 THEN pg_temp.cuid('tena', :tenants + d.n % 3) ELSE pg_temp.tenant(u.home) END,
       CASE WHEN pg_temp.pick(d.h, 0, 100) < 85 THEN pg_temp.cuid('user', u.n) END,
       'req-' || md5(d.h), jsonb_build_object('status', 200 + d.n % 2), pg_temp.moment(d.n, d.h)
FROM pg_temp.dice('IdempotencyKey', 1, :keys) AS d JOIN seed_users AS u ON u.n = 1 + pg_temp.pick(d.h, 1, :users) ORDER BY d.n;

-- ---- what has no path to a tenant ----
-- One row for every tenant, then as many more: some for a tenant that has one, some for none.
INSERT INTO booking_settings
SELECT pg_temp.cuid('sett', n), CASE WHEN n < :tenants THEN pg_temp.tenant(n) WHEN n % 5 < 3 THEN pg_temp.tenant(pg_temp.pick(h, 0, :tenants)) END,
       15 * (1 + n % 4), jsonb_build_object('mon', jsonb_build_array('08:00', CASE n % 3 WHEN 0 THEN '16:00' ELSE '18:30' END)), pg_temp.moment(n, h)
FROM pg_temp.dice('booking_settings', 0, :settings - 1);

-- 55 % without a tenant, 1 % with an empty text for one, 2 % with one that is gone.
INSERT INTO chat_messages
SELECT pg_temp.cuid('chat', n),
       CASE WHEN fate < 55 THEN NULL WHEN fate < 56 THEN '' WHEN fate < 58 THEN pg_temp.cuid('tena', :tenants + n % 3) ELSE pg_temp.tenant(pg_temp.skewed(h, 1, :tenants)) END,
       (ARRAY['user', 'user', 'guest', 'bot'])[1 + n % 4],
       CASE WHEN n % 4 < 2 THEN pg_temp.cuid('user', 1 + pg_temp.pick(h, 2, :users)) WHEN n % 4 = 2 THEN 'guest-' || n END,
       pg_temp.phrase(pg_temp.pick(h, 5, 26)), pg_temp.moment(n, h)
FROM (SELECT *, pg_temp.pick(h, 4, 100) AS fate FROM pg_temp.dice('chat_messages', 1, :messages) OFFSET 0) AS m;

INSERT INTO "ContactSubmission"
SELECT pg_temp.cuid('cont', n), pg_temp.person(pg_temp.pick(h, 0, 14)), 'visitor' || n || '@mail.example', pg_temp.phrase(pg_temp.pick(h, 5, 26)),
       CASE WHEN n % 3 > 0 THEN 'desk' || pg_temp.pick(h, 1, :tenants) || '.example' END, pg_temp.moment(n, h)
FROM pg_temp.dice('ContactSubmission', 1, :submissions);

DO $$
DECLARE
    reference record;
BEGIN
    FOR reference IN SELECT * FROM pg_temp.seed_references ORDER BY target::text, name LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', reference.target, reference.name, reference.definition);
    END LOOP;
END $$;
DROP FUNCTION pg_temp.dice(text, int, int), pg_temp.moment(int, text), pg_temp.tenant(int), pg_temp.pick(text, int, int),
    pg_temp.skewed(text, int, int), pg_temp.cuid(text, int), pg_temp.phrase(int), pg_temp.person(int);
ANALYZE "Tenant", "TenantMembership", users, services, "ServiceRequest", bookings, "WorkOrder", invoices, expenses,
    "Attachment", "ScheduledReminder", booking_settings, "IdempotencyKey", chat_messages, "ContactSubmission";
COMMIT;
