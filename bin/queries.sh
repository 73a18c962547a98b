#!/bin/sh
# The queries of lint as a C++ header, from the SQL that makes the extension's functions of them:
#
#   queries.sh SNAPSHOT.sql SURROUNDINGS.sql >queries.hpp
#
# A function's query is what stands between its $$. In the form for databases without the extension a line with
# the mark --@ is what follows the mark, or nothing.
set -eu

query() { # FILE FUNCTION
    awk -v start="CREATE FUNCTION tenancy.$2(" '
        index($0, start) == 1 { found = 1 }
        found && /^AS \$\$$/  { inside = 1; next }
        inside && /^\$\$;$/   { done = 1; exit }
        inside {
            if ((at = index($0, "--@")) > 0) $0 = substr($0, at + 4)
            if ($0 != "") print
            if ($0 ~ /tenancy\./) { print FILENAME ":" FNR ": this line names the extension" >"/dev/stderr"; bad = 1; exit }
        }
        END { if (bad) exit 1; if (!done) { print FILENAME ": no query of " start >"/dev/stderr"; exit 1 } }' "$1"
}

constant() { # NAME QUERY
    printf 'inline constexpr const char *%s = R"query(\n%s\n)query";\n' "$1" "$2"
}

snapshot=$(query "$1" schema_snapshot)
surroundings=$(query "$2" surroundings)
echo '// Made by bin/queries.sh.'
echo '#pragma once'
echo 'namespace tenancy::command {'
constant snapshot_query "$snapshot"
constant surroundings_query "$surroundings"
echo '}'
