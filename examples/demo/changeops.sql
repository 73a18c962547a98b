-- The model changeops beside the agency's own tables: run by demo.sql, after it.
\c - postgres
SET client_min_messages = warning;
\echo '8. A model comes ready made: SELECT tenancy.install_model(''changeops''); its tables are protected and ordinary'
\echo
\o /dev/null
SELECT tenancy.install_model('changeops');
GRANT USAGE ON SCHEMA changeops TO board_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA changeops TO board_app;
INSERT INTO changeops.templates (name, domain, description) VALUES
    ('Leave request', 'HR', 'Ask, approve, count the days'), ('Invoice approval', 'Finance', 'Four eyes above a limit');
INSERT INTO changeops.projects (id, tenant_id, name, slug) VALUES
    ('0192f1a0-0000-7000-8000-000000eb0001', '0192f1a0-0000-7000-8000-00000000b001', 'Patient portal', 'patient-portal');
INSERT INTO changeops.modules (id, tenant_id, project_id, name, root_path) VALUES
    ('0192f1a0-0000-7000-8000-000000fb0001', '0192f1a0-0000-7000-8000-00000000b001', '0192f1a0-0000-7000-8000-000000eb0001', 'Records', 'src/records');
-- Rows from before, as a migration of the application brings them: no modules, no environments, paths only.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO changeops.projects (id, tenant_id, name, slug) VALUES
    ('0192f1a0-0000-7000-8000-000000ea0002', '0192f1a0-0000-7000-8000-00000000a001', 'Newsletter', 'newsletter');
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title, author, status) VALUES
    ('0192f1a0-0000-7000-8000-00000000a001', '0192f1a0-0000-7000-8000-000000ea0002', 'lib/mailer/bounce.ts', 'Count bounces', 'mira', 'applied'),
    ('0192f1a0-0000-7000-8000-00000000a001', '0192f1a0-0000-7000-8000-000000ea0002', './lib//mailer/retry.ts', 'Retry twice', 'mira', 'applied');
COMMIT;
-- As board.attempt(), with the hint.
CREATE FUNCTION board.refused(what text, statement text, OUT refused text, OUT code text, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RAISE EXCEPTION 'not refused: %', statement;
EXCEPTION WHEN raise_exception THEN RAISE;
WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    refused := what;
    code := SQLSTATE;
    answer := concat_ws(E'\n', SQLERRM, 'HINT: ' || nullif(hint, ''));
END $$;
\o
SELECT name, version, schema, (SELECT count(*) FROM tenancy.protected AS p WHERE p.target::text LIKE 'changeops.%') AS "protected and shared tables" FROM tenancy.models;

\c - board_app
\echo '9. Northwind adds two projects; their default modules and environments come by themselves'
\echo
BEGIN;
\o /dev/null
SELECT tenancy.set_tenant('0192f1a0-0000-7000-8000-00000000a001');
\o
INSERT INTO changeops.projects (id, name, slug, repository_url) VALUES
    ('0192f1a0-0000-7000-8000-000000ea0001', 'Booking site', 'booking-site', 'https://git.example/booking'),
    ('0192f1a0-0000-7000-8000-000000ea0003', 'Ticket office', 'ticket-office', 'https://git.example/tickets');
SELECT p.slug AS project, m.name || ' at ' || m.root_path AS "default module", string_agg(e.name || CASE WHEN e.is_default THEN ' (default)' ELSE '' END, ', ' ORDER BY e.name) AS environments
FROM changeops.projects AS p JOIN changeops.modules AS m ON m.project_id = p.id AND m.is_default JOIN changeops.environments AS e ON e.project_id = p.id
GROUP BY p.slug, m.name, m.root_path ORDER BY p.slug;

\echo '10. Every change finds its module: named, by its path, made for its path, or the default'
\echo
INSERT INTO changeops.modules (id, project_id, name, type, root_path) VALUES
    ('0192f1a0-0000-7000-8000-000000fa0001', '0192f1a0-0000-7000-8000-000000ea0001', 'Sign-in', 'ui', 'src/auth');
INSERT INTO changeops.changes (id, project_id, title, module_id, module_path, environment_id, author)
SELECT ('0192f1a0-0000-7000-8000-000000ca000' || n)::uuid, '0192f1a0-0000-7000-8000-000000ea0001', title, module_id, module_path,
       (SELECT e.id FROM changeops.environments AS e WHERE e.project_id = '0192f1a0-0000-7000-8000-000000ea0001' AND e.name::text = environment), 'mira'
FROM (VALUES (1, 'New password rules', '0192f1a0-0000-7000-8000-000000fa0001'::uuid, NULL, 'test'),
             (2, 'Remember me', NULL, './src//auth/remember.ts', NULL),
             (3, 'Refund a deposit', NULL, 'src/payments/refund.ts', NULL),
             (4, 'Round to cents', NULL, '/src/payments/../payments/money/', NULL),
             (5, 'Update the licence', NULL, NULL, NULL)) AS t(n, title, module_id, module_path, environment);
\echo
SELECT c.title, c.module_path AS "path given", c.module_resolution AS resolution, m.name AS module, m.root_path AS root, e.name AS environment
FROM changeops.changes AS c JOIN changeops.modules AS m ON m.id = c.module_id JOIN changeops.environments AS e ON e.id = c.environment_id
WHERE c.project_id = '0192f1a0-0000-7000-8000-000000ea0001' ORDER BY c.id;
SELECT p.public_id AS project, m.name AS "resolve_module(project, 'src/auth/login')"
FROM changeops.projects AS p, changeops.modules AS m WHERE p.slug = 'booking-site' AND m.id = changeops.resolve_module(p.public_id, 'src/auth/login');

\echo '11. A change goes its way, and no other'
\echo
UPDATE changeops.changes SET status = 'submitted' WHERE title IN ('Remember me', 'Round to cents');
UPDATE changeops.changes SET status = 'approved' WHERE title = 'Remember me';
UPDATE changeops.changes SET status = 'running' WHERE title = 'Remember me';
UPDATE changeops.changes SET status = 'applied' WHERE title = 'Remember me';
UPDATE changeops.changes SET status = 'rejected' WHERE title = 'Round to cents';
SELECT a.* FROM (VALUES
    (1, 'Remember me: applied -> rolled_back', 'UPDATE changeops.changes SET status = ''rolled_back'' WHERE title = ''Remember me'''),
    (2, 'Remember me: applied -> draft', 'UPDATE changeops.changes SET status = ''draft'' WHERE title = ''Remember me'''),
    (3, 'Round to cents: rejected -> approved', 'UPDATE changeops.changes SET status = ''approved'' WHERE title = ''Round to cents'''),
    (4, 'Refund a deposit: draft -> applied', 'UPDATE changeops.changes SET status = ''applied'' WHERE title = ''Refund a deposit''')) AS t(n, what, statement),
    board.attempt(t.what, t.statement) AS a ORDER BY t.n;

\echo '12. Refused: what is not the project''s, and a change that has no place'
\echo
SELECT a.* FROM (VALUES
    (1, 'the module of another tenant', 'INSERT INTO changeops.changes (project_id, module_id, title) VALUES (''0192f1a0-0000-7000-8000-000000ea0001'', ''0192f1a0-0000-7000-8000-000000fb0001'', ''Spy'')'),
    (2, 'the project of another tenant', 'INSERT INTO changeops.changes (project_id, module_path, title) VALUES (''0192f1a0-0000-7000-8000-000000eb0001'', ''src/records'', ''Spy'')'),
    (3, 'the module of another project', 'INSERT INTO changeops.changes (project_id, module_id, title) VALUES (''0192f1a0-0000-7000-8000-000000ea0003'', ''0192f1a0-0000-7000-8000-000000fa0001'', ''Mixed up'')'),
    (4, 'a path that climbs out', 'INSERT INTO changeops.changes (project_id, module_path, title) VALUES (''0192f1a0-0000-7000-8000-000000ea0001'', ''src/../../etc/passwd'', ''Escape'')'),
    (5, 'no project', 'INSERT INTO changeops.changes (project_id, title) VALUES (NULL, ''Lost'')'),
    (6, 'a project without a default environment', 'UPDATE changeops.environments SET is_default = false WHERE project_id = ''0192f1a0-0000-7000-8000-000000ea0001''')) AS t(n, what, statement),
    board.refused(t.what, t.statement) AS a ORDER BY t.n;

\echo '13. A template of the platform: read by all tenants, followed by modules of one'
\echo
INSERT INTO changeops.template_modules (template_id, module_id)
SELECT t.id, '0192f1a0-0000-7000-8000-000000fa0001' FROM changeops.templates AS t WHERE t.name = 'Leave request';
SELECT t.name AS template, t.domain, m.name AS "followed by" FROM changeops.templates AS t
LEFT JOIN changeops.template_modules AS f ON f.template_id = t.id LEFT JOIN changeops.modules AS m ON m.id = f.module_id ORDER BY t.name;
SELECT a.* FROM board.attempt('change a template', 'UPDATE changeops.templates SET version = ''9''') AS a;
COMMIT;
\c - postgres
SET client_min_messages = warning;
\echo '14. Rows from before get what they lack; a second time there is nothing to do'
\echo
SELECT 'once' AS "initialize_projects(from_changes => true)", * FROM changeops.initialize_projects(from_changes => true);
SELECT 'again' AS "initialize_projects(from_changes => true)", * FROM changeops.initialize_projects(from_changes => true);
SELECT c.title, c.module_path AS "path given", c.module_id AS "its module (unchanged)", m.name AS "the module made for it", m.root_path AS root
FROM changeops.changes AS c JOIN changeops.modules AS m ON m.project_id = c.project_id AND NOT m.is_default
WHERE c.project_id = '0192f1a0-0000-7000-8000-000000ea0002' ORDER BY c.id;
