-- Models: product schemas that come with the extension. A model is a script that makes ordinary tables in
-- a schema of the caller's choice and protects them; none of them belongs to the extension, so the
-- application may add columns and indexes, pg_dump carries everything, and DROP EXTENSION leaves it.

CREATE TABLE tenancy.model_scripts (
    name         text NOT NULL,
    from_version text NOT NULL DEFAULT '',
    version      text NOT NULL,
    requires     text[] NOT NULL DEFAULT '{}',
    extensions   text[] NOT NULL DEFAULT '{}',
    description  text NOT NULL,
    script       text NOT NULL,
    PRIMARY KEY (name, from_version)
);
COMMENT ON TABLE tenancy.model_scripts IS 'The scripts of the models, as this version of the extension ships them';
COMMENT ON COLUMN tenancy.model_scripts.name IS 'Name of the model';
COMMENT ON COLUMN tenancy.model_scripts.from_version IS 'The version it upgrades; empty: it installs';
COMMENT ON COLUMN tenancy.model_scripts.version IS 'The version it leads to';
COMMENT ON COLUMN tenancy.model_scripts.requires IS 'Models that must be there before';
COMMENT ON COLUMN tenancy.model_scripts.extensions IS 'Extensions that must be there before';
COMMENT ON COLUMN tenancy.model_scripts.description IS 'What the model is for';
COMMENT ON COLUMN tenancy.model_scripts.script IS 'SQL; @schema@ and @key_type@ stand for the schema and the type of tenant ids';

CREATE TABLE tenancy.installed_models (
    name         text PRIMARY KEY,
    schema       regnamespace NOT NULL,
    version      text NOT NULL,
    installed_at timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE tenancy.installed_models IS 'The models of this database; see the view tenancy.models';
COMMENT ON COLUMN tenancy.installed_models.name IS 'Name of the model';
COMMENT ON COLUMN tenancy.installed_models.schema IS 'Where it is; a rename changes nothing';
COMMENT ON COLUMN tenancy.installed_models.version IS 'Its version';
COMMENT ON COLUMN tenancy.installed_models.installed_at IS 'Since when';
COMMENT ON COLUMN tenancy.installed_models.updated_at IS 'When it was last upgraded';
SELECT pg_catalog.pg_extension_config_dump('tenancy.installed_models',
    'WHERE schema::pg_catalog.oid IN (SELECT oid FROM pg_catalog.pg_namespace)');

-- A schema that was dropped takes its model along.
CREATE VIEW tenancy.models AS
    SELECT s.name, s.version, s.description, s.requires, i.schema, i.version AS installed_version
    FROM (SELECT DISTINCT ON (m.name) m.name, m.version, m.description, m.requires
          FROM tenancy.model_scripts AS m ORDER BY m.name, string_to_array(m.version, '.')::integer[] DESC) AS s
         LEFT JOIN (tenancy.installed_models AS i JOIN pg_catalog.pg_namespace AS n ON n.oid = i.schema::oid) ON i.name = s.name;
GRANT SELECT ON tenancy.models TO PUBLIC;
COMMENT ON VIEW tenancy.models IS 'The models: what there is, what it requires, and where it is installed';
COMMENT ON COLUMN tenancy.models.name IS 'Name of the model';
COMMENT ON COLUMN tenancy.models.version IS 'The version that this extension ships';
COMMENT ON COLUMN tenancy.models.description IS 'What the model is for';
COMMENT ON COLUMN tenancy.models.requires IS 'Models that are installed with it';
COMMENT ON COLUMN tenancy.models.schema IS 'Where it is installed; NULL: nowhere';
COMMENT ON COLUMN tenancy.models.installed_version IS 'The version that is installed';

-- The script with a schema filled in, as install_model() and upgrade_model() run it; can be pasted.
CREATE FUNCTION tenancy.model_script(name text, schema_name name DEFAULT NULL, from_version text DEFAULT '') RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    template text;
    about text;
    target text := quote_ident(coalesce(schema_name, model_script.name));
BEGIN
    SELECT s.script, s.description INTO template, about FROM tenancy.model_scripts AS s
    WHERE s.name = model_script.name AND s.from_version = model_script.from_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no script of model "%"%', name, CASE WHEN from_version <> '' THEN ' from version ' || from_version ELSE '' END
            USING ERRCODE = 'undefined_object', HINT = 'SELECT name, version FROM tenancy.models;';
    END IF;
    RETURN concat(E'-- To be run in a transaction: BEGIN; ... COMMIT;\n',
                  CASE WHEN to_regnamespace(target) IS NULL THEN format(E'CREATE SCHEMA %s;\nCOMMENT ON SCHEMA %1$s IS %L;\n', target, about) END,
                  format(E'SET LOCAL search_path = %s, pg_temp;\n', target),
                  replace(replace(template, '@schema@', target), '@key_type@', tenancy.key_type()));
END $$;
COMMENT ON FUNCTION tenancy.model_script(text, name, text) IS 'The SQL that install_model() runs, or upgrade_model() from a version';

CREATE FUNCTION tenancy.require_model_extension(model text, extension text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = extension) THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_available_extensions AS a WHERE a.name = extension) THEN
        RAISE EXCEPTION 'model "%" needs the extension "%"', model, extension
            USING ERRCODE = 'undefined_object', HINT = 'It is one of PostgreSQL''s contrib modules: install the server''s contrib package.';
    END IF;
    IF to_regnamespace('public') IS NULL THEN
        RAISE EXCEPTION 'model "%" needs the extension "%"', model, extension
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('CREATE EXTENSION %I SCHEMA ...;', extension);
    END IF;
    EXECUTE format('CREATE EXTENSION %I SCHEMA public', extension);
END $$;
REVOKE ALL ON FUNCTION tenancy.require_model_extension(text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.require_model_extension(text, text) IS 'Creates an extension that a model needs';

-- A script finds types, functions and operators in its schema beside PostgreSQL's own: to_tsvector(text, text)
-- there would be called in place of to_tsvector(regconfig, text), by everybody who writes to the model's
-- tables. So nobody but the platform and the schema's owner may put things there, or have put such things.
CREATE FUNCTION tenancy.require_own_schema(target name) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    namespace pg_namespace;
    stranger text;
    planted record;
BEGIN
    SELECT n.* INTO namespace FROM pg_namespace AS n WHERE n.nspname = target;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF tenancy.is_application_role(namespace.nspowner) THEN
        RAISE EXCEPTION 'schema "%" belongs to an enrolled role', target
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'Its owner could drop and replace what is in it.',
                  HINT = format('ALTER SCHEMA %I OWNER TO %I;', target, current_user);
    END IF;
    SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END INTO stranger
    FROM aclexplode(namespace.nspacl) AS a LEFT JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE a.privilege_type = 'CREATE' AND a.grantee <> namespace.nspowner
      AND NOT coalesce(r.rolsuper OR r.rolbypassrls OR r.rolname = current_user, false) ORDER BY a.grantee LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% may create objects in schema "%"', stranger, target
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'What is created there could become part of the model.',
                  HINT = format('REVOKE CREATE ON SCHEMA %I FROM %s;', target, stranger);
    END IF;
    SELECT o.kind, o.name INTO planted
    FROM (SELECT 'FUNCTION', p.oid::regprocedure::text, p.proowner,
                 EXISTS (SELECT FROM pg_proc AS own WHERE own.proname = p.proname AND own.pronamespace = 'pg_catalog'::regnamespace)
          FROM pg_proc AS p WHERE p.pronamespace = namespace.oid
          UNION ALL SELECT 'OPERATOR', p.oid::regoperator::text, p.oprowner, true FROM pg_operator AS p WHERE p.oprnamespace = namespace.oid
          UNION ALL SELECT 'TYPE', t.oid::regtype::text, t.typowner, false FROM pg_type AS t
          WHERE t.typnamespace = namespace.oid AND t.typtype <> 'c' AND t.typelem = 0) AS o(kind, name, owner, like_a_built_in)
         JOIN pg_roles AS r ON r.oid = o.owner
    WHERE tenancy.is_application_role(o.owner) OR (o.like_a_built_in AND NOT (r.rolsuper OR r.rolbypassrls OR r.rolname = current_user))
    ORDER BY o.kind, o.name LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% % in schema "%" could become part of the model', lower(planted.kind), planted.name, target
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = 'It belongs to neither the platform nor you.',
                  HINT = format('DROP %s %s; or install the model in another schema.', planted.kind, planted.name);
    END IF;
END $$;
REVOKE ALL ON FUNCTION tenancy.require_own_schema(name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.require_own_schema(name) IS 'Refuses a schema in which others than the platform and its owner may put, or have put, what a model''s script would find';

-- Runs SQL of a model. An error comes without the SQL, which fills screens, and says how to see it.
CREATE FUNCTION tenancy.run_as_model(model text, script text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET tenancy.applying = on AS $$
DECLARE
    state text;
    problem text;
    detail text;
    hint text;
BEGIN
    EXECUTE script;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, problem = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    problem := format('model "%s": %s', model, problem);
    hint := coalesce(nullif(hint, ''), format('SELECT tenancy.model_script(%L); prints the SQL that failed. Nothing of it is left.', model));
    IF detail = '' THEN
        RAISE EXCEPTION USING ERRCODE = state, MESSAGE = problem, HINT = hint;
    END IF;
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = problem, DETAIL = detail, HINT = hint;
END $$;
REVOKE ALL ON FUNCTION tenancy.run_as_model(text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.run_as_model(text, text) IS 'Runs SQL of a model';

-- One script, with what it requires; returns the version it leads to, NULL where there is no such script.
CREATE FUNCTION tenancy.run_model_script(model text, schema_name name, from_version text) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET tenancy.applying = on AS $$
DECLARE
    step tenancy.model_scripts;
    needed text;
BEGIN
    SELECT s.* INTO step FROM tenancy.model_scripts AS s WHERE s.name = model AND s.from_version = run_model_script.from_version;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM tenancy.require_own_schema(schema_name);
    FOREACH needed IN ARRAY step.requires LOOP
        IF NOT EXISTS (SELECT FROM tenancy.models AS m WHERE m.name = needed AND m.schema IS NOT NULL) THEN
            PERFORM tenancy.install_model(needed);
        END IF;
    END LOOP;
    FOREACH needed IN ARRAY step.extensions LOOP
        PERFORM tenancy.require_model_extension(model, needed);
    END LOOP;
    PERFORM tenancy.run_as_model(model, tenancy.model_script(model, schema_name, from_version));
    RETURN step.version;
END $$;
REVOKE ALL ON FUNCTION tenancy.run_model_script(text, name, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.run_model_script(text, name, text) IS 'What install_model() and upgrade_model() have in common';

-- A model as it stands, or a refusal; one caller at a time.
CREATE FUNCTION tenancy.find_model(operation text, model text) RETURNS tenancy.models
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    model_now tenancy.models;
BEGIN
    PERFORM tenancy.require_platform(operation);
    IF (SELECT c.tenant IS NOT NULL FROM tenancy.context() AS c) THEN
        RAISE EXCEPTION '%() does not work for one tenant', operation
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'SELECT tenancy.clear_tenant();';
    END IF;
    LOCK TABLE tenancy.installed_models IN SHARE ROW EXCLUSIVE MODE;
    SELECT m.* INTO model_now FROM tenancy.models AS m WHERE m.name = model;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no model "%"', model
            USING ERRCODE = 'undefined_object', HINT = 'SELECT name, description FROM tenancy.models;';
    END IF;
    RETURN model_now;
END $$;
REVOKE ALL ON FUNCTION tenancy.find_model(text, text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.find_model(text, text) IS 'What install_model() and upgrade_model() look at first';

CREATE FUNCTION tenancy.install_model(name text, schema_name name DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    target name := coalesce(schema_name, install_model.name);
    model_now tenancy.models := tenancy.find_model('install_model', name);
    installed text;
BEGIN
    IF target = '' OR target = 'tenancy' OR target ~ '^pg_' OR target = 'information_schema' THEN
        RAISE EXCEPTION 'schema "%" is not for models', target
            USING ERRCODE = 'reserved_name', HINT = format('SELECT tenancy.install_model(%L);', name);
    END IF;
    IF model_now.schema IS NOT NULL AND (SELECT n.nspname <> target FROM pg_namespace AS n WHERE n.oid = model_now.schema::oid) THEN
        RAISE EXCEPTION 'model "%" is installed in schema % already', name, model_now.schema
            USING ERRCODE = 'duplicate_object', DETAIL = 'A model has one schema in a database.',
                  HINT = CASE WHEN to_regnamespace(quote_ident(target)) IS NULL THEN format('To move it: ALTER SCHEMA %s RENAME TO %I;', model_now.schema, target)
                              ELSE 'SELECT name, schema FROM tenancy.models;' END;
    END IF;
    IF model_now.schema IS NOT NULL THEN
        RETURN model_now.installed_version;
    END IF;
    installed := tenancy.run_model_script(name, target, '');
    DELETE FROM tenancy.installed_models AS i WHERE i.name = install_model.name; -- its schema was dropped
    INSERT INTO tenancy.installed_models (name, schema, version) VALUES (install_model.name, quote_ident(target)::regnamespace, installed);
    RETURN tenancy.upgrade_model(name);
END $$;
REVOKE ALL ON FUNCTION tenancy.install_model(text, name) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.install_model(text, name) IS 'Install a model, with those it requires, in a schema: its own name where none is given. Returns the version; does nothing where it is installed there';

-- Protects, shares and soft-deletes once more what the scripts up to the installed version do; each is
-- idempotent.
CREATE FUNCTION tenancy.repair_model(model text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place name := (SELECT n.nspname FROM tenancy.installed_models AS i JOIN pg_namespace AS n ON n.oid = i.schema::oid WHERE i.name = model);
    installed integer[] := (SELECT string_to_array(i.version, '.')::integer[] FROM tenancy.installed_models AS i WHERE i.name = model);
    isolation text;
BEGIN
    FOR isolation IN SELECT substring(s.script FROM E'\n-- isolation:\n(.*?)\n-- end of isolation') FROM tenancy.model_scripts AS s
                     WHERE s.name = model AND string_to_array(s.version, '.')::integer[] <= installed ORDER BY string_to_array(s.version, '.')::integer[] LOOP
        CONTINUE WHEN isolation IS NULL;
        PERFORM tenancy.require_own_schema(place);
        PERFORM tenancy.run_as_model(model, format(E'SET LOCAL search_path = %I, pg_temp;\n%s', place, isolation));
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenancy.repair_model(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.repair_model(text) IS 'Isolates the tables of a model again, where something is missing';

CREATE FUNCTION tenancy.upgrade_model(name text) RETURNS text
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    model_now tenancy.models := tenancy.find_model('upgrade_model', name);
    next text;
BEGIN
    IF model_now.schema IS NULL THEN
        RAISE EXCEPTION 'model "%" is not installed', name
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = format('SELECT tenancy.install_model(%L);', name);
    END IF;
    WHILE model_now.installed_version <> model_now.version LOOP
        next := tenancy.run_model_script(name, (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = model_now.schema::oid), model_now.installed_version);
        IF next IS NULL THEN
            RAISE EXCEPTION 'model "%" cannot go from version % to %', name, model_now.installed_version, model_now.version
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      DETAIL = 'This version of the extension has no script for it.', HINT = 'ALTER EXTENSION pg_tenancy UPDATE;';
        END IF;
        UPDATE tenancy.installed_models AS i SET version = next, updated_at = now() WHERE i.name = upgrade_model.name;
        model_now.installed_version := next;
    END LOOP;
    PERFORM tenancy.repair_model(name);
    RETURN model_now.installed_version;
END $$;
REVOKE ALL ON FUNCTION tenancy.upgrade_model(text) FROM PUBLIC;
COMMENT ON FUNCTION tenancy.upgrade_model(text) IS 'Bring an installed model to the version that this extension ships, and repair the isolation of its tables; what the application added stays. Returns the version';

-- Below: the models themselves, put here by the build.
