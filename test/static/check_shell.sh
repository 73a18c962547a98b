#!/usr/bin/env bash
# Every shell script is well-formed.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

verdict shell-syntax "$({ files "test bin bench docs examples models .ci" sh; find .ci -type f; } 2>/dev/null |
    sort -u | while read -r script; do
    bash -n "$script" 2>&1 || :
done)"
