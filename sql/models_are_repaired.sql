-- What unprotect() takes from a model's tables, status() misses and upgrade_model() gives back: protection,
-- sharing and soft deletion.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = warning;
SELECT tenancy.install_model('changeops');
CREATE VIEW regress.isolated AS
  SELECT c.relname, p.kind, p.isolated AND p.guarded AS whole,
         EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgfoid = 'tenancy.soft_delete_row()'::regprocedure) AS soft_delete
    FROM pg_class AS c LEFT JOIN tenancy.protected AS p ON p.target = c.oid
   WHERE c.relnamespace = 'changeops'::regnamespace AND c.relkind = 'r';
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE topic = 'model';
SELECT * FROM regress.isolated ORDER BY relname COLLATE "C";

-- All of it gone.
SELECT count(tenancy.unprotect(target)) FROM tenancy.protected WHERE target::text ~ '^changeops';
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE topic = 'model';
-- What status() says of single tables mends a part only, and it goes on saying so.
SELECT tenancy.protect_schema('changeops') > 0 AS protected;
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE topic = 'model';
SELECT tenancy.upgrade_model('changeops');
SELECT topic, state, detail, next_command FROM tenancy.status() WHERE topic = 'model';
SELECT * FROM regress.isolated ORDER BY relname COLLATE "C";

-- Nothing to repair: nothing is done.
SELECT xmin FROM pg_class WHERE oid = 'changeops.projects'::regclass \gset before_
SELECT tenancy.upgrade_model('changeops');
SELECT xmin = :'before_xmin' AS untouched FROM pg_class WHERE oid = 'changeops.projects'::regclass;

-- DELETE marks again, and the rows beneath are not touched.
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO changeops.projects (id, name, slug) VALUES ('00000000-0000-7000-8000-0000000000f1', 'Shop', 'shop');
DELETE FROM changeops.projects;
COMMIT;
SELECT count(*), count(deleted_at) FROM changeops.projects;
SELECT count(*) FROM changeops.environments;

-- A row of another tenant, or of none, is the write guard's to refuse.
BEGIN;
SELECT tenancy.set_tenant(:'acme');
\set VERBOSITY sqlstate
INSERT INTO changeops.changes (tenant_id, project_id, title) VALUES (NULL, '00000000-0000-7000-8000-0000000000f1', 'no tenant');
INSERT INTO changeops.changes (tenant_id, project_id, title) VALUES (:'beta', '00000000-0000-7000-8000-0000000000f1', 'another tenant');
\set VERBOSITY default
ROLLBACK;

\c - :superuser
\i :cleanup
