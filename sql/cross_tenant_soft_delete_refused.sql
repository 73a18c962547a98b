-- Nobody who works for Acme marks a row of Beta or brings one back.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SELECT tenancy.soft_delete('shop.tasks');
DELETE FROM shop.tasks WHERE id IN (103, 113);
CALL regress.remember();

SELECT * FROM regress.attempt($$DELETE FROM shop.tasks WHERE id = 102$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks WHERE id = 112$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks USING shop.projects WHERE tasks.project_id = projects.id AND projects.id = 11$$);
SELECT * FROM regress.attempt($$WITH gone AS (DELETE FROM shop.tasks WHERE id = 112 RETURNING id) SELECT * FROM gone$$);
SELECT * FROM regress.attempt($$MERGE INTO shop.tasks USING (VALUES (112)) AS v(id) ON tasks.id = v.id WHEN MATCHED THEN DELETE$$);
-- A marked row of Beta: neither really deleted nor brought back nor marked anew.
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks WHERE id = 113$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET deleted_at = NULL WHERE id = 113$$);
SELECT * FROM regress.attempt($$SELECT FROM tenancy.restore_rows('shop.tasks', '{113}') AS n WHERE n > 0$$);
SELECT * FROM regress.attempt($$SELECT FROM tenancy.restore_rows('shop.tasks', '{103,113}') AS n WHERE n = 1$$);
SELECT regress.others_untouched();
-- Rows of the platform: nobody's to mark but the platform's.
SET client_min_messages = error;
CREATE TABLE shop.words (id bigint PRIMARY KEY, tenant_id uuid);
INSERT INTO shop.words VALUES (1, :'acme'), (2, NULL), (3, NULL);
CALL regress.settle('read');
SELECT tenancy.soft_delete('shop.words');
RESET client_min_messages;
DELETE FROM shop.words WHERE id = 3;
CALL regress.remember();
SELECT * FROM regress.attempt($$DELETE FROM shop.words WHERE id = 2$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.words WHERE id = 1$$);
SELECT * FROM regress.attempt($$SELECT FROM tenancy.restore_rows('shop.words', '{3}') AS n WHERE n > 0$$);
SELECT * FROM regress.attempt($$SELECT id FROM shop.words WHERE deleted_at IS NULL$$);
SELECT regress.others_untouched();
SELECT tenancy.restore_rows('shop.words', '{3}');
\i :cleanup
