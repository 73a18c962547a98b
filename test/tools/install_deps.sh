#!/usr/bin/env bash
# Installs what building and testing needs and the machine lacks (Debian, Ubuntu).
#
#   install_deps.sh [--bench] [--fuzz] [--clients] [--browser]
#       --bench: valgrind too; --fuzz: clang and libFuzzer too; --clients: PgBouncer and the drivers of
#       test/clients too, node-postgres from npm into build/clients; --browser: Chromium, fonts and html5lib
#       too, for test/tools/report_in_browser.sh (where apt has no Chromium, as on Ubuntu, it goes without)
#
# PG_CONFIG names a server of your own: then no PostgreSQL package is installed. PG_MAJOR chooses
# the version (15 to 18); without it, one that is installed with its headers, else the newest that
# apt knows. Installing a server package neither starts a server nor creates a cluster.
set -euo pipefail
export LC_ALL=C
# shellcheck source=test/tools/cluster.sh
. "$(dirname "${BASH_SOURCE[0]}")/cluster.sh"

bench=no fuzz=no clients=no browser=no
for option in "$@"; do
    case $option in
    --bench) bench=yes ;;
    --fuzz) fuzz=yes ;;
    --clients) clients=yes ;;
    --browser) browser=yes ;;
    *)
        echo "usage: $0 [--bench] [--fuzz] [--clients] [--browser]" >&2
        exit 2 ;;
    esac
done

# ---- what is missing: a package counts as present if what we need of it is there ----
need() { # PACKAGE PROBE...
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}
header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }
# Debian's folder, or that of the server of PG_CONFIG.
libpq_header() { header postgresql/libpq-fe.h || [ -e "$("${PG_CONFIG:-pg_config}" --includedir)/libpq-fe.h" ]; }
fuzzes() {
    echo 'extern "C" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }' |
        clang++ -fsanitize=fuzzer,address,undefined -x c++ - -o /dev/null
}
# One that can be started headless: not the place-holder of a snap.
chromium=some
chromium_there() { command -v chromium || command -v google-chrome; }
look() {
    missing=() server=present
    need g++ command -v g++
    need make command -v make
    need cmake command -v cmake
    need perl command -v prove
    need libipc-run-perl perl -MIPC::Run -e 1
    need libboost-test-dev header boost/test/unit_test.hpp
    need nlohmann-json3-dev header nlohmann/json.hpp
    need libssl-dev header openssl/evp.h
    need libpq-dev libpq_header
    [ $bench = no ] || need valgrind command -v valgrind
    if [ $fuzz = yes ]; then
        need clang command -v clang++
        need libclang-rt-dev fuzzes
    fi
    if [ $clients = yes ]; then
        # By their places: /usr/sbin is not in everybody's path, and the first python3 in it may be
        # another than the one Debian's modules belong to.
        need pgbouncer test -x /usr/sbin/pgbouncer
        need python3-psycopg /usr/bin/python3 -c 'import psycopg'
        need python3-psycopg-pool /usr/bin/python3 -c 'import psycopg_pool'
        need libpostgresql-jdbc-java test -e /usr/share/java/postgresql.jar
        need default-jdk-headless command -v javac
        need nodejs command -v node
        need ruby-activerecord ruby -e 'require "active_record"'
        need ruby-pg ruby -e 'require "pg"'
        need npm command -v npm
        need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
    fi
    if [ $browser = yes ]; then
        [ $chromium = none ] || need chromium chromium_there
        need fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
        need python3-html5lib /usr/bin/python3 -c 'import html5lib'
    fi
    (pg_env) 2>/dev/null || server=missing
}
# node-postgres, as test/clients/node/package-lock.json has it.
node_modules() {
    [ $clients = yes ] || return 0
    local root folder
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    folder=$root/build/clients
    if cmp -s "$root/test/clients/node/package-lock.json" "$folder/installed.json"; then
        return 0
    fi
    mkdir -p "$folder"
    cp "$root"/test/clients/node/package*.json "$folder"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$folder/package-lock.json" "$folder/installed.json"
}
# The newest version in the package lists; they may be empty before `apt-get update`.
apt_major() {
    local major policy
    for major in ${PG_MAJOR:-18 17 16 15}; do
        policy=$(apt-cache policy "postgresql-server-dev-$major" 2>/dev/null || :)
        if [[ $policy == *'Candidate: '[0-9]* ]]; then
            echo "$major"
            return
        fi
    done
    return 1
}

look
if [ ${#missing[@]} = 0 ] && [ $server = present ]; then
    node_modules
    exit 0
fi
if [ $server = missing ] && [ -n "${PG_CONFIG:-}" ]; then
    pg_env # says what is wrong with it, and ends this script
fi

# ---- may we install? ----
have_root() {
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null || return 1
    # With a terminal, sudo can ask for the password; without one it must not need any.
    sudo -n true 2>/dev/null || (: </dev/tty) 2>/dev/null
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
server_packages() { echo "postgresql-$1 postgresql-server-dev-$1"; }

if ! command -v apt-get >/dev/null || ! have_root; then
    if [ $server = missing ]; then
        major=$(apt_major) || major=${PG_MAJOR:-15}
        read -r -a packages <<<"$(server_packages "$major")"
        missing+=("${packages[@]}")
    fi
    echo "missing: ${missing[*]}" >&2
    echo "install them as root:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi

# ---- keep the packages from creating and starting a cluster or a pooler ----
# Both files are ours alone: an existing policy-rc.d stays as it is, and the folder of additions
# to createcluster.conf leaves that file untouched.
made=() made_folder=''
undo() {
    [ ${#made[@]} = 0 ] || as_root rm -f "${made[@]}"
    [ -z "$made_folder" ] || as_root rmdir "$made_folder" 2>/dev/null || :
    made=() made_folder=''
}
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
make_file() { # PATH MODE CONTENT
    made+=("$1")
    printf '%s\n' "$3" | as_root tee "$1" >/dev/null
    as_root chmod "$2" "$1"
}
keep_quiet() {
    local additions=/etc/postgresql-common/createcluster.d policy=/usr/sbin/policy-rc.d
    if [ ! -e $additions ]; then
        as_root mkdir -p $additions
        made_folder=$additions
    fi
    make_file "$additions/zz_pg_tenancy.conf" 644 'create_main_cluster = false'
    [ -e $policy ] || make_file $policy 755 '#!/bin/sh
exit 101'
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@" </dev/null
}

apt_get update
# Before the runtimes had a package of their own they came with clang.
if [[ $(apt-cache policy libclang-rt-dev 2>/dev/null) != *'Candidate: '[0-9]* ]]; then
    for i in "${!missing[@]}"; do
        [ "${missing[i]}" != libclang-rt-dev ] || unset "missing[i]"
    done
fi
# Without a browser its test is skipped.
if [[ " ${missing[*]} " == *' chromium '* && $(apt-cache policy chromium 2>/dev/null) != *'Candidate: '[0-9]* ]]; then
    chromium=none
    for i in "${!missing[@]}"; do
        [ "${missing[i]}" != chromium ] || unset "missing[i]"
    done
fi
if [ $server = missing ]; then
    if ! major=$(apt_major); then
        echo "apt knows no PostgreSQL ${PG_MAJOR:-15 to 18}; see https://apt.postgresql.org" >&2
        exit 1
    fi
    read -r -a packages <<<"$(server_packages "$major")"
    missing+=("${packages[@]}")
fi
if [ $server = missing ] || [[ " ${missing[*]} " == *' pgbouncer '* ]]; then
    keep_quiet
fi
echo "installing: ${missing[*]}"
apt_get install -y --no-install-recommends "${missing[@]}"
undo

look
if [ ${#missing[@]} != 0 ] || [ $server = missing ]; then
    echo "still missing after the installation: ${missing[*]} (server: $server)" >&2
    exit 1
fi
node_modules
