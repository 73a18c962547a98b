-- Errors about constraints tell a session of an application the constraint, and none of the rows: PostgreSQL tells
-- the current user, and in a function of the owner's that is the owner.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

-- The owner's table for all tenants, and one that names constraints of every kind.
CREATE TABLE regress.codes (code text PRIMARY KEY, weight int CHECK (weight > 0), parent text REFERENCES regress.codes,
  span int4range, kind text NOT NULL DEFAULT 'x', EXCLUDE USING gist (span WITH &&));
CREATE TABLE regress.parts (n int) PARTITION BY LIST (n);
CREATE TABLE regress.part PARTITION OF regress.parts FOR VALUES IN (1);
CREATE VIEW regress.light AS SELECT * FROM regress.codes WHERE weight < 10 WITH CHECK OPTION;
CREATE DOMAIN regress.small AS int CHECK (VALUE < 10);
INSERT INTO regress.codes VALUES ('B-7', 5, NULL, '[1,5)'), ('B-8', 5, 'B-7', NULL);
ALTER TABLE regress.codes OWNER TO regress_tenancy_owner;
ALTER TABLE regress.parts OWNER TO regress_tenancy_owner;
ALTER TABLE regress.part OWNER TO regress_tenancy_owner;
ALTER VIEW regress.light OWNER TO regress_tenancy_owner;
GRANT ALL ON regress.codes, regress.parts, regress.part, regress.light TO regress_tenancy_app;
-- What a statement says of itself when it fails; as the caller, and as the owner.
CREATE FUNCTION regress.said(statement text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT reason text)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT, reason = CONSTRAINT_NAME;
END $$;
CREATE FUNCTION regress.run_as_owner(statement text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE statement; END $$;
ALTER FUNCTION regress.run_as_owner OWNER TO regress_tenancy_owner;
CREATE FUNCTION regress.said_as_owner(statement text, OUT state text, OUT detail text) LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
END $$;
ALTER FUNCTION regress.said_as_owner OWNER TO regress_tenancy_owner;
CREATE VIEW regress.violations AS SELECT * FROM unnest(ARRAY[
  'INSERT INTO regress.codes VALUES (''B-7'')',
  'INSERT INTO regress.codes (code, weight) VALUES (''C'', -1)',
  'INSERT INTO regress.codes (code, parent) VALUES (''C'', ''none'')',
  'INSERT INTO regress.codes (code, span) VALUES (''C'', ''[2,3)'')',
  'INSERT INTO regress.codes (code, kind) VALUES (''C'', NULL)',
  'DELETE FROM regress.codes WHERE code = ''B-7''',
  'UPDATE regress.codes SET code = ''B-7''',
  'INSERT INTO regress.light (code, weight) VALUES (''C'', 10)',
  'INSERT INTO regress.parts VALUES (2)',
  'INSERT INTO regress.part VALUES (2)',
  'SELECT 10::regress.small']) WITH ORDINALITY AS v (statement, n);
GRANT SELECT ON regress.violations TO PUBLIC;

\c - regress_tenancy_app
SELECT statement, s.state, s.detail, s.hint, s.reason FROM regress.violations AS v, regress.said(v.statement) AS s ORDER BY n;
SELECT statement, s.* FROM regress.violations AS v, regress.said_as_owner(v.statement) AS s ORDER BY n;
-- As statements of their own.
INSERT INTO regress.codes VALUES ('B-7');
SELECT regress.run_as_owner('INSERT INTO regress.codes VALUES (''B-7'')');
DO $$ BEGIN INSERT INTO regress.codes (code, weight) VALUES ('C', -1); END $$;
PREPARE p AS INSERT INTO regress.codes VALUES ($1);
EXECUTE p ('B-7');
COPY regress.codes (code) FROM STDIN;
B-7
\.
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
CREATE TEMP TABLE t (n int UNIQUE) ON COMMIT DROP;
INSERT INTO t VALUES (1), (1);
INSERT INTO t VALUES (2);
ALTER TABLE t ADD CHECK (n < 2);
-- Beta's code, found as PostgreSQL finds it: which code it is nobody says.
INSERT INTO shop.projects (id, tenant_id, code, name) VALUES (91, :'acme', 'cask', 'Cask');
INSERT INTO shop.changes VALUES (:'acme', 11, 1, 'x');
ROLLBACK;
-- What is said on purpose stays; so do errors of other classes.
DO $$ BEGIN RAISE EXCEPTION 'taken' USING ERRCODE = 'unique_violation', DETAIL = 'This code is taken.', HINT = 'Choose another.'; END $$;
SELECT 1 / 0;
SELECT 'x'::int;
-- Not guarded: as ever, with a tenant too.
\c - regress_tenancy_owner
SELECT statement, s.state, s.detail FROM regress.violations AS v, regress.said(v.statement) AS s ORDER BY n;
INSERT INTO regress.codes VALUES ('B-7');
\c - :superuser
BEGIN;
SELECT tenancy.set_tenant(:'acme') = :'acme' AS entered;
INSERT INTO regress.codes VALUES ('B-7');
ROLLBACK;
DROP DOMAIN regress.small;
\i :cleanup
