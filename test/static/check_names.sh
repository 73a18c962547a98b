#!/usr/bin/env bash
# One namespace holds the core: two types of one name in it are one type to the linker, and the wrong destructor runs.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

names=$(for header in src/core/*.hpp; do
    sed -nE "s#^(struct|class|union|enum class|enum) ([A-Za-z_0-9]+)( final)?( :[^;]*)? ?(\{.*)?\$#\2 $header#p" "$header"
done | sort -u)
verdict core-names-are-unique "$(awk '$1 == last { print $2 ": " $1 " is also in " file } { last = $1; file = $2 }' <<<"$names")"
