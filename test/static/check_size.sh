#!/usr/bin/env bash
# No hand-written C++ file over 450 lines: a file is read in one sitting.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

verdict file-size "$(files "src bin test bench" cpp hpp h | while read -r file; do
    lines=$(wc -l <"$file")
    [ "$lines" -le 450 ] || echo "$file: $lines lines"
done)"
