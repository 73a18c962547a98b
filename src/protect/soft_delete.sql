-- Soft delete: DELETE marks a row, a restrictive policy hides what is marked, restore_rows() brings it back.

CREATE FUNCTION tenancy.soft_delete_row() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_soft_delete_row' LANGUAGE c;
COMMENT ON FUNCTION tenancy.soft_delete_row() IS 'Trigger: marks a row in place of deleting it; its argument is the marker column';

CREATE FUNCTION tenancy.soft_delete(target regclass, marker name DEFAULT 'deleted_at') RETURNS integer
    LANGUAGE sql
    RETURN tenancy.apply(tenancy.table_request('soft_delete', target, marker));
COMMENT ON FUNCTION tenancy.soft_delete(regclass, name) IS
    'Let DELETE of a protected table mark rows in the marker column and hide them; returns the number of steps, 0 when nothing was missing';

-- The marker of a soft-deleted table, the tenant column of a protected one. An argument ends with a zero byte.
CREATE FUNCTION tenancy.column_of(target regclass, trigger_function regprocedure) RETURNS name
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT convert_from(substring(t.tgargs FOR greatest(position('\x00'::bytea IN t.tgargs) - 1, 0)), getdatabaseencoding())::name
        FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = column_of.target AND t.tgfoid = column_of.trigger_function AND t.tgnargs > 0
        ORDER BY t.tgname LIMIT 1;
    END;
COMMENT ON FUNCTION tenancy.column_of(regclass, regprocedure) IS 'The column that is named by the trigger of the table that calls the function; NULL when there is none';

CREATE FUNCTION tenancy.restore_marked(target regclass, keys text[]) RETURNS integer
    AS 'MODULE_PATHNAME', 'tenancy_restore_marked' LANGUAGE c STRICT;
COMMENT ON FUNCTION tenancy.restore_marked(regclass, text[]) IS 'Of restore_rows(): takes the marker off rows, given the keys as the key column has them';

-- Public ids become the keys they stand for; everything else is done, and checked, by restore_marked().
CREATE FUNCTION tenancy.restore_rows(target regclass, keys text[]) RETURNS integer
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    prefix text := (SELECT substring(pg_get_expr(d.adbin, d.adrelid) FROM 'tenancy\.typeid\(''([a-z_]*)''::text, ')
                    FROM pg_attribute AS a JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                    WHERE a.attrelid = target AND a.attname = 'public_id' AND a.attgenerated <> '');
    is_uuid boolean := (SELECT bool_or(a.atttypid = 'uuid'::regtype)
                        FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                        WHERE i.indrelid = target AND i.indisprimary
                          AND a.attname IS DISTINCT FROM tenancy.column_of(target, 'tenancy.write_guard()'));
    plain text[] := '{}';
    key text;
BEGIN
    FOREACH key IN ARRAY keys LOOP
        IF is_uuid AND key ~ '^([a-z_]+_)?[0-7][0-9a-hjkmnp-tv-z]{25}$' THEN
            IF tenancy.typeid_prefix(key) <> prefix THEN
                RAISE EXCEPTION 'public id "%" is not one of %', key, target
                    USING ERRCODE = 'invalid_parameter_value', DETAIL = format('Those of this table begin with "%s".', prefix),
                          HINT = format('SELECT tenancy.restore_rows(%L, ARRAY[''%s_...'']);', target, prefix);
            END IF;
            key := tenancy.typeid_uuid(key);
        END IF;
        plain := plain || key;
    END LOOP;
    RETURN tenancy.restore_marked(target, plain);
END $$;
COMMENT ON FUNCTION tenancy.restore_rows(regclass, text[]) IS
    'Bring rows back that DELETE has marked, of the tenant in force, by their keys or public ids; returns how many there were';
