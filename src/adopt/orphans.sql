-- Orphans: rows to which no path gives a tenant. Here is what all decisions about them share: what is kept of
-- each, which rows are meant, and how they are changed without the application's triggers.

CREATE SEQUENCE tenancy.orphan_decisions_id AS bigint;
COMMENT ON SEQUENCE tenancy.orphan_decisions_id IS 'Numbers of decisions about orphans';

CREATE TABLE tenancy.orphan_decisions (
    id            bigint PRIMARY KEY DEFAULT nextval('tenancy.orphan_decisions_id'),
    target        regclass NOT NULL,
    action        text NOT NULL CHECK (action IN ('assigned', 'archived')),
    tenant        text CHECK ((tenant IS NOT NULL) = (action = 'assigned')),
    reason        text,
    tenant_column name NOT NULL,
    rows          bigint NOT NULL,
    new_rows      boolean NOT NULL DEFAULT false,
    archive       regclass,
    decided_at    timestamptz NOT NULL DEFAULT now(),
    decided_by    name NOT NULL DEFAULT session_user,
    undone_at     timestamptz
);
COMMENT ON TABLE tenancy.orphan_decisions IS 'Decisions of assign_orphans() and archive_orphans(); undo_orphans() takes one back';
COMMENT ON COLUMN tenancy.orphan_decisions.id IS 'Its number';
COMMENT ON COLUMN tenancy.orphan_decisions.target IS 'The table';
COMMENT ON COLUMN tenancy.orphan_decisions.action IS 'assigned or archived';
COMMENT ON COLUMN tenancy.orphan_decisions.tenant IS 'To whom the rows went';
COMMENT ON COLUMN tenancy.orphan_decisions.reason IS 'Why they had no tenant, as unassigned() prints it; NULL: for any of the reasons that make orphans';
COMMENT ON COLUMN tenancy.orphan_decisions.tenant_column IS 'The column that names the tenant';
COMMENT ON COLUMN tenancy.orphan_decisions.rows IS 'How many there were; tenancy.orphan_rows names them';
COMMENT ON COLUMN tenancy.orphan_decisions.new_rows IS 'Do new rows to which nothing gives a tenant go to it as well; of several such decisions that stand the newest holds';
COMMENT ON COLUMN tenancy.orphan_decisions.archive IS 'Where archived rows are';
COMMENT ON COLUMN tenancy.orphan_decisions.decided_at IS 'Since when';
COMMENT ON COLUMN tenancy.orphan_decisions.decided_by IS 'By whom';
COMMENT ON COLUMN tenancy.orphan_decisions.undone_at IS 'When undo_orphans() took it back';

CREATE TABLE tenancy.orphan_rows (
    decision bigint REFERENCES tenancy.orphan_decisions ON DELETE CASCADE,
    row_key  jsonb,
    before   text,
    PRIMARY KEY (decision, row_key)
);
COMMENT ON TABLE tenancy.orphan_rows IS 'The rows of decisions about orphans';
COMMENT ON COLUMN tenancy.orphan_rows.decision IS 'The decision';
COMMENT ON COLUMN tenancy.orphan_rows.row_key IS 'The primary key of the row, by column';
COMMENT ON COLUMN tenancy.orphan_rows.before IS 'What the tenant column held: NULL, or a tenant that does not exist';
SELECT pg_catalog.pg_extension_config_dump('tenancy.orphan_decisions_id', '');
SELECT pg_catalog.pg_extension_config_dump('tenancy.orphan_decisions',
    'WHERE target::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT pg_catalog.pg_extension_config_dump('tenancy.orphan_rows',
    'WHERE decision IN (SELECT id FROM tenancy.orphan_decisions WHERE target::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class))');

-- The table and its partitions.
CREATE FUNCTION tenancy.orphan_family(target regclass) RETURNS oid[]
    LANGUAGE sql STABLE
    RETURN ARRAY(SELECT target::oid UNION SELECT p.relid::oid FROM pg_partition_tree(target) AS p);
REVOKE ALL ON FUNCTION tenancy.orphan_family(regclass) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.orphan_family(regclass) IS 'A table and its partitions';

-- Errors where decisions about the rows of a table cannot be made.
CREATE FUNCTION tenancy.require_orphan_table(operation text, target regclass) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    facts record;
    why text;
    hint text := 'SELECT * FROM tenancy.classify(''your_schema'');';
BEGIN
    PERFORM tenancy.require_platform(operation);
    IF target IS NULL THEN
        RAISE EXCEPTION 'the table is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = hint;
    END IF;
    SELECT c.relkind, c.relpersistence, n.nspname, EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') AS owned,
           (SELECT p.kind FROM tenancy.protected AS p WHERE p.target = c.oid) AS protected,
           (SELECT f.oid FROM pg_class AS f WHERE f.oid = ANY (tenancy.orphan_family(c.oid::regclass)) AND tenancy.is_application_role(f.relowner) LIMIT 1) AS foreign_hands,
           (SELECT h.inhrelid FROM pg_inherits AS h JOIN pg_class AS k ON k.oid = h.inhrelid WHERE h.inhparent = c.oid AND NOT k.relispartition LIMIT 1) AS child
    INTO facts FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table % does not exist', target::oid USING ERRCODE = 'undefined_table', HINT = '\dt *.* lists the tables.';
    END IF;
    IF facts.relkind NOT IN ('r', 'p') OR facts.relpersistence = 't' THEN
        why := CASE WHEN facts.relpersistence = 't' THEN 'temporary' WHEN facts.relkind = 'f' THEN 'a foreign table: decide on its own server'
                    WHEN facts.relkind IN ('v', 'm') THEN 'a view: decide about the tables beneath it' ELSE 'not a table' END;
    ELSIF tenancy.root_of(target) <> target THEN
        why := format('a part of %s', tenancy.root_of(target));
        hint := format('SELECT tenancy.%I(%L%s);', operation, tenancy.root_of(target), CASE operation WHEN 'assign_orphans' THEN ', ''the_tenant''' ELSE '' END);
    ELSIF target = (SELECT t.tenant_table FROM tenancy.configuration AS t) THEN
        why := 'the tenant table';
    ELSIF facts.owned OR facts.nspname IN ('pg_catalog', 'information_schema', 'tenancy') THEN
        why := 'not a table of an application';
    END IF;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION '% is %', target, why USING ERRCODE = 'wrong_object_type', HINT = hint;
    ELSIF facts.child IS NOT NULL THEN
        RAISE EXCEPTION 'table % inherits from %: keys do not name rows of both', facts.child::regclass, target
            USING ERRCODE = 'feature_not_supported', HINT = format('ALTER TABLE %s NO INHERIT %s;', facts.child::regclass, target);
    ELSIF facts.protected IS NOT NULL THEN
        RAISE EXCEPTION 'table % is % already', target, facts.protected
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Rows without a tenant would be for all tenants to read, or are forbidden.',
                  HINT = format('SELECT tenancy.unprotect(%L);', target);
    ELSIF facts.foreign_hands IS NOT NULL THEN
        RAISE EXCEPTION 'table % belongs to a role of an application', facts.foreign_hands::regclass
            USING ERRCODE = 'insufficient_privilege', DETAIL = 'Its types, casts and defaults are code of that role, and would run as you.',
                  HINT = format('ALTER TABLE %s OWNER TO a_role_that_is_not_enrolled;', facts.foreign_hands::regclass);
    END IF;
END $$;
REVOKE ALL ON FUNCTION tenancy.require_orphan_table(text, regclass) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.require_orphan_table(text, regclass) IS 'Error where decisions about orphans of a table cannot be made';

-- The rows that a decision is about: {"column", "column_type" (null: it is missing), "pathless", "rows_sql",
-- "key": its columns, "next"}.
CREATE FUNCTION tenancy.orphan_question(operation text, target regclass, reason text, tenant_column name) RETURNS jsonb
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    usual constant text[] := ARRAY['no path', 'parents are NULL', 'parents have no tenant yet'];
    named constant text[] := usual || ARRAY['tenant does not exist', 'key is taken', 'parents disagree', 'parents disagree, the rule decides'];
    asked name;
    found jsonb;
    column_type text;
BEGIN
    PERFORM tenancy.require_orphan_table(operation, target);
    IF reason IS NOT NULL AND reason <> ALL (named) THEN
        RAISE EXCEPTION 'reason "%" makes no orphans', reason
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Those that do: %s.', array_to_string(named, ', ')),
                  HINT = format('SELECT * FROM tenancy.unassigned(%L, ''the_tenant_column'');', (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target));
    END IF;
    asked := coalesce(tenant_column, tenancy.tenant_column_of(target));
    SELECT format_type(a.atttypid, a.atttypmod) INTO column_type FROM pg_attribute AS a WHERE a.attrelid = target AND a.attname = asked AND a.attnum > 0 AND NOT a.attisdropped;
    found := tenancy.classified((SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target), asked, true, target) #> '{tables,0}';
    IF NOT found ? 'lacks' OR (column_type IS NOT NULL AND found ->> 'column' IS NULL) THEN
        RAISE EXCEPTION 'the rows of % cannot be asked: %', target, found ->> 'reason'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = coalesce(found ->> 'next', format('SELECT * FROM tenancy.classify(%L, %L);', (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = target), asked));
    END IF;
    RETURN jsonb_build_object('column', asked, 'column_type', column_type, 'pathless', jsonb_array_length(found -> 'paths') = 0, 'next', found -> 'next',
        'rows_sql', (SELECT string_agg(l.value ->> 'sql', E'\nUNION ALL\n' ORDER BY l.value ->> 'reason') FROM jsonb_array_elements(found -> 'lacks') AS l
                     WHERE CASE WHEN orphan_question.reason IS NULL THEN l.value ->> 'reason' = ANY (usual) ELSE l.value ->> 'reason' = orphan_question.reason END));
END $$;
REVOKE ALL ON FUNCTION tenancy.orphan_question(text, regclass, text, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.orphan_question(text, regclass, text, name) IS 'Which rows a decision about orphans means, and the tenant column';

-- The primary key of a row as jsonb, as SQL. Callers fix how values are printed.
CREATE FUNCTION tenancy.row_key_sql(target regclass, alias text) RETURNS text
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT format('jsonb_build_object(%s)', string_agg(format('%L, %I.%I', a.attname, alias, a.attname), ', ' ORDER BY k.n))
        FROM pg_catalog.pg_index AS i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(num, n), pg_catalog.pg_attribute AS a
        WHERE i.indrelid = row_key_sql.target AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.num AND k.n <= i.indnkeyatts;
    END;
REVOKE ALL ON FUNCTION tenancy.row_key_sql(regclass, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.row_key_sql(regclass, text) IS 'The primary key of a row as jsonb, as SQL';

-- Must session_replication_role be replica, so that no trigger of the application fires? changes: the bits of
-- tgtype. Where keys rely on triggers to be checked the answer is no, and a NOTICE says so.
CREATE FUNCTION tenancy.orphan_quiet(target regclass, changes integer, tenant_column name) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    family constant oid[] := tenancy.orphan_family(target);
    awake record;
    needed text;
    relying text;
BEGIN
    SELECT string_agg(format('%I', t.tgname), ', ' ORDER BY t.tgname) FILTER (WHERE t.tgenabled = 'O'),
           min(t.tgname) FILTER (WHERE t.tgenabled = 'A') AS always, min(t.tgname) FILTER (WHERE t.tgenabled = 'R') AS on_replica,
           min(t.tgrelid::regclass::text) FILTER (WHERE t.tgenabled IN ('A', 'R')) AS whose
    INTO awake FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = ANY (family) AND NOT t.tgisinternal AND t.tgtype & changes <> 0
      AND NOT (p.pronamespace = 'tenancy'::regnamespace AND (p.proname LIKE '%\_guard' OR p.proname IN ('soft_delete_row', 'announce_change')));
    needed := awake.string_agg;
    IF EXISTS (SELECT FROM pg_class AS c WHERE c.oid = ANY (family) AND c.relhasrules) THEN
        needed := concat_ws(', ', needed, 'its rules');
    END IF;
    IF awake.always IS NOT NULL OR (needed IS NOT NULL AND awake.on_replica IS NOT NULL) THEN
        RAISE EXCEPTION 'trigger "%" of % is enabled for replicas too', coalesce(awake.always, awake.on_replica), awake.whose
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It would take this for a change by the application.',
                  HINT = format('ALTER TABLE %s DISABLE TRIGGER %I; -- and enable it again afterwards', awake.whose, coalesce(awake.always, awake.on_replica));
    ELSIF needed IS NULL THEN
        RETURN false;
    END IF;
    -- Checked by triggers: references that contain the tenant, but the one to the tenant table; deferrable keys.
    SELECT min(format('%I', k.conname)) INTO relying FROM pg_constraint AS k
    WHERE (k.contype IN ('u', 'p', 'x') AND k.condeferrable AND k.conrelid = ANY (family) AND changes & 20 <> 0
           AND (changes & 4 <> 0 OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attname = tenant_column AND a.attnum = ANY (k.conkey))))
       OR (k.contype = 'f' AND changes & 16 <> 0
           AND (k.conrelid = ANY (family) AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attname = tenant_column AND a.attnum = ANY (k.conkey))
                AND NOT (cardinality(k.conkey) = 1 AND EXISTS (SELECT FROM tenancy.orphan_tenants() AS s JOIN pg_attribute AS a ON a.attrelid = s.tenant_table AND a.attname = s.id_column
                                                               WHERE k.confrelid = s.tenant_table AND k.confkey = ARRAY[a.attnum]))
                OR k.confrelid = ANY (family) AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = k.confrelid AND a.attname = tenant_column AND a.attnum = ANY (k.confkey))));
    IF relying IS NOT NULL THEN
        RAISE NOTICE 'triggers of % fire, since % is checked by one: %', target, relying, needed;
        RETURN false;
    ELSIF NOT has_parameter_privilege('session_replication_role', 'SET') THEN
        RAISE EXCEPTION 'triggers of % would fire: %', target, needed
            USING ERRCODE = 'insufficient_privilege', DETAIL = 'Setting session_replication_role keeps them quiet, and is not yours to do.',
                  HINT = format('GRANT SET ON PARAMETER session_replication_role TO %I;', current_user);
    END IF;
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION tenancy.orphan_quiet(regclass, integer, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.orphan_quiet(regclass, integer, name) IS 'Must session_replication_role be replica, so that no trigger of the application fires';

CREATE FUNCTION tenancy.orphan_tenants(OUT tenant_table regclass, OUT id_column name)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce(c.tenant_table, 'tenancy.tenants'::regclass), coalesce(c.id_column, 'id') FROM (SELECT) AS one LEFT JOIN tenancy.configuration AS c ON true;
    END;
REVOKE ALL ON FUNCTION tenancy.orphan_tenants() FROM PUBLIC;
COMMENT ON FUNCTION tenancy.orphan_tenants() IS 'The tenant table and its key';
