#!/usr/bin/env bash
# Documents schemas as Markdown, from the comments and the catalogs of a live database.
#
#   docs/schema.sh             `make docs`: docs/DATABASE_SCHEMA.md, of the engine and every model, from a
#                              private server; the extension must be installed
#   docs/schema.sh --check     compares that file with what would be written, and demands a comment on
#                              everything; one ok or FAIL per rule. Uses the server of the environment
#                              if TENANCY_TEST_SERVER is set (test/tools/run_all.sh does)
#   docs/schema.sh SCHEMA...   prints your own schemas: those of the database that psql's environment
#                              (PGHOST, PGDATABASE, ...) leads to
set -euo pipefail
export LC_ALL=C PGCLIENTENCODING=UTF8
umask 022
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$here/DATABASE_SCHEMA.md

psql_quiet() { "${PGBIN:+$PGBIN/}psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@" </dev/null; }
document() { # SCHEMA
    (cd "$here" && psql_quiet -v schema="$1" -f schema.sql)
}

case ${1:-} in
'' | --check) ;;
-*)
    echo "usage: docs/schema.sh [--check | SCHEMA...]" >&2
    exit 2
    ;;
*)
    for schema in "$@"; do document "$schema"; done
    exit
    ;;
esac

# ---- the engine and its models, on a private server ----
# shellcheck source=test/tools/cluster.sh
. "$here/../test/tools/cluster.sh"
work=$(mktemp -d /tmp/pg_tenancy_docs.XXXXXX)
chmod 755 "$work"
trap 'cluster_stop "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -z "${TENANCY_TEST_SERVER:-}" ]; then
    pg_env
    export PGCLIENTENCODING=UTF8
    cluster_start "$work"
fi
"$PGBIN/dropdb" --if-exists schema_docs 2>/dev/null || :
"$PGBIN/createdb" -T template0 -E UTF8 --locale=C schema_docs
export PGDATABASE=schema_docs
psql_quiet -c 'CREATE EXTENSION pg_tenancy' \
    -c 'SELECT tenancy.install_model(name) FROM (SELECT name FROM tenancy.models ORDER BY name) AS m' >/dev/null
# Each as it is called in SQL, so that a model's schema may need quotes.
models=$(psql_quiet -c 'SELECT n.nspname FROM tenancy.models AS m JOIN pg_namespace AS n ON n.oid = m.schema::oid ORDER BY n.nspname')
{
    cat <<'TOP'
# Database schema

Of the engine and of the models that `tenancy.install_model()` installs, here with uuid as the tenant key.
Written by `make docs` from the comments in a database: change those, not this file.
`docs/schema.sh SCHEMA` prints the same of a schema of yours.

TOP
    document tenancy
    while IFS= read -r model; do document "$model"; done <<<"$models"
} >"$work/schema.md"

if [ "${1:-}" != --check ]; then
    cat "$work/schema.md" >"$target"
    exit
fi
status=0
verdict() { # NAME VIOLATIONS
    if [ -z "$2" ]; then
        echo "ok $1"
    else
        printf 'FAIL %s\n' "$1: ${2//$'\n'/$'\n    '}"
        status=1
    fi
}
verdict schema-docs-current "$(diff -u "$target" "$work/schema.md" >"$work/diff" 2>&1 ||
    { echo 'docs/DATABASE_SCHEMA.md is not what the database says; run: make docs'; head -n 40 "$work/diff"; })"
# Below the heading that docs/schema.sql gives them.
verdict schema-has-comments "$(awk '/^#/{ shown = /^### Without a comment in / } shown && /^- /{ print "COMMENT ON " substr($0, 3) }' "$work/schema.md")"
exit $status
