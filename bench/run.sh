#!/usr/bin/env bash
# make bench: instruction counts of protected statements, as ratios to hand-written ones.
#
#   bench/run.sh              all shapes on a small data set, a Markdown table on stdout
#   bench/run.sh --gate       only the shapes that bench/goals names; exit 1 when a goal is missed
#   bench/run.sh --full       the real sizes: 1,000 tenants, 10,000 projects, 2,000,000 changes (slow)
#   bench/run.sh --save       write the table to bench/results/latest.md as well
#   bench/run.sh --rounds N   repeat all in N processes (default 3), report the medians
#   bench/run.sh --no-build   measure the library that is installed
#   bench/run.sh --keep       leave the work folder (data, dumps, logs) behind
#
# One process of valgrind runs one single-user backend over a copy of the data of its own. Only the
# executions inside bench.loop() are counted. bench/README.md says why instructions.
# PG_CONFIG or PG_MAJOR choose the server. Exit status: 1 goal missed, 70 could not measure.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"

gate=false full=false save=false build=true keep=false rounds=3
while [ $# -gt 0 ]; do
    case $1 in
        --gate) gate=true ;;
        --full) full=true ;;
        --save) save=true ;;
        --no-build) build=false ;;
        --keep) keep=true ;;
        --rounds) rounds=${2:?}; shift ;;
        -h | --help) sed -n '2,/^set /{s/^# \{0,1\}//p}' "$0"; exit ;;
        *) echo "unknown option $1; try --help" >&2; exit 64 ;;
    esac
    shift
done
say() { echo "bench: $*" >&2; }
flag() { if "$1"; then echo 1; else echo 0; fi; }

# ---- tools and the extension --------------------------------------------------
"$root/test/tools/install_deps.sh" --bench >&2
pg_env
if $build; then
    say "building and installing the extension"
    "$root/test/tools/build.sh" build >&2
    "$root/test/tools/build.sh" install >&2
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/pg_tenancy_bench.XXXXXX")
chmod 755 "$work"
# shellcheck disable=SC2317  # called by the trap
cleanup() {
    cluster_stop "$work"
    if $keep; then say "left behind: $work"; else rm -rf "$work"; fi
}
trap cleanup EXIT
cd "$work"
g++ -std=c++20 -O2 -fPIC -shared -isystem "$("$PG_CONFIG" --includedir-server)" "$here/loop.cpp" -o loop.so

# ---- data ---------------------------------------------------------------------
# Nothing may fall on one unlucky variant: no full-page images, no flush of a GIN pending list, no
# background work, one process. Small tables must not invite scans that the real ones would not:
# every shape but the scan itself, and every foreign-key check, goes by index.
if $full; then
    sizes=(-v tenants=1000 -v projects=10000 -v changes=2000000 -v scans=1) rows=2,000,000 buffers=4GB
else
    sizes=(-v tenants=100 -v projects=1000 -v changes=20000 -v scans=3) rows=20,000 buffers=512MB
fi
say "loading $rows changes five times"
cluster_start "$work" "shared_buffers = $buffers" 'maintenance_work_mem = 256MB' 'max_wal_size = 2GB' \
    'checkpoint_timeout = 1h' 'full_page_writes = off' 'gin_pending_list_limit = 1GB' 'autovacuum = off' \
    'jit = off' 'max_parallel_workers_per_gather = 0' 'plan_cache_mode = force_generic_plan' \
    'enable_seqscan = off'
sql() { "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }
sql "${sizes[@]}" -v loop="$work/loop.so" <"$here/data.sql"
sql "${sizes[@]}" <"$here/shapes.sql"
sql -v rows=2000 <"$here/models.sql"
for ((round = 1; round <= rounds; round++)); do
    sql -At -c "SELECT bench.script($round, $gate)" >"script.$round"
done
sql -At -c "SELECT bench.script(0, $gate, 'hand')" >script.0
sql -At -c "SELECT shape, title, units, unit, runs, compared FROM bench.shapes
            WHERE gate OR NOT $gate ORDER BY position" >shapes.txt
version=$(sql -At -c 'SHOW server_version')
cluster_stop "$work"

# ---- counting -----------------------------------------------------------------
# A dump of callgrind that bench.loop() asked for has its label in a "desc:" line.
read_dumps() { # ROUND FILE...: lines of report.awk's counts.txt
    local round=$1
    shift
    awk -v round="$round" '
        FNR == 1 { label = "" }
        sub(/^desc: Trigger: Client Request: /, "") { label = $0 }
        /^totals: / && label != "" {
            split(label, part, " ")
            for (i = 3; i <= 5; i++) sub(/^[a-z]+=/, "", part[i])
            print round, part[1], part[2], part[3], part[4], $2, part[5]
        }' "$@"
}

# Round 0 runs the hand-written statements in a server that has not loaded the library.
count() { # ROUND
    local round=$1 copy=$work/copy.$1 dumps=$work/dumps.$1 preload=pg_tenancy
    [ "$round" != 0 ] || preload=
    cp -a --reflink=auto "$work/data" "$copy"
    mkdir "$dumps"
    give_to_pg "$dumps"
    as_pg nice -n 5 valgrind --quiet --tool=callgrind --instr-atstart=no --dump-line=no \
        --callgrind-out-file="$dumps/out.%p" \
        "$PGBIN/postgres" --single -D "$copy" -c "shared_preload_libraries=$preload" postgres \
        <"$work/script.$round" >"$work/round.$round.log" 2>&1 || :
    rm -rf "$copy"
    read_dumps "$round" "$dumps"/out.* >"$work/counts.$round"
    local asked counted
    asked=$(grep -c 'bench\.\(loop\|transactions\)(' "$work/script.$round")
    counted=$(wc -l <"$work/counts.$round")
    if grep -m 1 -E 'ERROR|FATAL|PANIC' "$work/round.$round.log" >&2 || [ "$counted" != "$asked" ]; then
        say "round $round did not measure all; --keep keeps $work/round.$round.log"
        return 1
    fi
}

# As many rounds at a time as there are processors: instructions do not feel the neighbours.
say "counting: $rounds round(s)"
pids=() failed=false
for ((round = $(flag "$gate"); round <= rounds; round++)); do
    if [ "${#pids[@]}" -ge "$(nproc)" ]; then
        wait "${pids[0]}" || failed=true
        pids=("${pids[@]:1}")
    fi
    count "$round" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || failed=true; done
! $failed || exit 70
cat counts.* >counts.txt

# ---- modules by path: the same results, and 100,000 rows in time of the processor ----
cluster_resume "$work"
sql -c 'CALL bench.compare_creation()'
if ! $gate; then
    say "timing 100,000 changes by path: $rounds round(s)"
    sql -c "CALL bench.take_time($rounds)"
fi
sql -At -F ' ' -c 'SELECT variant, seconds, changes, right_modules FROM bench.seconds' >seconds.txt
cluster_stop "$work"

# ---- report -------------------------------------------------------------------
head="Instructions per execution, user space only: PostgreSQL $version, $(valgrind --version), single-user backend,
$rows changes, medians of $rounds round(s). In brackets: divided by the hand-written statement.
"
status=0
awk -v head="$head" -v rounds="$rounds" -v gate="$(flag "$gate")" -f "$here/report.awk" \
    "$here/goals" shapes.txt counts.txt seconds.txt >report.md || status=$?
if [ "$status" -gt 1 ]; then
    say "the counts are void"
    exit 70
fi
cat report.md
if $save; then
    mkdir -p "$here/results"
    cp report.md "$here/results/latest.md"
    say "saved in bench/results/latest.md"
fi
if $gate; then exit "$status"; fi
