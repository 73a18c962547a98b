#!/usr/bin/env bash
# Builds the extension for one server, or installs it there; called by `make test` and `make demo`.
#
#   build.sh build      everything, for the server of PG_CONFIG; CI=true makes warnings errors
#   build.sh install    as the user if the server's folder is writable, else with sudo
set -euo pipefail
export LC_ALL=C
umask 022
# The outer make's options are not meant for this one.
unset MAKEFLAGS MFLAGS MAKELEVEL
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=test/tools/cluster.sh
. test/tools/cluster.sh
pg_env

flags=${EXTRA_CXXFLAGS:-}
[ "${CI:-}" != true ] || flags="-Werror $flags"
options=(-C "$PWD" --no-print-directory "PG_CONFIG=$PG_CONFIG" "EXTRA_CXXFLAGS=$flags")

case ${1:-build} in
build)
    # Objects of another server version, or of other flags, must not be linked.
    stamp="$("$PG_CONFIG" --version) $PG_CONFIG $flags"
    if [ -f build/built_for ] && [ "$(cat build/built_for)" != "$stamp" ]; then
        make "${options[@]}" clean
    fi
    mkdir -p build
    echo "$stamp" >build/built_for
    make "${options[@]}" -j2
    ;;
install)
    if [ -w "$("$PG_CONFIG" --pkglibdir)" ]; then
        make "${options[@]}" install
    else
        sudo make "${options[@]}" install
    fi
    ;;
*)
    echo "usage: build.sh build|install" >&2
    exit 2
    ;;
esac
