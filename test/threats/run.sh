#!/usr/bin/env bash
# The attacks of docs/SECURITY.md in every way (matrix.py), on a private server: TAP on standard output.
#
#   run.sh [--tree FOLDER] [NAME...]   installs what is missing; the extension must be installed
#
# FOLDER: a copy of test/ that the unprivileged user can read, where this one is not. NAME: an attack
# (B1.set_config) or a row of the catalogue (B1); all without. PGBOUNCER names another pgbouncer than Debian's.
set -euo pipefail
export LC_ALL=C
umask 022
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"
tree=$root
if [ "${1:-}" = --tree ]; then
    tree=$2
    shift 2
fi
work=$(mktemp -d /tmp/pg_tenancy_threats.XXXXXX)
chmod 755 "$work"
trap 'cluster_stop "$work/server"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$root/test/tools/install_deps.sh" --clients >"$work/deps.log" 2>&1 </dev/null || {
    tail -n 30 "$work/deps.log"
    exit 1
}
pg_env
# auto_explain: what it logs must not reach the client.
cluster_start "$work/server" "shared_preload_libraries = 'pg_tenancy, pg_stat_statements, auto_explain'" \
    'auto_explain.log_min_duration = 0' 'auto_explain.log_analyze = on' 'autovacuum = off' 'max_wal_size = 4GB'
cd /
as_pg env PYTHONDONTWRITEBYTECODE=1 PGBOUNCER="${PGBOUNCER:-/usr/sbin/pgbouncer}" timeout --kill-after=30 900 \
    /usr/bin/python3 "$tree/test/threats/matrix.py" "$@"
