-- One hole for each rule of lint(): it finds them, and nothing else. What it says to run mends them.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
\o /dev/null
DROP SCHEMA shop CASCADE;
SELECT tenancy.unenroll('regress_tenancy_app');
-- Who owns, and can neither log in nor be reached.
CREATE ROLE regress_tenancy_holder;
SELECT tenancy.enroll('regress_tenancy_app');
CREATE SCHEMA shop AUTHORIZATION regress_tenancy_holder;
GRANT USAGE ON SCHEMA shop TO regress_tenancy_app;
\o
-- A table in which nothing is wrong: by hand, not by protect().
CREATE PROCEDURE regress.table(name text, more text DEFAULT '', tenant text DEFAULT 'uuid') LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE shop.%I (id uuid, tenant_id %s, note text %s, PRIMARY KEY (tenant_id, id))', name, tenant, more);
  EXECUTE format('ALTER TABLE shop.%I OWNER TO regress_tenancy_holder', name);
  EXECUTE format('ALTER TABLE shop.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY floor ON shop.%I AS RESTRICTIVE USING (tenant_id = tenancy.current_tenant_id()::%s)', name, tenant);
  EXECUTE format('CREATE POLICY rows ON shop.%I USING (tenant_id = tenancy.current_tenant_id()::%s)', name, tenant);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON shop.%I TO regress_tenancy_app', name);
END $$;
-- And a floor for readers only, above which a permissive policy of its own is the rule.
CREATE PROCEDURE regress.table_with(name text, condition text) LANGUAGE plpgsql AS $$
BEGIN
  CALL regress.table(name);
  EXECUTE format('DROP POLICY floor ON shop.%I', name);
  EXECUTE format('CREATE POLICY floor ON shop.%I AS RESTRICTIVE FOR SELECT USING (tenant_id = tenancy.current_tenant_id())', name);
  EXECUTE format('ALTER POLICY rows ON shop.%I USING (%s)', name, condition);
END $$;
-- The name of the database is not the same everywhere, nor is what CREATEROLE may; the server's version is not planted.
CREATE VIEW regress.found AS
  SELECT l.rule, CASE l.rule WHEN 'role_createrole' THEN 'by version' ELSE l.level END AS level, replace(l.object, current_database(), 'DATABASE') AS object
  FROM tenancy.lint() AS l WHERE l.rule <> 'minor_version';
CALL regress.table('whole');
-- Everybody may make temporary tables, unless somebody takes that away.
SELECT rule, level, object FROM regress.found;

-- ---- rls ----
CALL regress.table('rls_disabled');
ALTER TABLE shop.rls_disabled DISABLE ROW LEVEL SECURITY;
DROP POLICY floor ON shop.rls_disabled;
DROP POLICY rows ON shop.rls_disabled;
CALL regress.table('rls_not_forced');
ALTER TABLE shop.rls_not_forced NO FORCE ROW LEVEL SECURITY;
CALL regress.table('policies_without_rls');
ALTER TABLE shop.policies_without_rls DISABLE ROW LEVEL SECURITY;
CREATE TABLE shop.parted (id uuid, tenant_id uuid, PRIMARY KEY (tenant_id, id)) PARTITION BY LIST (tenant_id);
CREATE TABLE shop.partition_open PARTITION OF shop.parted DEFAULT;
ALTER TABLE shop.parted OWNER TO regress_tenancy_holder;
ALTER TABLE shop.partition_open OWNER TO regress_tenancy_holder;
ALTER TABLE shop.parted ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY floor ON shop.parted AS RESTRICTIVE USING (tenant_id = tenancy.current_tenant_id());
CREATE POLICY rows ON shop.parted USING (tenant_id = tenancy.current_tenant_id());
GRANT SELECT ON shop.partition_open TO regress_tenancy_app;
CALL regress.table('no_policy');
DROP POLICY floor ON shop.no_policy;
DROP POLICY rows ON shop.no_policy;
CALL regress.table('no_restrictive_policy');
DROP POLICY floor ON shop.no_restrictive_policy;
CALL regress.table('tenant_column_nullable', ', UNIQUE (tenant_id, note)');
ALTER TABLE shop.tenant_column_nullable DROP CONSTRAINT tenant_column_nullable_pkey, ALTER COLUMN tenant_id DROP NOT NULL;
CALL regress.table('tenant_column_loose', tenant => 'char(36)');
CALL regress.table('guard_missing');
SELECT tenancy.protect('shop.guard_missing') > 0 AS protected;
DROP TRIGGER tenancy_truncate_guard ON shop.guard_missing;
CALL regress.table('drift');
SELECT tenancy.protect('shop.drift') > 0 AS protected;
DROP POLICY tenancy_isolation ON shop.drift;

-- ---- policies ----
CALL regress.table('policy_for_some_roles');
ALTER POLICY rows ON shop.policy_for_some_roles TO regress_tenancy_app;
CALL regress.table_with('policy_always_true', '1 = 1');
CALL regress.table('policy_fails_open');
ALTER POLICY floor ON shop.policy_fails_open USING (tenancy.current_tenant_id() IS NULL OR tenant_id = tenancy.current_tenant_id());
CALL regress.table_with('policy_without_tenant', 'note <> ''tenant_id''');
CALL regress.table_with('policy_reads_table', 'EXISTS (SELECT FROM shop.whole AS w WHERE w.id = policy_reads_table.id AND w.tenant_id = policy_reads_table.tenant_id)');
CREATE FUNCTION shop.policy_function_immutable() RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT current_setting('app.current_tenant_id')::uuid $$;
CALL regress.table_with('frozen', 'tenant_id = shop.policy_function_immutable()');
CREATE FUNCTION shop.function_leakproof(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS $$ SELECT $1 IS NULL $$;

-- ---- roles: enrolled while that was right ----
CREATE ROLE regress_tenancy_superuser LOGIN;
CREATE ROLE regress_tenancy_bypassrls LOGIN;
CREATE ROLE regress_tenancy_replication LOGIN;
CREATE ROLE regress_tenancy_createrole LOGIN;
CREATE ROLE regress_tenancy_owns LOGIN;
CREATE ROLE regress_tenancy_reaches LOGIN;
CREATE ROLE regress_tenancy_other LOGIN;
CREATE ROLE regress_tenancy_group;
CREATE ROLE regress_tenancy_keeper;
CREATE ROLE regress_tenancy_power;
SELECT count(tenancy.enroll(r.oid::regrole)) FROM pg_roles AS r WHERE r.rolname ~ '^regress_tenancy_(superuser|bypassrls|replication|createrole|owns|reaches)$';
ALTER ROLE regress_tenancy_superuser SUPERUSER;
ALTER ROLE regress_tenancy_bypassrls BYPASSRLS;
ALTER ROLE regress_tenancy_power BYPASSRLS;
ALTER ROLE regress_tenancy_replication REPLICATION;
ALTER ROLE regress_tenancy_createrole CREATEROLE;
CALL regress.table('role_owns_table');
ALTER TABLE shop.role_owns_table OWNER TO regress_tenancy_owns;
-- It reaches the owner, the power and the predefined role by a group.
CALL regress.table('kept');
ALTER TABLE shop.kept OWNER TO regress_tenancy_keeper;
GRANT regress_tenancy_keeper, regress_tenancy_power, pg_signal_backend TO regress_tenancy_group;
GRANT regress_tenancy_group TO regress_tenancy_reaches;
-- A column is enough; whoever is not guarded needs not be of the application.
CALL regress.table('guarded');
SELECT tenancy.protect('shop.guarded') > 0 AS protected;
GRANT UPDATE (note) ON shop.guarded TO regress_tenancy_other;
CALL regress.table('grant_truncate');
GRANT TRUNCATE ON shop.grant_truncate TO regress_tenancy_app, regress_tenancy_owns;
CALL regress.table('grant_references');
GRANT REFERENCES (id) ON shop.grant_references TO regress_tenancy_app;
CALL regress.table('grant_trigger');
GRANT TRIGGER ON shop.grant_trigger TO regress_tenancy_app;
CALL regress.table('grant_public');
GRANT SELECT ON shop.grant_public TO PUBLIC;
-- The name of a setting is one of the tenant where lint() is told so.
ALTER ROLE regress_tenancy_app SET app.jwt_secret = 'planted';
ALTER ROLE regress_tenancy_app IN DATABASE :DBNAME SET row_security = off;
ALTER ROLE regress_tenancy_app SET app.tenant = 'planted';
-- stored_enforcement; tenancy.enforcement is stored in the same way.
ALTER ROLE regress_tenancy_app IN DATABASE :DBNAME SET session_replication_role = replica;
GRANT SET ON PARAMETER session_replication_role TO regress_tenancy_app;

-- ---- routes ----
CREATE VIEW shop.view_of_owner AS SELECT * FROM shop.whole;
GRANT SELECT ON shop.view_of_owner TO regress_tenancy_app;
-- Whoever may use it reads the inner view as the outer one's owner, and the table as the inner one's.
CREATE VIEW shop.inner_view AS SELECT * FROM shop.whole;
CREATE VIEW shop.view_of_other_owner AS SELECT * FROM shop.inner_view;
ALTER VIEW shop.view_of_other_owner OWNER TO regress_tenancy_holder;
GRANT SELECT ON shop.inner_view TO regress_tenancy_holder;
GRANT UPDATE ON shop.view_of_other_owner TO regress_tenancy_app;
CREATE VIEW shop.view_of_invoker WITH (security_invoker) AS SELECT * FROM shop.whole;
GRANT SELECT ON shop.view_of_invoker TO regress_tenancy_app;
CREATE MATERIALIZED VIEW shop.materialized_view AS SELECT * FROM shop.whole;
GRANT SELECT ON shop.materialized_view TO regress_tenancy_app;
CREATE MATERIALIZED VIEW shop.materialized_behind AS SELECT * FROM shop.whole;
CREATE VIEW shop.front AS SELECT * FROM shop.materialized_behind;
GRANT SELECT ON shop.front TO regress_tenancy_app;
CREATE PROCEDURE shop.definer_search_path() LANGUAGE sql SECURITY DEFINER AS '';
ALTER PROCEDURE shop.definer_search_path() OWNER TO regress_tenancy_holder;
CREATE FUNCTION shop.definer_temporary_first() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_temp, pg_catalog AS '';
ALTER FUNCTION shop.definer_temporary_first() OWNER TO regress_tenancy_holder;
CREATE FUNCTION shop.definer_parsed() RETURNS integer LANGUAGE sql SECURITY DEFINER RETURN 1;
ALTER FUNCTION shop.definer_parsed() OWNER TO regress_tenancy_holder;
CREATE FUNCTION shop.definer_bypasses() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS '';
CALL regress.table('rule_on_table');
CREATE RULE "quiet rule" AS ON DELETE TO shop.rule_on_table WHERE false DO ALSO NOTHING;
CREATE EXTENSION postgres_fdw SCHEMA regress;
CREATE EXTENSION dblink SCHEMA regress;
CREATE SERVER regress_tenancy_server FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE shop.foreign_table (tenant_id uuid) SERVER regress_tenancy_server;
GRANT SELECT ON shop.foreign_table TO regress_tenancy_app;
GRANT USAGE ON FOREIGN SERVER regress_tenancy_server TO regress_tenancy_app;
CREATE PUBLICATION regress_tenancy_publication FOR TABLE shop.parted;
SELECT count(lo_create(o)) FROM unnest('{4711,4712}'::oid[]) AS o;
ALTER LARGE OBJECT 4711 OWNER TO regress_tenancy_app;
ALTER LARGE OBJECT 4712 OWNER TO regress_tenancy_app;
CREATE SCHEMA "App 2";
GRANT CREATE ON SCHEMA "App 2" TO PUBLIC;
UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'c';

-- ---- oracles ----
CALL regress.table('unique_without_tenant', ', code text CONSTRAINT planted_code UNIQUE');
-- The constraint's index is a second finding.
CALL regress.table('exclusion_without_tenant', ', during int4range, CONSTRAINT planted_during EXCLUDE USING gist (during WITH &&)');
-- What is referred to without the tenant is unique without it: a second finding, of little weight.
CALL regress.table('parents', ', code uuid CONSTRAINT parents_code UNIQUE');
CALL regress.table('reference_without_tenant', ', parent uuid CONSTRAINT planted_reference REFERENCES shop.parents (code)');
CALL regress.table('cascade_without_tenant', ', parent uuid CONSTRAINT planted_cascade REFERENCES shop.parents (code) ON DELETE SET NULL');
CALL regress.table('counted', ', number int GENERATED ALWAYS AS IDENTITY');
GRANT SELECT, USAGE ON SEQUENCE shop.counted_number_seq TO regress_tenancy_app;
-- One that no column owns.
CREATE SEQUENCE shop.sequence_granted;
CALL regress.table('numbered', ', number bigint DEFAULT nextval(''shop.sequence_granted'')');
GRANT UPDATE ON SEQUENCE shop.sequence_granted TO regress_tenancy_app;
CALL regress.table('measured', ', other text');
CREATE STATISTICS shop.extended_statistics ON note, other FROM shop.measured;
CALL regress.table('index_without_tenant');
CREATE INDEX ON shop.index_without_tenant (note);

-- ---- speed ----
CALL regress.table('setting_per_row');
ALTER POLICY rows ON shop.setting_per_row USING (tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid);
CALL regress.table('setting_in_subselect');
ALTER POLICY rows ON shop.setting_in_subselect USING (tenant_id = (SELECT current_setting('app.current_tenant_id')::uuid));
CREATE FUNCTION shop.slow() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$ BEGIN RETURN tenancy.current_tenant_id(); END $$;
CALL regress.table('policy_function_slow');
ALTER POLICY rows ON shop.policy_function_slow USING (tenant_id = shop.slow());
CREATE FUNCTION shop.policy_function_serial() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT tenancy.current_tenant_id() $$;
CALL regress.table('serial');
ALTER POLICY rows ON shop.serial USING (tenant_id = shop.policy_function_serial());
CALL regress.table('no_tenant_index');
ALTER TABLE shop.no_tenant_index DROP CONSTRAINT no_tenant_index_pkey, ALTER COLUMN tenant_id SET NOT NULL;
CREATE INDEX ON shop.no_tenant_index (tenant_id) WHERE note IS NULL;

-- ---- found: exactly these ----
SELECT rule, level, object FROM regress.found ORDER BY rule COLLATE "C", object COLLATE "C";
-- The setting that stands for the tenant elsewhere.
SELECT rule, level, object FROM tenancy.lint(context_setting => 'APP.Tenant') WHERE rule = 'stored_context';
-- An object is found once by a rule: that is what a waiver names.
SELECT rule, object, count(*) FROM tenancy.lint(true) GROUP BY 1, 2 HAVING count(*) > 1;

-- ---- what to run: all of it parses but for what a person must fill in, and what is complete mends ----
CREATE FUNCTION regress.mended(rule text, object text, remediation text) RETURNS text LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
  level text;
BEGIN
  IF remediation LIKE '\\%' THEN
    RETURN 'psql';
  ELSIF remediation ~ '\.\.\.|a_role_that' THEN
    RETURN 'to be filled in';
  ELSIF remediation ~ '^SELECT (?!tenancy)' THEN
    EXECUTE remediation;
    RETURN 'a query';
  END IF;
  EXECUTE replace(remediation, ' CONCURRENTLY', '');
  SELECT l.level INTO level FROM tenancy.lint(context_setting => 'app.tenant') AS l WHERE l.rule = mended.rule AND l.object = mended.object;
  RAISE SQLSTATE 'UNDO0' USING MESSAGE = coalesce('now ' || level, 'mended');
EXCEPTION
  WHEN SQLSTATE 'UNDO0' THEN
    RETURN SQLERRM;
  WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
-- A copy that nobody may read is still one. A key that is referred to waits for the references (2BP01).
SELECT l.rule, regress.mended(l.rule, l.object, l.remediation) AS what, count(*), min(replace(l.remediation, current_database(), 'DATABASE')) AS for_example
FROM tenancy.lint(context_setting => 'app.tenant') AS l WHERE l.rule <> 'minor_version' GROUP BY 1, 2 ORDER BY l.rule COLLATE "C", min(l.object) COLLATE "C";

-- ---- a rule that is not planted here is tested elsewhere ----
SELECT r.rule FROM tenancy.lint_rules AS r
EXCEPT SELECT l.rule FROM tenancy.lint(context_setting => 'app.tenant') AS l
EXCEPT SELECT unnest('{library_not_preloaded,minor_version}'::text[]) -- test/unit
EXCEPT SELECT unnest('{tenant_null,tenant_unknown,reference_crosses}'::text[]); -- lint_counts_rows

UPDATE pg_language SET lanpltrusted = false WHERE lanname = 'c';
\o /dev/null
DROP PUBLICATION regress_tenancy_publication;
SELECT lo_unlink(o) FROM unnest('{4711,4712}'::oid[]) AS o;
SELECT tenancy.unenroll(role) FROM tenancy.enrolled_roles;
DROP SCHEMA shop, "App 2", regress CASCADE;
REVOKE ALL ON PARAMETER session_replication_role FROM regress_tenancy_app;
DROP ROLE regress_tenancy_superuser, regress_tenancy_bypassrls, regress_tenancy_replication, regress_tenancy_createrole, regress_tenancy_owns, regress_tenancy_reaches, regress_tenancy_other,
  regress_tenancy_group, regress_tenancy_keeper, regress_tenancy_power, regress_tenancy_holder;
\o
\c - :superuser
\i :cleanup
