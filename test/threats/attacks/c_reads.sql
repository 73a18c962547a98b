-- C. Direct reads around row-level security.

--@ R1.owners_view: a view with its owner's rights: the owner is filtered too, and no bypass helps
--@ no effect
--@ control
SELECT secret FROM owners_view;

--@ R1.platforms_view: a view that belongs to a platform role
--@ refused 42501
--@ control
SELECT secret FROM platforms_view;

--@ R2.matview: a materialized view of everybody's rows
--@ refused 42501
--@ control
SELECT secret FROM copied;

--@ R2.view_of_matview: and a view over it
--@ refused 42501
--@ control
SELECT secret FROM view_of_copy;

--@ R2.matview_by_operator: one that reads them by an operator
--@ refused 42501
--@ control
SELECT told FROM copied_by_operator;

--@ R2.matview_statistics: the statistics of it
--@ refused 42501
--@ control
SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE schemaname = :'schema' AND tablename IN ('copied', 'projects', 'projects_b');

--@ R3.definer: a SECURITY DEFINER function of the owner
--@ no effect
--@ control
SELECT * FROM definers_read();

--@ R3.bypassing_definer: one of a role with BYPASSRLS
--@ refused 42501
--@ control
SELECT bypassing_read();

--@ R4.shadow_in_definer: a temporary table or view that stands before the real one in a definer's function
--@ refused 42501
--@ control
CREATE TEMP VIEW projects AS SELECT leak('secret-' || 'b never') AS name;
GRANT ALL ON pg_temp.projects TO PUBLIC;
SELECT unpinned();

--@ R4.shadow_on_commit_drop: nor may a temporary table take a name that functions know
--@ refused 42501
CREATE TEMP TABLE projects (tenant_id uuid, name text, id int) ON COMMIT DROP;
GRANT ALL ON pg_temp.projects TO PUBLIC;
INSERT INTO pg_temp.projects VALUES (:'a', 'shadow', 1);
SELECT unpinned();

--@ R5.partition: a partition, or a child, addressed directly
--@ no effect
--@ control
SELECT secret FROM projects_b;

--@ R5.only: ONLY, and the table itself
--@ no effect
SELECT secret FROM ONLY projects;
SELECT (p).secret FROM projects AS p;

--@ R6.leaky_in_view: a leaky function in a condition over an owner's view
--@ no effect
--@ control
SELECT id FROM of_one_name WHERE leak(secret);
SELECT id FROM owners_view WHERE leak(secret);

--@ R7.leaky_on_table: a leaky function in a condition over the table
--@ no effect
SELECT id FROM projects WHERE leak(secret);
SELECT id FROM accounts AS t WHERE leak(t::text);
SELECT id FROM projects WHERE secret::int > 0;

--@ R8.on_conflict: ON CONFLICT DO UPDATE shows the row that is in the way to a leaky condition
--@ no effect
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'a', 16, 'only-b', 'x') ON CONFLICT (tenant_id, id) DO UPDATE SET name = 'y' WHERE leak(projects.secret);
INSERT INTO accounts (id, tenant_id) VALUES (12, :'a') ON CONFLICT (id) DO UPDATE SET balance = 7 WHERE leak(accounts.secret);
INSERT INTO accounts (id, tenant_id) VALUES (12, :'a') ON CONFLICT (id) DO UPDATE SET balance = 7 RETURNING secret;

--@ R9.other_scans: TABLESAMPLE, ctid, XML, row_security, whole rows, MERGE, COPY, joins
--@ no effect
SELECT secret FROM projects TABLESAMPLE BERNOULLI (100);
SELECT secret FROM projects WHERE ctid = '(0,8)' OR ctid = '(0,1)';
SELECT table_to_xml('projects'::regclass, true, false, '');
SELECT schema_to_xml(:'schema', true, false, '');
SELECT query_to_xml('SELECT * FROM projects', true, false, '');
SELECT to_jsonb(p) FROM projects AS p;
COPY projects TO STDOUT;
COPY (SELECT * FROM accounts) TO STDOUT;
UPDATE accounts SET balance = 1 FROM projects AS p WHERE p.id > 0 RETURNING p.secret;
SELECT p.secret FROM projects AS p FULL JOIN projects AS q ON q.tenant_id <> p.tenant_id;
WITH RECURSIVE more AS (SELECT secret, 1 AS n FROM projects UNION SELECT p.secret, n + 1 FROM projects AS p, more WHERE n < 3) SELECT * FROM more;

--@ R9.row_security: row_security = off is an error, not a way
--@ refused 42501
SET LOCAL row_security = off;
SELECT secret FROM projects;

--@ R10.rule: a rule of the owner that reads more
--@ refused 42501
UPDATE currencies SET rate = 2;

--@ R11.create_table_as: a lasting copy without policies
--@ refused 42501
CREATE TABLE stolen AS SELECT * FROM projects;
SELECT * INTO stolen_too FROM projects;
CREATE TABLE stolen_shape (LIKE projects INCLUDING ALL);

--@ R12.temp_table: a temporary table that stays on the connection
--@ refused 42501
--@ control
CREATE TEMP TABLE kept AS SELECT * FROM projects;
SELECT * INTO TEMP kept_too FROM projects;

--@ R13.second_connection: a second connection out of the server
--@ refused 2F003 08001 42501 42883
SELECT * FROM public.dblink('dbname=' || current_database(), 'SELECT secret FROM projects') AS t (secret text);

--@ R14.large_object: large objects, which belong to no tenant
--@ refused 42501
--@ control
SELECT convert_from(lo_get(4711), 'UTF8');
SELECT lo_from_bytea(0, 'kept');

--@ R15.listen: notifications of other tenants
--@ refused 42501
--@ control
LISTEN tenants;
NOTIFY tenants, 'from a';

--@ R16.activity: what other sessions run
--@ refused 42501
SELECT query FROM pg_stat_activity;
SELECT pg_stat_get_backend_activity(1);

--@ R16.statements: what other tenants' statements were
--@ refused 42501
SELECT query FROM public.pg_stat_statements;

--@ R17.race: a policy asks no table, so no change of one races it
--@ no effect
SELECT id, secret FROM projects WHERE id IN (1, 11) FOR UPDATE;

--@ R18.toast: the parts of long values that are kept beside the table
--@ refused 42501
SELECT convert_from(chunk_data, 'UTF8') FROM pg_toast.toast_of_documents;

--@ R18.catalogs: secrets in catalogs
--@ refused 42501
SELECT rolname, rolpassword FROM pg_authid;
SELECT umoptions FROM pg_user_mapping;
SELECT data FROM pg_largeobject;

--@ R19.pages: extensions that look at pages and tuples
--@ refused 42501
SELECT * FROM public.pgstattuple(:'schema' || '.accounts');
SELECT * FROM public.pgrowlocks(:'schema' || '.accounts');
SELECT * FROM public.heap_page_items(public.get_raw_page(:'schema' || '.accounts', 0));
SELECT * FROM public.pg_buffercache;

--@ R19.files: files of the server
--@ refused 42501
SELECT pg_read_binary_file(pg_relation_filepath('accounts'));
SELECT pg_ls_dir('.');
SELECT pg_ls_waldir();
COPY (SELECT 1) TO '/tmp/kept';
