# shellcheck shell=bash
# A private PostgreSQL server for the tests and the demo; to be sourced by bash, not run.
#
# pg_env                        finds the server to use; sets PG_CONFIG, PGBIN, PGXS_SRC_TEST
# as_pg CMD...                  runs CMD as an unprivileged user (the server refuses root)
# give_to_pg PATH...            makes that user the owner of PATH
# cluster_start DIR [LINE...]   new server in DIR; the LINEs are added to its postgresql.conf
# cluster_resume DIR            starts the server of DIR again
# cluster_stop DIR              stops it and no other; callers do this in an EXIT trap
#
# The server listens on a socket in a private folder only, so nothing else can meet it by chance.
# The callers' current folder must be one that the unprivileged user may enter.

# Is there a whole server behind this pg_config: program, headers and test programs?
pg_complete() {
    [ -x "$1" ] &&
        [ -x "$("$1" --bindir)/postgres" ] &&
        [ -f "$("$1" --includedir-server)/postgres.h" ] &&
        [ -x "$(dirname "$("$1" --pgxs)")/../test/regress/pg_regress" ]
}

pg_env() {
    local candidate major
    if [ -n "${PG_CONFIG:-}" ]; then
        candidate=$(command -v "$PG_CONFIG" || :)
        if ! pg_complete "$candidate"; then
            echo "PG_CONFIG=$PG_CONFIG has no server with headers and pg_regress behind it" >&2
            return 1
        fi
        PG_CONFIG=$candidate
    else
        for major in ${PG_MAJOR:-18 17 16 15}; do
            candidate=/usr/lib/postgresql/$major/bin/pg_config
            if pg_complete "$candidate"; then
                PG_CONFIG=$candidate
                break
            fi
        done
        if [ -z "${PG_CONFIG:-}" ]; then
            echo "no PostgreSQL ${PG_MAJOR:-15 to 18} with server headers found; set PG_CONFIG" >&2
            return 1
        fi
    fi
    PGBIN=$("$PG_CONFIG" --bindir)
    PGXS_SRC_TEST=$(cd "$(dirname "$("$PG_CONFIG" --pgxs)")/../test" && pwd)
    export PG_CONFIG PGBIN PGXS_SRC_TEST
    # Nothing of the caller's environment may lead a client to another server.
    unset PGHOSTADDR PGSERVICE PGSERVICEFILE PGOPTIONS PGPASSWORD PGSSLMODE PGSSLROOTCERT \
        PGREQUIRESSL PGCLIENTENCODING PGTZ PGDATESTYLE PGAPPNAME PGCONNECT_TIMEOUT PGDATA
}

pg_user() { # the unprivileged user that runs the server when we are root
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_pg() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u "$(pg_user)" -- "$@"
    else
        "$@"
    fi
}

give_to_pg() {
    if [ "$(id -u)" = 0 ]; then
        chown -R "$(pg_user):" "$@"
    fi
}

cluster_start() {
    local dir=$1
    shift
    mkdir -p "$dir"
    give_to_pg "$dir"
    # C collation and UTF-8 whatever the machine's locale is: the same output everywhere.
    if ! (cd / && as_pg "$PGBIN/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C \
        --no-sync --no-instructions) >"$dir/initdb.log" 2>&1 </dev/null; then
        cat "$dir/initdb.log" >&2
        return 1
    fi
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
port = 5432
fsync = off
shared_preload_libraries = 'pg_tenancy'
max_prepared_transactions = 10
CONF
    if [ $# -gt 0 ]; then
        printf '%s\n' "$@" >>"$dir/data/postgresql.conf"
    fi
    cluster_resume "$dir"
}

cluster_resume() {
    local dir=$1 sockets
    if (cd / && as_pg "$PGBIN/pg_ctl" -D "$dir/data" status) >/dev/null 2>&1; then
        echo "the server of $dir runs already" >&2
        return 1
    fi
    # Not below DIR: the path of a socket must stay shorter than 108 bytes.
    sockets=$(mktemp -d /tmp/pg_tenancy.XXXXXX)
    give_to_pg "$sockets"
    echo "$sockets" >"$dir/sockets"
    if ! (cd / && as_pg "$PGBIN/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 \
        -o "-c unix_socket_directories=$sockets" start) >"$dir/start.log" 2>&1 </dev/null; then
        tail -n 20 "$dir/start.log" "$dir/server.log" >&2 || :
        rmdir "$sockets" || :
        rm -f "$dir/sockets"
        return 1
    fi
    export PGHOST=$sockets PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

cluster_stop() {
    local dir=$1
    if [ ! -f "$dir/sockets" ]; then # never started, or stopped before
        return 0
    fi
    (cd / && { as_pg "$PGBIN/pg_ctl" -D "$dir/data" -m fast -w -t 60 stop ||
        as_pg "$PGBIN/pg_ctl" -D "$dir/data" -m immediate -w stop; }) \
        >"$dir/stop.log" 2>&1 </dev/null || :
    rm -rf "$(cat "$dir/sockets")" "$dir/sockets"
}
