
-- Ids: time-ordered uuids, and their public form with a type in front.

CREATE FUNCTION tenancy.uuid_v7()
RETURNS uuid
AS 'MODULE_PATHNAME', 'tenancy_uuid_v7'
LANGUAGE c VOLATILE PARALLEL SAFE;

COMMENT ON FUNCTION tenancy.uuid_v7() IS
'a new uuid, version 7: those of one session sort in the order they were made';

-- Immutable, for generated columns and indexes.
CREATE FUNCTION tenancy.typeid(prefix text, id uuid)
RETURNS text
AS 'MODULE_PATHNAME', 'tenancy_typeid'
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION tenancy.typeid(text, uuid) IS
'a uuid as a TypeID: prefix, underscore, 26 characters; an empty prefix gives the 26 alone';

CREATE FUNCTION tenancy.typeid_uuid(id text)
RETURNS uuid
AS 'MODULE_PATHNAME', 'tenancy_typeid_uuid'
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION tenancy.typeid_uuid(text) IS
'the uuid in a TypeID; compare tenancy.typeid_prefix() with the type you expect';

CREATE FUNCTION tenancy.typeid_prefix(id text)
RETURNS text
AS 'MODULE_PATHNAME', 'tenancy_typeid_prefix'
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION tenancy.typeid_prefix(text) IS
'the prefix of a TypeID, empty when it has none';
