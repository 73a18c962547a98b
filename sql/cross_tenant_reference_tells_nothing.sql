-- References whose attributes a composite key cannot carry tell Acme nothing about Beta's rows either:
-- a row that is Beta's and a row that is nobody's get the same answer, at once and at COMMIT.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE TABLE shop.boxes (
  tenant_id uuid NOT NULL,
  shelf integer NOT NULL,
  place integer NOT NULL,
  PRIMARY KEY (shelf, place)
);
CREATE TABLE shop.labels (
  id bigint PRIMARY KEY,
  tenant_id uuid NOT NULL,
  shelf integer,
  place integer,
  loose_project bigint REFERENCES shop.projects (id) ON UPDATE SET NULL,
  default_project bigint REFERENCES shop.projects (id) ON UPDATE SET DEFAULT,
  FOREIGN KEY (shelf, place) REFERENCES shop.boxes MATCH FULL
);
INSERT INTO shop.boxes VALUES (:'acme', 1, 1), (:'acme', 1, 2), (:'beta', 2, 1), (:'beta', 2, 2);
-- Rows of the platform (no tenant) may refer to any project, so a reference from them cannot carry one.
CREATE TABLE shop.hints (
  id bigint PRIMARY KEY,
  tenant_id uuid,
  project_id bigint REFERENCES shop.projects (id)
);
SELECT tenancy.protect('shop.hints', global_rows => 'read') > 0 AS protected;
CALL regress.settle();

-- What a session is told: at once, and when the references are checked at the latest.
CREATE FUNCTION regress.answer(statement text, OUT at_once text, OUT at_commit text) LANGUAGE plpgsql AS $$
DECLARE
  message text;
  detail text;
  failed text;
BEGIN
  BEGIN
    at_once := 'accepted';
    EXECUTE statement;
    at_commit := 'accepted';
    SET CONSTRAINTS ALL IMMEDIATE;
    RAISE SQLSTATE 'UNDO0';
  EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
    NULL;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    failed := concat_ws(': ', SQLSTATE, message, detail);
    IF at_commit IS NULL THEN
      at_once := failed;
    ELSE
      at_commit := failed;
    END IF;
  END;
END $$;

\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
SELECT regress.answer('INSERT INTO shop.labels (id, shelf, place) VALUES (1, 1, 1)');
SELECT regress.answer('INSERT INTO shop.labels (id, shelf, place) VALUES (1, 2, 1)')
     = regress.answer('INSERT INTO shop.labels (id, shelf, place) VALUES (1, 7, 7)') AS same_answer;
SELECT (regress.answer('INSERT INTO shop.labels (id, shelf) VALUES (1, 1)')).at_once LIKE '23%' AS full_match_only;
SELECT regress.answer('INSERT INTO shop.labels (id, loose_project) VALUES (1, 1)');
SELECT regress.answer('INSERT INTO shop.labels (id, loose_project) VALUES (1, 11)')
     = regress.answer('INSERT INTO shop.labels (id, loose_project) VALUES (1, 77)') AS same_answer;
SELECT regress.answer('INSERT INTO shop.labels (id, default_project) VALUES (1, 1)');
SELECT regress.answer('INSERT INTO shop.labels (id, default_project) VALUES (1, 11)')
     = regress.answer('INSERT INTO shop.labels (id, default_project) VALUES (1, 77)') AS same_answer;
SELECT regress.answer('INSERT INTO shop.hints (id, project_id) VALUES (1, 1)');
SELECT regress.answer('INSERT INTO shop.hints (id, project_id) VALUES (1, 11)')
     = regress.answer('INSERT INTO shop.hints (id, project_id) VALUES (1, 77)') AS same_answer;
COMMIT;
-- None of Beta's rows was accepted.
\c - :superuser
SELECT actor, code <> '00000' AS refused, others FROM regress.attempt($$INSERT INTO shop.labels (id, tenant_id, shelf, place) VALUES (1, :'acme', 2, 1)$$) WHERE actor <> 'replica';
SELECT actor, code <> '00000' AS refused, others FROM regress.attempt($$INSERT INTO shop.labels (id, tenant_id, loose_project) VALUES (1, :'acme', 11)$$) WHERE actor <> 'replica';
SELECT actor, code <> '00000' AS refused, others FROM regress.attempt($$INSERT INTO shop.hints (id, tenant_id, project_id) VALUES (1, :'acme', 11)$$) WHERE actor <> 'replica';
SELECT regress.others_untouched();
\i :cleanup
