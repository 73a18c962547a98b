#!/usr/bin/env bash
# The built library: exports nothing by accident, runs nothing when it is loaded or unloaded, and
# finds every symbol it needs in the server and in the libraries it may count on.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/tools/cluster.sh
. "$STATIC_DIR/../tools/cluster.sh"

library=pg_tenancy.so
if [ ! -f $library ]; then
    # After a build (test/tools/run_all.sh says so) a missing library is an error.
    if [ -n "${STATIC_REQUIRE_LIBRARY:-}" ]; then
        verdict library "$library is missing"
    else
        echo "skip library: $library is not built"
    fi
    exit
fi
pg_env

# Names as in the source: no @VERSION; weak ones may stay undefined.
defined() { nm -D --defined-only "$@" | awk 'NF == 3 { sub(/@.*/, "", $3); print $3 }' | sort -u; }
undefined=$(nm -D --undefined-only $library | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }' | sort -u)

exported=$(defined $library)
verdict library-exports "$(
    find_in -vxE '(Pg_magic_func|_PG_init|(pg_finfo_)?tenancy_.*)?' <<<"$exported"
    for name in Pg_magic_func _PG_init; do
        [[ $'\n'$exported$'\n' == *$'\n'$name$'\n'* ]] || echo "$library: no $name"
    done
)"

# One entry is the compiler's own (frame_dummy); any other is a static initialiser of ours.
entries() { readelf -SW $library | sed 's/^ *\[ *[0-9]*\] *//' |
    awk -v name="$1" '$1 == name { print $5 }'; }
violations=''
for section in .init_array .fini_array; do
    size=$(entries $section)
    count=$((0x${size:-0} / 8))
    [ $count -le 1 ] || violations+="$library: $count entries in $section"$'\n'
done
verdict library-runs-nothing-on-load "${violations%$'\n'}"

verdict library-has-no-exit-destructors \
    "$(find_in -xE '__cxa_(thread_)?atexit(_impl)?|atexit|on_exit' <<<"$undefined")"

providers=$(ldd $library "$PGBIN/postgres" |
    sed -nE 's/.*=> (\/.*\/(libc|libstdc\+\+|libgcc_s|libm|libcrypto)\.so[^ ]*) .*/\1/p' | sort -u)
# shellcheck disable=SC2086 # a list of paths
verdict library-symbols-resolve \
    "$(comm -23 <(echo "$undefined") <(defined "$PGBIN/postgres" $providers | sort -u))"

needed=$(readelf -dW $library | find_in NEEDED)
[[ $needed == *libstdc++* ]] && violations='' || violations="$library: not in NEEDED"
verdict library-needs-libstdc++ "$violations"
