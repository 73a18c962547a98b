#!/usr/bin/env bash
# Prints the INSERT statements that put models into tenancy.model_scripts.
#
#   models/embed.sh FILE...     NAME.sql installs a model, NAME--FROM--TO.sql upgrades it
#
# The lines on top of a file say what it is: "-- model:", "-- version:", "-- requires:" and
# "-- extensions:" (names, separated by blanks), "-- description:".
set -euo pipefail

field() { sed -n "1,/^[^-]/s/^-- $1: *//p" "$2" | head -n 1; }
array() { local word list=''; for word in $1; do list+="${list:+,}$word"; done; echo "{$list}"; }
quote() { local q="'"; printf "'%s'" "${1//$q/$q$q}"; }

for file in "$@"; do
    base=$(basename "$file" .sql)
    name=$(field model "$file") version=$(field version "$file") from=''
    case $base in *--*--*) from=${base#*--} from=${from%--*} ;; esac
    [ "$base" = "$name${from:+--$from--$version}" ] || { echo "$file: is named otherwise than what it says" >&2; exit 1; }
    [ -n "$(field description "$file")" ] || { echo "$file: no description" >&2; exit 1; }
    # shellcheck disable=SC2016 # a dollar quote
    if grep -qF '$model$' "$file"; then echo "$file: contains \$model\$" >&2; exit 1; fi
    printf 'INSERT INTO tenancy.model_scripts (name, from_version, version, requires, extensions, description, script) VALUES\n'
    printf '    (%s, %s, %s, %s, %s, %s, $model$\n' "$(quote "$name")" "$(quote "$from")" "$(quote "$version")" \
        "$(quote "$(array "$(field requires "$file")")")" "$(quote "$(array "$(field extensions "$file")")")" \
        "$(quote "$(field description "$file")")"
    cat "$file"
    printf '$model$);\n'
done
