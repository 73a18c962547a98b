-- model: changeops
-- version: 0.1.0
-- requires:
-- extensions: btree_gin
-- description: Change operations: projects, their modules and environments, and the changes made to them
--
-- Runs with the model's schema first in the search path; @key_type@ is the type of tenant ids. Functions
-- have SQL bodies, so that they keep working when the schema is renamed.

CREATE TYPE module_type AS ENUM ('code', 'schema', 'workflow', 'ui', 'integration');
COMMENT ON TYPE module_type IS 'What a module consists of';
CREATE TYPE module_resolution AS ENUM ('given', 'matched', 'created', 'default');
COMMENT ON TYPE module_resolution IS 'How the module of a change was found: named by the caller, matched by its path, created for its path, or the project''s default';
CREATE TYPE environment_name AS ENUM ('dev', 'test', 'prod');
COMMENT ON TYPE environment_name IS 'The environments of a project';
CREATE TYPE change_status AS ENUM ('draft', 'submitted', 'approved', 'rejected', 'running', 'applied', 'failed', 'rolled_back');
COMMENT ON TYPE change_status IS 'draft -> submitted -> approved -> running -> applied | failed; submitted -> rejected; applied -> rolled_back';
CREATE TYPE template_domain AS ENUM ('HR', 'Finance', 'Legal', 'Facilities', 'Custom');
COMMENT ON TYPE template_domain IS 'The part of a company a template is for';

-- ---- projects ----
CREATE TABLE projects (
    tenant_id      @key_type@ NOT NULL,
    id             uuid NOT NULL DEFAULT tenancy.uuid_v7(),
    public_id      text NOT NULL GENERATED ALWAYS AS (tenancy.typeid('prj', id)) STORED,
    name           text NOT NULL CONSTRAINT projects_name_given CHECK (name <> ''),
    slug           text NOT NULL CONSTRAINT projects_slug_format CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    repository_url text,
    deployment_url text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,
    search         tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX projects_slug ON projects (tenant_id, slug) WHERE deleted_at IS NULL;
CREATE INDEX projects_search ON projects USING gin (tenant_id, search);
COMMENT ON TABLE projects IS 'What a tenant develops: a repository and where it is deployed';
COMMENT ON COLUMN projects.tenant_id IS 'The tenant the row belongs to';
COMMENT ON COLUMN projects.id IS 'Key';
COMMENT ON COLUMN projects.public_id IS 'The key as shown to people: prj_...';
COMMENT ON COLUMN projects.name IS 'Name shown to people';
COMMENT ON COLUMN projects.slug IS 'Short name in addresses: lower case letters, digits and hyphens; unique among the tenant''s projects';
COMMENT ON COLUMN projects.repository_url IS 'Where the source is';
COMMENT ON COLUMN projects.deployment_url IS 'Where it runs';
COMMENT ON COLUMN projects.created_at IS 'When the row was made';
COMMENT ON COLUMN projects.updated_at IS 'When the row was last changed';
COMMENT ON COLUMN projects.deleted_at IS 'When the row was deleted; marked rows are hidden, tenancy.restore_rows() brings them back';
COMMENT ON COLUMN projects.search IS 'Words of the name, for full-text search';

-- ---- modules ----
CREATE TABLE modules (
    tenant_id  @key_type@ NOT NULL,
    id         uuid NOT NULL DEFAULT tenancy.uuid_v7(),
    public_id  text NOT NULL GENERATED ALWAYS AS (tenancy.typeid('mod', id)) STORED,
    project_id uuid NOT NULL,
    name       text NOT NULL CONSTRAINT modules_name_given CHECK (name <> ''),
    type       module_type NOT NULL DEFAULT 'code',
    root_path  text NOT NULL,
    version    text NOT NULL DEFAULT '0.1.0',
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT modules_of_project UNIQUE (tenant_id, project_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX modules_root_path ON modules (tenant_id, project_id, root_path) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX modules_name ON modules (tenant_id, project_id, name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX modules_default ON modules (tenant_id, project_id) WHERE is_default AND deleted_at IS NULL;
COMMENT ON TABLE modules IS 'A part of a project with a place in its tree';
COMMENT ON COLUMN modules.tenant_id IS 'The tenant the row belongs to';
COMMENT ON COLUMN modules.id IS 'Key';
COMMENT ON COLUMN modules.public_id IS 'The key as shown to people: mod_...';
COMMENT ON COLUMN modules.project_id IS 'The project it is a part of';
COMMENT ON COLUMN modules.name IS 'Name shown to people, unique in the project';
COMMENT ON COLUMN modules.type IS 'What it consists of';
COMMENT ON COLUMN modules.root_path IS 'Its folder, relative to the project''s root and normalised: src/auth; unique in the project';
COMMENT ON COLUMN modules.version IS 'Its version';
COMMENT ON COLUMN modules.is_default IS 'The module of changes that name neither module nor path; one in a project. By path it answers for its own root alone';
COMMENT ON COLUMN modules.created_at IS 'When the row was made';
COMMENT ON COLUMN modules.updated_at IS 'When the row was last changed';
COMMENT ON COLUMN modules.deleted_at IS 'When the row was deleted; marked rows are hidden, tenancy.restore_rows() brings them back';

-- ---- environments ----
CREATE TABLE environments (
    tenant_id  @key_type@ NOT NULL,
    id         uuid NOT NULL DEFAULT tenancy.uuid_v7(),
    public_id  text NOT NULL GENERATED ALWAYS AS (tenancy.typeid('env', id)) STORED,
    project_id uuid NOT NULL,
    name       environment_name NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT environments_of_project UNIQUE (tenant_id, project_id, id),
    CONSTRAINT environments_name UNIQUE (tenant_id, project_id, name),
    -- Not a unique index: one statement must be able to move the default from one row to another.
    CONSTRAINT environments_one_default EXCLUDE USING btree (tenant_id WITH =, project_id WITH =) WHERE (is_default) DEFERRABLE,
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE environments IS 'Where a project''s changes are applied';
COMMENT ON COLUMN environments.tenant_id IS 'The tenant the row belongs to';
COMMENT ON COLUMN environments.id IS 'Key';
COMMENT ON COLUMN environments.public_id IS 'The key as shown to people: env_...';
COMMENT ON COLUMN environments.project_id IS 'The project it is an environment of';
COMMENT ON COLUMN environments.name IS 'dev, test or prod; each once in a project';
COMMENT ON COLUMN environments.is_default IS 'The environment of changes that name none; exactly one in a project';
COMMENT ON COLUMN environments.created_at IS 'When the row was made';
COMMENT ON COLUMN environments.updated_at IS 'When the row was last changed';

-- ---- changes ----
CREATE TABLE changes (
    tenant_id         @key_type@ NOT NULL,
    id                uuid NOT NULL DEFAULT tenancy.uuid_v7(),
    public_id         text NOT NULL GENERATED ALWAYS AS (tenancy.typeid('chg', id)) STORED,
    project_id        uuid NOT NULL,
    module_id         uuid,
    module_path       text,
    module_resolution module_resolution,
    environment_id    uuid,
    title             text NOT NULL CONSTRAINT changes_title_given CHECK (title <> ''),
    description       text,
    author            text DEFAULT tenancy.current_user_id(),
    status            change_status NOT NULL DEFAULT 'draft',
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    search            tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', title || ' ' || coalesce(description, ''))) STORED,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE,
    -- Through the project: a module or environment of another one is refused without any trigger too.
    FOREIGN KEY (tenant_id, project_id, module_id) REFERENCES modules (tenant_id, project_id, id) ON DELETE SET NULL (module_id),
    FOREIGN KEY (tenant_id, project_id, environment_id) REFERENCES environments (tenant_id, project_id, id)
);
CREATE INDEX changes_module ON changes (tenant_id, project_id, module_id);
CREATE INDEX changes_environment ON changes (tenant_id, project_id, environment_id);
CREATE INDEX changes_status ON changes (tenant_id, status, created_at);
CREATE INDEX changes_search ON changes USING gin (tenant_id, search);
COMMENT ON TABLE changes IS 'A change to a module of a project, from draft to applied';
COMMENT ON COLUMN changes.tenant_id IS 'The tenant the row belongs to';
COMMENT ON COLUMN changes.id IS 'Key';
COMMENT ON COLUMN changes.public_id IS 'The key as shown to people: chg_...';
COMMENT ON COLUMN changes.project_id IS 'The project that is changed';
COMMENT ON COLUMN changes.module_id IS 'The module that is changed; found by module_path, or the default, when none is given';
COMMENT ON COLUMN changes.module_path IS 'The path the caller gave, as it was given';
COMMENT ON COLUMN changes.module_resolution IS 'How the module was found; NULL in rows from before';
COMMENT ON COLUMN changes.environment_id IS 'Where the change is applied; the project''s default when none is given';
COMMENT ON COLUMN changes.title IS 'What is changed, in a line';
COMMENT ON COLUMN changes.description IS 'What is changed and why';
COMMENT ON COLUMN changes.author IS 'Who made it; tenancy.current_user_id() when it is not said';
COMMENT ON COLUMN changes.status IS 'How far it is; other steps than those of change_status are refused';
COMMENT ON COLUMN changes.created_at IS 'When the row was made';
COMMENT ON COLUMN changes.updated_at IS 'When the row was last changed';
COMMENT ON COLUMN changes.search IS 'Words of title and description, for full-text search';

-- ---- templates: shared by all tenants, written by the platform ----
CREATE TABLE templates (
    id          uuid PRIMARY KEY DEFAULT tenancy.uuid_v7(),
    public_id   text NOT NULL GENERATED ALWAYS AS (tenancy.typeid('tpl', id)) STORED,
    name        text NOT NULL CONSTRAINT templates_name_given CHECK (name <> ''),
    domain      template_domain NOT NULL,
    version     text NOT NULL DEFAULT '1.0.0',
    description text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    search      tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', name || ' ' || coalesce(description, ''))) STORED,
    CONSTRAINT templates_name UNIQUE (name, version)
);
CREATE INDEX templates_search ON templates USING gin (search);
COMMENT ON TABLE templates IS 'Templates for all tenants, kept by the platform';
COMMENT ON COLUMN templates.id IS 'Key';
COMMENT ON COLUMN templates.public_id IS 'The key as shown to people: tpl_...';
COMMENT ON COLUMN templates.name IS 'Name shown to people';
COMMENT ON COLUMN templates.domain IS 'The part of a company it is for';
COMMENT ON COLUMN templates.version IS 'Its version; name and version are unique';
COMMENT ON COLUMN templates.description IS 'What it is for';
COMMENT ON COLUMN templates.created_at IS 'When the row was made';
COMMENT ON COLUMN templates.updated_at IS 'When the row was last changed';
COMMENT ON COLUMN templates.search IS 'Words of name and description, for full-text search';

CREATE TABLE template_modules (
    tenant_id   @key_type@ NOT NULL,
    id          uuid NOT NULL DEFAULT tenancy.uuid_v7(),
    template_id uuid NOT NULL REFERENCES templates (id) ON DELETE CASCADE,
    module_id   uuid NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT template_modules_once UNIQUE (tenant_id, module_id, template_id),
    FOREIGN KEY (tenant_id, module_id) REFERENCES modules (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX template_modules_template ON template_modules (template_id);
COMMENT ON TABLE template_modules IS 'Which modules of a tenant follow which template';
COMMENT ON COLUMN template_modules.tenant_id IS 'The tenant the row belongs to';
COMMENT ON COLUMN template_modules.id IS 'Key';
COMMENT ON COLUMN template_modules.template_id IS 'The template';
COMMENT ON COLUMN template_modules.module_id IS 'The module that follows it';
COMMENT ON COLUMN template_modules.created_at IS 'When the row was made';
COMMENT ON COLUMN template_modules.updated_at IS 'When the row was last changed';

-- ---- isolation: upgrade_model() runs what follows again, to repair it ----
-- isolation:
SELECT tenancy.protect_tables(ARRAY['projects', 'modules', 'environments', 'changes', 'template_modules']::regclass[]);
SELECT tenancy.share('templates');
SELECT tenancy.soft_delete('projects'), tenancy.soft_delete('modules');
-- end of isolation

-- ---- what rows get by themselves ----
CREATE TRIGGER projects_updated_at BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
CREATE TRIGGER modules_updated_at BEFORE UPDATE ON modules FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
CREATE TRIGGER environments_updated_at BEFORE UPDATE ON environments FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
CREATE TRIGGER changes_updated_at BEFORE UPDATE ON changes FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
CREATE TRIGGER templates_updated_at BEFORE UPDATE ON templates FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
CREATE TRIGGER template_modules_updated_at BEFORE UPDATE ON template_modules FOR EACH ROW EXECUTE FUNCTION tenancy.set_updated_at();
CREATE TRIGGER modules_root_path BEFORE INSERT OR UPDATE OF root_path ON modules
    FOR EACH ROW EXECUTE FUNCTION tenancy.normalize_path('column=root_path');
CREATE TRIGGER changes_environment BEFORE INSERT OR UPDATE OF project_id, environment_id ON changes
    FOR EACH ROW EXECUTE FUNCTION tenancy.default_environment('projects=projects', 'environments=environments');
CREATE TRIGGER changes_module BEFORE INSERT OR UPDATE OF project_id, module_id, module_path ON changes
    FOR EACH ROW EXECUTE FUNCTION tenancy.resolve_module('projects=projects', 'modules=modules');
CREATE TRIGGER changes_status BEFORE UPDATE ON changes FOR EACH ROW EXECUTE FUNCTION
    tenancy.check_transition('status', 'draft -> submitted -> approved -> running -> applied | failed; submitted -> rejected; applied -> rolled_back');

-- Gives projects what they lack: a default module, the three environments, a default among them. The
-- projects are those with these ids of these tenants; NULL: all.
-- Here and below, ids are unique in a tenant only: who reads the rows of all and works for one means that one's.
CREATE FUNCTION give_defaults(only_tenants @key_type@[], only_projects uuid[], OUT modules bigint, OUT environments bigint) LANGUAGE sql
BEGIN ATOMIC
    WITH meant AS (
        SELECT p.tenant_id, p.id,
               NOT EXISTS (SELECT FROM modules AS m WHERE m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.is_default AND m.deleted_at IS NULL) AS no_module,
               EXISTS (SELECT FROM modules AS m WHERE m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.root_path = 'src' AND m.deleted_at IS NULL) AS root_taken,
               EXISTS (SELECT FROM modules AS m WHERE m.tenant_id = p.tenant_id AND m.project_id = p.id AND m.name = 'default' AND m.deleted_at IS NULL) AS name_taken,
               NOT EXISTS (SELECT FROM environments AS e WHERE e.tenant_id = p.tenant_id AND e.project_id = p.id AND e.is_default) AS no_environment
        FROM projects AS p CROSS JOIN tenancy.context() AS now
        WHERE p.deleted_at IS NULL AND p.tenant_id::text = coalesce(now.tenant, p.tenant_id::text)
          -- Not coalesce(): under row-level security an index is used for what is known to leak nothing.
          AND p.tenant_id = ANY (CASE WHEN only_tenants IS NULL THEN ARRAY(SELECT DISTINCT a.tenant_id FROM projects AS a) ELSE only_tenants END)
          AND p.id = ANY (CASE WHEN only_projects IS NULL THEN ARRAY(SELECT a.id FROM projects AS a) ELSE only_projects END)
    ), made_modules AS (
        INSERT INTO modules (tenant_id, project_id, name, type, root_path, is_default)
        SELECT n.tenant_id, n.id, CASE WHEN n.name_taken THEN 'default-' || n.id ELSE 'default' END, 'code',
               CASE WHEN n.root_taken THEN 'default-' || n.id ELSE 'src' END, true
        FROM meant AS n WHERE n.no_module ORDER BY n.tenant_id, n.id
        ON CONFLICT DO NOTHING RETURNING 1
    ), made_environments AS (
        INSERT INTO environments (tenant_id, project_id, name, is_default)
        SELECT n.tenant_id, n.id, k.name, n.no_environment AND k.name = 'dev'
        FROM meant AS n CROSS JOIN unnest(enum_range(NULL::environment_name)) AS k(name)
        WHERE NOT EXISTS (SELECT FROM environments AS e WHERE e.tenant_id = n.tenant_id AND e.project_id = n.id AND e.name = k.name)
        ORDER BY n.tenant_id, n.id, k.name
        ON CONFLICT ON CONSTRAINT environments_name DO NOTHING RETURNING 1
    ), chosen_environments AS (
        UPDATE environments AS e SET is_default = true FROM meant AS n
        WHERE n.no_environment AND e.tenant_id = n.tenant_id AND e.project_id = n.id AND e.name = 'dev' RETURNING 1
    )
    SELECT (SELECT count(*) FROM made_modules), (SELECT count(*) FROM made_environments) + (SELECT count(*) FROM chosen_environments);
END;
COMMENT ON FUNCTION give_defaults(@key_type@[], uuid[]) IS 'Gives these projects of these tenants, or all, what they lack of default module and environments; how many were made';

CREATE FUNCTION give_defaults_to_new() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('SELECT %I.give_defaults(ARRAY(SELECT DISTINCT p.tenant_id FROM new_projects AS p), ARRAY(SELECT p.id FROM new_projects AS p))', TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION give_defaults_to_new() IS 'Trigger: new projects get their default module and environments';
CREATE TRIGGER projects_defaults AFTER INSERT ON projects REFERENCING NEW TABLE AS new_projects
    FOR EACH STATEMENT EXECUTE FUNCTION give_defaults_to_new();

CREATE FUNCTION keep_default_environment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    lacking boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.projects AS p WHERE p.tenant_id = $1 AND p.id = $2) AND NOT EXISTS '
                   '(SELECT FROM %1$I.environments AS e WHERE e.tenant_id = $1 AND e.project_id = $2 AND e.is_default)', TG_TABLE_SCHEMA)
        INTO lacking USING OLD.tenant_id, OLD.project_id;
    IF lacking THEN
        RAISE EXCEPTION 'project "%" needs a default environment', OLD.project_id
            USING ERRCODE = 'check_violation', -- no TABLE: to a guarded session it would go without its hint
                  HINT = format('Make another one the default: UPDATE %I.environments SET is_default = (name = ''test'') WHERE project_id = %L;', TG_TABLE_SCHEMA, OLD.project_id);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION keep_default_environment() IS 'Trigger: a project keeps a default environment';
CREATE CONSTRAINT TRIGGER environments_keep_default AFTER UPDATE OF is_default, project_id OR DELETE ON environments
    DEFERRABLE FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION keep_default_environment();

-- ---- functions ----
CREATE FUNCTION resolve_module(project_id uuid, module_path text) RETURNS uuid LANGUAGE sql
    RETURN tenancy.resolve_module('changes'::regclass, project_id::text, module_path,
                                  (SELECT p.tenant_id::text FROM projects AS p CROSS JOIN tenancy.context() AS now
                                   WHERE p.id = resolve_module.project_id AND p.tenant_id::text = coalesce(now.tenant, p.tenant_id::text)))::uuid;
COMMENT ON FUNCTION resolve_module(uuid, text) IS 'The module of a path in a project, as a change with this path gets it; created where there is none. Without a path: the default module';

CREATE FUNCTION resolve_module(project_id text, module_path text) RETURNS uuid LANGUAGE sql
    RETURN resolve_module(tenancy.parse_id('prj', project_id), module_path);
COMMENT ON FUNCTION resolve_module(text, text) IS 'The same; the project as uuid or as prj_...';

CREATE FUNCTION modules_of_changes() RETURNS bigint LANGUAGE sql
BEGIN ATOMIC
    -- Folders come before what is in them, so that as few modules as possible are made.
    WITH paths AS (
        SELECT DISTINCT c.tenant_id, c.project_id, tenancy.normalize_path(c.module_path) AS path
        FROM changes AS c JOIN projects AS p ON p.tenant_id = c.tenant_id AND p.id = c.project_id
             CROSS JOIN tenancy.context() AS now
        WHERE p.tenant_id::text = coalesce(now.tenant, p.tenant_id::text)
          AND c.module_id IS NULL AND c.module_path IS NOT NULL AND tenancy.is_module_path(c.module_path) AND p.deleted_at IS NULL
    ), in_order AS MATERIALIZED (
        SELECT * FROM paths ORDER BY tenant_id, project_id, path COLLATE "C"
    ), resolved AS MATERIALIZED (
        SELECT tenancy.resolve_module('changes'::regclass, o.project_id::text, o.path, o.tenant_id::text) AS id FROM in_order AS o
    )
    -- Modules made by this statement are not visible to it.
    SELECT count(DISTINCT r.id) FROM resolved AS r WHERE NOT EXISTS (SELECT FROM modules AS m WHERE m.id = r.id::uuid);
END;
COMMENT ON FUNCTION modules_of_changes() IS 'Makes the modules that paths of changes without a module imply; how many were made';

CREATE FUNCTION initialize_projects(from_changes boolean DEFAULT false, OUT modules bigint, OUT environments bigint) LANGUAGE sql
BEGIN ATOMIC
    SELECT d.modules + CASE WHEN from_changes THEN modules_of_changes() ELSE 0 END, d.environments
    FROM give_defaults(NULL, NULL) AS d;
END;
COMMENT ON FUNCTION initialize_projects(boolean) IS 'Gives every project what it lacks of default module and environments and, with from_changes, the modules that old changes'' paths imply; how many were made. Changes nothing else; a second call makes nothing';
