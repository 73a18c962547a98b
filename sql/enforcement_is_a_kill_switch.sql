-- tenancy.enforcement: off, a superuser's word, no session is guarded; policies and write guards stay.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SELECT topic, state, next_command FROM tenancy.status() WHERE topic = 'enforcement';
\c - regress_tenancy_app
\set VERBOSITY sqlstate
-- Not the application's.
SET tenancy.enforcement = off;
SELECT set_config('tenancy.enforcement', 'off', true);
SELECT guarded FROM tenancy.context();
LISTEN something;

\c - :superuser
SELECT format('ALTER DATABASE %I SET tenancy.enforcement = off', current_database()) AS switch \gset
:switch;
\c - :superuser
SELECT topic, state, replace(next_command, current_database(), 'this_database') AS next_command FROM tenancy.status() WHERE topic = 'enforcement';
\c - regress_tenancy_app
SELECT guarded FROM tenancy.context();
LISTEN something;
UNLISTEN something;
-- What the catalog holds stays.
SELECT count(*) FROM shop.projects;
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT count(*) FROM shop.projects;
INSERT INTO shop.projects VALUES (13, :'beta', 'x', 'X');
DELETE FROM shop.projects WHERE tenant_id = :'beta';
ROLLBACK;

\c - :superuser
SELECT format('ALTER DATABASE %I RESET tenancy.enforcement', current_database()) AS switch \gset
:switch;
\c - regress_tenancy_app
SELECT guarded FROM tenancy.context();
LISTEN something;
\c - :superuser
\i :cleanup
