-- References carry the tenant where their rows are clean; the others stay as they are and are named.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture

CREATE SCHEMA "App 2";
SET search_path = "App 2";
CREATE TABLE users (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy.tenants);
CREATE TABLE notes (id int PRIMARY KEY, owner int NOT NULL REFERENCES users ON DELETE CASCADE, reader int, reviewer int, old int, late int, tenant_id uuid);
ALTER TABLE notes ADD CONSTRAINT "the reader" FOREIGN KEY (reader) REFERENCES users ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE notes ADD CONSTRAINT the_reviewer FOREIGN KEY (reviewer) REFERENCES users DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE notes ADD CONSTRAINT the_old_one FOREIGN KEY (old) REFERENCES users NOT VALID;
ALTER TABLE notes ADD CONSTRAINT the_late_one FOREIGN KEY (late) REFERENCES users ON UPDATE SET NULL;
INSERT INTO users VALUES (1, :'acme'), (2, :'beta');
INSERT INTO notes VALUES (1, 1, 1, 1, 1, 1), (2, 2, 2, 2, 2, 2), (3, 2, 1, NULL, NULL, NULL);
SELECT tenancy.set_derivation('notes', ARRAY['notes.owner -> users.tenant_id']);
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'notes'::regclass ORDER BY conname COLLATE "C";
CALL tenancy.adopt('App 2');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'notes'::regclass ORDER BY conname COLLATE "C";
-- The query that it shows, run as it is.
SELECT hint AS query FROM tenancy.adoption_steps WHERE state = 'left out' AND message <> '' AND adoption = (SELECT max(id) FROM tenancy.adoptions) \gset
:query
SELECT phase, target, kind, message FROM tenancy.adoption_steps WHERE state = 'left out' AND message <> '' AND adoption = (SELECT max(id) FROM tenancy.adoptions) ORDER BY step;
-- What is clean refuses what is not.
INSERT INTO notes VALUES (4, 1, NULL, 2);
-- The one that crosses stands in the way of protection.
SELECT tenancy.protect_schema('App 2');
-- By decision: the rows that do may, new ones may not.
SELECT tenancy.keep_reference('notes', 'the reader', 'readers were shared before');
SELECT target, constraint_name, new_rows, reason FROM tenancy.crossing_references;
CALL tenancy.adopt('App 2');
SELECT tenancy.protect_schema('App 2') > 0 AS protected;
SELECT tenancy.protect_schema('App 2');
CALL tenancy.adopt('App 2');
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'notes'::regclass AND NOT tgisinternal AND tgconstraint <> 0 ORDER BY tgname COLLATE "C";
BEGIN;
SELECT tenancy.set_tenant(:'beta');
-- The row can be worked on.
UPDATE notes SET old = 2, reader = 1 WHERE id = 3;
INSERT INTO notes VALUES (5, 2, 1);
UPDATE notes SET reader = 1 WHERE id = 2;
ROLLBACK;
BEGIN;
SELECT tenancy.set_tenant(:'beta');
INSERT INTO notes VALUES (5, 2, 2);
COMMIT;
-- By decision: any row. Then the decision is taken back.
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part ORDER BY target::text;
SELECT tenancy.keep_reference('notes', 'the reader', 'readers are shared', true);
CALL tenancy.adopt('App 2');
SELECT tenancy.protect_schema('App 2') > 0 AS protected;
BEGIN;
SELECT tenancy.set_tenant(:'beta');
INSERT INTO notes VALUES (6, 2, 1);
ROLLBACK;
SELECT tenancy.keep_reference('notes', 'the reader', NULL);
SELECT count(*) FROM tenancy.crossing_references;
SELECT tenancy.protect_schema('App 2');
-- Repaired rows: then it is taken in.
SELECT tenancy.unprotect(target) FROM tenancy.protected WHERE NOT part ORDER BY target::text;
UPDATE notes SET reader = 2 WHERE id = 3;
CALL tenancy.adopt('App 2');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'notes'::regclass AND conname = 'the reader';
SELECT tenancy.protect_schema('App 2') > 0 AS protected;
-- Nothing is left of what came to nothing.
SELECT conname FROM pg_constraint WHERE conname LIKE 'tenancy%' AND conrelid IN (SELECT oid FROM pg_class WHERE relnamespace = '"App 2"'::regnamespace);
-- A tenant that does not exist.
CREATE TABLE lost (id int PRIMARY KEY, tenant_id uuid NOT NULL);
INSERT INTO lost VALUES (1, '00000000-0000-7000-8000-000000000000');
CALL tenancy.adopt('App 2');
\d lost
\c - :superuser
\i :cleanup
