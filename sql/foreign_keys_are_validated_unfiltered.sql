-- A foreign key is validated by a query of the table's owner, who sees no rows under FORCE ROW LEVEL SECURITY: it would
-- count as valid although rows refer to nothing. So the owner may add it NOT VALID, and a platform role validates it.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.labels (id bigint PRIMARY KEY, tenant_id uuid NOT NULL, project_id bigint, task_id bigint);
CREATE TABLE regress.plain (id bigint PRIMARY KEY, project_id bigint);
INSERT INTO shop.labels VALUES (1, :'acme', 404, 404);
SET client_min_messages = error;
CALL regress.settle();
RESET client_min_messages;
ALTER TABLE regress.plain OWNER TO regress_tenancy_owner;
GRANT CREATE ON SCHEMA regress TO regress_tenancy_owner;
CREATE FUNCTION regress.verdicts(VARIADIC statements text[]) RETURNS TABLE (statement text, owner text, superuser text)
LANGUAGE plpgsql AS $$
DECLARE
  actor text;
  verdict text;
BEGIN
  FOREACH statement IN ARRAY statements LOOP
    FOREACH actor IN ARRAY ARRAY['owner', 'superuser'] LOOP
      BEGIN
        PERFORM set_config('role', CASE actor WHEN 'owner' THEN 'regress_tenancy_owner' ELSE 'none' END, true);
        BEGIN
          EXECUTE statement;
          verdict := 'done';
        EXCEPTION WHEN OTHERS THEN
          verdict := SQLSTATE;
        END;
        PERFORM set_config('role', 'none', true);
        RAISE SQLSTATE 'UNDO0';
      EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        CASE actor WHEN 'owner' THEN owner := verdict; ELSE superuser := verdict; END CASE;
      END;
    END LOOP;
    RETURN NEXT;
  END LOOP;
END $$;

-- 23503 is right: labels refer to projects and tasks that do not exist.
SELECT * FROM regress.verdicts(
  'ALTER TABLE shop.labels ADD FOREIGN KEY (project_id) REFERENCES shop.projects',
  'ALTER TABLE shop.labels ADD CONSTRAINT k FOREIGN KEY (tenant_id, project_id) REFERENCES shop.projects (tenant_id, id)',
  'ALTER TABLE shop.labels ADD COLUMN x int, ADD FOREIGN KEY (task_id) REFERENCES shop.tasks',
  'ALTER TABLE ONLY shop.labels ADD FOREIGN KEY (project_id) REFERENCES regress.plain',
  'ALTER TABLE shop.labels ADD COLUMN x bigint DEFAULT 404 REFERENCES shop.projects',
  'ALTER TABLE shop.labels ADD COLUMN x bigint GENERATED ALWAYS AS (404) STORED REFERENCES shop.projects',
  'ALTER TABLE shop.labels ADD COLUMN x bigint REFERENCES shop.projects',
  'ALTER TABLE shop.labels ADD FOREIGN KEY (project_id) REFERENCES shop.projects NOT VALID',
  'ALTER TABLE shop.labels ADD FOREIGN KEY (project_id) REFERENCES shop.nowhere',
  'ALTER TABLE shop.labels ADD CHECK (id > 0)',
  'ALTER TABLE shop.labels ADD UNIQUE (project_id)',
  'ALTER TABLE regress.plain ADD FOREIGN KEY (project_id) REFERENCES shop.projects',
  'ALTER TABLE regress.plain ADD FOREIGN KEY (project_id) REFERENCES regress.plain',
  'CREATE TABLE regress.fresh (project_id bigint REFERENCES shop.projects)',
  'CREATE TABLE regress.fresh (project_id bigint, FOREIGN KEY (project_id) REFERENCES shop.projects)');
-- In two steps.
SET ROLE regress_tenancy_owner;
ALTER TABLE shop.labels ADD CONSTRAINT labels_project FOREIGN KEY (project_id) REFERENCES shop.projects NOT VALID;
ALTER TABLE shop.labels ADD CONSTRAINT labels_positive CHECK (id > 0) NOT VALID;
ALTER TABLE shop.labels VALIDATE CONSTRAINT labels_project;
DO $$ BEGIN EXECUTE 'ALTER TABLE shop.labels VALIDATE CONSTRAINT labels_project'; END $$;
ALTER TABLE shop.labels ADD FOREIGN KEY (task_id) REFERENCES shop.tasks;
ALTER TABLE regress.plain ADD FOREIGN KEY (project_id) REFERENCES shop.projects;
ALTER TABLE shop.labels VALIDATE CONSTRAINT labels_positive;
ALTER TABLE shop.labels VALIDATE CONSTRAINT nowhere;
RESET ROLE;
ALTER TABLE shop.labels VALIDATE CONSTRAINT labels_project;
UPDATE shop.labels SET project_id = 1, task_id = NULL;
ALTER TABLE shop.labels VALIDATE CONSTRAINT labels_project;
SET ROLE regress_tenancy_owner;
ALTER TABLE shop.labels VALIDATE CONSTRAINT labels_project;
RESET ROLE;
SELECT convalidated FROM pg_constraint WHERE conname = 'labels_project';
-- A partition's rows are checked as it is attached.
CREATE TABLE regress.papers (id bigint, tenant_id uuid NOT NULL, project_id bigint REFERENCES shop.projects) PARTITION BY LIST (id);
CREATE TABLE regress.loose (id bigint, tenant_id uuid NOT NULL, project_id bigint) PARTITION BY LIST (id);
ALTER TABLE regress.papers OWNER TO regress_tenancy_owner;
ALTER TABLE regress.loose OWNER TO regress_tenancy_owner;
CREATE TABLE shop.letters (id bigint NOT NULL, tenant_id uuid NOT NULL, project_id bigint);
INSERT INTO shop.letters VALUES (1, :'acme', 404);
SET client_min_messages = error;
CALL regress.settle();
RESET client_min_messages;
SELECT * FROM regress.verdicts(
  'ALTER TABLE regress.papers ATTACH PARTITION shop.letters FOR VALUES IN (1)',
  'ALTER TABLE regress.papers ATTACH PARTITION shop.nowhere FOR VALUES IN (1)',
  'ALTER TABLE regress.loose ATTACH PARTITION shop.letters FOR VALUES IN (1)',
  'CREATE TABLE regress.papers_2 PARTITION OF regress.papers FOR VALUES IN (2)');
-- Tables that are not protected are as ever.
CREATE TABLE regress.private (id bigint PRIMARY KEY REFERENCES regress.plain);
ALTER TABLE regress.private ENABLE ROW LEVEL SECURITY;
ALTER TABLE regress.private FORCE ROW LEVEL SECURITY;
ALTER TABLE regress.private OWNER TO regress_tenancy_owner;
SET ROLE regress_tenancy_owner;
ALTER TABLE regress.private ADD CONSTRAINT again FOREIGN KEY (id) REFERENCES regress.plain;
RESET ROLE;
\i :cleanup
