-- Keys of type character are whole: "character" alone would be one character.
\getenv here PG_ABS_SRCDIR
\set fixture :here /sql/include/fixture.sql
\i :fixture
SET client_min_messages = error;
CREATE TABLE shop.products (tenant_id uuid NOT NULL, id char(8) PRIMARY KEY);
CREATE TABLE shop.modules (tenant_id uuid NOT NULL, id char(8) PRIMARY KEY, project_id char(8), name text, root_path text);
CREATE TABLE shop.tickets (tenant_id uuid NOT NULL, project_id char(8), module_id char(8), module_path text);
CALL regress.settle();
INSERT INTO shop.products VALUES (:'acme', 'till');
INSERT INTO shop.modules VALUES (:'acme', 'mod1', 'till', 'ui', 'src/ui');
CREATE TRIGGER m BEFORE INSERT ON shop.tickets FOR EACH ROW EXECUTE FUNCTION tenancy.resolve_module('projects=products');
INSERT INTO shop.tickets VALUES (:'acme', 'till', NULL, 'src/ui/a.ts'), (:'acme', 'till', 'mod1', NULL) RETURNING module_id;
\i :cleanup
