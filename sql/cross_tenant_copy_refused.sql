-- Nobody who works for Acme copies rows into Beta.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- An enrolled role: PostgreSQL itself copies into no table with policies, whatever the rows.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
\copy shop.projects (id, tenant_id, name) FROM '/dev/null'
\copy shop.projects (id, name) FROM '/dev/null'
-- COPY TO shows Acme's own alone.
COPY shop.projects TO stdout;
COPY (SELECT id FROM shop.projects WHERE tenant_id = :'beta') TO stdout;
ROLLBACK;

-- The owner, to whom policies apply as well.
\c - regress_tenancy_owner
BEGIN;
SELECT tenancy.set_tenant(:'acme');
\copy shop.projects (id, tenant_id, name) FROM '/dev/null'
COPY shop.projects TO stdout;
ROLLBACK;

-- A role that bypasses policies may copy, Acme's rows only.
\c - regress_tenancy_bypass
BEGIN;
SELECT tenancy.set_tenant(:'acme');
COPY shop.projects (id, tenant_id, name) FROM stdin;
91	bbbbbbbb-0000-7000-8000-000000000000	planted
\.
COPY shop.projects (id, tenant_id, name) FROM stdin;
91	aaaaaaaa-0000-7000-8000-000000000000	own
92	bbbbbbbb-0000-7000-8000-000000000000	planted
\.
COPY shop.projects (id, tenant_id, name) FROM stdin;
91	\N	orphan
\.
COPY shop.projects (id, name) FROM stdin;
91	own
\.
SELECT id, tenant_id = :'acme' AS own FROM shop.projects WHERE id > 90;
ROLLBACK;

-- A superuser likewise, and under session_replication_role = replica.
\c - :superuser
BEGIN;
SELECT tenancy.set_tenant(:'acme');
COPY shop.projects (id, tenant_id, name) FROM stdin;
91	bbbbbbbb-0000-7000-8000-000000000000	planted
\.
SET LOCAL session_replication_role = replica;
COPY shop.projects (id, tenant_id, name) FROM stdin;
91	bbbbbbbb-0000-7000-8000-000000000000	planted
\.
COPY shop.projects (id, tenant_id, name) FROM stdin WITH (FORMAT csv);
91,aaaaaaaa-0000-7000-8000-000000000000,own
92,bbbbbbbb-0000-7000-8000-000000000000,planted
\.
COPY shop.projects (id, name) FROM stdin;
91	own
\.
SELECT id, tenant_id = :'acme' AS own FROM shop.projects WHERE id > 90;
ROLLBACK;
SELECT regress.others_untouched();

-- Nor through the root of partitions or straight into one.
CREATE TABLE shop.events (id bigint, tenant_id uuid NOT NULL) PARTITION BY LIST (tenant_id);
CREATE TABLE shop.events_beta PARTITION OF shop.events FOR VALUES IN (:'beta');
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
CALL regress.settle();
BEGIN;
SELECT tenancy.set_tenant(:'acme');
COPY shop.events FROM stdin;
1	aaaaaaaa-0000-7000-8000-000000000000
11	bbbbbbbb-0000-7000-8000-000000000000
\.
COPY shop.events_beta FROM stdin;
11	bbbbbbbb-0000-7000-8000-000000000000
\.
COPY shop.events FROM stdin;
1	aaaaaaaa-0000-7000-8000-000000000000
\.
COMMIT;
SELECT id FROM shop.events;
SELECT regress.others_untouched();
\i :cleanup
