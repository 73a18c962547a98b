#!/usr/bin/env bash
# Which file may include what: the server's headers live behind src/pg, src/core knows no server.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

# FILE:LINE:<name> or FILE:LINE:"name" of every include
includes=$(files src cpp hpp h | code cpp |
    sed -nE 's/^([^:]+:[0-9]+:)[[:space:]]*#[[:space:]]*include[[:space:]]*(["<][^">]+[">]).*/\1\2/p')

# Outside src/pg: quoted names are files of src, angle brackets name C++ headers (no .h), and
# OpenSSL's. A server header is neither.
violations=''
while IFS=: read -r file line name; do
    case $file in src/pg/* | '') continue ;; esac
    bare=${name:1:-1}
    case $name in
    '<openssl/'*) continue ;;
    '<'*.h'>') ;;
    '<'*) continue ;;
    *) if [ -f "src/$bare" ]; then continue; fi ;;
    esac
    violations+="$file:$line includes $name"$'\n'
done <<<"$includes"
verdict server-headers-only-in-src/pg "${violations%$'\n'}"

verdict core-includes-core-only \
    "$(find_in -E '^src/core/[^:]*:[0-9]+:"' <<<"$includes" | find_in -v ':"core/')"

# #ifdef POSTGRES_H, #error: the compiler stops where a server header came first.
violations=''
for header in $(files src/core hpp h); do
    [[ $(grep -A1 '^#ifdef POSTGRES_H$' "$header") == *$'\n#error'* ]] ||
        violations+="$header"$'\n'
done
verdict core-headers-have-tripwire "${violations%$'\n'}"

# It brings a static initialiser and a stream nobody reads.
verdict no-iostream "$(find_in ':<iostream>' <<<"$includes")"
