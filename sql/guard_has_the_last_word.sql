-- Whatever other triggers make of a row, the write guard judges what is stored.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE FUNCTION shop.give_away() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.tenant_id := 'bbbbbbbb-0000-7000-8000-000000000000';
  RETURN NEW;
END $$;
CREATE FUNCTION shop.skip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN NULL;
END $$;

-- Before ours.
CREATE TRIGGER aaa_give_away BEFORE INSERT OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.give_away();
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'shop.tasks'::regclass AND NOT tgisinternal ORDER BY tgname COLLATE "C";
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (104, :'acme', 1, NULL, 'rewritten')$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'rewritten' WHERE id = 101$$);
-- Under session_replication_role = replica the trigger fires with ENABLE ALWAYS, and so does the guard.
ALTER TABLE shop.tasks ENABLE ALWAYS TRIGGER aaa_give_away;
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'rewritten' WHERE id = 101$$);
ALTER TABLE shop.tasks DISABLE TRIGGER aaa_give_away;
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'own' WHERE id = 101$$);
DROP TRIGGER aaa_give_away ON shop.tasks;

-- After ours: the guard notices, and says what to do.
CREATE TRIGGER zzzzz_give_away BEFORE INSERT OR UPDATE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.give_away();
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (104, :'acme', 1, NULL, 'rewritten')$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'rewritten' WHERE id = 101$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks WHERE id = 103$$);
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.tasks (id, project_id, title) VALUES (104, 1, 'rewritten');
UPDATE shop.tasks SET title = 'rewritten';
ROLLBACK;
-- Protected again, the guard is the last of them and refuses.
\c - :superuser
SELECT tenancy.protect('shop.tasks') > 0 AS protected;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'shop.tasks'::regclass AND NOT tgisinternal ORDER BY tgname COLLATE "C";
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (104, :'acme', 1, NULL, 'rewritten')$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'rewritten' WHERE id = 101$$);
\c - regress_tenancy_app
BEGIN;
SELECT tenancy.set_tenant(:'acme');
INSERT INTO shop.tasks (id, project_id, title) VALUES (104, 1, 'rewritten');
UPDATE shop.tasks SET title = 'rewritten';
ROLLBACK;
\c - :superuser
-- Also over a name made to come last, and back when it is gone.
ALTER TRIGGER zzzzz_give_away ON shop.tasks RENAME TO "~~give_away";
SELECT tenancy.protect('shop.tasks') > 0 AS protected;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'shop.tasks'::regclass AND NOT tgisinternal ORDER BY tgname COLLATE "C";
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'rewritten' WHERE id = 101$$);
DROP TRIGGER "~~give_away" ON shop.tasks;
SELECT tenancy.protect('shop.tasks') > 0 AS protected, tenancy.protect('shop.tasks') AS again;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'shop.tasks'::regclass AND NOT tgisinternal ORDER BY tgname COLLATE "C";

-- A trigger on a partition alone.
CREATE TABLE shop.events (id bigint, tenant_id uuid NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (1) TO (100);
CREATE TRIGGER zzzzz_give_away BEFORE INSERT ON shop.events_1 FOR EACH ROW EXECUTE FUNCTION shop.give_away();
CALL regress.settle();
SELECT * FROM regress.attempt($$INSERT INTO shop.events VALUES (1, :'acme')$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.events_1 VALUES (1, :'acme')$$);

-- A trigger that returns NULL skips the row quietly, before the guard.
CREATE TRIGGER aaa_skip BEFORE INSERT OR UPDATE OR DELETE ON shop.tasks FOR EACH ROW EXECUTE FUNCTION shop.skip();
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (104, :'acme', 1, NULL, 'skipped')$$);
SELECT * FROM regress.attempt($$INSERT INTO shop.tasks VALUES (114, :'beta', 11, NULL, 'skipped')$$);
SELECT * FROM regress.attempt($$UPDATE shop.tasks SET title = 'skipped'$$);
SELECT * FROM regress.attempt($$DELETE FROM shop.tasks$$);

-- INSTEAD OF triggers of a view reach the table, and the guard of it.
CREATE VIEW shop.all_changes WITH (security_invoker) AS SELECT * FROM shop.changes;
CREATE FUNCTION shop.store() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shop.changes VALUES ('bbbbbbbb-0000-7000-8000-000000000000', 11, 9, NEW.note);
  RETURN NEW;
END $$;
CREATE TRIGGER store INSTEAD OF INSERT ON shop.all_changes FOR EACH ROW EXECUTE FUNCTION shop.store();
CALL regress.settle();
SELECT * FROM regress.attempt($$INSERT INTO shop.all_changes VALUES (:'acme', 1, 9, 'redirected')$$);
-- And so do rules.
CREATE RULE also AS ON UPDATE TO shop.changes DO ALSO UPDATE shop.projects SET tenant_id = 'bbbbbbbb-0000-7000-8000-000000000000' WHERE id = OLD.project_id;
SELECT * FROM regress.attempt($$UPDATE shop.changes SET note = 'ruled' WHERE project_id = 1 AND version = 1$$);
SELECT regress.others_untouched();
\i :cleanup
