-- The doors: src/guard/door.hpp.

CREATE FUNCTION tenancy.door_signs() RETURNS text[]
    AS 'MODULE_PATHNAME', 'tenancy_door_signs' LANGUAGE c IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION tenancy.door_signs() IS 'The list of doors as the library has it: names and what they tell, by turns';

CREATE VIEW tenancy.doors AS
    SELECT d.signs[2 * n - 1] AS door, d.signs[2 * n] AS tells
    FROM (SELECT tenancy.door_signs() AS signs) AS d, pg_catalog.generate_series(1, pg_catalog.cardinality(d.signs) / 2) AS n;
COMMENT ON VIEW tenancy.doors IS 'The functions that look at rows of protected tables before a tenant is known; nothing else does';
COMMENT ON COLUMN tenancy.doors.door IS 'The function, of schema tenancy or of a model';
COMMENT ON COLUMN tenancy.doors.tells IS 'All that it tells';
