#!/usr/bin/env bash
# The install script: built of every .sql file of src and no other, and safe to run: CREATE, never
# CREATE OR REPLACE or IF NOT EXISTS (they would adopt what somebody else put there), no roles
# (they belong to the whole cluster), a fixed search_path in what runs with its owner's rights.
# shellcheck source=test/static/lib.sh
. "$(dirname "$0")/lib.sh"

parts=$(perl -0777 -ne 's/\\\n/ /g; print join "\n", split " ", $1 if /^SQL_PARTS\s*=(.*)$/m' Makefile)
scripts=$(files src sql)

verdict SQL_PARTS-exist "$(for part in $parts; do
    [ -f "$part" ] || echo "Makefile: $part"
done)"
verdict SQL_PARTS-complete "$(for script in $scripts; do
    grep -qxF "$script" <<<"$parts" || echo "$script"
done)"

# A trigger stands on a table whose owner is known: replacing one adopts nothing.
verdict no-create-or-replace \
    "$(matches sql '(?i)\bCREATE\s+OR\s+REPLACE\b(?!\s+TRIGGER\b)' <<<"$scripts")"
# IF NOT EXISTS (SELECT ...) is a condition of PL/pgSQL.
verdict no-if-not-exists "$(matches sql '(?i)\bIF\s+NOT\s+EXISTS\b(?!\s*\()' <<<"$scripts")"
# A hint may tell people to; prove() makes roles for the purpose, in a transaction that is taken back.
verdict no-create-role "$(matches sql \
    "(?i)(?<!HINT = ')(?<!HINT = format\(')(?<!EXECUTE format\(')\bCREATE\s+(ROLE|USER|GROUP)\b" <<<"$scripts")"

# Statement by statement; a function's body ($$...$$, $tag$...$tag$) is skipped.
# shellcheck disable=SC2086 # a list of paths
verdict definer-has-search-path "$(perl -I"$STATIC_DIR" -MCodeOnly -e '
    my $statement = qr/(?:(\$\w*\$).*?\g{-1}|\x27(?:[^\x27]|\x27\x27)*\x27|"[^"]*"|[^;])++;/s;
    for my $file (@ARGV) {
        CodeOnly::each_match(CodeOnly::sql($file), $statement, sub {
            my ($text, $line) = @_;
            $line += $1 =~ tr/\n// if $text =~ /^(\s+)/;
            $text =~ s/(\$\w*\$).*?\g{-1}/ /gs;
            print "$file:$line\n"
                if $text =~ /\bSECURITY\s+DEFINER\b/i
                && $text !~ /\bSET\s+search_path\s*(?:=|\bTO\b)\s*pg_catalog\s*,\s*(?:tenancy\s*,\s*)?pg_temp\b/i;
        });
    }' $scripts)"
