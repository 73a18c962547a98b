#!/usr/bin/env bash
# `make fuzz`: builds the fuzz targets of test/fuzz with clang, address and undefined behaviour
# sanitizers, and runs each for FUZZ_SECONDS (60).
#
# Inputs that reach something new are kept in build/fuzz/corpus. One that fails is saved as
# build/fuzz/TARGET-crash-*, and the exit status is nonzero. FUZZ_CXX names another clang++.
set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
seconds=${FUZZ_SECONDS:-60}
cxx=${FUZZ_CXX:-clang++}

if ! command -v "$cxx" >/dev/null; then
    echo "missing: clang ($cxx is not there); test/tools/install_deps.sh --fuzz installs it" >&2
    exit 1
fi
if ! echo 'extern "C" int LLVMFuzzerTestOneInput(const char *, unsigned long) { return 0; }' |
    "$cxx" -fsanitize=fuzzer,address,undefined -x c++ - -o /dev/null 2>/dev/null; then
    echo "missing: libFuzzer and sanitizers for $cxx; test/tools/install_deps.sh --fuzz installs them" >&2
    exit 1
fi

build=$root/build/fuzz
cmake -S "$root" -B "$build" -DTENANCY_FUZZ=ON -DCMAKE_CXX_COMPILER="$cxx" >/dev/null
cmake --build "$build" -j2

failed=0
for source in "$root"/test/fuzz/*_fuzz.cpp; do
    target=$(basename "$source" _fuzz.cpp)
    mkdir -p "$build/corpus/$target"
    if "$build/${target}_fuzz" -max_total_time="$seconds" -max_len=1024 -timeout=10 \
        -print_final_stats=1 -artifact_prefix="$build/$target-" \
        "$build/corpus/$target" "$root/test/fuzz/corpus/$target" >"$build/$target.log" 2>&1; then
        executed=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
        echo "ok $target: $executed inputs in $seconds s"
    else
        echo "FAIL $target"
        tail -n 60 "$build/$target.log"
        failed=1
    fi
done
exit $failed
