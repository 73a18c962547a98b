-- D. Inference: what differs, where the two things asked about differ only for another tenant.

--@ O1.unique: is a value taken by another tenant?
--@ oracle only-b | nobodys
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'a', 71, :'probe', 'mine');

--@ O1.do_nothing: without an error
--@ oracle only-b | nobodys
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'a', 71, :'probe', 'mine') ON CONFLICT DO NOTHING RETURNING id;

--@ O1.key: by the primary key
--@ oracle 16 | 17
INSERT INTO projects (tenant_id, id, slug, name) VALUES (:'a', :probe, 'mine', 'mine');

--@ O1.key_without_tenant: by a key that has no tenant: it tells that a number is taken, and no more
--@ refused 23505
INSERT INTO accounts (id, tenant_id) VALUES (16, :'a');

--@ O2.reference: does another tenant's row exist?
--@ oracle 16 | 17
INSERT INTO tasks VALUES (:'a', 71, :probe, 'mine');

--@ O2.reference_deferred: the same at COMMIT
--@ oracle 16 | 17
--@ commit
INSERT INTO tasks VALUES (:'a', 71, :probe, 'mine');

--@ O2.single_column: through a reference that had one column before
--@ oracle 16 | 17
--@ control
INSERT INTO orders VALUES (71, :'a', :probe);

--@ O2.claimed: with the other tenant's id
--@ oracle 16 | 17
INSERT INTO orders VALUES (71, :'b', :probe);

--@ O2.own_foreign_key: a foreign key of one's own
--@ refused 42501
CREATE TEMP TABLE mine (tenant_id uuid, id int, FOREIGN KEY (tenant_id, id) REFERENCES projects) ON COMMIT DROP;
CREATE TABLE mine (id int REFERENCES accounts (id));

--@ O3.explain_analyze: rows removed by a filter
--@ refused 42501
--@ control
EXPLAIN (ANALYZE, TIMING off, SUMMARY off) SELECT id FROM accounts WHERE secret LIKE '%6';
EXPLAIN ANALYZE SELECT count(*) FROM projects;

--@ O4.explain: estimates
--@ oracle only-b | nobodys
EXPLAIN SELECT id FROM projects WHERE slug = :'probe';
EXPLAIN (COSTS on, FORMAT json) SELECT id FROM projects WHERE name LIKE :'probe' || '%';

--@ O4.explain_tenant: how many rows another tenant has
--@ oracle 00000000-0000-4000-8000-00000000000b | 00000000-0000-4000-8000-00000000000f
EXPLAIN SELECT id FROM accounts WHERE tenant_id = :'probe';

--@ O4.explain_in_do: from inside
--@ oracle only-b | nobodys
DO $$ DECLARE line text; BEGIN FOR line IN EXECUTE 'EXPLAIN SELECT id FROM projects WHERE slug = ' || quote_literal(:'probe') LOOP RAISE NOTICE '%', line; END LOOP; END $$;

--@ O5.statistics: how many hidden rows my index scan touched
--@ refused 42501
--@ control
SELECT count(*) FROM accounts WHERE secret LIKE 'secret%';
SELECT idx_tup_fetch, seq_tup_read FROM pg_stat_xact_user_tables;
SELECT pg_stat_get_xact_tuples_fetched('accounts'::regclass);

--@ O7.column_statistics: most common values of a protected table
--@ refused 42501
SELECT most_common_vals::text, histogram_bounds::text, n_distinct FROM pg_stats WHERE schemaname = :'schema';
SELECT stavalues1::text FROM pg_statistic;

--@ O7.extended_statistics: and of its extended statistics
--@ refused 42501
SELECT most_common_vals::text FROM pg_stats_ext WHERE schemaname = :'schema';
SELECT stxdmcv::text FROM pg_statistic_ext_data;

--@ O8.operator: an operator of one's own, with a selectivity function
--@ refused 42501
CREATE OPERATOR ### (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq, RESTRICT = eqsel);

--@ O9.detail: the DETAIL of an error inside a definer's function
--@ refused 23505
--@ control
SELECT planted(16);

--@ O9.failing_row: "Failing row contains" of a row that a definer writes
--@ refused 23502 42501
INSERT INTO accounts (id, tenant_id, balance) VALUES (72, :'a', NULL);

--@ O10.setval: a sequence set back
--@ refused 42501
SELECT setval(pg_get_serial_sequence('audit', 'id'), 1);

--@ O11.totals: how many rows read and written
--@ refused 42501
SELECT n_tup_ins, n_live_tup FROM pg_stat_user_tables;
SELECT pg_stat_get_live_tuples('projects'::regclass);

--@ O12.locks: who holds which lock
--@ refused 42501
SELECT * FROM pg_locks;

--@ O12.session_advisory: an advisory lock that stays
--@ refused 42501
--@ control
SELECT pg_advisory_lock(42);

--@ O12.row_lock: a row of another tenant cannot be locked
--@ oracle 16 | 17
SELECT id FROM projects WHERE id = :probe FOR UPDATE NOWAIT;

--@ O12.key_share: nor through a reference
--@ oracle 16 | 17
INSERT INTO tasks VALUES (:'a', 73, :probe, 'mine');

--@ O13.dump: a dump without a tenant is an error, and no empty file
--@ refused 42501
--@ bare
SET row_security = on;
COPY projects TO STDOUT;

--@ O15.auto_explain: what the server logs of plans, asked for as messages
--@ oracle only-b | nobodys
--@ control
SET LOCAL client_min_messages = log;
SELECT id FROM accounts WHERE email = :'probe';
SELECT set_config('client_min_messages', 'debug5', true);
SELECT id FROM accounts WHERE email = :'probe';

--@ O15.lowered_beneath: the same, asked for beneath the statement that is explained
--@ oracle only-b | nobodys
--@ control
CREATE TEMP TABLE asked (id int) ON COMMIT DROP;
WITH lowered AS (INSERT INTO asked VALUES (1) RETURNING set_config('client_min_messages', 'log', true)) SELECT count(*) FROM accounts WHERE email = :'probe';
DO $$ DECLARE r record; x text; BEGIN FOR r IN SELECT a.id FROM (VALUES (1)) AS v (c) LEFT JOIN accounts AS a ON a.email = :'probe' LOOP x := set_config('client_min_messages', 'log', true); EXIT; END LOOP; END $$;

--@ O15.print_plan: plans with their estimates among the messages
--@ oracle only-b | nobodys
--@ control
SET LOCAL client_min_messages = log;
SET LOCAL debug_print_plan = on;
SELECT id FROM accounts WHERE email = :'probe';

--@ O16.versions: the newest version of another tenant's row
--@ refused 42501
SELECT currtid2(:'schema' || '.accounts', '(0,2)'::tid);
