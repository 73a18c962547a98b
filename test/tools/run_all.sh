#!/usr/bin/env bash
# `make test`: installs what is missing, builds, installs the extension and runs every suite on
# private servers that are gone afterwards. Works as root and as a user with sudo.
#
# `make soak` (run_all.sh soak): what `make test` runs short, for about an hour. 100,000 random steps in
# each mode, 1,000,000 changed tokens, every fault 10,000 times, 2,000 changes of the key file under
# load, the fuzz targets for SOAK_FUZZ_SECONDS=1800 together, where clang is there.
#
# `make prove-live` (run_all.sh live): what prove() cannot show within one transaction.
#
#   PG_CONFIG=...   the server to test with (else see install_deps.sh)
#   CI=true         compiler warnings are errors
#
# One line per suite; a failing suite shows what failed, and the others run all the same. The last
# line is the sum. Nonzero exit status: something failed, or a suite ran none of its tests.
set -euo pipefail
export LC_ALL=C
umask 022
mode=${1:-test}
case $mode in
test | soak | live) ;;
*)
    echo "usage: run_all.sh [soak | live]" >&2
    exit 2 ;;
esac
# The outer make's options are not meant for the makes below.
unset MAKEFLAGS MFLAGS MAKELEVEL
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/tools/cluster.sh
. "$root/test/tools/cluster.sh"

# In /tmp whatever TMPDIR says: the unprivileged user must get there.
work=$(mktemp -d /tmp/pg_tenancy_test.XXXXXX)
chmod 755 "$work"
finished=no
finish() {
    cluster_stop "$work/server"
    # Kept unless all is well, for a look at the logs.
    [ $finished = no ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
all_passed=0 all_failed=0 all_skipped=0
total() {
    if [ $all_failed = 0 ] && [ $all_passed -gt 0 ]; then finished=yes; else echo "logs are in $work"; fi
    echo "total: $all_passed passed, $all_failed failed, $all_skipped skipped"
    [ $finished = yes ]
}

# ---- preparation: a failure ends the run ----
step() { # NAME CMD...
    local name=$1 since=$SECONDS
    shift
    if "$@" >"$work/$name.log" 2>&1 </dev/null; then
        printf '%-10s done %28s s\n' "$name" $((SECONDS - since))
    else
        printf '%-10s FAILED\n' "$name"
        tail -n 60 "$work/$name.log"
        all_failed=1
        total
        exit 1
    fi
}
cd "$root"
step deps test/tools/install_deps.sh --clients --browser
pg_env
echo "testing with $("$PG_CONFIG" --version) ($PG_CONFIG)"
step build test/tools/build.sh build
grep 'warning:' "$work/build.log" | sort -u || :
step install test/tools/build.sh install

# What the unprivileged user has to read; the repository may lie where it cannot.
mkdir "$work/tree"
for part in sql expected test examples docs README.md; do
    [ ! -e "$part" ] || cp -R "$part" "$work/tree"
done
mkdir "$work/out" "$work/out/regress" "$work/out/isolation" "$work/out/tap" "$work/home"
# The fault test builds a library of its own from the sources.
tar -c --exclude='*.o' --exclude='*.bc' --exclude='*.d' src Makefile pg_tenancy.control | tar -x -C "$work/tree"
give_to_pg "$work/out" "$work/home"

# ---- suites: each sets passed, failed and skipped, and writes to $log ----
# suite NAME FILES-IT-HAS FUNCTION
suite() {
    local since=$SECONDS
    log=$work/$1.log passed=0 failed=0 skipped=0
    if [ "$2" = 0 ]; then
        printf '%-10s has no files\n' "$1"
        return
    fi
    "$3" || :
    if [ $((passed + failed + skipped)) = 0 ]; then
        failed=1
        echo "$1 has $2 files and ran no test" >>"$log"
    fi
    printf '%-10s %4d passed %4d failed %4d skipped %4d s\n' \
        "$1" "$passed" "$failed" "$skipped" $((SECONDS - since))
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
    all_skipped=$((all_skipped + skipped))
    if [ "$skipped" != 0 ]; then
        grep -iE '^skip |# skip|skipped' "$log" | sed 's/^/    /' || :
    fi
    if [ "$failed" != 0 ]; then
        failure_text "$1" | sed 's/^/    /'
    fi
}
failure_text() {
    case $1 in
    regress | isolation)
        if [ -s "$work/out/$1/regression.diffs" ]; then
            head -n 200 "$work/out/$1/regression.diffs"
        else
            tail -n 60 "$log"
        fi
        grep '^# stopped' "$log" || : ;;
    static | readme | docs | clients)
        # A FAIL line and the indented ones below it.
        awk '/^FAIL /{ shown = 1 } /^[^ F]/{ shown = 0 } shown; /^FAIL /{ found = 1 } END { exit !found }' \
            "$log" || tail -n 60 "$log" ;;
    tap | threats | context | observe | faults | storm | live)
        grep -E '^(#|not ok| +not ok)' "$log" | grep -v '^# Subtest' | head -n 60 || :
        sed -n '/^Test Summary Report/,$p' "$log" ;;
    *) tail -n 60 "$log" ;;
    esac
}
count() { grep -cE "$1" "$log" || :; }
some() { # FILE...: how many of them exist
    local file number=0
    for file in "$@"; do [ ! -e "$file" ] || number=$((number + 1)); done
    echo $number
}

run_static() {
    STATIC_REQUIRE_LIBRARY=1 test/static/run.sh >"$log" 2>&1 </dev/null || :
    passed=$(count '^ok ') failed=$(count '^FAIL ') skipped=$(count '^skip ')
}

run_unit() {
    local code=0
    # ctest reports programs; the detailed report of Boost.Test has a line for every test case.
    (cmake -S . -B build/unit -DCMAKE_BUILD_TYPE=Debug && cmake --build build/unit -j2 &&
        BOOST_TEST_REPORT_LEVEL=detailed BOOST_TEST_COLOR_OUTPUT=no \
            ctest --test-dir build/unit --verbose) >"$log" 2>&1 </dev/null || code=$?
    passed=$(count 'Test case "[^"]*" has passed')
    failed=$(count 'Test case "[^"]*" (has failed|was aborted|has timed out)')
    skipped=$(count 'Test case "[^"]*" was skipped')
    [ $code = 0 ] || [ "$failed" -gt 0 ] || failed=1
}

# Nothing may wait for ever: limited SECONDS CMD...
limited() {
    local limit=$1 code=0
    shift
    as_pg timeout --kill-after=30 "$limit" "$@" </dev/null || code=$?
    [ $code != 124 ] && [ $code != 137 ] || echo "# stopped: still running after $limit s"
    return $code
}

# regress PROGRAM FOLDER OUTPUT NAME...: every NAME has passed, or has failed
regress() {
    local program=$PGXS_SRC_TEST/$1 folder=$2 out=$3
    shift 3
    # The expected files are found from the current folder.
    (cd "$folder" && limited 900 env HOME="$work/home" "$program" --bindir="$PGBIN" --inputdir=. \
        --outputdir="$out" --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" \
        --dbname="$(basename "$out")_test" --load-extension=pg_tenancy "$@") \
        >"$log" 2>&1 || :
    # PostgreSQL 15: "test NAME ... ok"; from 16 on TAP: "ok 1 - NAME".
    passed=$(count '^(ok +[0-9]+ +[-+] |test .* \.\.\. ok)')
    failed=$(($# - passed))
}
names() { for file in "$1"/*."$2"; do basename "$file" ".$2"; done; }
run_regress() {
    # shellcheck disable=SC2046 # a list of names
    regress regress/pg_regress "$work/tree" "$work/out/regress" $(names sql sql)
}
run_isolation() {
    # shellcheck disable=SC2046
    regress isolation/pg_isolation_regress "$work/tree/test/isolation" "$work/out/isolation" \
        $(names test/isolation/specs spec)
}

run_readme() {
    local file
    for file in README.md docs/MODELS.md docs/RUNBOOK.md; do
        TENANCY_TEST_SERVER=1 timeout 300 test/tools/readme.sh "$PWD/$file" >>"$log" 2>&1 </dev/null || :
    done
    passed=$(count '^ok ') failed=$(count '^FAIL ')
}

run_docs() {
    TENANCY_TEST_SERVER=1 timeout 300 docs/schema.sh --check >"$log" 2>&1 </dev/null || :
    passed=$(count '^ok ') failed=$(count '^FAIL ')
}

# tap SECONDS FILE...: of the copied tree
tap() {
    local code=0 limit=$1
    shift
    # PostgreSQL 15 looks at TESTDIR, later ones at the other two.
    (cd "$work/tree" && limited "$limit" env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE \
        HOME="$work/home" PATH="$PGBIN:$PATH" PERL5LIB="$PGXS_SRC_TEST/perl" \
        PG_REGRESS="$PGXS_SRC_TEST/regress/pg_regress" TESTDIR="$work/out/tap" \
        TESTDATADIR="$work/out/tap/tmp_check" TESTLOGDIR="$work/out/tap/tmp_check/log" \
        prove --verbose --nocolor "$@") >"$log" 2>&1 || code=$?
    # Subtests are indented: they count as the one test they belong to.
    skipped=$(count '^(ok [0-9]+ .*# (skip|SKIP)|1\.\.0 # (skip|SKIP))')
    passed=$(($(count '^ok [0-9]+') - $(count '^ok [0-9]+ .*# (skip|SKIP)')))
    failed=$(($(count '^not ok [0-9]+') - $(count '^not ok [0-9]+ .*# TODO')))
    [ $code = 0 ] || [ "$failed" -gt 0 ] || failed=1
}
run_tap() {
    local files=(test/tap/*.pl)
    tap 3000 "${files[@]}"
}

# ---- the long forms ----
run_mutations() { TENANCY_MUTATIONS=1000000 run_unit; }
run_context() { TENANCY_FUZZ_STEPS=100000 tap 3600 test/tap/context_fuzz.pl; }
run_observe() { TENANCY_OBSERVE_STATEMENTS=10000 tap 7200 test/tap/observe_random.pl; }
run_faults() { TENANCY_FAULT_ROUNDS=10000 tap 3600 test/tap/faults.pl; }
run_storm() { TENANCY_STORM_ROUNDS=2000 tap 3600 test/tap/key_file_storm.pl; }
run_fuzz() {
    local targets code=0
    targets=$(some test/fuzz/*_fuzz.cpp)
    FUZZ_SECONDS=$((${SOAK_FUZZ_SECONDS:-1800} / targets)) test/tools/fuzz.sh >"$log" 2>&1 </dev/null || code=$?
    if grep -q '^missing: ' "$log"; then
        skipped=$targets
        sed -i 's/^missing: /skip all fuzz targets: /' "$log"
        return
    fi
    passed=$(count '^ok ') failed=$(count '^FAIL ')
    [ $code = 0 ] || [ "$failed" -gt 0 ] || failed=1
}
if [ "$mode" = soak ]; then
    suite mutations 1 run_mutations
    suite context 1 run_context
    suite observe 1 run_observe
    suite faults 1 run_faults
    suite storm "$(some test/tap/key_file_storm.pl)" run_storm
    suite fuzz "$(some test/fuzz/*_fuzz.cpp)" run_fuzz
    total
    exit
fi

run_live() { tap 600 test/tap/prove_live.pl; }
if [ "$mode" = live ]; then
    suite live 1 run_live
    total
    exit
fi

# It has servers of its own.
run_clients() {
    timeout 400 test/clients/run.sh >"$log" 2>&1 </dev/null || :
    passed=$(count '^ok ') failed=$(count '^FAIL ')
    grep -q '^total: ' "$log" || failed=$((failed + 1))
}

# Every attack of the catalogue in every way, on a server of its own that logs and counts all it can.
run_threats() {
    test/threats/run.sh --tree "$work/tree" >"$log" 2>&1 </dev/null || :
    passed=$(count '^ok [0-9]+') failed=$(count '^not ok [0-9]+')
    grep -qE '^1\.\.[1-9]' "$log" || failed=$((failed + 1))
}

suite static 1 run_static
suite unit "$(some test/unit/*_test.cpp)" run_unit
if ! cluster_start "$work/server" >"$work/server.log" 2>&1; then
    echo "the private server does not start:"
    tail -n 40 "$work/server.log"
    export PGHOST=$work PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
fi
suite regress "$(some sql/*.sql)" run_regress
suite isolation "$(some test/isolation/specs/*.spec)" run_isolation
suite readme "$(some README.md docs/MODELS.md docs/RUNBOOK.md)" run_readme
suite docs "$(some docs/schema.sh)" run_docs
cluster_stop "$work/server"
suite threats "$(some test/threats/attacks/*.sql)" run_threats
suite clients "$(some test/clients/run.sh)" run_clients
suite tap "$(some test/tap/*.pl)" run_tap
total
