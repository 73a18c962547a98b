\set ECHO none
\o /dev/null
-- Drops what fixture.sql and the test made; the extension stays. Harmless when nothing is there.
SET client_min_messages = error;
DROP SCHEMA IF EXISTS shop, changeops, servicedesk, "App 2", regress, tenancy_archive CASCADE;
DELETE FROM tenancy.configuration;
DELETE FROM tenancy.derivations;
DELETE FROM tenancy.crossing_references;
DELETE FROM tenancy.adoptions;
DELETE FROM tenancy.orphan_decisions;
ALTER SEQUENCE tenancy.orphan_decisions_id RESTART;
DELETE FROM tenancy.installed_models;
SELECT tenancy.unenroll(role) FROM tenancy.enrolled_roles WHERE role::text LIKE 'regress\_tenancy\_%';
DELETE FROM tenancy.tenants WHERE id IN ('aaaaaaaa-0000-7000-8000-000000000000', 'bbbbbbbb-0000-7000-8000-000000000000');
DROP ROLE IF EXISTS regress_tenancy_app, regress_tenancy_owner, regress_tenancy_bypass;
RESET client_min_messages;
\o
\set ON_ERROR_ROLLBACK off
\set SHOW_CONTEXT errors
\set ECHO all
