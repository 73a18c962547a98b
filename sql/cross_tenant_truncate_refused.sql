-- Nobody who works for Acme truncates a table with rows of Beta.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.events (id bigint, tenant_id uuid NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE shop.events_old PARTITION OF shop.events FOR VALUES FROM (MINVALUE) TO ('2026-01-01') PARTITION BY LIST (tenant_id);
CREATE TABLE shop.events_old_beta PARTITION OF shop.events_old FOR VALUES IN (:'beta');
CREATE TABLE shop.events_old_rest PARTITION OF shop.events_old DEFAULT;
CREATE TABLE shop.events_new PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE TABLE shop.papers (id bigint, tenant_id uuid NOT NULL);
CREATE TABLE shop.letters () INHERITS (shop.papers);
INSERT INTO shop.events VALUES (1, :'acme', '2025-05-05'), (2, :'acme', '2026-05-05'), (11, :'beta', '2025-05-05'), (12, :'beta', '2026-05-05');
INSERT INTO shop.letters VALUES (1, :'acme'), (11, :'beta');
CALL regress.settle();

-- An enrolled role, to which TRUNCATE was granted: refused with a tenant and without one.
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
TRUNCATE shop.tasks;
TRUNCATE shop.changes, shop.tasks;
SET LOCAL client_min_messages = warning;
TRUNCATE shop.projects CASCADE;
TRUNCATE shop.tasks RESTART IDENTITY;
TRUNCATE shop.events;
TRUNCATE shop.events_old;
TRUNCATE shop.events_old_beta;
TRUNCATE shop.events_new;
TRUNCATE ONLY shop.papers;
TRUNCATE shop.papers;
TRUNCATE shop.letters;
ROLLBACK;
TRUNCATE shop.tasks;
TRUNCATE shop.events_new;

-- Everybody.
\c - :superuser
SELECT * FROM regress.attempt($$TRUNCATE shop.tasks$$);
SELECT * FROM regress.attempt($$TRUNCATE shop.projects CASCADE$$);
SELECT * FROM regress.attempt($$TRUNCATE shop.events$$);
SELECT * FROM regress.attempt($$TRUNCATE shop.events_old_beta$$);
SELECT * FROM regress.attempt($$TRUNCATE shop.letters$$);
-- The tenants themselves take all rows along.
SELECT * FROM regress.attempt($$TRUNCATE tenancy.tenants CASCADE$$);
SELECT regress.others_untouched();
-- Without a tenant the platform may.
BEGIN;
SET LOCAL client_min_messages = warning;
TRUNCATE shop.projects CASCADE;
SELECT count(*) FROM shop.tasks;
ROLLBACK;
\i :cleanup
