#!/usr/bin/env bash
# `make demo`: shows the product. Installs what is missing, builds, installs the extension, runs
# examples/demo/demo.sql and examples/servicedesk/demo.sql on a private server and stops it. The data stay in a folder in /tmp; the
# last lines tell how to open the database again and how to remove it.
#
# A line `-- open as: ROLE` in demo.sql names the role that the database is opened with.
set -euo pipefail
export LC_ALL=C
umask 022
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"
cd "$root"

# In /tmp whatever TMPDIR says: the unprivileged user must get there.
dir=$(mktemp -d /tmp/pg_tenancy_demo.XXXXXX)
chmod 755 "$dir"
trap 'cluster_stop "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

headline() { printf '\n== %s\n' "$*"; }
# Runs a command silently; shows the end of what it said if it fails.
quietly() {
    if ! "$@" >"$dir/log" 2>&1 </dev/null; then
        tail -n 40 "$dir/log"
        echo "FAILED: $*; the whole output is in $dir/log"
        exit 1
    fi
}
headline "Installing what is missing"
quietly test/tools/install_deps.sh
pg_env
headline "Building for $("$PG_CONFIG" --version)"
quietly test/tools/build.sh build
headline "Installing the extension into $("$PG_CONFIG" --pkglibdir)"
quietly test/tools/build.sh install
headline "Starting a private server in $dir"
quietly cluster_start "$dir"
quietly "$PGBIN/createdb" demo
quietly "$PGBIN/createdb" servicedesk

code=0
run_demo() { # DATABASE FOLDER
    headline "Running examples/$2/demo.sql in database $1"
    "$PGBIN/psql" -X -q -d "$1" -v ON_ERROR_STOP=1 -v directory="$root/examples/$2" -v report="$dir/report.html" \
        -f "examples/$2/demo.sql" 2>&1 </dev/null | sed -E 's/^psql:[^ ]+:[0-9]+: NOTICE/NOTICE/' || code=$?
}
run_demo demo demo
run_demo servicedesk servicedesk
cluster_stop "$dir"
if [ $code != 0 ]; then
    echo "FAILED: the demo ended with an error; server log: $dir/server.log"
    exit 1
fi

# ---- what remains: the data and a script that opens them ----
role=$(sed -n '/^-- open as:/{s/^-- open as: *\([a-z0-9_]*\).*/\1/p;q}' examples/demo/demo.sql)
cp test/tools/cluster.sh "$dir"
cat >"$dir/open" <<OPEN
#!/usr/bin/env bash
# Starts the demo's server, opens psql, and stops the server on the way out.
# Arguments go to psql; -U postgres opens the database as its superuser.
set -euo pipefail
dir=\$(cd "\$(dirname "\${BASH_SOURCE[0]}")" && pwd)
. "\$dir/cluster.sh"
export PG_CONFIG=$(printf %q "$PG_CONFIG")
pg_env
cluster_resume "\$dir"
trap 'cluster_stop "\$dir"' EXIT
PGDATABASE=demo PGUSER=${role:-postgres} "\$PGBIN/psql" "\$@"
OPEN
chmod 755 "$dir/open"

headline "The server is stopped, its data are still there"
echo "open it again:  $dir/open"
echo "the adopted one: $dir/open -U postgres servicedesk"
echo "the report:      $dir/report.html (open it in a browser)"
echo "remove it:      rm -rf $dir"
