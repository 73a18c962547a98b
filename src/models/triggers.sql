-- Triggers that the models share, for an application's own tables too. Their arguments name tables and
-- columns, 'name=value'; a table is looked for beside the one on which the trigger stands.

CREATE FUNCTION tenancy.set_updated_at() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_set_updated_at' LANGUAGE c;
COMMENT ON FUNCTION tenancy.set_updated_at() IS
    'Trigger BEFORE UPDATE: sets column=updated_at to the time at which the transaction began';

CREATE FUNCTION tenancy.check_transition() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_check_transition' LANGUAGE c;
COMMENT ON FUNCTION tenancy.check_transition() IS
    'Trigger BEFORE UPDATE: refuses other changes of a state than its rules allow; (''status'', ''draft -> open <-> paused; any -> closed'')';

CREATE FUNCTION tenancy.default_environment() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_default_environment' LANGUAGE c;
COMMENT ON FUNCTION tenancy.default_environment() IS
    'Trigger BEFORE INSERT OR UPDATE: a row without environment gets its project''s default, another project''s is refused; arguments projects, environments, project=project_id, environment=environment_id, project_key=id, environment_key=id, environment_project=project_id, is_default';

CREATE FUNCTION tenancy.resolve_module() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_resolve_module' LANGUAGE c;
COMMENT ON FUNCTION tenancy.resolve_module() IS
    'Trigger BEFORE INSERT OR UPDATE: finds or makes the module of a row by its path; arguments projects, modules, project=project_id, module=module_id, path=module_path, resolution=module_resolution, project_key=id, module_key=id, module_project=project_id, root_path, name, type, is_default';

CREATE FUNCTION tenancy.normalize_path() RETURNS trigger AS 'MODULE_PATHNAME', 'tenancy_normalize_path_column' LANGUAGE c;
COMMENT ON FUNCTION tenancy.normalize_path() IS
    'Trigger BEFORE INSERT OR UPDATE: writes column=root_path as normalize_path() does';

CREATE FUNCTION tenancy.resolve_module(target regclass, project text, path text, tenant text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_resolve_module_of' LANGUAGE c VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION tenancy.resolve_module(regclass, text, text, text) IS
    'The module that a row of this table with this project and path would get from its trigger; created where there is none. tenant: the one in force where it is not given';

CREATE FUNCTION tenancy.normalize_path(path text) RETURNS text
    AS 'MODULE_PATHNAME', 'tenancy_normalize_path' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.normalize_path(text) IS
    'A path relative to a project''s root, lexically: ''./src//x/../auth/'' is ''src/auth'', the root itself ''''; error 22023 when it climbs above the root';

CREATE FUNCTION tenancy.is_module_path(path text) RETURNS boolean
    AS 'MODULE_PATHNAME', 'tenancy_is_module_path' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.is_module_path(text) IS 'Does normalize_path() accept this path';

CREATE FUNCTION tenancy.parse_id(prefix text, id text) RETURNS uuid
    AS 'MODULE_PATHNAME', 'tenancy_parse_id' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.parse_id(text, text) IS
    'An id in either form, uuid or TypeID of this prefix; error 22P02 when it is neither';
