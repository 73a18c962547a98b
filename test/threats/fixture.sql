-- What the attacks are tried on, once in a schema of plain tables and once in one of partitioned ones.
-- A template for stage.py: names and tenants in braces, and parts for one kind of schema.
--
-- Tenant A attacks, B is the victim, C lends a plan. All that is B's, and nothing else, says "secret-b".
CREATE SCHEMA {schema} AUTHORIZATION shop_owner;
SET search_path = {schema}, public;
SET ROLE shop_owner;

CREATE TABLE projects (tenant_id uuid NOT NULL, id int NOT NULL, slug text NOT NULL, name text NOT NULL, secret text, amount int NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, slug)) {partitioned};
CREATE TABLE tasks (tenant_id uuid NOT NULL, id int NOT NULL, project_id int NOT NULL, title text, secret text, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects ON DELETE CASCADE) {partitioned};
CREATE TABLE notes (tenant_id uuid NOT NULL, id int NOT NULL, project_id int, body text, PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects ON DELETE SET NULL (project_id)) {partitioned};
-- A table as many are, whose keys know no tenant; the reference gets one when the table is protected.
CREATE TABLE accounts (id int PRIMARY KEY, tenant_id uuid NOT NULL, email text, secret text, balance int NOT NULL DEFAULT 0, UNIQUE (tenant_id, id));
CREATE TABLE orders (id int PRIMARY KEY, tenant_id uuid NOT NULL, account_id int REFERENCES accounts (id) ON DELETE CASCADE, secret text);
-- A list without tenants, to which a protected table refers, and functions that take their types from it.
CREATE TABLE kinds (id int PRIMARY KEY, label text);
CREATE TABLE documents (tenant_id uuid NOT NULL, id int NOT NULL, kind int REFERENCES kinds, content text, PRIMARY KEY (tenant_id, id)) {partitioned};
-- Rows of the platform beside those of tenants, and a table for all.
CREATE TABLE templates (tenant_id uuid, id int NOT NULL, body text);
CREATE TABLE currencies (code text PRIMARY KEY, rate numeric NOT NULL);
-- Written by a deferred trigger, at COMMIT.
CREATE TABLE labelled (tenant_id uuid NOT NULL, id int, label text);
CREATE FUNCTION label_of(number int) RETURNS text LANGUAGE plpgsql AS $$ DECLARE found kinds.label%TYPE := 'label ' || number; BEGIN RETURN found; END $$;
CREATE FUNCTION keeps_label() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE kept kinds.label%TYPE := NEW.label; BEGIN NEW.label := kept; RETURN NEW; END $$;
CREATE TRIGGER keeps_label BEFORE INSERT ON labelled FOR EACH ROW EXECUTE FUNCTION keeps_label();
CREATE TABLE audit (tenant_id uuid NOT NULL, id int GENERATED ALWAYS AS IDENTITY, what text);
{if parted}
CREATE TABLE projects_a PARTITION OF projects FOR VALUES IN ('{a}');
CREATE TABLE projects_b PARTITION OF projects FOR VALUES IN ('{b}');
CREATE TABLE projects_rest PARTITION OF projects DEFAULT;
CREATE TABLE documents_all PARTITION OF documents DEFAULT;
CREATE TABLE tasks_b PARTITION OF tasks FOR VALUES IN ('{b}');
CREATE TABLE tasks_rest PARTITION OF tasks DEFAULT;
CREATE TABLE notes_all PARTITION OF notes DEFAULT;
{end}
{if plain}
-- The same name as a partition of the other schema: a child that holds more of B's.
CREATE TABLE projects_b () INHERITS (projects);
CREATE TABLE tasks_b () INHERITS (tasks);
INSERT INTO projects_b VALUES ('{b}', 90, 'inherited', 'secret-b inherited', 'secret-b inherited');
{end}

INSERT INTO projects SELECT t.id, n + 10 * k, 'slug-' || n, CASE t.k WHEN 1 THEN 'secret-b ' ELSE 'own ' END || n, CASE t.k WHEN 1 THEN 'secret-b ' ELSE 'own ' END || n, n
    FROM (VALUES ('{a}'::uuid, 0), ('{b}', 1), ('{c}', 2)) AS t (id, k), generate_series(1, 5) AS n;
INSERT INTO projects VALUES ('{b}', 16, 'only-b', 'secret-b only', 'secret-b only', 12345);
INSERT INTO tasks SELECT tenant_id, id, id, name, secret FROM {only}projects;
INSERT INTO notes SELECT tenant_id, id, id, name FROM {only}projects;
INSERT INTO accounts SELECT id, tenant_id, id || '@' || left(tenant_id::text, 2), secret FROM {only}projects;
INSERT INTO orders SELECT id, tenant_id, id, secret FROM {only}projects;
INSERT INTO templates SELECT tenant_id, id, name FROM {only}projects;
INSERT INTO templates VALUES (NULL, 1000, 'of the platform');
INSERT INTO kinds VALUES (1, 'one');
INSERT INTO documents SELECT '{b}', 1, 1, string_agg('secret-b ' || md5(n::text), ' ') FROM generate_series(1, 500) AS n;
INSERT INTO currencies VALUES ('EUR', 1), ('USD', 1.1);

-- What owners write in good faith, and should not have.
CREATE VIEW owners_view AS SELECT * FROM projects;
CREATE VIEW invokers_view WITH (security_invoker = true) AS SELECT * FROM projects;
CREATE MATERIALIZED VIEW copied AS SELECT * FROM projects;
CREATE FUNCTION tell(int, int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT string_agg(secret, ' ') FROM projects; END;
CREATE OPERATOR ### (LEFTARG = int, RIGHTARG = int, FUNCTION = tell);
CREATE MATERIALIZED VIEW copied_by_operator AS SELECT 1 OPERATOR({schema}.###) 2 AS told;
CREATE VIEW view_of_copy AS SELECT * FROM copied;
CREATE VIEW of_one_name AS SELECT * FROM projects WHERE name = 'own 1';
CREATE FUNCTION leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', $1; RETURN true; END $$;
CREATE FUNCTION definers_read() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp RETURN (SELECT string_agg(secret, ' ') FROM projects);
CREATE FUNCTION unpinned() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE found text; BEGIN SELECT string_agg(name, ' ') INTO found FROM projects; RETURN found; END $$;
CREATE FUNCTION planted(code int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$ BEGIN INSERT INTO accounts (id, tenant_id) VALUES (code, tenancy.current_tenant_id()); END $$;
CREATE FUNCTION constant_tenant() RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT current_setting('app.current_tenant_id', true)::uuid $$;
CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {schema}.audit VALUES ({tenant}, DEFAULT, 'task ' || NEW.id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER record AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION record();
CREATE FUNCTION moves_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.title = 'move me' THEN NEW.tenant_id := '{b}'; END IF; RETURN NEW; END $$;
CREATE TRIGGER zz_moves BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION moves_rows();
CREATE RULE also AS ON UPDATE TO currencies DO ALSO SELECT string_agg(secret, ' ') FROM {schema}.projects;
RESET ROLE;
CREATE FUNCTION {schema}.bypassing_read() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp RETURN (SELECT string_agg(secret, ' ') FROM projects);
ALTER FUNCTION {schema}.bypassing_read() OWNER TO batch;
CREATE VIEW {schema}.platforms_view AS SELECT * FROM projects;
ALTER VIEW {schema}.platforms_view OWNER TO batch;
GRANT USAGE ON SCHEMA {schema} TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO batch;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO app_sober;
GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO app_generous;
GRANT ALL ON SCHEMA {schema} TO app_generous;
{if ours}
SELECT tenancy.share('currencies');
SELECT tenancy.protect('templates', global_rows => 'read');
SELECT tenancy.protect_schema('{schema}');
{end}
{if textbook}
DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p') AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id') AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid) LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($p$CREATE POLICY tenant ON %s USING (tenant_id IS NULL OR tenant_id = nullif(current_setting('app.current_tenant_id', true), '')::uuid)$p$, t);
    END LOOP;
END $$;
{end}
RESET search_path;
ANALYZE;
