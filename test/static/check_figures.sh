#!/usr/bin/env bash
# The figures that examples/servicedesk/README.md shows are those of its test.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

readme=examples/servicedesk/README.md shown=expected/servicedesk_has_every_trap.out
# shellcheck disable=SC2016 # the fences of Markdown
verdict readme-has-the-figures "$(
    sed -n '/^```text$/,/^```$/{/^```/d;p}' "$readme" | while IFS= read -r line; do
        grep -qxF -- "$line" "$shown" || echo "$readme: $line"
    done
    grep -q '^```text$' "$readme" || echo "$readme: shows none"
)"
