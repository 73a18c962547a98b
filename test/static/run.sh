#!/usr/bin/env bash
# `make static`: every check of this folder on the source tree and the built library, then the
# proof that each of them can fail. Exit status: nonzero if a rule is broken.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$(
    for check in "$here"/check_*.sh "$here"/selftest.sh; do
        said=$(bash "$check" "$here/../.." 2>&1) || code=$?
        echo "$said"
        # Whoever broke off, or complained about something else, has checked nothing.
        if [ "${code:-0}" -gt 1 ] || grep -qvE '^(ok |FAIL |skip |    )' <<<"$said"; then
            echo "FAIL $(basename "$check"): broke off with exit status ${code:-0}"
        fi
        unset code
    done
)
echo "$output"
passed=$(grep -c '^ok ' <<<"$output")
failed=$(grep -c '^FAIL ' <<<"$output")
skipped=$(grep -c '^skip ' <<<"$output")
echo "static: $passed rules hold, $failed broken, $skipped skipped"
[ "$failed" = 0 ]
