-- Findings that somebody has decided to live with: they stay listed, as waived, with the reason and for as long as was said.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
CREATE TABLE shop.notes (tenant_id uuid, note text);
CREATE TABLE shop.labels (tenant_id uuid, label text);
CREATE VIEW regress.found AS
  SELECT l.rule, l.level, l.object, l.metadata ->> 'level' AS was, l.metadata ->> 'waived' AS reason, (l.metadata ->> 'until')::timestamptz > now() AS lasts,
         l.metadata ? 'waiver_ended' AS ended, l.metadata ->> 'waived_by' = session_user AS mine
  FROM tenancy.lint() AS l WHERE l.rule IN ('rls_disabled', 'no_tenant_index') AND l.object LIKE 'shop.%';
SELECT * FROM regress.found;

-- One object, for good.
SELECT tenancy.waive('rls_disabled', 'shop.notes', 'nobody reads it');
SELECT * FROM regress.found;
-- Again: another reason, and an end.
SELECT tenancy.waive('rls_disabled', 'shop.notes', 'until it is gone', now() + interval '1 day');
SELECT * FROM regress.found WHERE rule = 'rls_disabled';
-- All of a rule; what is said of an object goes first.
SELECT tenancy.waive('rls_disabled', '%', 'all of them');
SELECT * FROM regress.found WHERE rule = 'rls_disabled';
-- What has ended waives nothing, and hides no other waiver.
UPDATE tenancy.waivers SET until = now() - interval '1 day' WHERE object = 'shop.notes';
SELECT * FROM regress.found WHERE rule = 'rls_disabled';
SELECT tenancy.unwaive('rls_disabled', '%');
SELECT * FROM regress.found WHERE rule = 'rls_disabled';
-- What waives comes last.
SELECT tenancy.waive('no_tenant_index', 'shop.notes', 'small');
SELECT rule, level, object FROM regress.found;
SELECT rule, object, reason, until IS NULL AS for_good, waived_by = session_user AS mine FROM tenancy.waivers ORDER BY 1, 2;
SELECT tenancy.unwaive('rls_disabled', 'shop.notes'), tenancy.unwaive('rls_disabled', 'shop.notes'), tenancy.unwaive('no_tenant_index', NULL);
-- Of what is not there, or not any more; names as they come.
SELECT tenancy.waive('rls_disabled', 'shop."it''s; -- gone"', E'quotes '' and\nlines');
SELECT tenancy.unwaive('rls_disabled', 'shop."it''s; -- gone"');

-- Refused.
SELECT tenancy.waive('no_such_rule', 'shop.notes', 'why');
SELECT tenancy.waive(NULL, 'shop.notes', 'why');
SELECT tenancy.waive('rls_disabled', NULL, 'why');
SELECT tenancy.waive('rls_disabled', ' ', 'why');
SELECT tenancy.waive('rls_disabled', 'shop.notes', NULL);
SELECT tenancy.waive('rls_disabled', 'shop.notes', E' ');
SELECT tenancy.waive('rls_disabled', 'shop.notes', 'why', '2020-01-01 00:00+00');
SELECT tenancy.waive('rls_disabled', 'shop.notes', 'why', '-infinity');
SELECT rule, object FROM tenancy.waivers;

-- Not for sessions of the application, whatever they are granted.
GRANT ALL ON tenancy.waivers TO regress_tenancy_app;
GRANT EXECUTE ON FUNCTION tenancy.require_platform(text), tenancy.waive(text, text, text, timestamptz), tenancy.unwaive(text, text), tenancy.lint(boolean, name, text, regrole[]) TO regress_tenancy_app;
\c - regress_tenancy_app
SELECT tenancy.waive('rls_disabled', 'shop.notes', 'why');
SELECT tenancy.unwaive('no_tenant_index', 'shop.notes');
SELECT count(*) FROM tenancy.lint();
\c - :superuser
REVOKE ALL ON tenancy.waivers FROM regress_tenancy_app;
REVOKE ALL ON FUNCTION tenancy.require_platform(text), tenancy.waive(text, text, text, timestamptz), tenancy.unwaive(text, text), tenancy.lint(boolean, name, text, regrole[]) FROM regress_tenancy_app;
SELECT rule, object FROM tenancy.waivers;
DELETE FROM tenancy.waivers;
\c - :superuser
\i :cleanup
