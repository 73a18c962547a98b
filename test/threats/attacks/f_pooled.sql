-- F. State left on a pooled connection, for the next tenant to meet. What is left is looked for after every attack.

--@ F1.shadow: a temporary table in front of the real one
--@ refused 42501
--@ control
CREATE TEMP TABLE projects (tenant_id uuid, id int, slug text, name text, secret text, amount int);
CREATE TEMP SEQUENCE numbers;
CREATE TEMP VIEW tasks AS SELECT 1 AS id;

--@ F2.prepared: a prepared statement under a name that others use
--@ no effect
--@ control
PREPARE usual AS SELECT 'secret-' || 'b was not asked for' AS name;

--@ F2.replaced: one that replaces a statement of the driver
--@ no effect
DEALLOCATE ALL;
PREPARE usual AS DELETE FROM projects;

--@ F2.after_commit: one that is made after the transaction, where no tenant is
--@ refused 42501
--@ bare
--@ control
BEGIN;
SELECT tenancy.set_tenant(:'a');
COMMIT;
DEALLOCATE ALL;
PREPARE usual AS DELETE FROM projects;

--@ F3.holdable: a cursor WITH HOLD
--@ refused 42501
--@ control
DECLARE usual CURSOR WITH HOLD FOR SELECT name FROM projects;

--@ F4.listen: LISTEN left behind
--@ refused 42501
--@ control
LISTEN tenants;

--@ F5.lastval: what number the tenant before was given
--@ no effect
INSERT INTO audit VALUES (:'a', DEFAULT, 'numbered');

--@ F6.advisory: a session's advisory lock
--@ refused 42501
--@ control
SELECT pg_try_advisory_lock(7);
SELECT pg_advisory_lock_shared(7);

--@ F7.read_only: the next transactions read only
--@ no effect
--@ control
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;
SET statement_timeout = 1;

--@ F8.tenant: the tenant itself
--@ refused 42501
--@ control
SET SESSION app.current_tenant_id = :'a';

--@ F9.two_phase: a prepared transaction
--@ refused 42501
--@ bare
BEGIN;
SELECT tenancy.set_tenant(:'a');
UPDATE projects SET amount = 1;
PREPARE TRANSACTION 'held';

--@ F10.types: what PL/pgSQL remembers of a name for as long as the connection lives
--@ refused 42501
--@ control
CREATE TEMP TABLE kinds (id int, label "char") ON COMMIT DROP;
SELECT label_of(1);
INSERT INTO labelled VALUES (:'a', 1, 'abc');
CREATE TEMP TABLE date (v int) ON COMMIT DROP;

--@ F10.renamed: names that come by renaming, or with an identity column
--@ refused 42501
--@ control
CREATE TEMP TABLE other (id int GENERATED ALWAYS AS IDENTITY, label "char") ON COMMIT DROP;
ALTER INDEX other RENAME TO kinds;
SELECT label_of(1);
INSERT INTO labelled VALUES (:'a', 1, 'abc');
