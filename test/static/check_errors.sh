#!/usr/bin/env bash
# Errors: every ereport() names its SQLSTATE, elog(ERROR) and above does not occur (it has none),
# and PG_TRY stays in the one file that gets it right.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

sources=$(files src cpp hpp h)

# shellcheck disable=SC2086 # a list of paths
verdict ereport-has-errcode "$(perl -I"$STATIC_DIR" -MCodeOnly -e '
    for my $file (@ARGV) {
        CodeOnly::each_match(CodeOnly::cpp($file), qr/\bereport(?:_domain)?\s*(\((?:[^()]++|(?1))*\))/,
            sub { print "$file:$_[1]\n" unless $_[0] =~ /\berrcode(?:_for_\w+)?\s*\(/ });
    }' $sources)"

verdict no-elog-error "$(matches cpp '\belog\s*\(\s*(ERROR|FATAL|PANIC)\b' <<<"$sources")"

verdict PG_TRY-only-in-call_guard "$(matches cpp '\bPG_(TRY|CATCH|FINALLY)\b' <<<"$sources" |
    find_in -v '^src/pg/call_guard.hpp:')"
