#!/usr/bin/env bash
# How node-postgres, psycopg and JDBC enter tenants, directly and through PgBouncer in transaction
# mode, with the setting and with tokens: the programs that docs/CONNECTING.md shows, run against
# servers of their own. One `ok` or `FAIL` per check, a line of totals last.
#
#   run.sh                  everything; installs what is missing, the extension must be installed
#   run.sh --build          builds and installs it, too
#   run.sh --only LANGUAGE  node, python or java
#
# PGBOUNCER names another pgbouncer than Debian's.
set -euo pipefail
export LC_ALL=C
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"
languages='node python java' build=no pgbouncer=${PGBOUNCER:-/usr/sbin/pgbouncer}
while [ $# -gt 0 ]; do
    case $1 in
    --build) build=yes ;;
    --only) languages=$2 && shift ;;
    *)
        echo "usage: $0 [--build] [--only node|python|java]" >&2
        exit 2 ;;
    esac
    shift
done

work=$(mktemp -d /tmp/pg_tenancy_clients.XXXXXX)
chmod 755 "$work"
wire_pid='' finished=no
finish() {
    [ -z "$wire_pid" ] || kill "$wire_pid" 2>/dev/null || :
    local pid
    for pid in "$work"/*/pgbouncer.pid; do
        [ ! -e "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || :
    done
    cluster_stop "$work/server"
    [ $finished = no ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
broken() { # WHAT LOG...
    echo "FAIL $1"
    shift
    tail -n 30 "$@" 2>/dev/null | sed 's/^/    /' || :
    echo "total: 0 passed, 1 failed, 0 skipped"
    exit 1
}
prepare() { # PROGRAM [ARGUMENT]
    "$root/test/tools/$1" "${@:2}" >"$work/prepare.log" 2>&1 </dev/null || broken "$*" "$work/prepare.log"
}
# In this order: a build may begin with make clean, which takes build/clients along.
if [ $build = yes ]; then
    prepare install_deps.sh
    prepare build.sh build
    prepare build.sh install
fi
prepare install_deps.sh --clients
since=$SECONDS
pg_env

# ---- the server: a socket for us, a password for the application on the loopback interface ----
free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
secret() { od -An -tx1 -N16 /dev/urandom | tr -d ' \n'; }
SHOP_KEY=$(secret) SHOP_PASSWORD=$(secret)
direct=$(free_port) pooled=$(free_port) cleaned=$(free_port)
cluster_start "$work/server" || broken 'the private server does not start' "$work/server/server.log"
sql() { "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 "$@" >>"$work/setup.log" 2>&1 </dev/null; }
base64url() { base64 -w0 | tr '+/' '-_' | tr -d '='; }
data=$work/server/data
printf '{"keys": [{"kid": "shop", "kty": "oct", "alg": "HS256", "k": "%s"}]}' \
    "$(printf %s "$SHOP_KEY" | base64url)" >"$data/tenancy_keys.json"
chmod 600 "$data/tenancy_keys.json"
give_to_pg "$data/tenancy_keys.json"
sql -c "SET password_encryption = 'scram-sha-256'; CREATE ROLE shop_app LOGIN PASSWORD '$SHOP_PASSWORD'" ||
    broken 'setting up' "$work/setup.log"
for database in shop shop_signed; do
    if ! sql -c "CREATE DATABASE $database" || ! sql -d $database -f "$here/setup.sql"; then
        broken 'setting up' "$work/setup.log"
    fi
done
sql -c "ALTER DATABASE shop_signed SET tenancy.context_source = 'token'"
cat >"$data/pg_hba.conf" <<'CONF'
local all all trust
host shop,shop_signed shop_app 127.0.0.1/32 scram-sha-256
CONF
cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $direct
tenancy.keyring_file = 'tenancy_keys.json'
log_min_duration_statement = 0
log_parameter_max_length = 0
CONF
cluster_stop "$work/server"
cluster_resume "$work/server" || broken 'the private server does not start' "$work/server/server.log"
export PGPORT=$direct

# ---- PgBouncer: test/clients/pgbouncer.ini, two server connections per database ----
bouncer() { # NAME PORT [LINE...]
    local dir=$work/$1 port=$2
    shift 2
    mkdir "$dir"
    printf '"shop_app" "%s"\n' "$SHOP_PASSWORD" >"$dir/users"
    chmod 600 "$dir/users"
    cp "$here/pgbouncer.ini" "$dir/shop.ini"
    printf '%s\n' "%include $dir/shop.ini" 'listen_addr = 127.0.0.1' "listen_port = $port" 'unix_socket_dir =' \
        'auth_type = scram-sha-256' "auth_file = $dir/users" 'default_pool_size = 2' "pidfile = $dir/pgbouncer.pid" \
        "logfile = $dir/log" "$@" '[databases]' "* = host=127.0.0.1 port=$direct" >"$dir/pgbouncer.ini"
    give_to_pg "$dir"
    (cd / && as_pg "$pgbouncer" -d "$dir/pgbouncer.ini") >"$work/bouncer.out" 2>&1 </dev/null ||
        broken 'PgBouncer does not start' "$work/bouncer.out" "$dir/log"
}
bouncer pooled "$pooled"
bouncer cleaned "$cleaned" 'server_reset_query_always = 1'

# ---- the relays that count ----
/usr/bin/python3 "$here/wire.py" "$work/wire" "direct=$direct" "pooled=$pooled" >"$work/wire.log" 2>&1 </dev/null &
wire_pid=$!
for _ in $(seq 100); do
    [ ! -e "$work/wire" ] || break
    sleep 0.1
done
[ -e "$work/wire" ] || broken 'the relay does not start' "$work/wire.log"
port_of() { sed -n "s/^$1 //p" "$work/wire"; }
SHOP_WIRE_DIRECT=$(port_of direct) SHOP_WIRE_POOLED=$(port_of pooled) SHOP_WIRE_CONTROL=$(port_of control)
export SHOP_KEY SHOP_PASSWORD SHOP_DIRECT=$direct SHOP_POOLED=$pooled SHOP_CLEANED=$cleaned \
    SHOP_WIRE_DIRECT SHOP_WIRE_POOLED SHOP_WIRE_CONTROL SHOP_ROUNDS=${SHOP_ROUNDS:-40}
SHOP_TENANTS=$(printf '00000000-0000-4000-8000-00000000000%d,' 1 2 3 4 5 6 7 8)
SHOP_TENANTS=${SHOP_TENANTS%,}
export SHOP_TENANTS

run() { # LANGUAGE
    case $1 in
    node)
        NODE_PATH=$root/build/clients/node_modules timeout 120 node "$here/node/test.js" ;;
    python)
        PYTHONDONTWRITEBYTECODE=1 timeout 120 /usr/bin/python3 "$here/python/test.py" ;;
    java)
        mkdir -p "$work/java"
        javac -Xlint:all -Werror -d "$work/java" -cp /usr/share/java/postgresql.jar "$here"/java/*.java &&
            timeout 120 java -XX:TieredStopAtLevel=1 -cp "$work/java:/usr/share/java/postgresql.jar" ShopTest ;;
    esac
}
# ---- the document shows what runs, and a document that does not is found out ----
"$here/check_doc.sh" 2>&1 | tee "$work/all.log" || :
blocks=$(grep -c '^ok ' "$work/all.log" || :)
# shellcheck disable=SC2016 # the dollars are sed's
for change in '/^```./{n;s/$/ x/}' '$!N;s/\n```$/ x\n```/;P;D' 's/^\(```[a-z][a-z]*\) .*/\1/'; do
    sed "$change" "$root/docs/CONNECTING.md" >"$work/changed.md"
    found=$("$here/check_doc.sh" "$work/changed.md" 2>&1 | grep -c '^FAIL ' || :)
    if [ "$found" -ge "$blocks" ] && [ "$blocks" -gt 0 ]; then
        echo "ok check_doc.sh finds $change"
    else
        echo "FAIL check_doc.sh: $found of $blocks blocks after $change"
    fi
done | tee -a "$work/all.log"

"$pgbouncer" --version | sed -n 's/^PgBouncer /with PgBouncer /p'
for language in $languages; do
    code=0
    run "$language" >"$work/$language.log" 2>&1 </dev/null || code=$?
    [ $code = 0 ] || echo "FAIL $language: exit status $code" >>"$work/$language.log"
    grep -q '^ok ' "$work/$language.log" || echo "FAIL $language: no check ran" >>"$work/$language.log"
    cat "$work/$language.log"
done | tee -a "$work/all.log"
# Every token begins so; those that were written into a statement's text were refused.
log=$work/server/server.log
if ! grep -q 'execute .*: SELECT tenancy.authenticate(' "$log"; then
    echo 'FAIL log: it tells nothing of authenticate()'
elif grep -q 'eyJ' "$log"; then
    echo 'FAIL log: it holds a token'
else
    echo 'ok log: with log_parameter_max_length = 0 it holds no token'
fi | tee -a "$work/all.log"
passed=$(grep -c '^ok ' "$work/all.log" || :) failed=$(grep -c '^FAIL ' "$work/all.log" || :)
if [ "$failed" = 0 ] && [ "$passed" -gt 0 ]; then finished=yes; else echo "logs are in $work"; fi
echo "clients: $((SECONDS - since)) s"
echo "total: $passed passed, $failed failed, 0 skipped"
[ $finished = yes ]
