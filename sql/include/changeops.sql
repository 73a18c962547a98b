\set ECHO none
\o /dev/null
-- changeops on top of fixture.sql: Acme's projects anvil and bellows, Beta's cask; each with its defaults.
--
-- :anvil, :bellows, :cask                their ids
-- :anvil_auth, :bellows_auth, :cask_auth modules at src/auth, named auth
-- :anvil_default, ...                    their default modules, at src
-- :anvil_dev, :bellows_dev, :cask_dev    their default environments
-- :nobody                                an id that nothing has
-- regress.found                          changes with the names of what was found for them; reads as who asks
-- regress.refusal(statement)             how a statement fails, as who asks; nothing of it stays
SET client_min_messages = error;
\set anvil 00000000-0000-7000-8000-0000000000a1
\set bellows 00000000-0000-7000-8000-0000000000a2
\set cask 00000000-0000-7000-8000-0000000000b1
\set anvil_auth 00000000-0000-7000-8000-000000000aa1
\set bellows_auth 00000000-0000-7000-8000-000000000aa2
\set cask_auth 00000000-0000-7000-8000-000000000ab1
\set anvil_default 00000000-0000-7000-8000-000000000ba1
\set bellows_default 00000000-0000-7000-8000-000000000ba2
\set cask_default 00000000-0000-7000-8000-000000000bb1
\set anvil_dev 00000000-0000-7000-8000-000000000da1
\set bellows_dev 00000000-0000-7000-8000-000000000da2
\set cask_dev 00000000-0000-7000-8000-000000000db1
\set nobody 00000000-0000-7000-8000-000000000fff
SELECT tenancy.install_model('changeops');
GRANT USAGE ON SCHEMA changeops TO regress_tenancy_app, regress_tenancy_owner, regress_tenancy_bypass;
GRANT ALL ON ALL TABLES IN SCHEMA changeops TO regress_tenancy_app, regress_tenancy_owner, regress_tenancy_bypass;
INSERT INTO changeops.projects (tenant_id, id, name, slug) VALUES
  (:'acme', :'anvil', 'Anvil', 'anvil'), (:'acme', :'bellows', 'Bellows', 'bellows'), (:'beta', :'cask', 'Cask', 'cask');
INSERT INTO changeops.modules (tenant_id, id, project_id, name, root_path) VALUES
  (:'acme', :'anvil_auth', :'anvil', 'auth', 'src/auth'), (:'acme', :'bellows_auth', :'bellows', 'auth', 'src/auth'),
  (:'beta', :'cask_auth', :'cask', 'auth', 'src/auth');
UPDATE changeops.modules AS m SET id = d.id
  FROM (VALUES (:'anvil'::uuid, :'anvil_default'::uuid), (:'bellows', :'bellows_default'), (:'cask', :'cask_default')) AS d (project_id, id)
 WHERE m.project_id = d.project_id AND m.is_default;
UPDATE changeops.environments AS e SET id = d.id
  FROM (VALUES (:'anvil'::uuid, :'anvil_dev'::uuid), (:'bellows', :'bellows_dev'), (:'cask', :'cask_dev')) AS d (project_id, id)
 WHERE e.project_id = d.project_id AND e.name = 'dev';

CREATE VIEW regress.found WITH (security_invoker = true) AS
  SELECT p.slug AS project, c.title, c.module_path, c.module_resolution AS resolution, m.root_path, m.name, m.type, e.name AS environment
    FROM changeops.changes AS c
         LEFT JOIN changeops.projects AS p ON p.tenant_id = c.tenant_id AND p.id = c.project_id
         LEFT JOIN changeops.modules AS m ON m.tenant_id = c.tenant_id AND m.id = c.module_id
         LEFT JOIN changeops.environments AS e ON e.tenant_id = c.tenant_id AND e.id = c.environment_id;
GRANT SELECT ON regress.found TO PUBLIC;

CREATE FUNCTION regress.refusal(statement text, OUT code text, OUT message text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
  code := '00000';
  EXECUTE statement;
  SET CONSTRAINTS ALL IMMEDIATE;
  RAISE SQLSTATE 'UNDO0';
EXCEPTION
  WHEN SQLSTATE 'UNDO0' THEN
    NULL;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
END $$;
CALL regress.remember();
RESET client_min_messages;
\o
\set ECHO all
