-- A schema that is hard to classify: :tables tables of :rows rows, and three references from each, all of
-- which may be NULL, to tables before it, drawn at random but the same each time. The first twenty have the
-- tenant, so that nearly every other has more than the 16 paths that are followed, of about four hops each.
-- These twenty have :parents rows.
CREATE SCHEMA wide;
SELECT tenancy.create_tenant('T ' || n, 't' || n, id => md5(n::text)::uuid) FROM generate_series(1, 10) AS n \g /dev/null
SELECT format('CREATE TABLE wide.t%s (id int PRIMARY KEY, a int, b int, c int%s)', n, CASE WHEN n <= 20 THEN ', tenant_id uuid' END)
FROM generate_series(1, :tables) AS n
\gexec
SELECT format('INSERT INTO wide.t%1$s SELECT r, least(r, %2$s), nullif(least(r, %2$s), 3), (r * 7 + %1$s) %% %2$s + 1%3$s FROM generate_series(1, %4$s) AS r',
              n, :rows, CASE WHEN n <= 20 THEN ', md5((r % 10 + 1)::text)::uuid' END, CASE WHEN n <= 20 THEN :parents ELSE :rows END)
FROM generate_series(1, :tables) AS n
\gexec
SELECT setseed(0.5) \g /dev/null
SELECT format('ALTER TABLE wide.t%s ADD FOREIGN KEY (%s) REFERENCES wide.t%s (id)', n, c, 1 + floor(random() * (n - 1)))
FROM generate_series(2, :tables) AS n, unnest('{a,b,c}'::text[]) AS c
ORDER BY n, c
\gexec
ANALYZE
