-- Who is enrolled, and which sessions are guarded by it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

LOAD 'pg_tenancy';
SELECT role, can_login, preloaded FROM tenancy.enrolled;
CREATE ROLE regress_tenancy_member LOGIN IN ROLE regress_tenancy_app;
CREATE ROLE regress_tenancy_stranger LOGIN;
CREATE ROLE regress_tenancy_group;
GRANT regress_tenancy_app, regress_tenancy_stranger TO regress_tenancy_bypass;
SELECT tenancy.is_guarded();
SET ROLE regress_tenancy_app;
SELECT tenancy.is_guarded();
RESET ROLE;
SET ROLE regress_tenancy_member;
SELECT tenancy.is_guarded();
RESET ROLE;
\c - regress_tenancy_member
SELECT tenancy.is_guarded();
\c - regress_tenancy_stranger
SELECT tenancy.is_guarded();
\c - regress_tenancy_bypass
SELECT tenancy.is_guarded();
SET ROLE regress_tenancy_app;
SELECT tenancy.is_guarded();
\c - regress_tenancy_app
SELECT tenancy.is_guarded();
SET ROLE regress_tenancy_app;
RESET ROLE;
SELECT tenancy.is_guarded();
SELECT tenancy.enroll('regress_tenancy_stranger');
SELECT tenancy.unenroll('regress_tenancy_app');
\c - :superuser
SELECT tenancy.enroll('regress_tenancy_bypass');
SELECT tenancy.enroll('regress_tenancy_owner');
CREATE ROLE regress_tenancy_super SUPERUSER;
SELECT tenancy.enroll('regress_tenancy_super');
SELECT tenancy.enroll('regress_tenancy_nobody');
SELECT tenancy.enroll('regress_tenancy_group');
SELECT tenancy.enroll('regress_tenancy_group');
GRANT regress_tenancy_owner TO regress_tenancy_group;
ALTER ROLE regress_tenancy_group RENAME TO regress_tenancy_team;
SELECT role, can_login FROM tenancy.enrolled ORDER BY role::text;
SELECT tenancy.unenroll('regress_tenancy_team');
SELECT tenancy.unenroll('regress_tenancy_team');
SELECT role FROM tenancy.enrolled;
-- Other libraries of the role stay.
ALTER ROLE regress_tenancy_stranger SET session_preload_libraries = 'auto_explain';
SELECT tenancy.enroll('regress_tenancy_stranger');
SELECT tenancy.unenroll('regress_tenancy_stranger');
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'regress_tenancy_stranger'::regrole AND setdatabase = 0;
DROP ROLE regress_tenancy_member, regress_tenancy_stranger, regress_tenancy_super;
DROP ROLE regress_tenancy_team;
\c - :superuser
\i :cleanup
