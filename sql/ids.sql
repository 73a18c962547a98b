-- Ids: tenancy.uuid_v7(), typeid(), typeid_uuid(), typeid_prefix().

-- What the planner and the catalogue say of them.
SELECT proname, provolatile, proisstrict, proparallel, prorettype::regtype,
       obj_description(oid, 'pg_proc') IS NOT NULL AS has_comment
  FROM pg_proc
 WHERE pronamespace = 'tenancy'::regnamespace
   AND proname IN ('uuid_v7', 'typeid', 'typeid_uuid', 'typeid_prefix')
 ORDER BY proname COLLATE "C";

-- The valid examples of the TypeID specification 0.3.0, both ways.
CREATE TEMP TABLE valid_example (name text, typeid text, prefix text, uuid uuid);
INSERT INTO valid_example VALUES
  ('nil', '00000000000000000000000000', '', '00000000-0000-0000-0000-000000000000'),
  ('one', '00000000000000000000000001', '', '00000000-0000-0000-0000-000000000001'),
  ('ten', '0000000000000000000000000a', '', '00000000-0000-0000-0000-00000000000a'),
  ('sixteen', '0000000000000000000000000g', '', '00000000-0000-0000-0000-000000000010'),
  ('thirty-two', '00000000000000000000000010', '', '00000000-0000-0000-0000-000000000020'),
  ('max-valid', '7zzzzzzzzzzzzzzzzzzzzzzzzz', '', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  ('valid-alphabet', 'prefix_0123456789abcdefghjkmnpqrs', 'prefix', '0110c853-1d09-52d8-d73e-1194e95b5f19'),
  ('valid-uuidv7', 'prefix_01h455vb4pex5vsknk084sn02q', 'prefix', '01890a5d-ac96-774b-bcce-b302099a8057'),
  ('prefix-underscore', 'pre_fix_00000000000000000000000000', 'pre_fix', '00000000-0000-0000-0000-000000000000');
SELECT name,
       tenancy.typeid(prefix, uuid) = typeid AS encoded,
       tenancy.typeid_uuid(typeid) = uuid AS uuid_back,
       tenancy.typeid_prefix(typeid) = prefix AS prefix_back
  FROM valid_example;

-- The invalid examples: every one is 22P02 for both readers.
CREATE FUNCTION pg_temp.sqlstate_of(reader regproc, argument text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT %s($1)', reader) USING argument;
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
CREATE TEMP TABLE invalid_example (name text, typeid text);
INSERT INTO invalid_example VALUES
  ('prefix-uppercase', 'PREFIX_00000000000000000000000000'),
  ('prefix-numeric', '12345_00000000000000000000000000'),
  ('prefix-period', 'pre.fix_00000000000000000000000000'),
  ('prefix-non-ascii', 'préfix_00000000000000000000000000'),
  ('prefix-spaces', '  prefix_00000000000000000000000000'),
  ('prefix-64-chars', 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_00000000000000000000000000'),
  ('separator-empty-prefix', '_00000000000000000000000000'),
  ('separator-empty', '_'),
  ('suffix-short', 'prefix_1234567890123456789012345'),
  ('suffix-long', 'prefix_123456789012345678901234567'),
  ('suffix-spaces', 'prefix_1234567890123456789012345 '),
  ('suffix-uppercase', 'prefix_0123456789ABCDEFGHJKMNPQRS'),
  ('suffix-hyphens', 'prefix_123456789-123456789-123456'),
  ('suffix-wrong-alphabet', 'prefix_ooooooiiiiiiuuuuuuulllllll'),
  ('suffix-ambiguous-crockford', 'prefix_i23456789ol23456789oi23456'),
  ('suffix-hyphens-crockford', 'prefix_123456789-0123456789-0123456'),
  ('suffix-overflow', 'prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz'),
  ('prefix-underscore-start', '_prefix_00000000000000000000000000'),
  ('prefix-underscore-end', 'prefix__00000000000000000000000000'),
  ('empty', ''),
  ('prefix-empty', 'prefix_');
SELECT name,
       pg_temp.sqlstate_of('tenancy.typeid_uuid', typeid) AS typeid_uuid,
       pg_temp.sqlstate_of('tenancy.typeid_prefix', typeid) AS typeid_prefix
  FROM invalid_example;

-- The errors as a person sees them; a long text is quoted up to the longest TypeID's length.
SELECT tenancy.typeid_uuid('prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz');
SELECT tenancy.typeid_prefix('');
SELECT tenancy.typeid_uuid(repeat('x', 100000));
SELECT tenancy.typeid('Order', '01890a5d-ac96-774b-bcce-b302099a8057');
SELECT tenancy.typeid(repeat('a', 64), '01890a5d-ac96-774b-bcce-b302099a8057');
SELECT tenancy.typeid('_', '01890a5d-ac96-774b-bcce-b302099a8057');

-- The longest prefix, a prefix with two underscores in a row, and null in, null out.
SELECT length(tenancy.typeid(repeat('a', 63), '01890a5d-ac96-774b-bcce-b302099a8057'));
SELECT tenancy.typeid_prefix(tenancy.typeid('my__type', '01890a5d-ac96-774b-bcce-b302099a8057'));
SELECT tenancy.typeid(NULL, '01890a5d-ac96-774b-bcce-b302099a8057') IS NULL AS no_prefix,
       tenancy.typeid('order', NULL) IS NULL AS no_id,
       tenancy.typeid_uuid(NULL) IS NULL AS no_typeid,
       tenancy.typeid_prefix(NULL) IS NULL AS no_typeid_either;

-- Random uuids of any version survive the round trip.
WITH made AS MATERIALIZED (SELECT gen_random_uuid() AS id FROM generate_series(1, 10000))
SELECT count(*) FROM made WHERE tenancy.typeid_uuid(tenancy.typeid('order', id)) = id;

-- 10,000 uuids of one query: version 7, variant 10, all different, in the order they were made,
-- as uuids and as TypeIDs; the first 48 bits are the time in milliseconds.
WITH made AS MATERIALIZED (
  SELECT n, tenancy.uuid_v7() AS id FROM generate_series(1, 10000) AS n
), paired AS (
  SELECT id, lag(id) OVER (ORDER BY n) AS previous FROM made
)
SELECT count(DISTINCT id) AS ids,
       bool_and(substr(id::text, 15, 1) = '7') AS version_7,
       bool_and(substr(id::text, 20, 1) IN ('8', '9', 'a', 'b')) AS variant_10,
       bool_and(id > previous) AS ascending,
       bool_and(tenancy.typeid('order', id) COLLATE "C" > tenancy.typeid('order', previous)) AS typeids_ascending,
       bool_and(abs(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
                    - extract(epoch FROM clock_timestamp()) * 1000) < 60000) AS made_now
  FROM paired;

-- The order holds from statement to statement of a session.
SELECT tenancy.uuid_v7() AS earlier \gset
SELECT tenancy.uuid_v7() > :'earlier' AS later;

-- Immutable: a generated column and an index can use them.
CREATE TEMP TABLE ordered (
  id uuid PRIMARY KEY DEFAULT tenancy.uuid_v7(),
  public_id text GENERATED ALWAYS AS (tenancy.typeid('order', id)) STORED
);
CREATE UNIQUE INDEX ON ordered (tenancy.typeid_uuid(public_id));
INSERT INTO ordered VALUES ('01890a5d-ac96-774b-bcce-b302099a8057') RETURNING public_id;
INSERT INTO ordered DEFAULT VALUES RETURNING tenancy.typeid_uuid(public_id) = id AS same;
SELECT id FROM ordered
 WHERE tenancy.typeid_uuid(public_id) = tenancy.typeid_uuid('order_01h455vb4pex5vsknk084sn02q');

DROP TABLE ordered, valid_example, invalid_example;
DROP FUNCTION pg_temp.sqlstate_of(regproc, text);
