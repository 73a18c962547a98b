-- Rows of another tenant in every table of changeops: not read, not referred to, not moved, not changed; templates are read alone.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

-- The tables belong to an ordinary role; templates come from the platform.
INSERT INTO changeops.templates (id, name, domain, description) VALUES (:'nobody', 'Onboarding', 'HR', 'First days of an employee');
INSERT INTO changeops.changes (tenant_id, id, project_id, module_id, title) VALUES
  (:'acme', '00000000-0000-7000-8000-00000000c0a1', :'anvil', :'anvil_auth', 'of acme'), (:'beta', '00000000-0000-7000-8000-00000000c0b1', :'cask', :'cask_auth', 'of beta');
INSERT INTO changeops.template_modules (tenant_id, template_id, module_id) VALUES (:'acme', :'nobody', :'anvil_auth'), (:'beta', :'nobody', :'cask_auth');
SET client_min_messages = error;
DO $$
DECLARE
  t regclass;
BEGIN
  FOR t IN SELECT oid FROM pg_class WHERE relnamespace = 'changeops'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO regress_tenancy_owner', t);
  END LOOP;
END $$;
RESET client_min_messages;
CALL regress.remember();
-- One line per statement and table: what every kind of session gets.
CREATE FUNCTION regress.matrix(statement text) RETURNS TABLE (target name, app text, owner text, bypass text, superuser text, replica text, others text) LANGUAGE plpgsql AS $$
BEGIN
  FOR target IN SELECT relname FROM pg_class WHERE relnamespace = 'changeops'::regnamespace AND relkind = 'r' AND relname <> 'templates' ORDER BY relname LOOP
    SELECT max(v) FILTER (WHERE a.actor = 'app'), max(v) FILTER (WHERE a.actor = 'owner'), max(v) FILTER (WHERE a.actor = 'bypass'),
           max(v) FILTER (WHERE a.actor = 'superuser'), max(v) FILTER (WHERE a.actor = 'replica'), string_agg(DISTINCT a.others, ' ')
      INTO app, owner, bypass, superuser, replica, others
      FROM regress.attempt(format(statement, 'changeops.' || target)) AS a CROSS JOIN LATERAL (SELECT coalesce(a.affected || ' rows', a.code)) AS c (v);
    RETURN NEXT;
  END LOOP;
END $$;
-- Who goes by the policies reads nothing and changes nothing; who does not is refused what changes.
SELECT target, app, owner, others FROM regress.matrix($$SELECT FROM %s WHERE tenant_id = :'beta'$$);
SELECT target, app, owner, others FROM regress.matrix($$SELECT FROM %s WHERE tenant_id = :'beta' FOR UPDATE$$);
SELECT * FROM regress.matrix($$UPDATE %s SET created_at = created_at WHERE tenant_id = :'beta'$$);
SELECT * FROM regress.matrix($$DELETE FROM %s WHERE tenant_id = :'beta'$$);
SELECT * FROM regress.matrix($$UPDATE %s SET tenant_id = :'beta' WHERE tenant_id = :'acme'$$);
SELECT * FROM regress.matrix($$UPDATE %s SET tenant_id = :'acme' WHERE tenant_id = :'beta'$$);
SELECT * FROM regress.matrix($$TRUNCATE %s CASCADE$$);
-- Acme's own are reached.
SELECT * FROM regress.matrix($$UPDATE %s SET created_at = created_at WHERE tenant_id = :'acme'$$);

-- New rows for Beta, and rows of Acme that refer to Beta's. A replica checks no references: what it writes is
-- Acme's, and since every reference carries the tenant it leads nowhere.
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.projects (tenant_id, name, slug) VALUES (:'beta', 'x', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.modules (tenant_id, project_id, name, root_path) VALUES (:'beta', '00000000-0000-7000-8000-0000000000b1', 'x', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.modules (project_id, name, root_path) VALUES ('00000000-0000-7000-8000-0000000000b1', 'x', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$DELETE FROM changeops.environments WHERE tenant_id = :'acme' AND name = 'test'; INSERT INTO changeops.environments (project_id, name) VALUES ('00000000-0000-7000-8000-0000000000b1', 'test')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.changes (tenant_id, project_id, title) VALUES (:'beta', '00000000-0000-7000-8000-0000000000b1', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'beta', '00000000-0000-7000-8000-0000000000b1', 'made/for/beta', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.changes (project_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000b1', 'made/for/beta', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.changes (project_id, module_id, title) VALUES ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-000000000ab1', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.changes (project_id, module_id, environment_id, title) VALUES ('00000000-0000-7000-8000-0000000000a1', '00000000-0000-7000-8000-000000000aa1', '00000000-0000-7000-8000-000000000db1', 'x')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.template_modules (template_id, module_id) VALUES ('00000000-0000-7000-8000-000000000fff', '00000000-0000-7000-8000-000000000ab1')$$);
SELECT actor, code, others FROM regress.attempt($$UPDATE changeops.changes SET project_id = '00000000-0000-7000-8000-0000000000b1', module_id = NULL, environment_id = NULL WHERE tenant_id = :'acme'$$);
SELECT actor, code, others FROM regress.attempt($$SELECT changeops.resolve_module('00000000-0000-7000-8000-0000000000b1'::uuid, 'src/auth')$$);
SELECT actor, code, others FROM regress.attempt($$SELECT tenancy.resolve_module('changeops.changes', '00000000-0000-7000-8000-0000000000b1', 'made/for/beta', :'beta')$$);
SELECT actor, code, others FROM regress.attempt($$SELECT changeops.give_defaults(NULL, ARRAY['00000000-0000-7000-8000-0000000000b1'::uuid])$$);
-- Beta's deleted rows stay deleted.
UPDATE changeops.projects SET deleted_at = now() WHERE id = :'cask';
CALL regress.remember();
SELECT actor, code, others FROM regress.attempt($$SELECT tenancy.restore_rows('changeops.projects', ARRAY['00000000-0000-7000-8000-0000000000b1'])$$);
UPDATE changeops.projects SET deleted_at = NULL WHERE id = :'cask';
CALL regress.remember();

-- Templates: everybody reads them, the platform alone writes them.
SELECT actor, code, affected, others FROM regress.attempt($$SELECT FROM changeops.templates WHERE search @@ to_tsquery('simple', 'onboarding & employee')$$);
SELECT actor, code, others FROM regress.attempt($$INSERT INTO changeops.templates (name, domain) VALUES ('Mine', 'Custom')$$);
SELECT actor, code, others FROM regress.attempt($$UPDATE changeops.templates SET name = 'Mine'$$);
SELECT actor, code, others FROM regress.attempt($$DELETE FROM changeops.templates$$);
SELECT actor, code, others FROM regress.attempt($$TRUNCATE changeops.templates CASCADE$$);
SELECT actor, code, affected, others FROM regress.attempt($$INSERT INTO changeops.template_modules (template_id, module_id) SELECT '00000000-0000-7000-8000-000000000fff', id FROM changeops.modules WHERE tenant_id = :'acme' AND is_default$$);
SELECT regress.others_untouched();
-- The platform withdraws a template: it goes from every tenant.
DELETE FROM changeops.templates;
SELECT count(*) FROM changeops.template_modules;
\i :cleanup
