-- The product's main job on a small database: protect, enroll, be refused; then a model, changeops.sql.
-- open as: board_app
-- Run by `make demo`; every statement can be pasted into psql against the database it leaves.
\set QUIET 1
\set VERBOSITY terse
\pset footer off
\pset null '-'
SET client_min_messages = warning;
\cd :directory

CREATE EXTENSION pg_tenancy;
\i schema.sql
\o /dev/null
\i data.sql
CREATE ROLE board_app LOGIN;
GRANT USAGE ON SCHEMA board TO board_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA board TO board_app;

-- For the tables below: runs one statement, says what the database answered, and takes it back.
CREATE FUNCTION board.attempt(what text, statement text, OUT attempt text, OUT code text, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
    found bigint;
BEGIN
    attempt := what;
    code := '00000';
    BEGIN
        IF statement ~ '^SELECT' THEN
            EXECUTE 'SELECT count(*) FROM (' || statement || ') AS x' INTO found;
            answer := format('%s rows', found);
        ELSE
            EXECUTE statement;
            GET DIAGNOSTICS touched = ROW_COUNT;
            answer := format('%s rows', touched);
            RAISE EXCEPTION USING ERRCODE = 'P0999';
        END IF;
    EXCEPTION WHEN SQLSTATE 'P0999' THEN NULL;
    WHEN OTHERS THEN code := SQLSTATE; answer := SQLERRM;
    END;
END $$;
\o
\echo
\echo '1. A database like many: tenant columns everywhere, nothing that enforces them'
\echo
\c - board_app
SELECT t.slug AS "the application sees the customers of", count(*) FROM board.customers AS c
JOIN (VALUES ('0192f1a0-0000-7000-8000-00000000a001'::uuid, 'northwind'), ('0192f1a0-0000-7000-8000-00000000b001', 'blue-heron')) AS t(id, slug) ON t.id = c.tenant_id
GROUP BY t.slug ORDER BY t.slug DESC;

\c - postgres
SET client_min_messages = warning;
\echo '2. What protecting it will do, as SQL (the first steps of each phase)'
\echo
SELECT phase, count(*) AS steps, min(sql) AS "for example" FROM tenancy.plan('board') GROUP BY phase ORDER BY min(step);

\echo '3. SELECT tenancy.protect_schema(''board''); SELECT tenancy.share(''board.vat_rates''); SELECT tenancy.enroll(''board_app'');'
\echo
\o /dev/null
SELECT tenancy.protect_schema('board');
SELECT tenancy.share('board.vat_rates');
SELECT tenancy.enroll('board_app');
SELECT tenancy.watch_new_tables();
\o
SELECT topic, state, detail, next_command FROM tenancy.status();

\c - board_app
\echo '4. The application works for Northwind Studio: BEGIN; SELECT tenancy.set_tenant(…);'
\echo
BEGIN;
\o /dev/null
SELECT tenancy.set_tenant('0192f1a0-0000-7000-8000-00000000a001');
\o
\echo 'Allowed: its own work'
SELECT a.* FROM (VALUES
    (1, 'read all customers', 'SELECT * FROM board.customers'),
    (2, 'read all invoices, both years', 'SELECT * FROM board.invoices'),
    (3, 'add a customer, no tenant named', 'INSERT INTO board.customers (name) VALUES (''Old Mill Theatre'')'),
    (4, 'change every project', 'UPDATE board.projects SET budget = budget * 1.1'),
    (5, 'delete a project and its tasks', 'DELETE FROM board.projects WHERE id = ''0192f1a0-0000-7000-8000-00000da00001'''),
    (6, 'read the shared VAT rates', 'SELECT * FROM board.vat_rates')) AS t(n, what, statement),
    board.attempt(t.what, t.statement) AS a ORDER BY t.n;
\echo 'Refused or without effect: everything that reaches for Blue Heron Clinic'
SELECT a.* FROM (VALUES
    (1, 'read its customers', 'SELECT * FROM board.customers WHERE tenant_id = ''0192f1a0-0000-7000-8000-00000000b001'''),
    (2, 'read one by its id', 'SELECT * FROM board.customers WHERE id = ''0192f1a0-0000-7000-8000-00000cb00001'''),
    (3, 'read a partition directly', 'SELECT * FROM board.invoices_2025 WHERE tenant_id = ''0192f1a0-0000-7000-8000-00000000b001'''),
    (4, 'insert a row for it', 'INSERT INTO board.customers (tenant_id, name) VALUES (''0192f1a0-0000-7000-8000-00000000b001'', ''Trojan'')'),
    (5, 'update its projects', 'UPDATE board.projects SET budget = 0 WHERE tenant_id = ''0192f1a0-0000-7000-8000-00000000b001'''),
    (6, 'move own rows to it', 'UPDATE board.customers SET tenant_id = ''0192f1a0-0000-7000-8000-00000000b001'''),
    (7, 'delete its tasks', 'DELETE FROM board.tasks WHERE tenant_id = ''0192f1a0-0000-7000-8000-00000000b001'''),
    (8, 'refer to its project', 'INSERT INTO board.tasks (project_id, title) VALUES (''0192f1a0-0000-7000-8000-00000db00001'', ''Spy'')'),
    (9, 'overwrite a row by ON CONFLICT', 'INSERT INTO board.customers (id, name) VALUES (''0192f1a0-0000-7000-8000-00000cb00001'', ''Mine'') ON CONFLICT (id) DO UPDATE SET name = ''Mine'''),
    (10, 'merge into its rows', 'MERGE INTO board.projects AS p USING (VALUES (1)) AS v ON p.tenant_id = ''0192f1a0-0000-7000-8000-00000000b001'' WHEN MATCHED THEN DELETE'),
    (11, 'empty a table', 'TRUNCATE board.tasks'),
    (12, 'change a shared rate', 'UPDATE board.vat_rates SET percent = 0'),
    (13, 'become the other tenant', 'SELECT set_config(''app.current_tenant_id'', ''0192f1a0-0000-7000-8000-00000000b001'', true)')) AS t(n, what, statement),
    board.attempt(t.what, t.statement) AS a ORDER BY t.n;
COMMIT;
\echo '5. The next transaction starts with nothing'
\echo
SELECT a.* FROM board.attempt('read without a tenant', 'SELECT * FROM board.customers') AS a;
\c - postgres
\echo '6. Even the superuser, once it works for a tenant, cannot write another''s rows'
\echo
BEGIN;
\o /dev/null
SELECT tenancy.set_tenant('0192f1a0-0000-7000-8000-00000000a001');
\o
SELECT a.* FROM board.attempt('superuser deletes Blue Heron''s tasks', 'DELETE FROM board.tasks WHERE tenant_id = ''0192f1a0-0000-7000-8000-00000000b001''') AS a;
COMMIT;
\echo '7. Blue Heron is suspended: refused from the next statement on'
\echo
\o /dev/null
SELECT tenancy.suspend_tenant((SELECT tenant FROM tenancy.find_tenant('blue-heron')));
\o
\c - board_app
SELECT a.* FROM board.attempt('enter Blue Heron', 'SELECT tenancy.set_tenant(''0192f1a0-0000-7000-8000-00000000b001'')') AS a;
\c - postgres
\o /dev/null
SELECT tenancy.activate_tenant((SELECT tenant FROM tenancy.find_tenant('blue-heron')));
\o
SELECT count(*) FILTER (WHERE tenant_id = '0192f1a0-0000-7000-8000-00000000b001') AS "Blue Heron's customers, untouched" FROM board.customers;
\i changeops.sql
