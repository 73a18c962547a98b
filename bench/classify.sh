#!/usr/bin/env bash
# How long classify() takes on a schema that is hard to classify (classify.sql says how it looks):
#
#   bench/classify.sh                  1,000 tables of 10 rows
#   bench/classify.sh --tables N       other sizes
#   bench/classify.sh --rows N
#   bench/classify.sh --parents N      rows in the twenty tables that all others lead to (default: --rows)
#   bench/classify.sh --servicedesk N  the service desk of examples/ in size N instead
#
# Prints seconds, and those of them that the backend's processor was busy, of three calls without and three with
# counts, on a private server with the installed library. No goal: neighbours on the machine change it.
# PG_CONFIG or PG_MAJOR choose the server.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"

tables=1000 rows=10 parents='' desk=''
while [ $# -gt 0 ]; do
    case $1 in
        --tables) tables=${2:?}; shift ;;
        --rows) rows=${2:?}; shift ;;
        --parents) parents=${2:?}; shift ;;
        --servicedesk) desk=${2:?}; shift ;;
        -h | --help) sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0"; exit ;;
        *) echo "unknown option $1; try --help" >&2; exit 64 ;;
    esac
    shift
done

pg_env
work=$(mktemp -d "${TMPDIR:-/tmp}/pg_tenancy_classify.XXXXXX")
chmod 755 "$work"
# shellcheck disable=SC2317  # called by the trap
cleanup() {
    cluster_stop "$work"
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
cluster_start "$work" "max_locks_per_transaction = 256"
ask() { as_pg "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }

ask -c 'CREATE EXTENSION pg_tenancy'
if [ -n "$desk" ]; then
    schema=servicedesk column=tenantId
    cat "$root/examples/servicedesk/schema.sql" "$root/examples/servicedesk/generate.sql" | ask -v size="$desk" >/dev/null
    ask -c 'ANALYZE' -c "SELECT tenancy.use_tenant_table('servicedesk.\"Tenant\"')" >/dev/null
else
    schema=wide column=tenant_id
    ask -v tables="$tables" -v rows="$rows" -v parents="${parents:-$rows}" <"$here/classify.sql" >/dev/null
fi
ask -At -v schema="$schema" -v column="$column" <<'SQL'
-- utime + stime of this backend, in ticks of 10 ms.
CREATE FUNCTION pg_temp.busy() RETURNS numeric LANGUAGE sql AS $$
    SELECT round((f[12]::numeric + f[13]::numeric) / 100, 2) FROM string_to_array(regexp_replace(pg_read_file('/proc/self/stat'), '^.*\) ', ''), ' ') AS f $$;
CREATE FUNCTION pg_temp.took(schema name, tenant_column name, counts boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := clock_timestamp();
    busy numeric := pg_temp.busy();
    tables bigint;
BEGIN
    SELECT count(*) INTO tables FROM tenancy.classify(schema, took.tenant_column, counts => took.counts);
    RETURN format('%s tables, %s counts: %s s, processor %s s', tables, CASE WHEN counts THEN 'with' ELSE 'without' END,
        round(extract(epoch FROM clock_timestamp() - start), 2), pg_temp.busy() - busy);
END $$;
SELECT pg_temp.took(:'schema', :'column', counts) FROM unnest('{f,t,f,t,f,t}'::boolean[]) AS counts;
SQL
