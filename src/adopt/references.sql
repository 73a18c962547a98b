-- References that cross tenants, and may.

CREATE TABLE tenancy.crossing_references (
    target          regclass NOT NULL,
    constraint_name name NOT NULL,
    new_rows        boolean NOT NULL,
    reason          text NOT NULL CHECK (reason <> ''),
    decided_at      timestamptz NOT NULL DEFAULT now(),
    decided_by      name NOT NULL DEFAULT session_user,
    PRIMARY KEY (target, constraint_name)
);
COMMENT ON TABLE tenancy.crossing_references IS 'Decisions of keep_reference(): foreign keys that do not get the tenant';
COMMENT ON COLUMN tenancy.crossing_references.target IS 'The referring table';
COMMENT ON COLUMN tenancy.crossing_references.constraint_name IS 'Its foreign key';
COMMENT ON COLUMN tenancy.crossing_references.new_rows IS 'May new rows cross, too';
COMMENT ON COLUMN tenancy.crossing_references.reason IS 'Why';
COMMENT ON COLUMN tenancy.crossing_references.decided_at IS 'Since when';
COMMENT ON COLUMN tenancy.crossing_references.decided_by IS 'By whom';
-- The snapshot reads them, whoever asks for it.
GRANT SELECT (target, constraint_name, new_rows) ON tenancy.crossing_references TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('tenancy.crossing_references',
    'WHERE target::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_class)');

CREATE FUNCTION tenancy.keep_reference(target regclass, constraint_name name, reason text, new_rows boolean DEFAULT false) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM tenancy.require_platform('keep_reference');
    IF target IS NULL OR constraint_name IS NULL OR new_rows IS NULL THEN
        RAISE EXCEPTION 'the table, its foreign key or new_rows is NULL' USING ERRCODE = 'null_value_not_allowed',
            HINT = 'SELECT tenancy.keep_reference(''the_table'', ''its_foreign_key'', ''why its rows may lead to other tenants'');';
    END IF;
    DELETE FROM tenancy.crossing_references AS r WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = r.target AND k.conname = r.constraint_name);
    IF reason IS NULL THEN
        DELETE FROM tenancy.crossing_references AS r WHERE r.target = keep_reference.target AND r.constraint_name = keep_reference.constraint_name;
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = target AND k.conname = keep_reference.constraint_name AND k.contype = 'f') THEN
        RAISE EXCEPTION 'table % has no foreign key "%"', target, constraint_name USING ERRCODE = 'undefined_object', HINT = format('\d %s lists them.', target);
    END IF;
    IF reason = '' THEN
        RAISE EXCEPTION 'the reason is empty' USING ERRCODE = 'invalid_parameter_value', HINT = format('SELECT tenancy.keep_reference(%L, %L, ''why its rows may lead to other tenants'');', target, constraint_name);
    END IF;
    INSERT INTO tenancy.crossing_references AS r (target, constraint_name, new_rows, reason)
    VALUES (keep_reference.target, keep_reference.constraint_name, keep_reference.new_rows, keep_reference.reason)
    ON CONFLICT ON CONSTRAINT crossing_references_pkey DO UPDATE SET new_rows = EXCLUDED.new_rows, reason = EXCLUDED.reason, decided_at = now(), decided_by = session_user;
END $$;
REVOKE ALL ON FUNCTION tenancy.keep_reference(regclass, name, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.keep_reference(regclass, name, text, boolean) IS
    'Leave a foreign key whose rows lead to other tenants as it is: protect() makes a guard that refuses new ones, or with new_rows nothing. Whoever may write the referring column learns which keys exist. A reason that is NULL takes the decision back';
