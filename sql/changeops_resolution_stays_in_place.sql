-- Whatever is tried, a change never gets the module of another project or tenant, one root never has two modules, and nothing half-done stays.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\set changeops :here /sql/include/changeops.sql
\i :fixture
\i :changeops

-- Must be empty at all times.
CREATE VIEW regress.wrong AS
  SELECT 'change' AS what, c.id::text FROM changeops.changes AS c LEFT JOIN changeops.modules AS m ON m.id = c.module_id
   WHERE c.module_id IS NOT NULL AND (m.tenant_id, m.project_id) IS DISTINCT FROM (c.tenant_id, c.project_id)
  UNION ALL SELECT 'environment', c.id::text FROM changeops.changes AS c LEFT JOIN changeops.environments AS e ON e.id = c.environment_id
   WHERE (e.tenant_id, e.project_id) IS DISTINCT FROM (c.tenant_id, c.project_id)
  UNION ALL SELECT 'two modules', root_path FROM changeops.modules WHERE deleted_at IS NULL GROUP BY tenant_id, project_id, root_path HAVING count(*) > 1
  UNION ALL SELECT 'not normal', root_path FROM changeops.modules WHERE root_path <> tenancy.normalize_path(root_path);

-- ---- one session, many users, plans that are kept ----
SET plan_cache_mode = force_generic_plan;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'beta', :'cask', 'kept/plan', 'of beta'), (:'acme', :'anvil', 'kept/plan', 'of acme');
PREPARE put(uuid, text, text) AS INSERT INTO changeops.changes (project_id, module_path, title) VALUES ($1, $2, $3);
BEGIN;
SELECT tenancy.set_tenant(:'beta') AS tenant \gset
EXECUTE put(:'cask', 'kept/plan', 'of beta, too');
COMMIT;
SET ROLE regress_tenancy_app;
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
EXECUTE put(:'cask', 'kept/plan', 'stolen');
EXECUTE put(:'anvil', 'kept/plan', 'of acme, too');
COMMIT;
BEGIN;
SELECT tenancy.set_tenant(:'beta') AS tenant \gset
EXECUTE put(:'anvil', 'kept/plan', 'stolen');
EXECUTE put(:'cask', 'kept/plan', 'of beta, three');
COMMIT;
RESET ROLE;
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
EXECUTE put(:'cask', 'kept/plan', 'stolen');
EXECUTE put(:'anvil', 'kept/plan', 'of acme, three');
COMMIT;
RESET plan_cache_mode;
SELECT t.slug, f.title, f.resolution, f.root_path FROM regress.found AS f JOIN changeops.changes AS c USING (title) JOIN tenancy.tenants AS t ON t.id = c.tenant_id ORDER BY 1, 2;
TABLE regress.wrong;

-- ---- many tenants and projects in one statement ----
SET client_min_messages = warning;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title)
SELECT p.tenant_id, p.id, 'same/path/' || i % 3, 'many' FROM generate_series(1, 30) AS i CROSS JOIN changeops.projects AS p ORDER BY i, p.id;
RESET client_min_messages;
SELECT t.slug AS tenant, p.slug AS project, count(*) AS changes, count(DISTINCT c.module_id) AS modules, count(*) FILTER (WHERE c.module_resolution = 'created') AS created
  FROM changeops.changes AS c JOIN changeops.projects AS p ON (p.tenant_id, p.id) = (c.tenant_id, c.project_id) JOIN tenancy.tenants AS t ON t.id = p.tenant_id WHERE c.title = 'many' GROUP BY 1, 2 ORDER BY 1, 2;
TABLE regress.wrong;
-- Two tenants, one project id.
INSERT INTO changeops.projects (tenant_id, id, name, slug) VALUES (:'beta', :'anvil', 'Anvil', 'anvil');
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'acme', :'anvil', 'twin', 'twins'), (:'beta', :'anvil', 'twin', 'twins'), (:'acme', :'anvil', 'twin', 'twins'), (:'beta', :'anvil', NULL, 'twins');
SELECT count(*), count(DISTINCT module_id) AS modules FROM changeops.changes WHERE title = 'twins';
BEGIN;
SELECT tenancy.set_tenant(:'beta') AS tenant \gset
SELECT tenant_id = :'beta' AS own FROM changeops.modules WHERE id = changeops.resolve_module(:'anvil'::uuid, 'twin');
COMMIT;
TABLE regress.wrong;

-- ---- other triggers that meddle in the same statement ----
CREATE FUNCTION regress.meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  CASE current_setting('regress.meddle')
    WHEN 'delete' THEN DELETE FROM changeops.modules WHERE id = NEW.module_id;
    WHEN 'move' THEN UPDATE changeops.modules SET project_id = '00000000-0000-7000-8000-0000000000a2' WHERE id = NEW.module_id;
    WHEN 'rename' THEN UPDATE changeops.modules SET root_path = root_path || '-moved' WHERE id = NEW.module_id;
    WHEN 'swap' THEN NEW.module_id := '00000000-0000-7000-8000-000000000aa2';
    WHEN 'other tenant' THEN NEW.module_id := '00000000-0000-7000-8000-000000000ab1';
    WHEN 'path' THEN NEW.module_path := '../../out';
    WHEN 'project' THEN NEW.project_id := '00000000-0000-7000-8000-0000000000a2';
    WHEN 'nest' THEN
      IF NEW.title <> 'nested' THEN
        INSERT INTO changeops.changes (project_id, module_path, title) VALUES (NEW.project_id, NEW.module_path, 'nested');
      END IF;
  END CASE;
  RETURN NEW;
END $$;
CREATE TRIGGER m_after_the_module BEFORE INSERT ON changeops.changes FOR EACH ROW EXECUTE FUNCTION regress.meddle();
CREATE FUNCTION regress.meddling(how text) RETURNS TABLE (who text, code text, message text, made bigint, wrong bigint) LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
  PERFORM set_config('regress.meddle', how, true);
  FOREACH who IN ARRAY ARRAY['app', 'bypass', 'superuser'] LOOP
    BEGIN
      code := '00000'; message := NULL;
      BEGIN
        IF who <> 'superuser' THEN PERFORM set_config('role', 'regress_tenancy_' || who, true); END IF;
        PERFORM tenancy.set_tenant('aaaaaaaa-0000-7000-8000-000000000000');
        INSERT INTO changeops.changes (project_id, module_path, title) SELECT '00000000-0000-7000-8000-0000000000a1', 'meddled/with', 'm' || i FROM generate_series(1, 8) AS i;
        SET CONSTRAINTS ALL IMMEDIATE;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        message := regexp_replace(message, '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>');
      END;
      PERFORM set_config('role', 'none', true), tenancy.clear_tenant();
      made := (SELECT count(*) FROM changeops.modules WHERE root_path LIKE 'meddled%');
      wrong := (SELECT count(*) FROM regress.wrong);
      RAISE SQLSTATE 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
      RETURN NEXT;
    END;
  END LOOP;
END $$;
SELECT v.how, m.* FROM (VALUES ('delete'), ('move'), ('rename'), ('swap'), ('other tenant'), ('path'), ('project'), ('nest')) AS v (how) CROSS JOIN LATERAL regress.meddling(v.how) AS m;
DROP TRIGGER m_after_the_module ON changeops.changes;
-- A trigger on the modules that lets none in.
CREATE FUNCTION regress.none() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER a_none BEFORE INSERT ON changeops.modules FOR EACH ROW EXECUTE FUNCTION regress.none();
SELECT * FROM regress.refusal($$INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES ('aaaaaaaa-0000-7000-8000-000000000000', '00000000-0000-7000-8000-0000000000a1', 'no/way', 'x')$$);
DROP TRIGGER a_none ON changeops.modules;
-- A function of the statement that takes back what it did, resolution and all.
CREATE FUNCTION regress.undone(path text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM changeops.resolve_module('00000000-0000-7000-8000-0000000000a1'::uuid, path);
  RAISE SQLSTATE 'UNDO0';
EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
  RETURN path;
END $$;
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
INSERT INTO changeops.changes (project_id, module_path, title) SELECT :'anvil', regress.undone('undone/' || i % 2), 'undone' FROM generate_series(1, 4) AS i;
SELECT root_path, resolution, count(*) FROM regress.found WHERE title = 'undone' GROUP BY 1, 2 ORDER BY 1, 2;
COMMIT;
TABLE regress.wrong;
-- A change that is refused leaves no module behind.
SELECT code, message FROM regress.refusal($$INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES ('aaaaaaaa-0000-7000-8000-000000000000', '00000000-0000-7000-8000-0000000000a1', 'left/behind', '')$$);
SELECT count(*) FROM changeops.modules WHERE root_path LIKE 'left%' OR root_path LIKE 'no/%' OR root_path LIKE 'meddled%';

-- ---- COPY, for a tenant and for all ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
COPY changeops.changes (project_id, module_path, title) FROM stdin;
00000000-0000-7000-8000-0000000000a1	copied/in/x.c	copy 1
00000000-0000-7000-8000-0000000000a2	copied/in	copy 2
00000000-0000-7000-8000-0000000000a1	./copied//in	copy 3
\.
COPY changeops.changes (project_id, module_path, title) FROM stdin;
00000000-0000-7000-8000-0000000000a1	copied/too	copy 4
00000000-0000-7000-8000-0000000000b1	copied/too	copy 5
\.
COMMIT;
COPY changeops.changes (tenant_id, project_id, module_path, title) FROM stdin;
bbbbbbbb-0000-7000-8000-000000000000	00000000-0000-7000-8000-0000000000b1	copied/in	copy 6
aaaaaaaa-0000-7000-8000-000000000000	00000000-0000-7000-8000-0000000000a1	copied/in	copy 7
\.
SELECT title, project, resolution, root_path FROM regress.found WHERE title LIKE 'copy%' ORDER BY title;
TABLE regress.wrong;

-- ---- more than is kept in memory, long and deep ----
BEGIN;
SELECT tenancy.set_tenant(:'acme') AS tenant \gset
SET LOCAL client_min_messages = warning;
INSERT INTO changeops.modules (project_id, name, root_path) SELECT :'bellows', 'n' || i, 'many/d' || i FROM generate_series(1, 20001) AS i;
INSERT INTO changeops.changes (project_id, module_path, title) SELECT :'bellows', 'many/d' || i * 1000 || '/x.c', 'old' FROM generate_series(1, 20) AS i;
INSERT INTO changeops.changes (project_id, module_path, title) SELECT :'bellows', 'fresh/d' || i % 3 || '/x.c', 'new' FROM generate_series(1, 20) AS i;
SELECT title, resolution, count(*), count(DISTINCT root_path) AS roots FROM regress.found WHERE title IN ('old', 'new') GROUP BY 1, 2 ORDER BY 1, 2;
INSERT INTO changeops.changes (project_id, module_path, title) VALUES
  (:'anvil', repeat('a/', 500), 'deep'), (:'anvil', repeat('a/', 499) || 'x.c', 'deep'), (:'anvil', repeat('b', 1024), 'long'), (:'anvil', repeat('./', 2047) || 'c', 'dots'),
  (:'anvil', repeat(U&'\00E4', 512), 'umlauts'), (:'anvil', U&'\+01F600/\+01F600.txt', 'emoji'), (:'anvil', E'tab\there/new\nline/x', 'blanks');
SELECT title, resolution, length(root_path), octet_length(root_path), octet_length(name) FROM regress.found WHERE title IN ('deep', 'long', 'dots', 'umlauts', 'emoji', 'blanks') ORDER BY title, length(root_path);
SELECT code, message FROM regress.refusal($$INSERT INTO changeops.changes (project_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000a1', repeat(U&'\00E4', 513), 'umlauts')$$);
SELECT code, left(message, 30) AS message FROM regress.refusal($$INSERT INTO changeops.changes (project_id, module_path, title) VALUES ('00000000-0000-7000-8000-0000000000a1', repeat('../', 300), 'up')$$);
TABLE regress.wrong;
ROLLBACK;
-- ---- subtransactions ----
BEGIN;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'acme', :'anvil', 'sub/one', 's1');
SAVEPOINT a;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'acme', :'anvil', 'sub/two', 's2');
SAVEPOINT b;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'acme', :'anvil', 'sub/two/y.c', 's3');
ROLLBACK TO a;
INSERT INTO changeops.changes (tenant_id, project_id, module_path, title) VALUES (:'acme', :'anvil', 'sub/two/z.c', 's4');
COMMIT;
SELECT title, resolution, root_path FROM regress.found WHERE title LIKE 's_' ORDER BY title;
TABLE regress.wrong;
\i :cleanup
